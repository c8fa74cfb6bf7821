"""Covering arrays: every feasible tuple occurs, in few rows, each of which somebody can speak. Counted independently."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.combinations.array import covering_array, lower_bound
from pipelines.combinations.constraints import OPEN, Forbidden, forbid
from pipelines.combinations.space import Profile, Space
from tests.combinations.design import LARGE_BOUND, LARGE_TUPLES, all_rows, large_space, tuples_of


@st.composite
def designs(draw: st.DrawFn) -> tuple[list[int], list[Profile], list[Forbidden]]:
    observed, assignable = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sizes = draw(st.lists(st.integers(1, 4), min_size=observed + assignable, max_size=observed + assignable))

    def rules(factors: list[int], count: int) -> st.SearchStrategy[list[Forbidden]]:
        rule = st.dictionaries(st.sampled_from(factors), st.sets(st.integers(0, 3), min_size=1), min_size=1, max_size=2)
        return st.lists(
            rule.map(lambda each: forbid({f: {v % sizes[f] for v in values} for f, values in each.items()})), max_size=count
        )

    values = st.tuples(st.integers(0, sizes[0] - 1), *(st.integers(OPEN, sizes[factor] - 1) for factor in range(1, observed)))
    own = rules(list(range(observed, len(sizes))), 2).map(frozenset)
    profiles = draw(st.lists(st.builds(Profile, values, st.integers(1, 5), own), min_size=1, max_size=6))
    return sizes, profiles, draw(rules(list(range(len(sizes))), 3))


@settings(max_examples=150, deadline=None)
@given(designs(), st.sampled_from([2, 3]), st.integers(0, 9))
def test_every_feasible_tuple_occurs_and_every_row_can_be_spoken(
    design: tuple[list[int], list[Profile], list[Forbidden]], strength: int, seed: int
) -> None:
    sizes, profiles, rules = design
    space = Space(sizes, profiles, rules)
    strength = min(strength, len(sizes))
    rows = covering_array(space, strength, seed)
    possible = all_rows(sizes, profiles, rules)
    assert tuples_of(rows, strength) == tuples_of(possible, strength)
    for row in rows:
        fitting = space.profiles_of(row)
        assert fitting
        for index in fitting:
            assert (*profiles[index].values, *row[space.observed :]) in possible
    assert rows == covering_array(Space(sizes, profiles, rules), strength, seed)
    for had in (rows, rows[: len(rows) // 2]):
        more = covering_array(space, strength, seed, had)
        assert tuples_of([*had, *more], strength) == tuples_of(rows, strength)
        assert len(more) <= (0 if had is rows else len(rows))


@pytest.mark.parametrize(("strength", "most"), [(2, 1.05), (3, 1.10)])
def test_the_large_design_is_covered_in_few_rows_and_soon(strength: int, most: float) -> None:
    space = large_space()
    started = time.process_time()
    rows = covering_array(space, strength, 7)
    assert time.process_time() - started < 20
    assert lower_bound(space, strength) == LARGE_BOUND[strength]
    assert len(rows) <= most * LARGE_BOUND[strength]
    assert len(tuples_of(rows, strength)) == LARGE_TUPLES[strength]


def test_rows_are_spread_over_people_and_not_over_kinds_of_people() -> None:
    # Of accent 0 there are nine women and a man; both genders have to meet every noise, but not in equal numbers.
    space = Space([4, 2, 6], [Profile((0, 0), 9), Profile((0, 1), 1), *(Profile((a, g), 5) for a in (1, 2, 3) for g in (0, 1))])
    rows = [row for row in covering_array(space, 2, 1) if row[0] == 0]
    assert sum(row[1] == 1 for row in rows) <= 2


def test_nobody_and_nothing_give_no_rows() -> None:
    assert covering_array(Space([2, 2], []), 2, 1) == []
    assert covering_array(Space([1, 1], [Profile((0,), 1)], [forbid({1: [0]})]), 2, 1) == []
