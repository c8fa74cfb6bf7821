"""Designs, and counts of their tuples that use nothing of panvox's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product

import numpy as np

from pipelines.combinations.constraints import Forbidden
from pipelines.combinations.space import Profile, Row, Space

Tuple = tuple[tuple[int, ...], Row]
"""Factors, and a value of each."""

LARGE_OBSERVED, LARGE_ASSIGNABLE = (24, 3, 5), (8, 5, 9, 6)
"""24 accents, 3 genders, 5 ages; 8 noises, 5 bands of SNR, 9 handsets, 6 rooms: 777,600 combinations."""

LARGE_BOUND = {2: 216, 3: 1728}
LARGE_TUPLES = {2: 1392, 3: 16706}


def large_space() -> Space:
    """The large design, with people of every kind."""
    people = product(*map(range, LARGE_OBSERVED))
    return Space((*LARGE_OBSERVED, *LARGE_ASSIGNABLE), [Profile(values, 2) for values in people])


def tuples_of(rows: Iterable[Sequence[int]], strength: int) -> set[Tuple]:
    """The tuples that occur in rows; a value below 0 is none."""
    table = np.array(list(rows), int)
    found = set()
    for factors in combinations(range(table.shape[1] if table.size else 0), strength):
        for values in np.unique(table[:, factors], axis=0).tolist():
            if min(values) >= 0:
                found.add((factors, tuple(values)))
    return found


def all_rows(sizes: Sequence[int], profiles: Sequence[Profile], forbidden: Iterable[Forbidden]) -> list[Row]:
    """Every whole row there may be, by trying all."""
    rules = list(forbidden)
    found = []
    for profile in profiles:
        for values in product(*map(range, sizes[len(profile.values) :])):
            row = (*profile.values, *values)
            if not any(all(row[factor] in barred for factor, barred in rule) for rule in [*rules, *profile.barred]):
                found.append(row)
    return found
