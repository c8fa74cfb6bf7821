"""The most general uncovered patterns, against looking at every pattern there is."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.combinations.constraints import OPEN
from pipelines.combinations.patterns import Pattern, count_patterns, uncovered_patterns


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[int], dict[str, set[Pattern]], int]:
    """Sizes of the factors, the profiles of each speaker, and how many speakers are asked for."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    profile = st.tuples(*(st.integers(OPEN, size - 1) for size in sizes))
    people = draw(st.lists(st.sets(profile, min_size=1, max_size=3), max_size=12))
    return sizes, {f"s{n}": profiles for n, profiles in enumerate(people)}, draw(st.integers(1, 4))


def fits(profile: Pattern, pattern: Pattern) -> bool:
    return all(asked in (OPEN, has) for asked, has in zip(pattern, profile, strict=True))


def counted(people: dict[str, set[Pattern]]) -> Counter[Pattern]:
    return count_patterns((profiles, 1) for profiles in people.values())


@settings(deadline=None)
@given(corpora())
def test_those_are_found_that_are_uncovered_while_whatever_is_more_general_is_covered(
    corpus: tuple[list[int], dict[str, set[Pattern]], int],
) -> None:
    sizes, people, least = corpus
    patterns = list(product(*([OPEN, *range(size)] for size in sizes)))
    speakers = {
        pattern: sum(any(fits(profile, pattern) for profile in profiles) for profiles in people.values()) for pattern in patterns
    }
    few = {pattern for pattern in patterns if speakers[pattern] < least}
    expected = {
        pattern for pattern in few if not any(other != pattern and other in few and fits(pattern, other) for other in patterns)
    }
    counts = counted(people)
    assert {pattern: counts[pattern] for pattern in patterns} == speakers
    found = uncovered_patterns(counts, sizes, least)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert [sum(value != OPEN for value in each) for each in found] == sorted(sum(v != OPEN for v in each) for each in found)


@settings(deadline=None)
@given(corpora())
def test_what_nobody_could_fit_is_not_missing(corpus: tuple[list[int], dict[str, set[Pattern]], int]) -> None:
    sizes, people, least = corpus

    def allows(pattern: Pattern) -> bool:
        return pattern[0] != 0

    found = uncovered_patterns(counted(people), sizes, least, allows)
    assert all(allows(pattern) for pattern in found)
