"""How many speakers it takes to see a difference in word error rate between two groups."""

from __future__ import annotations

import math
from statistics import NormalDist

from schemas.targets import PowerConfig


def speakers_needed(power: PowerConfig) -> int:
    """Speakers in each of two groups, by the usual two-sided test of two means with words clustered in speakers.

    n = 2 (z_{1-α/2} + z_{power})² (σ_b² + φ p (1 − p) / m) / δ², rounded up: σ_b is the standard deviation of speakers' own error
    rates, and φ p (1 − p) / m what chance adds to the rate of one who said m words.
    """
    quantile = NormalDist().inv_cdf
    z = quantile(1 - power.alpha / 2) + quantile(power.power)
    within = power.overdispersion * power.wer * (1 - power.wer) / power.words_per_speaker
    return math.ceil(2 * z**2 * (power.speaker_sd**2 + within) / power.wer_difference**2)


def assumptions(power: PowerConfig) -> str:
    """The assumptions in words, to stand beside the number."""
    return (
        f"WER difference {power.wer_difference:g}, power {power.power:g}, alpha {power.alpha:g}, WER {power.wer:g}, "
        f"SD between speakers {power.speaker_sd:g}, {power.words_per_speaker} words a speaker, "
        f"overdispersion {power.overdispersion:g}, {power.words_per_minute:g} words a minute"
    )
