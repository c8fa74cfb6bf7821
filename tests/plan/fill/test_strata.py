from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan.fill.strata import DRAWN, draw_quantiles, reach

sizes = st.lists(st.integers(0, 60), min_size=1, max_size=3).filter(any)


def strata(values: list[float]) -> list[int]:
    """Which of as many equal strata as there are values each of them lies in."""
    return sorted(int(value * len(values)) for value in values)


@given(sizes, st.integers(0, 2**31))
def test_a_cell_has_one_value_in_each_stratum_of_every_parameter(sizes, seed) -> None:
    drawn = draw_quantiles([[1.0] * size for size in sizes], seed)
    assert [len(of_split) for of_split in drawn] == sizes
    for name in DRAWN:
        if name not in ("noise_file", "response_file"):
            assert strata([use[name] for of_split in drawn for use in of_split]) == list(range(sum(sizes)))


@given(sizes, st.integers(0, 2**31))
def test_files_are_drawn_evenly_in_every_split(sizes, seed) -> None:
    for of_split in draw_quantiles([[1.0] * size for size in sizes], seed):
        for name in ("noise_file", "response_file"):
            assert strata([use[name] for use in of_split]) == list(range(len(of_split)))


@given(sizes, st.integers(0, 2**31))
def test_every_split_is_as_even_as_the_whole_allows(sizes, seed) -> None:
    total = sum(sizes)
    for of_split in draw_quantiles([[1.0] * size for size in sizes], seed):
        for name in DRAWN:
            for rank, value in enumerate(sorted(use[name] for use in of_split)):
                assert rank / len(of_split) - 3 / total <= value <= (rank + 1) / len(of_split) + 3 / total


def test_a_single_draw_of_a_small_split_may_be_anything() -> None:
    values = [draw_quantiles([[1.0] * 4, [1.0], [1.0]], seed)[1][0]["snr_db"] for seed in range(400)]
    assert np.histogram(values, bins=4, range=(0, 1))[0].min() > 60


def test_parameters_are_drawn_independently() -> None:
    uses = draw_quantiles([[1.0] * 2000], 5)[0]
    table = np.array([[use[name] for name in DRAWN] for use in uses])
    correlations = np.corrcoef(table.T) - np.eye(len(DRAWN))
    assert np.abs(correlations).max() < 4 / np.sqrt(2000)


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=40), st.integers(0, 2**31))
def test_no_value_lies_beyond_its_donors_reach(reaches, seed) -> None:
    for use, limit in zip(draw_quantiles([reaches], seed)[0], reaches, strict=True):
        assert use["snr_db"] <= limit + 1e-9


def test_few_clean_donors_take_the_high_values_and_keep_the_draw_even() -> None:
    uses = draw_quantiles([[0.5] * 10 + [1.0] * 10], 5)[0]
    assert strata([use["snr_db"] for use in uses]) == list(range(20))


def test_where_no_donor_reaches_the_top_the_rest_is_drawn_evenly() -> None:
    values = [use["snr_db"] for use in draw_quantiles([[0.4] * 200], 5)[0]]
    assert max(values) <= 0.4
    assert np.histogram(values, bins=4, range=(0, 0.4))[0].min() > 35


def test_reach_is_what_leaves_ten_decibels() -> None:
    assert reach(60, (5, 15)) == 1
    assert reach(20, (5, 15)) == pytest.approx(0.5, abs=1e-5)
    assert reach(15, (5, 15)) == 0
    assert reach(18, (8, 8)) == reach(0, None) == 1
