"""The most general patterns of people that a corpus has too few of.

A pattern gives some of the observed factors a value; it is uncovered where fewer distinct speakers fit it than are asked for, and
*most general* where every pattern with one value less is covered (maximal uncovered patterns: Asudeh, Jin, Jagadish, "Assessing
and remedying coverage for a given dataset", ICDE 2019). Clips do not count, so simulation changes none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations

from pipelines.combinations.constraints import OPEN

Pattern = tuple[int, ...]
"""The number of each factor's value, or OPEN for any."""


def count_patterns(people: Iterable[tuple[Collection[Pattern], int]]) -> Counter[Pattern]:
    """How many distinct speakers fit each pattern that anybody fits.

    Args:
        people: how many speakers have exactly these observed values; a speaker who declared different ones at different times
            has several, and counts once.
    """
    counts: Counter[Pattern] = Counter()
    for profiles, speakers in people:
        for pattern in {pattern for profile in profiles for pattern in _general(profile)}:
            counts[pattern] += speakers
    return counts


def _general(profile: Pattern) -> Iterable[Pattern]:
    given = [factor for factor, value in enumerate(profile) if value != OPEN]
    for size in range(len(given) + 1):
        for kept in combinations(given, size):
            yield tuple(value if factor in kept else OPEN for factor, value in enumerate(profile))


def uncovered_patterns(
    counts: Mapping[Pattern, int], sizes: Sequence[int], least: int, allows: Callable[[Pattern], bool] = lambda _: True
) -> list[Pattern]:
    """The most general patterns that fewer than ``least`` distinct speakers fit, the most general ones first.

    Only patterns all of whose generalisations are covered are looked at, so the search is as large as what is covered.

    Args:
        counts: distinct speakers of each pattern that anybody fits, the one that is open everywhere included.
        sizes: how many values each factor has.
        least: distinct speakers that a pattern needs.
        allows: whether anybody could fit a pattern at all.
    """
    everybody = (OPEN,) * len(sizes)
    if counts.get(everybody, 0) < least:
        return [everybody]
    found: list[Pattern] = []
    covered = {everybody}
    while covered:
        candidates = {
            (*pattern[:factor], value, *pattern[factor + 1 :])
            for pattern in covered
            for factor in range(_last(pattern) + 1, len(sizes))
            for value in range(sizes[factor])
        }
        ripe = [pattern for pattern in sorted(candidates) if _parents(pattern) <= covered and allows(pattern)]
        found += [pattern for pattern in ripe if counts.get(pattern, 0) < least]
        covered = {pattern for pattern in ripe if counts.get(pattern, 0) >= least}
    return found


def _last(pattern: Pattern) -> int:
    """The last factor with a value; -1 where there is none. Each pattern is made from one other only: by giving a later value."""
    return max((factor for factor, value in enumerate(pattern) if value != OPEN), default=-1)


def _parents(pattern: Pattern) -> set[Pattern]:
    return {(*pattern[:factor], OPEN, *pattern[factor + 1 :]) for factor, value in enumerate(pattern) if value != OPEN}
