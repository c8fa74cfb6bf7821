"""Association against scipy's, and the sentences against corpora made to deserve them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from pipelines.report.statistics.association import cramers_v, find_confounded, join_names

TABLES = st.integers(2, 6).flatmap(
    lambda rows: st.integers(2, 5).flatmap(
        lambda columns: st.lists(st.lists(st.integers(0, 40), min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
)


def counts_of(table: list[list[int]]) -> dict[tuple[str, str], int]:
    return {(f"a{i}", f"c{j}"): count for i, row in enumerate(table) for j, count in enumerate(row)}


@given(TABLES)
def test_v_is_scipy_s(table: list[list[int]]) -> None:
    whole = np.array(table)
    whole = whole[whole.sum(axis=1) > 0][:, whole.sum(axis=0) > 0]
    n, v, corrected = cramers_v(counts_of(table))
    assert n == whole.sum()
    if min(whole.shape, default=0) < 2:
        assert v is None
        assert corrected is None
        return
    assert v == pytest.approx(scipy.stats.contingency.association(whole, method="cramer", correction=False), abs=1e-9)
    assert 0 <= v <= 1
    assert 0 <= corrected <= 1


def test_the_corrected_v_takes_off_what_independence_gives_in_small_samples() -> None:
    generator = np.random.default_rng(5)
    plain, corrected = [], []
    for _ in range(300):
        table = np.zeros((5, 4), int)
        np.add.at(table, (generator.integers(0, 5, 60), generator.integers(0, 4, 60)), 1)
        _, v, less = cramers_v(counts_of(table.tolist()))
        plain.append(v)
        corrected.append(less)
    assert np.mean(plain) > 0.2
    assert np.mean(corrected) < 0.1
    # Bergsma's estimate of φ², written out for one table: χ²/n = 0.25, less 1/99.
    table = [[40, 10], [15, 35]]
    n, _, less = cramers_v(counts_of(table))
    phi2 = scipy.stats.chi2_contingency(table, correction=False).statistic / n
    assert less == pytest.approx(np.sqrt((phi2 - 1 / 99) / (2 - 1 / 99 - 1)))


def test_everybody_in_one_condition_is_no_association() -> None:
    assert cramers_v({("a", "x"): 5, ("b", "x"): 3, ("b", "y"): 0}) == (8, None, None)
    assert cramers_v({}) == (0, None, None)


def sentences(dimension: str, counts: dict[tuple[str, str], int]) -> list[str]:
    return [str(each) for each in find_confounded(dimension, counts)]


def test_an_accent_that_was_only_recorded_on_phones_is_named() -> None:
    counts = {("en-GB", "clean"): 40, ("en-US", "clean"): 30, ("en-US", "phone"): 10, ("en-IN", "phone"): 12}
    assert sentences("condition", counts) == [
        (
            "Accent en-IN was only ever recorded in condition phone (12 recordings), where 12 % of the other accents' recordings "
            "are: what is measured on it may be the condition's doing."
        )
    ]


def test_nearly_all_is_said_so_and_several_accents_share_a_sentence() -> None:
    counts = {("a", "x"): 97, ("a", "y"): 3, ("b", "x"): 50, **{(other, "y"): 20 for other in "cdef"}}
    assert sentences("source", counts) == [
        (
            "Accents a and b almost only come from source x (147 recordings), where none of the other accents' recordings are: "
            "what is measured on them may be the source's doing."
        )
    ]


def test_a_condition_of_one_accent_is_named_the_other_way_round() -> None:
    counts = {("a", "clean"): 9, ("b", "clean"): 9, ("c", "clean"): 9, ("c", "phone"): 4}
    assert sentences("condition", counts) == [
        "Condition phone was recorded from accent c alone (4 recordings): what it does to other accents is not known."
    ]


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {("a", "x"): 9},
        {("a", "x"): 9, ("b", "x"): 9},
        {("a", "x"): 9, ("a", "y"): 9},
        {("a", "x"): 9, ("a", "y"): 5, ("b", "x"): 4, ("b", "y"): 2},
        {("a", "x"): 90, ("b", "x"): 90, ("c", "x"): 90, ("c", "y"): 90, ("b", "y"): 30},
        {("a", "x"): 1, ("b", "y"): 9, ("c", "y"): 9, ("c", "x"): 9},
    ],
)
def test_nothing_is_said_where_nothing_is_bound(counts: dict[tuple[str, str], int]) -> None:
    assert sentences("condition", counts) == []


def test_many_names_are_cut() -> None:
    assert join_names(["a"]) == "a"
    assert join_names(["a", "b", "c"]) == "a, b and c"
    assert join_names([str(n) for n in range(20)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 12 more"
