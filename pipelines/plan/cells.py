"""What each cell should hold in each split, and how much of it one speaker may fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.plan.apportion import largest_remainder
from schemas.config import TargetsConfig

ROUNDING_S = 1e-6
"""Sums of durations that differ by less are the same."""


@dataclass(frozen=True)
class SplitTarget:
    """A cell's target in one split; None where none is asked.

    Attributes:
        utterances: rows.
        seconds: length together.
    """

    utterances: int | None = None
    seconds: float | None = None

    @property
    def has_size(self) -> bool:
        """Whether a number of rows or of seconds is asked for."""
        return self.utterances is not None or self.seconds is not None

    def is_met(self, utterances: int, seconds: float) -> bool:
        """Whether so many rows of so much audio are enough."""
        if self.utterances is not None:
            return utterances >= self.utterances
        return self.seconds is None or seconds >= self.seconds - ROUNDING_S


def split_targets(targets: TargetsConfig, shares: Mapping[str, float]) -> dict[str, SplitTarget]:
    """A cell's target apportioned to the splits by their shares: rows by largest remainder, hours exactly."""
    cell = targets.per_cell
    if cell is not None and cell.utterances is not None:
        return {split: SplitTarget(utterances=part) for split, part in largest_remainder(cell.utterances, shares).items()}
    if cell is not None and cell.hours is not None:
        return {split: SplitTarget(seconds=cell.hours * 3600 * share) for split, share in shares.items()}
    return {split: SplitTarget() for split in shares}


@dataclass(frozen=True)
class SpeakerCap:
    """The most that one speaker's simulations may fill of a cell."""

    utterances: float = float("inf")
    seconds: float = float("inf")

    def longest_next(self, utterances: int, seconds: float) -> float:
        """The length, s, of the longest simulation that a speaker with so many of so much audio in the cell may add; 0 for none.

        The first is always allowed, for less would forbid simulation.
        """
        if utterances == 0:
            return float("inf")
        if utterances + 1 > self.utterances:
            return 0.0
        return max(0.0, self.seconds - seconds + ROUNDING_S)


def speaker_cap(targets: TargetsConfig) -> SpeakerCap:
    """``max_share_per_speaker`` of the whole cell's target."""
    cell = targets.per_cell
    if cell is not None and cell.utterances is not None:
        return SpeakerCap(utterances=max(1, int(targets.max_share_per_speaker * cell.utterances + 1e-9)))
    if cell is not None and cell.hours is not None:
        return SpeakerCap(seconds=targets.max_share_per_speaker * cell.hours * 3600)
    return SpeakerCap()
