"""Covering arrays: few rows in which every feasible tuple of t factors occurs.

Built parameter by parameter (IPOG: Lei et al., "IPOG: a general strategy for t-way software testing", ECBS 2007), with people as
they are: the observed values of a row are always those of somebody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pipelines.combinations.constraints import OPEN
from pipelines.combinations.space import Row, Space

Missing = dict[tuple[int, ...], NDArray[np.bool_]]
"""Tuples that no row has yet: by factors, an array with an axis a factor."""

ATTEMPTS = 12
MOST_WORK = 40_000
"""Rows, times the sets of factors they are looked at in, after which no further attempt is made."""


def covering_array(space: Space, strength: int, seed: int, had: Iterable[Row] = ()) -> list[Row]:
    """Rows in which every feasible tuple of ``strength`` factors occurs that is not in the rows there are.

    The same for the same arguments, on any machine. Ties are decided by ``seed``; several attempts are made where they cost
    little, and the shortest array is kept.

    Args:
        space: the rows there may be.
        strength: how many factors.
        seed: not negative.
        had: rows that exist, with OPEN for what is not known of them.

    Returns:
        Rows with a value for the first factor and for every assignable one. Of the other observed ones some may be OPEN: whoever
        has the rest of the values and is in a profile that :meth:`Space.profiles_of` names will do.
    """
    if not space.allows([OPEN] * len(space.sizes)):
        return []
    strength = min(strength, len(space.sizes))
    tuples = {factors: space.feasible(factors) for factors in combinations(range(len(space.sizes)), strength)}
    bound = max(int(feasible.sum()) for feasible in tuples.values())
    for row in had:
        _mark(row, tuples)
    best: list[Row] | None = None
    work = 0
    for attempt in range(ATTEMPTS):
        generator = np.random.Generator(np.random.PCG64([seed, attempt]))
        rows = _Builder(space, strength, tuples, generator).build()
        if best is None or len(rows) < len(best):
            best = rows
        work += len(rows) * len(tuples)
        if len(best) <= bound or work > MOST_WORK:
            break
    return best or []


def lower_bound(space: Space, strength: int) -> int:
    """The feasible tuples of those factors that have most of them: no array has fewer rows."""
    return max(int(space.feasible(factors).sum()) for factors in combinations(range(len(space.sizes)), strength))


class _Builder:
    """One attempt: rows that grow factor by factor."""

    def __init__(self, space: Space, strength: int, tuples: Missing, generator: np.random.Generator) -> None:
        self._space = space
        self._strength = strength
        self._missing = tuples
        self._generator = generator
        self._order = sorted(range(len(space.sizes)), key=lambda factor: (-space.sizes[factor], factor))
        self._rows: list[list[int]] = []
        self._used: Counter[Row] = Counter()

    def build(self) -> list[Row]:
        first = self._order[: self._strength]
        for values in np.argwhere(self._left_of(first)).tolist():
            self._add_row(first, values)
        for place in range(self._strength, len(self._order)):
            self._grow(self._order[place], self._order[:place])
        for row in self._rows:
            self._complete(row)
        return self._without_spare_rows()

    def _add_row(self, factors: Sequence[int], values: Sequence[int]) -> None:
        row = [OPEN] * len(self._space.sizes)
        self._rows.append(row)
        for factor, value in zip(factors, values, strict=True):
            self._set(row, factor, value)

    def _set(self, row: list[int], factor: int, value: int) -> None:
        row[factor] = value
        self._used[self._share(row, factor, value)] += 1

    def _share(self, row: Sequence[int], factor: int, value: int) -> Row:
        """What is counted to give values out evenly: observed ones together with what the row has of them, others alone."""
        if factor >= self._space.observed:
            return (factor, value)
        return (*row[:factor], value, *row[factor + 1 : self._space.observed])

    def _grow(self, factor: int, earlier: Sequence[int]) -> None:
        """Give rows a value of one more factor, and add rows for the tuples that none has."""
        missing = {(*others, factor): self._left_of((*others, factor)) for others in combinations(earlier, self._strength - 1)}
        for row in self._rows:
            gains = self._gains(row, missing)
            if gains.any():
                self._extend(row, factor, gains)
                _mark(row, missing)
        for factors, left in missing.items():
            for values in np.argwhere(left).tolist():
                if left[tuple(values)]:
                    _mark(self._place(factors, values), missing)

    def _left_of(self, factors: Sequence[int]) -> NDArray[np.bool_]:
        """The missing tuples of some factors, with their axes in the order given."""
        ascending = sorted(factors)
        left = self._missing[tuple(ascending)]
        return np.array(left.transpose([ascending.index(factor) for factor in factors]), bool)

    def _gains(self, row: Sequence[int], missing: Missing) -> NDArray[np.int64]:
        """How many missing tuples each value of the new factor would bring."""
        gains = np.zeros(next(iter(missing.values())).shape[-1], np.int64)
        for factors, left in missing.items():
            values = tuple(row[factor] for factor in factors[:-1])
            if OPEN not in values:
                gains += left[values]
        return gains

    def _extend(self, row: list[int], factor: int, gains: NDArray[np.int64]) -> None:
        """Choose the value that brings most, of those that bring the same the one given out least; none where none brings any."""
        loads = np.array([self._load(row, factor, value) for value in range(len(gains))])
        order = np.lexsort((self._generator.random(len(gains)), loads, -gains))
        for value in order.tolist():
            if gains[value] and self._space.allows([*row[:factor], value, *row[factor + 1 :]]):
                self._set(row, factor, value)
                return

    def _load(self, row: Sequence[int], factor: int, value: int) -> float:
        """How often a value was given out; an observed one in proportion to the people who have it."""
        share = self._share(row, factor, value)
        used = self._used[share]
        return used if factor >= self._space.observed else used / max(1, self._space.speakers(share))

    def _place(self, factors: Sequence[int], values: Sequence[int]) -> list[int]:
        """A row with those values: one that is open for them, or a new one."""
        for row in self._rows:
            if all(row[factor] in (OPEN, value) for factor, value in zip(factors, values, strict=True)):
                trial = row.copy()
                for factor, value in zip(factors, values, strict=True):
                    trial[factor] = value
                if self._space.allows(trial):
                    for factor, value in zip(factors, values, strict=True):
                        if row[factor] == OPEN:
                            self._set(row, factor, value)
                    return row
        self._add_row(factors, values)
        return self._rows[-1]

    def _complete(self, row: list[int]) -> None:
        """Choose what a row leaves open of the first factor and of assignable ones: values that were given out least."""
        for factor in (0, *range(self._space.observed, len(row))):
            if row[factor] == OPEN:
                trials = ([*row[:factor], value, *row[factor + 1 :]] for value in range(self._space.sizes[factor]))
                values = [trial[factor] for trial in trials if self._space.allows(trial)]
                self._set(row, factor, min(values, key=lambda value: (self._load(row, factor, value), value)))

    def _without_spare_rows(self) -> list[Row]:
        """The rows without those whose tuples all occur in others."""
        keys = [list(self._tuples(row)) for row in self._rows]
        occurring = Counter(key for of_row in keys for key in of_row)
        kept = []
        for row, of_row in zip(reversed(self._rows), reversed(keys), strict=True):
            if all(occurring[key] > 1 for key in of_row):
                occurring.subtract(of_row)
            else:
                kept.append(tuple(row))
        return kept[::-1]

    def _tuples(self, row: Sequence[int]) -> Iterator[tuple[Row, Row]]:
        for factors in combinations(range(len(row)), self._strength):
            values = tuple(row[factor] for factor in factors)
            if OPEN not in values and self._missing[factors][values]:
                yield factors, values


def _mark(row: Sequence[int], missing: Missing) -> None:
    for factors, left in missing.items():
        values = tuple(row[factor] for factor in factors)
        if OPEN not in values:
            left[values] = False
