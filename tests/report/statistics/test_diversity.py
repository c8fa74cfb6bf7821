"""Hill numbers, effective sample sizes and distances against scipy and the cases where they are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from pipelines.report.statistics.diversity import hill_numbers, kish, kullback_leibler, total_variation

SIZES = st.lists(st.integers(1, 1000), min_size=1, max_size=30)


@given(SIZES)
def test_hill_numbers_are_those_of_the_entropy(sizes: list[int]) -> None:
    shares = np.array(sizes) / sum(sizes)
    zero, one, two = hill_numbers([(size, 1) for size in sizes])
    assert zero == len(sizes)
    assert one == pytest.approx(math.exp(scipy.stats.entropy(shares)))
    assert two == pytest.approx(1 / (shares**2).sum())
    assert 1 - 1e-9 <= two <= one + 1e-9 <= zero + 2e-9


@given(SIZES, st.integers(1, 5))
def test_a_histogram_says_the_same_as_its_members(sizes: list[int], times: int) -> None:
    told = hill_numbers([(size, times) for size in sizes])
    assert told == pytest.approx(hill_numbers([(size, 1) for size in sizes for _ in range(times)]))
    assert kish([(size, times) for size in sizes]) == pytest.approx(told[2])


def test_equal_parts_count_as_many_and_nothing_as_none() -> None:
    assert hill_numbers([(7, 12)]) == pytest.approx((12, 12, 12))
    assert hill_numbers([(7, 12), (0, 5)]) == pytest.approx((12, 12, 12))
    assert hill_numbers([]) == (0.0, 0.0, 0.0)
    assert kish([]) == 0


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=2, max_size=8))
def test_distances_are_scipy_s(pairs: list[tuple[float, float]]) -> None:
    one, other = (np.array(each) / sum(each) for each in zip(*pairs, strict=True))
    sample, reference = ({str(place): share for place, share in enumerate(each)} for each in (one, other))
    assert kullback_leibler(sample, reference) == pytest.approx(scipy.stats.entropy(one, other), abs=1e-12)
    assert total_variation(sample, reference) == pytest.approx(np.abs(one - other).sum() / 2)


def test_distances_where_a_group_is_missing() -> None:
    assert total_variation({"a": 1.0}, {"a": 0.25, "b": 0.75}) == 0.75
    assert kullback_leibler({"a": 1.0}, {"a": 0.25, "b": 0.75}) == pytest.approx(math.log(4))
    assert kullback_leibler({"c": 1.0}, {"a": 0.25, "b": 0.75}) == math.inf
