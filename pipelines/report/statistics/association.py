"""How far two dimensions go together, and which accents cannot be told apart from how they were recorded.

Cramér's V = √(χ² / (n · min(r − 1, c − 1))) of a table of r × c counts without an empty row or column, χ² Pearson's without
continuity correction, n the sum of the counts (Cramér 1946). V is above zero in small samples even where nothing goes together;
the corrected V takes the expectation (r − 1)(c − 1)/(n − 1) off φ² = χ²/n and shrinks r and c likewise (Bergsma 2013,
doi:10.1016/j.jkss.2012.10.002).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ALMOST_ALL = 0.95
"""An accent is bound to a condition or source that holds so much of its recordings …"""

ELSEWHERE = 0.25
"""… where the other accents have at most so much of theirs."""

FEWEST_ROWS = 2
"""One recording can only be in one condition."""

NAMED = 8
"""Accents that a sentence names."""

Counts = Mapping[tuple[str, str], int]
"""How many there are of each pair of values."""


@dataclass(frozen=True)
class Association:
    """How far two dimensions go together.

    Attributes:
        dimensions: which.
        origin: of the rows counted: recorded, or ``*`` for all.
        over: what is counted in each cell: rows, or distinct speakers (who count in each cell they are in).
        n: the sum of the counts.
        v: Cramér's V; None where one of the dimensions has a single value.
        v_corrected: the same, less its bias.
    """

    dimensions: tuple[str, str]
    origin: str
    over: str
    n: int
    v: float | None
    v_corrected: float | None


def associate(dimensions: tuple[str, str], origin: str, over: str, counts: Counts) -> Association:
    """The association in a table of counts."""
    n, v, corrected = cramers_v(counts)
    return Association(dimensions, origin, over, n, v, corrected)


def cramers_v(counts: Counts) -> tuple[int, float | None, float | None]:
    """The sum of the counts, Cramér's V, and V less its bias; None where a dimension has fewer than two values."""
    first = sorted({pair[0] for pair, count in counts.items() if count})
    second = sorted({pair[1] for pair, count in counts.items() if count})
    table = np.array([[counts.get((one, other), 0) for other in second] for one in first], float).reshape(len(first), len(second))
    n = int(table.sum())
    rows, columns = len(first), len(second)
    if rows < 2 or columns < 2:
        return n, None, None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    v = math.sqrt(min(phi2 / (min(rows, columns) - 1), 1.0))
    left = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    shrunk = [size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)]
    corrected = math.sqrt(min(left / (min(shrunk) - 1), 1.0)) if min(shrunk) > 1 else 0.0
    return n, v, corrected


@dataclass(frozen=True)
class Confounded:
    """Accents that are bound to how they were recorded.

    Attributes:
        dimension: ``condition`` or ``source``.
        value: of it.
        accents: that are bound to it.
        only: whether every recording of the accents is there, or in reverse all those there are the accent's; else nearly all.
        reverse: the value has this one accent only, though the accent is elsewhere too.
        rows: recordings of the accents there.
        share: of the recordings of the other accents that are there; in reverse, of the recordings there that are the accent's.
    """

    dimension: str
    value: str
    accents: tuple[str, ...]
    only: bool
    reverse: bool
    rows: int
    share: float

    def __str__(self) -> str:
        """What it means, in a sentence."""
        named, one = join_names(self.accents), len(self.accents) == 1
        rows = f"{self.rows:,} recording{'' if self.rows == 1 else 's'}"
        if self.reverse:
            alone = "alone" if self.only else f"nearly alone ({100 * self.share:.0f} % of it)"
            return (
                f"{self.dimension.capitalize()} {self.value} was recorded from accent {named} {alone} ({rows}): what it does to "
                "other accents is not known."
            )
        how = "only ever" if self.only else "almost only"
        if self.dimension == "condition":
            where = f"{'was' if one else 'were'} {how} recorded in condition {self.value}"
        else:
            where = f"{how} {'comes' if one else 'come'} from source {self.value}"
        others = f"{100 * self.share:.0f} %" if self.share else "none"
        return (
            f"{'Accent' if one else 'Accents'} {named} {where} ({rows}), where {others} of the other accents' "
            f"recordings are: what is measured on {'it' if one else 'them'} may be the {self.dimension}'s doing."
        )


def join_names(names: Sequence[str]) -> str:
    """The names as a sentence lists them; of many the first, and how many more there are."""
    shown = list(names[:NAMED]) + ([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def find_confounded(dimension: str, recorded: Counts) -> list[Confounded]:
    """The accents that were recorded in one condition, or come from one source, where the others do not.

    Args:
        dimension: ``condition`` or ``source``.
        recorded: recordings by accent and value of the dimension; accents that were declared.
    """
    recorded = {pair: rows for pair, rows in recorded.items() if rows}
    accents = _sums(recorded, 0)
    bound: dict[str, list[str]] = {}
    for (accent, value), rows in sorted(recorded.items()):
        if accents[accent] >= FEWEST_ROWS and rows >= ALMOST_ALL * accents[accent]:
            bound.setdefault(value, []).append(accent)
    found = [each for value, members in sorted(bound.items()) for each in _bound_to(dimension, value, members, recorded, accents)]
    told = {(each.value, accent) for each in found for accent in each.accents}
    return found + list(_taken_by_one(dimension, recorded, accents, told))


def _bound_to(
    dimension: str, value: str, members: Sequence[str], recorded: Counts, accents: Mapping[str, int]
) -> Iterator[Confounded]:
    others = sum(rows for accent, rows in accents.items() if accent not in members)
    # Where most accents are, being there is the rule; the exceptions are told by what only they are in.
    if not others or len(members) > len(accents) - len(members):
        return
    there = sum(rows for (accent, where), rows in recorded.items() if where == value and accent not in members)
    if there / others <= ELSEWHERE:
        rows = sum(recorded[accent, value] for accent in members)
        only = all(recorded[accent, value] == accents[accent] for accent in members)
        yield Confounded(dimension, value, tuple(members), only, False, rows, there / others)


def _taken_by_one(
    dimension: str, recorded: Counts, accents: Mapping[str, int], told: set[tuple[str, str]]
) -> Iterator[Confounded]:
    values = _sums(recorded, 1)
    if len(values) < 2 or len(accents) < 2:
        return
    for (accent, value), rows in sorted(recorded.items(), key=lambda pair: pair[0][::-1]):
        if values[value] >= FEWEST_ROWS and rows >= ALMOST_ALL * values[value] and (value, accent) not in told:
            yield Confounded(dimension, value, (accent,), rows == values[value], True, rows, rows / values[value])


def _sums(counts: Counts, side: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for pair, count in counts.items():
        sums[pair[side]] = sums.get(pair[side], 0) + count
    return sums
