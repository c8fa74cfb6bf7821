"""Coverage counted from batches of shard rows."""

from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.report.counts.count import COLUMNS, count_batch, count_coverage
from schemas.errors import PanvoxError
from schemas.tables import COVERAGE
from tests.report.outdir import ACCENTS, CONDITIONS

RowTuple = tuple[str, str, str, str, str, int, int]

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["train", "dev", "test"]),
        st.sampled_from([*ACCENTS, "undeclared", "zz-ZZ"]),
        st.sampled_from([*CONDITIONS, "unassigned"]),
        st.sampled_from(["recorded", "simulated"]),
        st.sampled_from(["ann", "bob", "cy", "di"]),
        st.integers(1, 10_000_000),
        st.sampled_from([8000, 16000, 44100]),
    ),
    max_size=60,
)


def batch(rows: list[RowTuple]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * 7
    *keys, samples, rates = columns
    arrays = [pa.array(list(column), pa.string()) for column in keys]
    arrays.append(pa.array([n / rate for n, rate in zip(samples, rates, strict=True)], pa.float64()))
    arrays.append(pa.array(list(rates), pa.int32()))
    return pa.RecordBatch.from_arrays(arrays, names=list(COLUMNS))


def coverage(*batches: pa.RecordBatch) -> pa.Table:
    return count_coverage(map(count_batch, batches), ACCENTS, CONDITIONS)


def rows_of(table: pa.Table) -> dict[tuple[str, ...], tuple[int, float, int]]:
    return {tuple(row.values())[:4]: tuple(row.values())[4:] for row in table.to_pylist()}  # type: ignore[misc]


@settings(deadline=None)  # the first call loads Arrow's kernels
@given(ROWS)
def test_every_level_is_as_counted_one_by_one(rows: list[RowTuple]) -> None:
    expected: dict[tuple[str, ...], list[RowTuple]] = defaultdict(list)
    for each in rows:
        for level in product(*((value, "*") for value in each[:4])):
            expected[level].append(each)
    found = rows_of(coverage(batch(rows)))
    for level, members in expected.items():
        hours = float(sum((Fraction(each[5], each[6] * 3600) for each in members), Fraction(0)))
        assert found.pop(level) == (len(members), hours, len({each[4] for each in members}))
    assert set(found.values()) <= {(0, 0.0, 0)}


@settings(deadline=None)  # the first call loads Arrow's kernels
@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_neither_order_nor_batches_matter(rows: list[RowTuple], chance: random.Random, parts: int) -> None:
    shuffled = chance.sample(rows, len(rows))
    cut = [batch(shuffled[part::parts]) for part in range(parts)]
    assert coverage(*cut).equals(coverage(batch(rows)))


def test_hours_do_not_drift_with_the_number_of_rows() -> None:
    tenths = [("train", "en-US", "clean", "recorded", "ann", 1600, 16000)] * 36_000
    assert rows_of(coverage(batch(tenths)))["*", "*", "*", "*"] == (36_000, 1.0, 1)


def test_a_speaker_in_several_cells_is_one_speaker_above_them() -> None:
    rows: list[RowTuple] = [
        ("train", "en-US", "clean", "recorded", "ann", 16000, 16000),
        ("train", "en-US", "street_10db", "simulated", "ann", 16000, 16000),
        ("train", "en-US", "street_10db", "simulated", "bob", 16000, 16000),
    ]
    found = rows_of(coverage(batch(rows)))
    assert found["*", "en-US", "*", "*"][2] == 2
    assert found["*", "en-US", "street_10db", "*"][2] == 2
    assert found["train", "*", "*", "recorded"][2] == 1


def test_cells_without_a_row_stand_as_zeros() -> None:
    found = rows_of(coverage(batch([])))
    assert found == {("*", accent, condition, "*"): (0, 0.0, 0) for accent in ("*", *ACCENTS) for condition in ("*", *CONDITIONS)}


def test_the_order_is_the_configuration_s_with_the_rest_behind() -> None:
    rows: list[RowTuple] = [
        (split, accent, condition, "recorded", "ann", 1, 8000)
        for split, accent, condition in [("test", "undeclared", "unassigned"), ("train", "zz", "clean"), ("dev", "aa", "clean")]
    ]
    table = coverage(batch(rows))
    assert table.schema == COVERAGE.schema()
    assert list(dict.fromkeys(table["split"].to_pylist())) == ["*", "train", "dev", "test"]
    assert list(dict.fromkeys(table["accent"].to_pylist())) == ["*", *ACCENTS, "aa", "zz", "undeclared"]
    assert list(dict.fromkeys(table["condition"].to_pylist())) == ["*", *CONDITIONS, "unassigned"]


def test_other_columns_are_not_looked_at() -> None:
    narrow = batch([("train", "en-US", "clean", "recorded", "ann", 16000, 16000)])
    wide = pa.Table.from_batches([narrow]).append_column("audio", pa.nulls(1))
    assert count_batch(wide).equals(count_batch(narrow))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_value_is_told_and_not_counted(column: str) -> None:
    table = pa.Table.from_batches([batch([("train", "en-US", "clean", "recorded", "ann", 16000, 16000)])])
    place = table.schema.get_field_index(column)
    broken = table.set_column(place, column, pa.nulls(1, table.schema.field(column).type))
    with pytest.raises(PanvoxError, match=f"without {column}"):
        count_batch(broken)


def test_an_accent_named_like_the_sum_of_all_is_refused() -> None:
    with pytest.raises(PanvoxError, match="accent is '\\*'"):
        count_batch(batch([("train", "*", "clean", "recorded", "ann", 16000, 16000)]))
