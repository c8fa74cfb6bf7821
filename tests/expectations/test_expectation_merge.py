"""Batches merged must say what Great Expectations says of the whole table, however it was cut."""

from __future__ import annotations

import itertools
import json
import math
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.frames import needed_columns, to_frame, to_table
from expectations.merge import Column, Keyed, Rows, exact_total, first_samples, merge
from expectations.suite import Expectation
from expectations.supported import SUPPORTED
from expectations.verdict import failed

COUNTS = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "missing_count",
    "missing_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
)


def cut(rows, seed):
    """The rows in random batches, empty and single ones among them, in random order."""
    draw = random.Random(seed)
    shuffled = draw.sample(rows, len(rows))
    edges = sorted([0, len(rows), *(draw.randrange(len(rows) + 1) for _ in range(draw.randrange(4)))])
    return [shuffled[start:end] for start, end in itertools.pairwise(edges)] + [[]]


def compare(suite, ours, theirs):
    for expectation, mine, native in zip(suite.expectations, ours["results"], theirs, strict=True):
        label = (expectation.type, dict(expectation.kwargs), mine["result"], native["result"])
        assert not native["exception_info"].get("raised_exception", True), (label, native["exception_info"])
        assert mine["success"] == native["success"], label
        assert mine["expectation_config"]["type"] == native["expectation_config"]["type"], label
        got, wanted = mine["result"], native["result"]
        for key in COUNTS:
            assert (key in got) == (key in wanted), (key, label)
            assert got.get(key) == wanted.get(key), (key, label)
        if isinstance(wanted.get("observed_value"), float):
            assert got["observed_value"] == pytest.approx(wanted["observed_value"], rel=1e-12), label
        else:
            assert got.get("observed_value") == wanted.get("observed_value"), label
        if expectation.kind == "row":
            assert got["partial_unexpected_list"] == wanted["partial_unexpected_list"], label
        elif "distinct_values" in expectation.type:
            for key in ("partial_unexpected_list", "partial_missing_list"):
                assert sorted(got.get(key, [])) == sorted(wanted.get(key, [])), label


def test_every_supported_type_is_compared(cases):
    rows, schema = cases
    assert {name for name, _ in rows + schema} == set(SUPPORTED)


@pytest.mark.parametrize(("count", "seed"), [(1, 1), (2, 2), (12, 3), (40, 4), (70, 5)])
def test_merged_equals_whole(cases, make_suite, make_rows, merged, whole, count, seed):
    suite = make_suite(cases[0])
    rows = make_rows(count, seed)
    compare(suite, merged(suite, cut(rows, seed)), whole(suite, rows))


def test_all_nulls_equal_whole(cases, make_suite, make_rows, merged, whole):
    suite = make_suite(cases[0])
    rows = make_rows(6, 9, nulls=1.0)
    compare(suite, merged(suite, cut(rows, 1)), whole(suite, rows))


def test_no_nulls_equal_whole(cases, make_suite, make_rows, merged, whole):
    suite = make_suite(cases[0])
    rows = make_rows(30, 10, nulls=0.0)
    compare(suite, merged(suite, cut(rows, 1)), whole(suite, rows))


def test_no_rows_equal_whole(cases, make_suite, merged, whole):
    suite = make_suite(cases[0])
    compare(suite, merged(suite, []), whole(suite, []))


def test_schema_equals_whole(cases, make_suite, make_rows, merged, whole):
    """Great Expectations sees the columns that are named, the table has more: so only types are compared, by their verdict."""
    suite = make_suite([case for case in cases[1] if "_type" in case[0]])
    ours, theirs = merged(suite, []), whole(suite, make_rows(5, 1, nulls=0.0))
    assert [entry["success"] for entry in ours["results"]] == [entry["success"] for entry in theirs]
    suite = make_suite([case for case in cases[1] if "_type" not in case[0]])
    verdicts = [entry["success"] for entry in merged(suite, [])["results"]]
    assert verdicts == [False, True, False, True, False]


@pytest.mark.parametrize("seed", range(3))
def test_same_json_however_cut(cases, make_suite, make_rows, merged, seed):
    suite = make_suite(cases[0])
    rows = make_rows(50, 7)
    reference = json.dumps(merged(suite, [rows]), allow_nan=False)
    assert json.dumps(merged(suite, cut(rows, seed)), allow_nan=False) == reference


def test_shards_are_compared_in_double_precision(make_suite, merged):
    """A float32 weight of 0.1 is 0.100000001…, whichever way it is looked at."""
    suite = make_suite(
        [
            ("expect_column_values_to_be_between", {"column": "weight", "max_value": 0.1}),
            ("expect_column_max_to_be_between", {"column": "weight", "max_value": 0.1}),
        ],
        name="corpus",
    )
    result = merged(suite, [[{"id": "a", "weight": 0.1}]])
    assert [entry["success"] for entry in result["results"]] == [False, False]


def test_mostly_judges_the_suite(make_suite, merged):
    rows = [{"source": 0, "row_number": number, "peak": 2.0 if number == 1 else 0.5} for number in range(1, 11)]
    expectation = {"type": "expect_column_values_to_be_between", "severity": "warning"}
    kwargs = {"column": "peak", "max_value": 1}
    entries = [
        {**expectation, "kwargs": {**kwargs, "mostly": 0.9}, "meta": {"name": "nine_in_ten"}},
        {**expectation, "kwargs": {**kwargs, "mostly": 0.91}, "meta": {"name": "more"}},
    ]
    result = merged(make_suite(entries), [rows[:3], rows[3:]])
    assert failed(result, "warning") == ["recordings.more"]
    assert failed(result, "critical") == []
    assert result["statistics"]["successful_expectations"] == 1
    assert not result["success"]


def test_samples_are_the_first_rows(make_suite, merged):
    rows = [{"source": 0, "row_number": number, "peak": float(number)} for number in range(1, 101)]
    suite = make_suite([("expect_column_values_to_be_between", {"column": "peak", "max_value": 50})])
    found = merged(suite, cut(rows, 3))["results"][0]["result"]["partial_unexpected_list"]
    assert found == [float(number) for number in range(51, 71)]


def test_infinite_values_stay_json(make_suite, merged):
    rows = [{"source": 0, "row_number": 1, "snr_db": math.inf}, {"source": 0, "row_number": 2, "snr_db": 3.0}]
    suite = make_suite(
        [
            ("expect_column_values_to_be_between", {"column": "snr_db", "max_value": 10}),
            ("expect_column_sum_to_be_between", {"column": "snr_db", "max_value": 10}),
            ("expect_column_max_to_be_between", {"column": "snr_db", "max_value": 10}),
            ("expect_column_values_to_be_unique", {"column": "snr_db"}),
        ]
    )
    result = merged(suite, [rows])
    assert [entry["success"] for entry in result["results"]] == [False, False, False, True]
    assert json.loads(json.dumps(result, allow_nan=False))["results"][2]["result"]["observed_value"] == "inf"


numbers = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(st.lists(numbers, max_size=30), st.randoms())
def test_sums_are_exact_in_any_order(values, random_order):
    parts = [Column(rows=1, values=1, total=exact_total([value]), low=value, high=value) for value in values]
    random_order.shuffle(parts)
    total = Column()
    for part in parts:
        total = part.merge(total)
    exact = sum(map(Fraction, values), Fraction())
    assert Fraction(total.total, 2**1074) == exact
    try:
        assert total.sum() == float(exact)
    except OverflowError:
        assert math.isinf(total.sum())
    if values:
        assert (total.low, total.high) == (min(values), max(values))


samples = st.lists(
    st.tuples(st.tuples(st.integers(0, 5), st.integers(0, 5)), st.sampled_from([None, 1, "a", [1, 2]])), max_size=30
)
row_states = st.builds(Rows, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), samples.map(first_samples))
column_states = st.builds(
    Column,
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.none() | numbers,
    st.none() | numbers,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional={"r": row_states, "c": column_states}), min_size=1, max_size=5), st.randoms())
def test_merge_is_associative_and_commutative(partials, random_order):
    reference = merge(partials)
    shuffled = list(partials)
    random_order.shuffle(shuffled)
    middle = random_order.randrange(len(shuffled) + 1)
    assert merge([merge(shuffled[:middle]), merge(shuffled[middle:])]) == reference


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.none() | st.text(max_size=3), st.integers(1, 4), max_size=40), st.randoms())
def test_keyed_states_merge_in_any_order(counts, random_order):
    expectation = Expectation("n", "expect_column_values_to_be_unique", {"column": "text"}, "critical", "keyed")

    def state(items):
        keyed = Keyed()
        for value, count in items:
            keyed.add(expectation, None, (value,), count)
        return keyed

    items = list(counts.items())
    reference = state(items)
    random_order.shuffle(items)
    middle = random_order.randrange(len(items) + 1)
    assert state(items[:middle]).merge(state(items[middle:])) == reference
    assert reference.rows == sum(counts.values())
    assert reference.missing == counts.get(None, 0)


def test_frames_hold_the_same_values_in_any_company(make_rows):
    suite_columns = ["sample_rate", "peak", "text", "condition_declared"]
    rows = make_rows(20, 1)
    together = to_frame("manifest", to_table("manifest", rows, suite_columns))
    alone = [to_frame("manifest", to_table("manifest", [row], suite_columns)) for row in rows]
    for position, frame in enumerate(alone):
        for column in suite_columns:
            left, right = together[column].iloc[position], frame[column].iloc[0]
            assert left == right or (left is None and right is None) or (left != left and right != right)


def test_needed_columns_are_those_named_and_the_place(make_suite):
    suite = make_suite([("expect_column_max_to_be_between", {"column": "peak", "max_value": 1})])
    assert needed_columns([suite]) == ["source", "row_number", "peak"]
    assert needed_columns([]) == []
