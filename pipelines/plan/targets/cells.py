"""What each cell should hold in each split, and how much of it one speaker may fill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.plan.apportion import largest_remainder

ROUNDING_S = 1e-6
"""Sums of durations that differ by less are the same."""


@dataclass(frozen=True)
class Goal:
    """What a cell should hold over all splits; None where nothing is asked.

    Attributes:
        utterances: rows.
        seconds: length together.
        speakers: distinct speakers.
    """

    utterances: int | None = None
    seconds: float | None = None
    speakers: int | None = None

    def part(self, parts: int) -> Goal:
        """What each of so many equal parts should hold, speakers apart."""
        rows = None if self.utterances is None else math.ceil(self.utterances / max(1, parts))
        return Goal(rows, None if self.seconds is None else self.seconds / max(1, parts))

    @property
    def hours(self) -> float | None:
        """Length together, h."""
        return None if self.seconds is None else self.seconds / 3600


def largest(*goals: Goal) -> Goal:
    """The most that any of the goals asks, measure by measure."""
    return Goal(
        max((goal.utterances for goal in goals if goal.utterances is not None), default=None),
        max((goal.seconds for goal in goals if goal.seconds is not None), default=None),
        max((goal.speakers for goal in goals if goal.speakers is not None), default=None),
    )


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
        return (self.utterances is None or utterances >= self.utterances) and (
            self.seconds is None or seconds >= self.seconds - ROUNDING_S
        )

    def or_more(self, other: SplitTarget) -> SplitTarget:
        """The most of both, measure by measure."""
        rows = [each.utterances for each in (self, other) if each.utterances is not None]
        seconds = [each.seconds for each in (self, other) if each.seconds is not None]
        return SplitTarget(max(rows, default=None), max(seconds, default=None))

    def missing(self, utterances: int, seconds: float) -> tuple[int, float]:
        """Rows and seconds that are missing."""
        return max(0, (self.utterances or 0) - utterances), max(0.0, (self.seconds or 0.0) - seconds)

    def missing_uses(self, utterances: int, seconds: float, utterance_s: float) -> int:
        """Rows that are missing, of so many seconds each."""
        rows, missing_s = self.missing(utterances, seconds)
        return max(rows, math.ceil(missing_s / utterance_s - ROUNDING_S))

    def missing_s(self, utterances: int, seconds: float, utterance_s: float) -> float:
        """Seconds that are missing, at so many a row."""
        rows, missing_s = self.missing(utterances, seconds)
        return max(missing_s, rows * utterance_s)


def split_goal(goal: Goal, shares: Mapping[str, float]) -> dict[str, SplitTarget]:
    """A cell's goal apportioned to the splits by their shares: rows by largest remainder, seconds exactly."""
    rows = None if goal.utterances is None else largest_remainder(goal.utterances, shares)
    return {
        split: SplitTarget(None if rows is None else rows[split], None if goal.seconds is None else goal.seconds * share)
        for split, share in shares.items()
    }


@dataclass(frozen=True)
class SpeakerCap:
    """The most that one speaker's simulations may fill of a cell: so many rows or so many seconds, whichever comes later.

    Attributes:
        utterances: rows; infinite where none are asked for.
        seconds: length together; infinite where none is asked for.
        of: what both are a share of.
    """

    utterances: float = math.inf
    seconds: float = math.inf
    of: Goal = Goal()

    def longest_next(self, utterances: int, seconds: float) -> float:
        """The length, s, of the longest simulation that a speaker with so many of so much audio in the cell may add; 0 for none.

        The first is always allowed, for less would forbid simulation.
        """
        counts_rows, counts_seconds = math.isfinite(self.utterances), math.isfinite(self.seconds)
        if utterances == 0 or not (counts_rows or counts_seconds) or (counts_rows and utterances + 1 <= self.utterances):
            return math.inf
        return max(0.0, self.seconds - seconds + ROUNDING_S) if counts_seconds else 0.0


def speaker_cap(goal: Goal, max_share: float) -> SpeakerCap:
    """``max_share_per_speaker`` of the whole cell's goal."""
    return SpeakerCap(
        math.inf if goal.utterances is None else max(1, int(max_share * goal.utterances + 1e-9)),
        math.inf if goal.seconds is None else max_share * goal.seconds,
        Goal(goal.utterances, goal.seconds),
    )
