"""The data frames expectations are run on.

A column's values are the same objects in every batch, whichever other rows are in it: text, flags and lists are Python
objects, numbers are 64-bit. Numbers with nulls become floats with NaN, as pandas and Great Expectations have it; so a
comparison gives the same for a row in any company.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from expectations.suite import Suite
from expectations.supported import TableName, columns_of
from schemas.tables import MANIFEST, SHARD

PLACE: dict[TableName, tuple[str, ...]] = {"manifest": ("source", "row_number"), "shards": ("id",)}
"""The columns that give a row its place in its table."""

Batch: TypeAlias = Sequence[Mapping[str, Any]] | pa.RecordBatch | pa.Table
"""Rows of one table: dictionaries, or an Arrow batch that holds at least the needed columns."""


def needed_columns(suites: Iterable[Suite]) -> list[str]:
    """The columns that the suites of one table, and the samples in their results, need; no others have to be read."""
    suites = list(suites)
    if not suites:
        return []
    named = {column for suite in suites for expectation in suite.expectations for column in expectation.columns}
    named.update(PLACE[suites[0].table])
    return [column for column in columns_of(suites[0].table) if column in named]


def to_table(table: TableName, rows: Batch, columns: Sequence[str]) -> pa.Table:
    """Some columns of rows, with the types the table gives them."""
    schema = (MANIFEST if table == "manifest" else SHARD).schema()
    schema = pa.schema([schema.field(column) for column in columns])
    if isinstance(rows, (pa.RecordBatch, pa.Table)):
        return pa.table({column: rows.column(column) for column in columns}, schema=schema)
    return pa.Table.from_pylist(list(rows), schema=schema)


def to_frame(table: TableName, rows: pa.Table) -> pd.DataFrame:
    """Rows of a table (from :func:`to_table`) as a data frame, numbered from 0."""
    kinds = columns_of(table)
    series = {column: _series(rows.column(column), kinds[column]) for column in rows.column_names}
    frame: pd.DataFrame = pd.DataFrame(series, index=pd.RangeIndex(rows.num_rows))
    return frame


def _series(column: pa.ChunkedArray, kind: str) -> pd.Series:
    series: pd.Series
    if kind == "integer":
        series = pd.Series(column.to_numpy(), dtype="float64" if column.null_count else "int64")
    elif kind == "float":
        series = pd.Series(column.to_numpy(), dtype="float64")
    else:
        series = pd.Series(column.to_pylist(), dtype=object)
    return series


def plain_values(series: pd.Series, kind: str) -> list[Any]:
    """A column's values as JSON can hold them (but for infinities), null as None."""
    values: list[Any] = series.tolist()
    if kind == "integer":
        return [None if value != value else int(value) for value in values]
    if kind == "float":
        # Adding zero makes -0.0, which equals 0.0, look like it too.
        return [None if value != value else value + 0.0 for value in values]
    return values


def places(table: TableName, frame: pd.DataFrame, positions: Sequence[int]) -> list[tuple[Any, ...]]:
    """The places in their table of the rows at some positions, such that they can be sorted."""
    kinds = columns_of(table)
    columns = []
    for column in PLACE[table]:
        first: Any = "" if kinds[column] == "text" else -1
        values = plain_values(frame[column].iloc[list(positions)], kinds[column])
        columns.append([first if value is None else value for value in values])
    return list(zip(*columns, strict=True))


def keyed_counts(suites: Iterable[Suite], table: TableName, frame: pd.DataFrame) -> dict[tuple[str, str], int]:
    """How many rows hold each distinct value that the keyed expectations of the suites need.

    Returns:
        (columns as :func:`expectations.merge.key_columns`, values as a JSON list) to number of rows.
    """
    kinds = columns_of(table)
    wanted = {expectation.columns for suite in suites for expectation in suite.of_kind("keyed")}
    counts: dict[tuple[str, str], int] = {}
    for columns in sorted(wanted):
        values = zip(*(plain_values(frame[column], kinds[column]) for column in columns), strict=True)
        for value, count in Counter(values).items():
            counts[json.dumps(columns), json.dumps(value)] = count
    return counts
