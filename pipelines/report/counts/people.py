"""What is counted of each speaker: recordings by accent, and with a reference population what they report and weigh.

Nothing here depends on how many simulated rows repeat somebody's voice: people are counted by their recorded rows, and, where
they have none left, by what their simulated rows report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import pyarrow as pa

from pipelines.plan.weights.people import values_of
from pipelines.report.counts.count import ALL

RECORDED, REPORTED = "recorded", "reported"


class Rows(NamedTuple):
    """Rows of a speaker that are alike.

    Attributes:
        split: they are in.
        accent: they have.
        is_recorded: or simulated.
        weight: of each.
        values: that they report, one a field of the population.
    """

    split: str
    accent: str
    is_recorded: bool
    weight: float
    values: tuple[str | None, ...]


PersonCount = Counter[Rows]
"""How many rows of which kind a speaker has."""

Held = tuple[int, int, Fraction]
"""People, those of them whose rows report several values of a field, and the sum of the weights of all their rows."""


def count_people(table: pa.Table, fields: Sequence[str]) -> Iterator[tuple[str, PersonCount]]:
    """The rows of each speaker in a batch.

    Args:
        table: shard rows.
        fields: of the population; none without one.
    """
    columns = ["speaker_id", "split", "accent", "origin", "weight", *(f"field {name}" for name in fields)]
    taken = [table[name.removeprefix("field ")] for name in columns]  # a field may be the accent again
    found: dict[str, PersonCount] = {}
    counted = pa.table(taken, names=columns).group_by(columns).aggregate([([], "count_all")])
    for speaker, split, accent, origin, weight, *rest in zip(*(column.to_pylist() for column in counted.columns), strict=True):
        rows = Rows(split, accent, origin == "recorded", weight, tuple(rest[:-1]))
        found.setdefault(speaker, Counter())[rows] += rest[-1]
    return iter(found.items())


def add_people(counts: Iterable[PersonCount]) -> PersonCount:
    """All rows of a speaker."""
    return sum(counts, Counter())


def facts_of_person(count: PersonCount, fields: Sequence[str]) -> Iterator[tuple[tuple[object, ...], Held]]:
    """What a speaker adds to the statistics.

    Yields:
        ``(RECORDED, accent or *, recorded rows)``, one person each; and with fields ``(REPORTED, split, values)``, with the sum
        of the weights of the speaker's rows.
    """
    of_accent: Counter[str] = Counter()
    for rows, number in count.items():
        if rows.is_recorded:
            of_accent[rows.accent] += number
            of_accent[ALL] += number
    for accent, number in of_accent.items():
        yield (RECORDED, accent, number), (1, 0, Fraction(0))
    if not fields:
        return
    for split in {rows.split for rows in count}:
        own = {rows: number for rows, number in count.items() if rows.split == split}
        if any(rows.is_recorded for rows in own):
            said = Counter({rows: number for rows, number in own.items() if rows.is_recorded})
        else:
            said = Counter(own)
        values: Counter[tuple[str | None, ...]] = Counter()
        for rows, number in said.items():
            values[rows.values] += number
        unlike = any(len({each[place] for each in values} - {None}) > 1 for place in range(len(fields)))
        weight = sum((Fraction(rows.weight) * number for rows, number in own.items()), Fraction(0))
        yield (REPORTED, split, values_of(values, fields)), (1, int(unlike), weight)


def add_held(held: Iterable[Held]) -> Held:
    """The sum, exactly and so in any order."""
    people = unlike = 0
    weight = Fraction(0)
    for more_people, more_unlike, more_weight in held:
        people += more_people
        unlike += more_unlike
        weight += more_weight
    return people, unlike, weight
