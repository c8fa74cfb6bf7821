"""How many people to record for a gap, and for how long."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipelines.plan.fill.fill import CellState
from pipelines.plan.gaps.power import assumptions, speakers_needed
from schemas.config import CorpusConfig

UTTERANCE_S = 5.0
"""How long a recording is taken to be where the accent has none to tell."""


class AccentNeeds(NamedTuple):
    """What is the same for all gaps of an accent.

    Attributes:
        people: its speakers in each split, in order.
        missing_uses: simulations that the cells of each split lack together.
        utterance_s: mean length of its recordings, s.
    """

    people: Mapping[str, Sequence[str]]
    missing_uses: Mapping[str, int]
    utterance_s: float


class Collection(NamedTuple):
    """Whom to record.

    Attributes:
        new_speakers: how many people the corpus does not have yet.
        minutes_each: speech of each of them, or of each who is recorded again, minutes; None where nobody is to be recorded.
        why: words to stand behind the number of people, if it is not the target alone that asks for them.
        assumptions: of the numbers, in words.
    """

    new_speakers: int = 0
    minutes_each: float | None = None
    why: str = ""
    assumptions: str = ""


def collection(
    cells: Sequence[CellState], config: CorpusConfig, whole: AccentNeeds, for_target: int, existing: int
) -> Collection:
    """Whom to record for a cell.

    New people are as many as the target takes, and at least as many as give the accent the power to show a difference in word
    error rate (:func:`~pipelines.plan.gaps.power.speakers_needed`). Each says enough for that, and enough for all cells of the
    accent that can be simulated from the same recordings.

    Args:
        cells: the cell in each split.
        config: of the corpus.
        whole: of the accent.
        for_target: new people that the target takes.
        existing: people of the corpus who are recorded again.
    """
    power, new_speakers, why, minutes = config.targets.power, for_target, "", 0.0
    if for_target and power is not None:
        known, needed = sum(map(len, whole.people.values())), speakers_needed(power)
        new_speakers = max(for_target, needed - known)
        minutes = power.words_per_speaker / power.words_per_minute
        why = f" ({for_target} for the target; {needed} in all show a WER difference of {power.wer_difference:g})"
    each = max(minutes, _missing_s(cells, config, whole) / max(1, new_speakers + existing) / 60)
    return Collection(
        new_speakers,
        math.ceil(10 * max(each, whole.utterance_s / 60) - 1e-9) / 10,
        why if new_speakers > for_target else "",
        assumptions(power) if why and power is not None else "",
    )


def _missing_s(cells: Sequence[CellState], config: CorpusConfig, whole: AccentNeeds) -> float:
    """Speech to record for what the cells lack, s."""
    short = [cell for cell in cells if not cell.is_met]
    if config.condition(cells[0].demand.condition).is_simulated:
        rows = sum(whole.missing_uses[cell.demand.split] for cell in short)
        return whole.utterance_s * rows / max(1, config.targets.max_uses_per_recording)
    return sum(cell.demand.target.missing_s(cell.utterances, cell.seconds, whole.utterance_s) for cell in short)
