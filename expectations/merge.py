"""What is known of a part of a table, and how parts are merged: exactly, in any order and any grouping.

Counts are integers, and sums are integers too: every finite float is a whole multiple of 2^-1074, so a sum kept in that unit
never rounds. Samples are the first by the rows' own order. So the merged value depends on the rows alone, not on how they
were cut into batches.
"""

from __future__ import annotations

import bisect
import heapq
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from expectations.suite import Expectation, Suite

SAMPLES = 20
"""How many unexpected values a result shows, as in Great Expectations."""

_UNIT_BITS = 1074

Sample = tuple[tuple[Any, ...], Any]
"""A row's place in its table, and the value found there."""


@dataclass(frozen=True)
class Rows:
    """Of a row-level expectation: how many rows it saw, ignored as missing and found wrong, and the first of those."""

    rows: int = 0
    missing: int = 0
    unexpected: int = 0
    samples: tuple[Sample, ...] = ()

    def merge(self, other: Rows) -> Rows:
        """Both parts together."""
        return Rows(
            self.rows + other.rows,
            self.missing + other.missing,
            self.unexpected + other.unexpected,
            first_samples([*self.samples, *other.samples]),
        )


def first_samples(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """The first samples by their rows' order; rows of one place are told apart by what was found there."""
    return tuple(heapq.nsmallest(SAMPLES, samples, key=_sample_order))


def _sample_order(sample: Sample) -> tuple[Any, ...]:
    place, value = sample
    return (*place, json.dumps(value, sort_keys=True))


@dataclass(frozen=True)
class Column:
    """Of a column (or, with ``rows`` alone, of the table): what counts, sums, means, smallest and largest values need.

    Attributes:
        rows: all rows.
        values: rows that are not null.
        total: sum of the finite values, in units of 2^-1074.
        infinite: how many values are +inf and -inf.
        low: smallest value; None where there is none.
        high: largest value; None where there is none.
    """

    rows: int = 0
    values: int = 0
    total: int = 0
    infinite: tuple[int, int] = (0, 0)
    low: Any = None
    high: Any = None

    def merge(self, other: Column) -> Column:
        """Both parts together."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Column(
            self.rows + other.rows,
            self.values + other.values,
            self.total + other.total,
            (self.infinite[0] + other.infinite[0], self.infinite[1] + other.infinite[1]),
            min(lows, default=None),
            max(highs, default=None),
        )

    def whole_sum(self) -> int:
        """The sum of values that are all whole numbers."""
        return self.total >> _UNIT_BITS

    def sum(self, *, count: int = 1) -> float:
        """The sum of the values, over ``count``, rounded once; NaN where it holds both infinities."""
        plus, minus = self.infinite
        if plus and minus:
            return math.nan
        if plus or minus:
            return math.inf if plus else -math.inf
        try:
            return float(Fraction(self.total, count << _UNIT_BITS))
        except OverflowError:
            return math.inf if self.total > 0 else -math.inf


def exact_total(values: Iterable[float]) -> int:
    """The sum of finite numbers in units of 2^-1074, without rounding."""
    total = 0
    for value in values:
        numerator, denominator = value.as_integer_ratio()
        # The denominator of a float is a power of two, at most 2^1074.
        total += numerator << (_UNIT_BITS - denominator.bit_length() + 1)
    return total


@dataclass
class Keyed:
    """Of a keyed expectation: what the count of each distinct value adds up to. Values must not come twice.

    Attributes:
        rows: all rows.
        missing: rows ignored as null.
        distinct: distinct values.
        repeated: rows whose value stands in another row as well.
        outside: distinct values that are not in the expected set.
        found: values of the expected set that were seen.
        samples: (order, value, count) of the first repeated values, or of the first outside the set.
    """

    rows: int = 0
    missing: int = 0
    distinct: int = 0
    repeated: int = 0
    outside: int = 0
    found: set[Any] = field(default_factory=set)
    samples: list[tuple[tuple[Any, ...], Any, int]] = field(default_factory=list)

    def add(self, expectation: Expectation, wanted: frozenset[Any] | None, values: Sequence[Any], count: int) -> None:
        """Take in a distinct value and the number of rows that hold it.

        Args:
            expectation: whose state this is.
            wanted: its ``value_set``, where it has one.
            values: the value, one for each of its columns.
            count: how many rows hold it.
        """
        self.rows += count
        if _is_missing(values, expectation.kwargs.get("ignore_row_if", "all_values_are_missing")):
            self.missing += count
            return
        self.distinct += 1
        self.repeated += count if count > 1 else 0
        if wanted is not None and values[0] in wanted:
            self.found.add(values[0])
            return
        self.outside += wanted is not None
        if wanted is not None or count > 1:
            value = values[0] if len(values) == 1 else dict(zip(expectation.columns, values, strict=True))
            order = tuple((part is not None, part) for part in values)
            bisect.insort(self.samples, (order, value, count), key=_keyed_order)
            del self.samples[SAMPLES:]

    def merge(self, other: Keyed) -> Keyed:
        """Both parts together."""
        return Keyed(
            self.rows + other.rows,
            self.missing + other.missing,
            self.distinct + other.distinct,
            self.repeated + other.repeated,
            self.outside + other.outside,
            self.found | other.found,
            sorted(self.samples + other.samples, key=_keyed_order)[:SAMPLES],
        )


def _keyed_order(sample: tuple[tuple[Any, ...], Any, int]) -> tuple[Any, ...]:
    return sample[0]


def _is_missing(values: Sequence[Any], ignore: str) -> bool:
    if ignore == "never":
        return False
    missing = [value is None for value in values]
    return any(missing) if ignore == "any_value_is_missing" else all(missing)


@dataclass(frozen=True)
class Schema:
    """Of a schema expectation: its verdict, which does not depend on the rows."""

    success: bool
    result: Mapping[str, Any]

    def merge(self, _other: Schema) -> Schema:
        """Either: the parts of one table agree."""
        return self


State = Rows | Column | Keyed | Schema
Partial = dict[str, State]
"""What is known of a part of a table: a state for each expectation, by its name."""

_Self = TypeVar("_Self", bound="_Mergeable")


class _Mergeable(Protocol):
    def merge(self: _Self, other: _Self) -> _Self: ...


def merge(partials: Iterable[Partial]) -> Partial:
    """Several parts of a table together; associative and commutative."""
    merged: dict[str, Any] = {}
    for partial in partials:
        for name, state in partial.items():
            merged[name] = merged[name].merge(state) if name in merged else state
    return merged


def key_columns(expectation: Expectation) -> str:
    """Under which name the values of a keyed expectation's columns are counted."""
    return json.dumps(expectation.columns)


class Tally:
    """Makes partials of the keyed expectations from the counts of distinct values, without holding the values."""

    def __init__(self, suites: Iterable[Suite]):
        """Start with nothing counted. The suites are of one table."""
        self._states: dict[str, list[tuple[Suite, Expectation, frozenset[Any] | None, Keyed]]] = {}
        for suite in suites:
            for expectation in suite.of_kind("keyed"):
                wanted = frozenset(expectation.kwargs["value_set"]) if "value_set" in expectation.kwargs else None
                self._states.setdefault(key_columns(expectation), []).append((suite, expectation, wanted, Keyed()))

    def add(self, columns: str, values: str, count: int) -> None:
        """Take in a distinct value of some columns (see :func:`key_columns`), as a JSON list, and how many rows hold it."""
        parsed = json.loads(values)
        for _, expectation, wanted, state in self._states[columns]:
            state.add(expectation, wanted, parsed, count)

    def partials(self) -> dict[str, Partial]:
        """What was taken in, by suite."""
        partials: dict[str, Partial] = {}
        for states in self._states.values():
            for suite, expectation, _, state in states:
                partials.setdefault(suite.name, {})[expectation.name] = state
        return partials
