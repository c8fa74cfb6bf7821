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
        together: how many cells of each split can share in what is missing, where it is not one cell's own.
    """

    people: Mapping[str, Sequence[str]]
    missing_uses: Mapping[str, int]
    utterance_s: float
    together: Mapping[str, int] = {}


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
    cells: Sequence[CellState], config: CorpusConfig, whole: AccentNeeds, for_target: int, again: Mapping[str, int]
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
        again: people of the corpus who are recorded again, by split.
    """
    power, new_speakers, why, minutes = config.targets.power, for_target, "", 0.0
    if for_target and power is not None:
        known, needed = sum(map(len, whole.people.values())), speakers_needed(power)
        new_speakers = max(for_target, needed - known)
        minutes = power.words_per_speaker / power.words_per_minute
        why = f" ({for_target} for the target; {needed} in all show a WER difference of {power.wer_difference:g})"
    each = max(minutes, _each_s(cells, config, whole, new_speakers, again) / 60)
    return Collection(
        new_speakers,
        math.ceil(10 * max(each, whole.utterance_s / 60) - 1e-9) / 10,
        why if new_speakers > for_target else "",
        assumptions(power) if why and power is not None else "",
    )


def _each_s(
    cells: Sequence[CellState], config: CorpusConfig, whole: AccentNeeds, new_speakers: int, again: Mapping[str, int]
) -> float:
    """Speech that everybody says so that each split has what it lacks, in whole recordings, s.

    New people are taken to come to the splits by their shares.
    """
    missing_s = {cell.demand.split: _missing_s(cell, config, whole) for cell in cells if not cell.is_met}
    most = math.fsum(missing_s.values()) / max(1, new_speakers + sum(again.values()))
    for split, share in config.splits.items():
        people = again.get(split, 0) + int(new_speakers * share + 1e-9)
        if people:
            most = max(most, missing_s.get(split, 0.0) / people)
    return whole.utterance_s * math.ceil(most / whole.utterance_s - 1e-6)


def _missing_s(cell: CellState, config: CorpusConfig, whole: AccentNeeds) -> float:
    """Speech to record for what a cell lacks in a split, s."""
    if config.condition(cell.demand.condition).is_simulated:
        return whole.utterance_s * whole.missing_uses[cell.demand.split] / max(1, config.targets.max_uses_per_recording)
    return cell.demand.target.missing_s(cell.utterances, cell.seconds, whole.utterance_s)
