"""What the configuration's targets come to: of a cell, of an accent, of a condition, and how the last is shared by the accents.

Accents are planned apart, so what a condition should hold over all of them is shared first: each accent tries how much it could
take, and the condition's target is spread evenly over the accents as far as that allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipelines.plan.fill.fill import CellState
from pipelines.plan.targets.cells import ROUNDING_S, Goal, SplitTarget, split_goal
from schemas.config import CorpusConfig
from schemas.targets import OTHERS, Target


class Totals(NamedTuple):
    """The manifest as a whole.

    Attributes:
        utterances: recordings.
        microseconds: their length, a whole number so that it does not depend on the order of adding.
        accents: those with targets: in the manifest or in the accents file.
    """

    utterances: int = 0
    microseconds: int = 0
    accents: tuple[str, ...] = ()


class Room(NamedTuple):
    """What one accent could contribute to a condition in one split.

    Attributes:
        held: rows (or seconds) recorded.
        most: rows (or seconds) it could hold; what is given for all conditions can be had together.
        held_speakers: recorded speakers.
        most_speakers: speakers it could hold.
    """

    accent: str
    condition: str
    split: str
    held: float
    most: float
    held_speakers: int
    most_speakers: int


class Allotted(NamedTuple):
    """What an accent should hold in a condition.

    Attributes:
        targets: by split.
        speakers: over all splits; None where none are asked.
        short: by split, what all accents together cannot hold.
        short_speakers: people that all accents together do not have.
    """

    targets: Mapping[str, SplitTarget]
    speakers: int | None
    short: Mapping[str, SplitTarget]
    short_speakers: int


def goal_of(target: Target | None, totals: Totals) -> Goal:
    """A target in numbers: a share is one of the manifest's recordings, or of their hours."""
    if target is None:
        return Goal()
    utterances, seconds = target.utterances, None if target.hours is None else target.hours * 3600
    if target.share is not None and target.of == "utterances":
        utterances = max(1, round(target.share * totals.utterances))
    elif target.share is not None:
        seconds = target.share * totals.microseconds / 1e6
    return Goal(utterances, seconds, target.speakers)


def cell_goal(config: CorpusConfig, totals: Totals) -> Goal:
    """What each cell should hold by itself."""
    return goal_of(config.targets.per_cell, totals)


def accent_goal(accent: str, config: CorpusConfig, totals: Totals) -> Goal:
    """What an accent's cells should hold together."""
    targets = config.targets.per_accent
    return goal_of(targets.get(accent, targets.get(OTHERS)), totals)


def condition_goal(condition: str, config: CorpusConfig, totals: Totals) -> Goal:
    """What a condition's cells should hold together."""
    targets = config.targets.per_condition
    return goal_of(targets.get(condition, targets.get(OTHERS)), totals)


def rooms(accent: str, cells: Iterable[CellState], recorded: Mapping[tuple[str, str], tuple[int, float, int]]) -> list[Room]:
    """What an accent could contribute, from its cells filled as far as they go.

    Args:
        accent: which.
        cells: filled.
        recorded: rows, seconds and speakers that were recorded, by condition and split.
    """
    found = []
    for cell in cells:
        rows, seconds, speakers = recorded[cell.demand.condition, cell.demand.split]
        by_rows = cell.demand.target.utterances is not None
        people = len({*cell.speakers, *cell.donor_speakers})
        held, most = (rows, cell.utterances) if by_rows else (seconds, cell.seconds)
        found.append(Room(accent, cell.demand.condition, cell.demand.split, held, most, speakers, people))
    return found


def allot(known: Iterable[Room], config: CorpusConfig, totals: Totals) -> dict[tuple[str, str], Allotted]:
    """Share what each condition should hold among the accents, by accent and condition."""
    by_condition: dict[str, list[Room]] = defaultdict(list)
    for room in sorted(known):
        by_condition[room.condition].append(room)
    allotted: dict[tuple[str, str], Allotted] = {}
    for condition, own in by_condition.items():
        goal = condition_goal(condition, config, totals)
        targets: dict[str, dict[str, SplitTarget]] = defaultdict(dict)
        short: dict[str, SplitTarget] = {}
        for split, target in split_goal(goal, dict(config.splits.items())).items():
            group = [room for room in own if room.split == split]
            amount = target.utterances if target.utterances is not None else target.seconds
            lows = [0.0 if config.targets.surplus == "drop" else room.held for room in group]
            parts = level(amount or 0, lows, [room.most for room in group], whole=target.utterances is not None)
            short[split] = _amount(max(0.0, (amount or 0) - sum(parts)), target)
            for room, part in zip(group, parts, strict=True):
                targets[room.accent][split] = _amount(part, target)
        people: dict[str, list[int]] = {accent: [0, 0] for accent in targets}
        for room in own:
            people[room.accent][0] += room.held_speakers
            people[room.accent][1] += room.most_speakers
        had, could = ([each[place] for each in people.values()] for place in (0, 1))
        shares = level(goal.speakers or 0, had, could, whole=True)
        for accent, part in zip(people, shares, strict=True):
            missing = max(0, (goal.speakers or 0) - round(sum(shares)))
            allotted[accent, condition] = Allotted(targets[accent], round(part) if goal.speakers else None, short, missing)
    return allotted


def _amount(amount: float, target: SplitTarget) -> SplitTarget:
    """So much in the target's measure; of nothing, none is asked."""
    if amount <= ROUNDING_S:
        return SplitTarget()
    return SplitTarget(utterances=round(amount)) if target.utterances is not None else SplitTarget(seconds=amount)


def level(total: float, lows: Sequence[float], highs: Sequence[float], *, whole: bool) -> list[float]:
    """Parts of ``total``, each as near to the others as its bounds allow; their sum is less where all are at their highest.

    Args:
        total: what they should add up to.
        lows: the least of each; where these add up to more than the total, they stand.
        highs: the most of each.
        whole: whether parts are whole numbers; what rounding leaves over goes to the least.
    """
    bounds = [(low, max(low, high)) for low, high in zip(lows, highs, strict=True)]
    bottom, top = 0.0, max((high for _, high in bounds), default=0.0)
    for _ in range(100):
        middle = (bottom + top) / 2
        if sum(min(max(middle, low), high) for low, high in bounds) < total:
            bottom = middle
        else:
            top = middle
    parts = [min(max(top, low), high) for low, high in bounds]
    if not whole:
        return parts
    parts = [min(max(float(int(part + 1e-6)), low), high) for part, (low, high) in zip(parts, bounds, strict=True)]
    left = round(total - sum(parts))
    for index in sorted(range(len(parts)), key=lambda index: parts[index]):
        if left > 0 and parts[index] + 1 <= bounds[index][1]:
            parts[index] += 1
            left -= 1
    return parts
