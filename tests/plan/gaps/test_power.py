"""The number of speakers that shows a difference in word error rate."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.plan.gaps.power import assumptions, speakers_needed
from schemas.targets import PowerConfig


@pytest.mark.parametrize(("difference", "speakers"), [(0.02, 149), (0.03, 66), (0.05, 24), (0.10, 6)])
def test_the_defaults_give_the_published_figures(difference: float, speakers: int) -> None:
    assert speakers_needed(PowerConfig(wer_difference=difference)) == speakers


def test_so_many_speakers_see_the_difference_as_often_as_asked() -> None:
    """Against simulated experiments: two groups of speakers, a z test with known variance."""
    power = PowerConfig(wer_difference=0.04, speaker_sd=0.05, words_per_speaker=500, overdispersion=1.0)
    n, generator = speakers_needed(power), np.random.default_rng(3)
    deviation = np.sqrt(power.speaker_sd**2 + power.wer * (1 - power.wer) / power.words_per_speaker)
    first, second = (generator.normal(wer, deviation, (20_000, n)).mean(1) for wer in (0.10, 0.14))
    seen = np.mean(np.abs(second - first) / (deviation * np.sqrt(2 / n)) > 1.959964)
    assert seen == pytest.approx(0.8, abs=0.02)


def test_the_assumptions_stand_in_words() -> None:
    assert assumptions(PowerConfig(wer_difference=0.03)).startswith("WER difference 0.03, power 0.8, alpha 0.05")
