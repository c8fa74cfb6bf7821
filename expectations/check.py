"""Whether an expectation can be run: its type, its arguments, and the columns they name."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from expectations.supported import REFUSED, SUPPORTED, Support, TableName, columns_named, columns_of

_REFUSED_ARGUMENTS = {
    "row_condition": "rows cannot be left out of an expectation; write one for a column that tells them apart",
    "condition_parser": "rows cannot be left out of an expectation",
    "windows": "there are no earlier runs to compare with",
    "result_format": "panvox chooses it",
    "catch_exceptions": "panvox chooses it",
    "batch_id": "panvox makes the batches",
}

_PLURAL = {"text": "text", "json": "JSON", "integer": "numbers", "float": "numbers", "flag": "true or false", "list": "lists"}


def check(type_name: str, kwargs: Mapping[str, Any], table: TableName) -> None:
    """Raise ValueError, saying what was expected, where panvox cannot run the expectation on the table."""
    if type_name in REFUSED:
        raise ValueError(f"{type_name} is not supported: {REFUSED[type_name]}")
    if type_name not in SUPPORTED:
        near = difflib.get_close_matches(type_name, SUPPORTED, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; known types: {', '.join(SUPPORTED)}"
        raise ValueError(f"there is no expectation type {type_name!r}{hint}")
    support = SUPPORTED[type_name]
    _check_names(support, kwargs)
    for name, value in kwargs.items():
        wanted, holds = ARGUMENTS[name]
        if not holds(value):
            raise ValueError(f"{name}: expected {wanted}, found {value!r}")
    kinds = _check_columns(type_name, support, kwargs, table)
    if "ignore_row_if" in kwargs:
        words = PAIR_IGNORE if "column_A" in kwargs else LIST_IGNORE
        if kwargs["ignore_row_if"] not in words:
            raise ValueError(f"ignore_row_if: expected one of {', '.join(words)}, found {kwargs['ignore_row_if']!r}")
    if support.has_bounds:
        _check_bounds(kwargs)
    if "value_set" in kwargs:
        _check_values("value_set", kwargs["value_set"], kinds[0])
    for pair in kwargs.get("value_pairs_set", ()):
        for value, kind in zip(pair, kinds, strict=True):
            if value is not None:
                _check_values("value_pairs_set", [value], kind)


def _check_names(support: Support, kwargs: Mapping[str, Any]) -> None:
    known = (*support.required, *support.optional)
    for name in kwargs:
        if name in _REFUSED_ARGUMENTS:
            raise ValueError(f"{name} is not supported: {_REFUSED_ARGUMENTS[name]}")
        if name not in known:
            raise ValueError(f"{name!r} is no argument of it; known: {', '.join(known)}")
    for name in support.required:
        if name not in kwargs:
            raise ValueError(f"{name!r} is missing: expected {ARGUMENTS[name][0]}")


def _check_columns(type_name: str, support: Support, kwargs: Mapping[str, Any], table: TableName) -> list[str]:
    """The kinds of the columns it names."""
    known = columns_of(table)
    kinds = []
    for column in columns_named(type_name, kwargs):
        if column not in known:
            raise ValueError(f"there is no column {column!r} in the {table}; known: {', '.join(known)}")
        if known[column] not in support.columns:
            raise ValueError(f"column {column!r} holds {_PLURAL[known[column]]}; expected {_plurals(support.columns)}")
        kinds.append(known[column])
    return kinds


def _plurals(kinds: frozenset[str]) -> str:
    return " or ".join(dict.fromkeys(word for kind, word in _PLURAL.items() if kind in kinds))


def _check_bounds(kwargs: Mapping[str, Any]) -> None:
    bounds = [kwargs[name] for name in ("min_value", "max_value") if kwargs.get(name) is not None]
    if not bounds:
        raise ValueError("expected min_value, max_value or both")
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        raise ValueError(f"min_value {bounds[0]!r} is greater than max_value {bounds[1]!r}")


def _check_values(name: str, values: list[Any], kind: str) -> None:
    """A value of another type equals no value of the column, so every row would fail in silence."""
    fits = {"text": _is_text, "json": _is_text, "integer": _is_number, "float": _is_number, "flag": _is_flag}[kind]
    for value in values:
        if not fits(value):
            raise ValueError(f"{name}: expected {_PLURAL[kind]}, as in the column, found {value!r}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_regex(value: Any) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except re.error:
        return False


def _is_pairs(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)


PAIR_IGNORE = ("both_values_are_missing", "either_value_is_missing", "neither")
LIST_IGNORE = ("all_values_are_missing", "any_value_is_missing", "never")

ARGUMENTS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "column": ("the name of a column", _is_text),
    "column_A": ("the name of a column", _is_text),
    "column_B": ("the name of a column", _is_text),
    "column_list": ("a list of two or more column names", lambda value: _is_texts(value) and len(value) > 1),
    "column_set": ("a list of column names", _is_texts),
    "column_index": ("a number from 0", _is_count),
    "exact_match": ("true or false", _is_flag),
    "ignore_row_if": ("a word", _is_text),
    "json_schema": ("a JSON schema", lambda value: isinstance(value, dict)),
    "match_on": ("any or all", lambda value: value in ("any", "all")),
    "max_value": ("a number", lambda value: value is None or _is_number(value)),
    "min_value": ("a number", lambda value: value is None or _is_number(value)),
    "mostly": ("a share from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),
    "or_equal": ("true or false", _is_flag),
    "regex": ("a regular expression", _is_regex),
    "regex_list": ("a list of regular expressions", lambda value: _is_texts(value) and all(map(_is_regex, value))),
    "strftime_format": ("a date format such as %Y-%m-%d", _is_text),
    "strict_max": ("true or false", _is_flag),
    "strict_min": ("true or false", _is_flag),
    "sum_total": ("a number", _is_number),
    "type_": ("the name of a type", _is_text),
    "type_list": ("a list of names of types", _is_texts),
    "value": ("a number from 0", _is_count),
    "value_pairs_set": ("a list of pairs of values", _is_pairs),
    "value_set": ("a list of values", lambda value: isinstance(value, list) and bool(value)),
}
