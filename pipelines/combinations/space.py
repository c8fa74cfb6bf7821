"""The rows that a covering array may have: people as they are, with what can be simulated from each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pipelines.combinations.constraints import OPEN, Constraints, Forbidden

Row = tuple[int, ...]
"""The number of each factor's value, or OPEN."""


@dataclass(frozen=True)
class Profile:
    """Speakers who share the values of all observed factors.

    Attributes:
        values: numbers of those values; OPEN where they gave none.
        speakers: how many they are.
        barred: combinations that cannot be simulated from any of them.
    """

    values: Row
    speakers: int
    barred: frozenset[Forbidden] = frozenset()


class Space:
    """Every row of a design: the observed values of a profile, and assignable values that nothing forbids.

    Attributes:
        sizes: how many values each factor has, observed factors first.
        observed: how many of them are observed.
        profiles: of the people there are.
    """

    def __init__(self, sizes: Sequence[int], profiles: Iterable[Profile], forbidden: Iterable[Forbidden] = ()) -> None:
        self.sizes = tuple(sizes)
        self.profiles = tuple(profiles)
        self.observed = len(self.profiles[0].values) if self.profiles else 0
        forbidden = tuple(forbidden)
        by_rules: dict[frozenset[Forbidden], list[int]] = {}
        for index, profile in enumerate(self.profiles):
            by_rules.setdefault(profile.barred | self._left_of(profile, forbidden), []).append(index)
        self._classes = [
            (_bits(members), Constraints(self.sizes, sorted(rules, key=repr))) for rules, members in by_rules.items()
        ]
        self._constraints = {index: each for bits, each in self._classes for index in _members(bits)}
        self._known: dict[Row, tuple[Constraints, ...]] = {}

    def _left_of(self, profile: Profile, forbidden: Iterable[Forbidden]) -> frozenset[Forbidden]:
        """The combinations that are forbidden to a profile, as far as assignable factors decide."""
        left = set()
        for each in forbidden:
            own = [(factor, barred) for factor, barred in each if factor < self.observed]
            if all(profile.values[factor] in barred for factor, barred in own):
                left.add(tuple(pair for pair in each if pair[0] >= self.observed))
        return frozenset(left)

    def allows(self, row: Sequence[int]) -> bool:
        """Whether a row, with OPEN for what is not chosen, can be completed."""
        return any(constraints.allow(row) for constraints in self._constraints_for(tuple(row[: self.observed])))

    def _constraints_for(self, values: Row) -> tuple[Constraints, ...]:
        """The constraints of the profiles that have those observed values."""
        known = self._known.get(values)
        if known is None:
            bits = self._with(values)
            known = self._known[values] = tuple(each for members, each in self._classes if members & bits)
        return known

    def _with(self, values: Row) -> int:
        bits = (1 << len(self.profiles)) - 1
        for factor, value in enumerate(values):
            if value != OPEN:
                bits &= self._by_value.get((factor, value), 0)
        return bits

    @cached_property
    def _by_value(self) -> dict[tuple[int, int], int]:
        members: dict[tuple[int, int], list[int]] = {}
        for index, profile in enumerate(self.profiles):
            for factor, value in enumerate(profile.values):
                members.setdefault((factor, value), []).append(index)
        return {key: _bits(indices) for key, indices in members.items()}

    def profiles_of(self, row: Sequence[int]) -> list[int]:
        """The profiles that a row can be completed with."""
        compatible = _members(self._with(tuple(row[: self.observed])))
        return [index for index in compatible if self._constraints[index].allow(row)]

    def speakers(self, values: Row) -> int:
        """How many people have those observed values."""
        return sum(self.profiles[index].speakers for index in _members(self._with(values)))

    def feasible(self, factors: Sequence[int]) -> NDArray[np.bool_]:
        """Which tuples of some factors can occur: see :func:`feasible_tuples`."""
        return feasible_tuples(self.allows, self.sizes, factors)


def feasible_tuples(allows: Callable[[Sequence[int]], bool], sizes: Sequence[int], factors: Sequence[int]) -> NDArray[np.bool_]:
    """Which tuples of some factors can occur: an array with one axis a factor, in the order given.

    Args:
        allows: whether a row, with OPEN for what is not chosen, can be completed.
        sizes: how many values each factor has.
        factors: some of them.
    """
    own = [sizes[factor] for factor in factors]
    row = [OPEN] * len(sizes)
    found = []
    for values in product(*map(range, own)):
        for factor, value in zip(factors, values, strict=True):
            row[factor] = value
        found.append(allows(row))
    return np.array(found, bool).reshape(own)


def _bits(members: Iterable[int]) -> int:
    bits = 0
    for member in members:
        bits |= 1 << member
    return bits


def _members(bits: int) -> list[int]:
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found
