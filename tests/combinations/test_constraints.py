"""The solver, against trying everything."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.combinations.constraints import OPEN, Constraints, Forbidden, forbid


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], list[Forbidden]]:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    factors = st.sampled_from(range(len(sizes)))
    combination = st.dictionaries(factors, st.sets(st.integers(0, 2), min_size=1), min_size=1, max_size=3)
    rules = [
        forbid({factor: {value % sizes[factor] for value in values} for factor, values in each.items()})
        for each in draw(st.lists(combination, max_size=6))
    ]
    return sizes, rules


@settings(deadline=None)
@given(problems())
def test_a_partial_row_is_allowed_where_a_whole_one_can_be_made_of_it(problem: tuple[list[int], list[Forbidden]]) -> None:
    sizes, rules = problem
    whole = [
        row
        for row in product(*map(range, sizes))
        if not any(all(row[factor] in barred for factor, barred in rule) for rule in rules)
    ]
    constraints = Constraints(sizes, rules)
    for row in product(*([OPEN, *range(size)] for size in sizes)):
        expected = any(all(value in (OPEN, other[factor]) for factor, value in enumerate(row)) for other in whole)
        assert constraints.allow(row) == expected


def test_what_breaks_nothing_itself_may_still_be_impossible() -> None:
    # Noise 0 is none and goes with SNR 0 alone; handset 1 cannot have SNR 0.
    constraints = Constraints([2, 2, 2], [forbid({0: [0], 1: [1]}), forbid({1: [0], 2: [1]})])
    assert constraints.allow([0, OPEN, 0])
    assert not constraints.allow([0, OPEN, 1])
