"""Expectations on one batch of rows: which rows fail, and what the verdict on the whole table needs to know of the batch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from expectations.frames import places, plain_values, to_frame, to_table
from expectations.merge import Column, Partial, Rows, Schema, exact_total, first_samples
from expectations.suite import Expectation, Suite
from expectations.supported import Kind, TableName, columns_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class BatchResult:
    """What a batch gave.

    Attributes:
        failures: position of each row that fails row-level expectations, to their names in the order of the suite.
        partial: of the batch, for :func:`expectations.merge.merge`.
    """

    failures: dict[int, list[str]] = field(default_factory=dict)
    partial: Partial = field(default_factory=dict)


def check_batch(suite: Suite, frame: pd.DataFrame, kinds: Sequence[Kind] = ("row", "aggregate")) -> BatchResult:
    """Run the row-level and aggregate expectations of a suite on a batch.

    Row-level expectations are judged by Great Expectations itself; what aggregates are merged from is counted here, since
    sums that Great Expectations has rounded cannot be merged exactly.

    Args:
        suite: its other expectations are passed over.
        frame: from :func:`expectations.frames.to_frame`, with at least the suite's needed columns.
        kinds: which of the two kinds to run.

    Raises:
        ConfigError: Great Expectations cannot evaluate an expectation.
    """
    result = BatchResult()
    if len(frame) == 0:
        return result
    if "row" in kinds:
        _check_rows(suite, frame, result)
    if "aggregate" in kinds:
        for expectation in suite.of_kind("aggregate"):
            result.partial[expectation.name] = _column(suite.table, expectation, frame)
    return result


def _check_rows(suite: Suite, frame: pd.DataFrame, result: BatchResult) -> None:
    wanted = suite.of_kind("row")
    if not wanted:
        return
    from expectations import engine

    found = engine.run(suite, wanted, frame)
    for expectation in wanted:
        counts = found[expectation.name]
        positions = sorted(counts["unexpected_index_list"])
        for position in positions:
            result.failures.setdefault(position, []).append(expectation.name)
        result.partial[expectation.name] = Rows(
            rows=len(frame),
            missing=counts.get("missing_count", 0),
            unexpected=len(positions),
            samples=first_samples(
                zip(places(suite.table, frame, positions), _values(suite.table, expectation, frame, positions), strict=True)
            ),
        )


def _values(table: TableName, expectation: Expectation, frame: pd.DataFrame, positions: Sequence[int]) -> list[Any]:
    """What stands in the expectation's columns at some positions, in the form Great Expectations shows it."""
    kinds = columns_of(table)
    columns = expectation.columns
    values = [plain_values(frame[column].iloc[list(positions)], kinds[column]) for column in columns]
    if "column" in expectation.kwargs:
        return values[0]
    if "column_A" in expectation.kwargs:
        return [list(pair) for pair in zip(*values, strict=True)]
    return [dict(zip(columns, record, strict=True)) for record in zip(*values, strict=True)]


def _column(table: TableName, expectation: Expectation, frame: pd.DataFrame) -> Column:
    if not expectation.columns:
        return Column(rows=len(frame))
    column = expectation.columns[0]
    kind = columns_of(table)[column]
    values = [value for value in plain_values(frame[column], kind) if value is not None]
    if kind not in ("integer", "float", "flag"):
        return Column(rows=len(frame), values=len(values))
    finite = [value for value in values if math.isfinite(value)]
    return Column(
        rows=len(frame),
        values=len(values),
        total=exact_total(finite),
        infinite=(values.count(math.inf), values.count(-math.inf)),
        low=min(values, default=None),
        high=max(values, default=None),
    )


def check_schema(suite: Suite) -> Partial:
    """The verdicts of the schema expectations: the table's columns and their types are fixed, so no rows are needed.

    Raises:
        ConfigError: Great Expectations cannot evaluate one of them.
    """
    wanted = suite.of_kind("schema")
    if not wanted:
        return {}
    from expectations import engine

    frame = _typical_row(suite.table)
    found = engine.run(suite, wanted, frame)
    partial: Partial = {}
    for expectation in wanted:
        result = found[expectation.name]
        shown = {key: result[key] for key in ("observed_value", "details") if key in result}
        if "element_count" in result:
            # Of objects Great Expectations looks at each value's type, and names none.
            shown = {"observed_value": type(frame[expectation.columns[0]].iloc[0]).__name__}
        partial[expectation.name] = Schema(bool(result["success"]), shown)
    return partial


def check_suites(suites: Iterable[Suite]) -> None:
    """Let Great Expectations itself look at suites, before a run is started on them.

    It takes the seconds of its import; :func:`expectations.suite.load_suites` finds most mistakes without it.

    Raises:
        ConfigError: it cannot evaluate one of their expectations.
    """
    for suite in suites:
        check_batch(suite, _typical_row(suite.table), ("row",))
        check_schema(suite)


_TYPICAL: dict[str, Any] = {"text": "a", "json": "{}", "integer": 1, "float": 1.0, "flag": True, "list": ["a"]}


def _typical_row(table: TableName) -> pd.DataFrame:
    kinds = columns_of(table)
    row = {column: _TYPICAL[kind] for column, kind in kinds.items()}
    return to_frame(table, to_table(table, [row], list(kinds)))
