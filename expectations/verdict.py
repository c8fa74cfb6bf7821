"""The verdict on a whole table, in the form in which Great Expectations gives its results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from expectations.merge import SAMPLES, Column, Keyed, Partial, Rows, Schema
from expectations.suite import Expectation, Severity, Suite
from expectations.supported import columns_of

_NULL_TESTS = ("expect_column_values_to_be_null", "expect_column_values_to_not_be_null")
"""To these a null is a value like any other, so none is missing."""


def judge(suite: Suite, partial: Partial) -> dict[str, Any]:
    """The result of a suite on a table of which ``partial`` knows everything.

    Plain JSON, the same for the same rows however they were cut into batches. Beside what Great Expectations gives, each
    entry of ``results`` names its expectation in ``expectation_config.meta.name``.
    """
    results = [_result(suite, expectation, partial) for expectation in suite.expectations]
    passed = sum(result["success"] for result in results)
    return {
        "success": passed == len(results),
        "suite_name": suite.name,
        "suite_parameters": {},
        "results": results,
        "statistics": {
            "evaluated_expectations": len(results),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(results) - passed,
            "success_percent": 100 * passed / len(results) if results else None,
        },
        "meta": {"great_expectations_version": metadata.version("great_expectations"), "table": suite.table},
    }


def failed(result: Mapping[str, Any], severity: Severity) -> list[str]:
    """The names, as ``suite.expectation``, of the expectations of one severity that a result says failed."""
    return [
        f"{result['suite_name']}.{entry['expectation_config']['meta']['name']}"
        for entry in result["results"]
        if not entry["success"] and entry["expectation_config"]["severity"] == severity
    ]


def _result(suite: Suite, expectation: Expectation, partial: Partial) -> dict[str, Any]:
    state = partial.get(expectation.name)
    if expectation.kind == "row":
        success, result = _row(expectation, state if isinstance(state, Rows) else Rows())
    elif expectation.kind == "aggregate":
        success, result = _aggregate(suite, expectation, state if isinstance(state, Column) else Column())
    elif expectation.kind == "keyed":
        success, result = _keyed(expectation, state if isinstance(state, Keyed) else Keyed())
    else:
        if not isinstance(state, Schema):
            raise ValueError(f"{suite.name}.{expectation.name}: nothing is known of the columns")
        success, result = state.success, dict(state.result)
    meta = {"name": expectation.name} | ({"notes": expectation.notes} if expectation.notes else {})
    return {
        "success": success,
        "expectation_config": {
            "type": expectation.type,
            "kwargs": dict(expectation.kwargs),
            "severity": expectation.severity,
            "meta": meta,
        },
        "result": result,
        "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
        "meta": {},
    }


Verdict = tuple[bool, dict[str, Any]]


def _row(expectation: Expectation, state: Rows) -> Verdict:
    counted = None if expectation.type in _NULL_TESTS else state.missing
    return _map_result(expectation, state.rows, counted, state.unexpected, [_plain(value) for _, value in state.samples])


def _map_result(expectation: Expectation, rows: int, missing: int | None, unexpected: int, samples: list[Any]) -> Verdict:
    """The result of an expectation that calls each row right or wrong; ``missing`` is None where no row can be missing."""
    considered = rows - (missing or 0)
    success = considered == 0 or (considered - unexpected) / considered >= expectation.kwargs.get("mostly", 1)
    of_all = unexpected / rows * 100 if rows else None
    of_considered = unexpected / considered * 100 if considered else None
    result: dict[str, Any] = {
        "element_count": rows,
        "unexpected_count": unexpected,
        "unexpected_percent": of_considered,
        "partial_unexpected_list": samples,
    }
    if missing is not None:
        result |= {
            "missing_count": missing,
            "missing_percent": missing / rows * 100 if rows else None,
            "unexpected_percent_total": of_all,
            "unexpected_percent_nonmissing": of_considered,
        }
    return success, result


def _aggregate(suite: Suite, expectation: Expectation, state: Column) -> Verdict:
    kind = columns_of(suite.table)[expectation.columns[0]] if expectation.columns else ""
    what = expectation.type.removeprefix("expect_").removesuffix("_to_be_between")
    observed: Any
    if what == "table_row_count_to_equal":
        return state.rows == expectation.kwargs["value"], {"observed_value": state.rows}
    if what == "table_row_count":
        observed = state.rows
    elif what == "column_proportion_of_non_null_values":
        observed = state.values / state.rows if state.rows else 0
    elif what == "column_sum":
        observed = state.sum() if kind == "float" else state.whole_sum()
    elif what == "column_mean":
        observed = state.sum(count=state.values) if state.values else None
    else:
        observed = state.high if what == "column_max" else state.low
    return _between(expectation, observed)


def _between(expectation: Expectation, observed: Any) -> Verdict:
    if observed is None or (isinstance(observed, float) and math.isnan(observed)):
        return False, {"observed_value": None}
    kwargs = expectation.kwargs
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    above = low is None or (observed > low if kwargs.get("strict_min") else observed >= low)
    below = high is None or (observed < high if kwargs.get("strict_max") else observed <= high)
    return bool(above and below), {"observed_value": _plain(observed)}


def _keyed(expectation: Expectation, state: Keyed) -> Verdict:
    kwargs = expectation.kwargs
    samples = [_plain(value) for _, value, _ in state.samples]
    if expectation.type in ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"):
        success, result = _map_result(expectation, state.rows, state.missing, state.repeated, samples)
        counts = [{"value": _plain(value), "count": count} for _, value, count in state.samples]
        return success, result | {"partial_unexpected_counts": counts}
    if expectation.type == "expect_column_unique_value_count_to_be_between":
        return _between(expectation, state.distinct)
    if expectation.type == "expect_column_proportion_of_unique_values_to_be_between":
        values = state.rows - state.missing
        return _between(expectation, state.distinct / values if values else 0)
    absent = sorted(set(kwargs["value_set"]) - state.found)
    outside = {"unexpected_count": state.outside, "partial_unexpected_list": samples}
    missing = {"missing_count": len(absent), "partial_missing_list": absent[:SAMPLES]}
    result = {"observed_value": None}
    if expectation.type == "expect_column_distinct_values_to_be_in_set":
        return state.outside == 0, result | outside
    if expectation.type == "expect_column_distinct_values_to_contain_set":
        return not absent, result | missing
    return state.outside == 0 and not absent, result | outside | missing


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: infinities have no number there."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
