"""Expectation suites: reading them from JSON, without importing Great Expectations (that takes seconds).

A suite is a file in Great Expectations' own form: ``{"name", "expectations": [{"type", "kwargs", "severity", "meta"}], "meta"}``.
What each severity does here:

* ``critical``: a row that fails is quarantined; if the suite's verdict is a failure the run stops with exit code 3;
* ``warning``: a row that fails is quarantined; a failed verdict stands in the report;
* ``info``: nothing is quarantined; a failed verdict stands in the report.

Where none is given, a row-level expectation is a ``warning``, for one bad record never stops a run unless that is asked for; any
other is ``critical``, as in Great Expectations.

``mostly`` judges the suite only: every failing row of the first two severities is quarantined whatever it says.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from expectations.check import check
from expectations.supported import SUPPORTED, Kind, TableName, columns_named
from pipelines import storage
from schemas.config import is_name
from schemas.errors import ConfigError

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
QUARANTINING: tuple[Severity, ...] = ("critical", "warning")
TABLES: tuple[TableName, ...] = ("manifest", "shards")
OURS = os.path.join(os.path.dirname(__file__), "suites")

_SUITE_KEYS = ("name", "expectations", "meta", "notes", "id", "suite_parameters")
_EXPECTATION_KEYS = ("type", "kwargs", "severity", "meta", "notes", "description", "id", "rendered_content")


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite: what is expected, and how its verdict is put together.

    Attributes:
        name: short and unique in its suite; rules and messages use it.
        type: of Great Expectations, e.g. ``expect_column_values_to_be_between``.
        kwargs: its arguments.
        severity: critical, warning or info.
        kind: row, aggregate, keyed or schema.
        notes: why it is expected; may be empty.
    """

    name: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    kind: Kind
    notes: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values it looks at, in the order it names them."""
        return columns_named(self.type, self.kwargs)

    @property
    def quarantines(self) -> bool:
        """Whether a row that fails it is quarantined."""
        return self.kind == "row" and self.severity in QUARANTINING


@dataclass(frozen=True)
class Suite:
    """The expectations of one table, under one name."""

    name: str
    table: TableName
    expectations: tuple[Expectation, ...]

    def of_kind(self, *kinds: Kind) -> tuple[Expectation, ...]:
        """The expectations whose verdict is put together in one of these ways."""
        return tuple(expectation for expectation in self.expectations if expectation.kind in kinds)


def rule_name(suite: Suite, expectation: Expectation) -> str:
    """The quarantine rule a row breaks that fails the expectation."""
    return f"expectation:{suite.name}.{expectation.name}"


def explain(suites: Iterable[Suite], rule: str, row: Mapping[str, Any]) -> str:
    """What exactly is wrong with a row that breaks a rule of :func:`rule_name`: the values, and what was expected of them.

    Raises KeyError where no suite has the rule.
    """
    for suite in suites:
        for expectation in suite.expectations:
            if rule_name(suite, expectation) == rule:
                found = ", ".join(f"{column} is {json.dumps(row.get(column))}" for column in expectation.columns)
                asked = {
                    key: value for key, value in expectation.kwargs.items() if not key.startswith("column") and key != "mostly"
                }
                wanted = f"{expectation.type} {json.dumps(asked, sort_keys=True)}" if asked else expectation.type
                return f"{found}; {wanted}" + (f" ({expectation.notes})" if expectation.notes else "")
    raise KeyError(rule)


def for_table(suites: Iterable[Suite], table: TableName) -> list[Suite]:
    """The suites that are about one table."""
    return [suite for suite in suites if suite.table == table]


def load_suites(user_paths: Sequence[str] | None, base: str) -> list[Suite]:
    """Our own suites and the user's, by name; a user's suite replaces ours of the same name.

    Args:
        user_paths: JSON files, or directories of them, local or remote; None for none.
        base: what relative paths start from.

    Raises:
        ConfigError: a file or a suite is wrong; the message names the file, the line, the expectation and what was expected.
    """
    suites = {suite.name: suite for suite in map(read_suite, storage.list_files(OURS, "*.json"))}
    origin: dict[str, str] = {}
    for path in user_paths or ():
        for location in _suite_files(storage.join(base, path)):
            suite = read_suite(location)
            if origin.setdefault(suite.name, location) != location:
                raise ConfigError(f"{location}: the suite {suite.name!r} is in {origin[suite.name]} as well; names are unique")
            suites[suite.name] = suite
    return [suites[name] for name in sorted(suites)]


def _suite_files(location: str) -> list[str]:
    kind = storage.kind(location)
    if kind == "file":
        return [location]
    if kind != "directory":
        raise ConfigError(f"{location}: there is no such file or directory; expected suites of expectations as *.json")
    files = storage.list_files(location, "*.json")
    if not files:
        raise ConfigError(f"{location}: the directory holds no *.json; expected suites of expectations")
    return files


def read_suite(location: str) -> Suite:
    """One suite's file. Raises ConfigError."""
    try:
        text = storage.read_bytes(location).decode("utf-8-sig")
        content = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{location}:{error.lineno}: not valid JSON ({error.msg}, column {error.colno})") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{location}: cannot be read as JSON ({error})") from error
    if not isinstance(content, dict):
        raise ConfigError(f'{location}: expected a suite, {{"name": …, "expectations": […]}}')
    try:
        name, table = _head(content)
    except ValueError as error:
        raise ConfigError(f"{location}: {error}") from error
    expectations: dict[str, Expectation] = {}
    lines = _element_lines(text, "expectations")
    for number, (line, item) in enumerate(zip(lines, content["expectations"], strict=True), 1):
        label = _label(item, number)
        try:
            expectation = _expectation(item, table, taken=expectations)
        except ValueError as error:
            raise ConfigError(f"{location}:{line}: expectation {label}: {error}") from error
        expectations[expectation.name] = expectation
    return Suite(name, table, tuple(expectations.values()))


def _head(content: dict[str, Any]) -> tuple[str, TableName]:
    """Name and table of a suite; raises ValueError."""
    for key in content:
        if key not in _SUITE_KEYS:
            raise ValueError(f"unknown key {key!r}; known: {', '.join(_SUITE_KEYS)}")
    name, meta = content.get("name"), content.get("meta") or {}
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(f"name: expected letters, digits, '_', '-' or '.', found {name!r}")
    if not isinstance(content.get("expectations"), list):
        raise ValueError("expectations: expected a list")
    if content.get("suite_parameters"):
        raise ValueError("suite_parameters: not supported; write the values into the expectations")
    if not isinstance(meta, dict):
        raise ValueError(f"meta: expected an object, found {meta!r}")
    default = "shards" if name.startswith(("corpus", "shards")) else "manifest"
    table = meta.get("table", default)
    if table not in TABLES:
        raise ValueError(f"meta.table: expected {' or '.join(TABLES)}, found {table!r}")
    return name, table


def _expectation(item: Any, table: TableName, taken: Mapping[str, Expectation]) -> Expectation:
    """An expectation from its JSON; raises ValueError."""
    if not isinstance(item, dict):
        raise ValueError(f'expected {{"type": …, "kwargs": {{…}}}}, found {item!r}')
    for key in item:
        if key not in _EXPECTATION_KEYS:
            raise ValueError(f"unknown key {key!r}; known: {', '.join(_EXPECTATION_KEYS)}")
    type_name, kwargs = item.get("type"), item.get("kwargs", {})
    if not isinstance(type_name, str):
        raise ValueError(f"type: expected the name of an expectation, found {type_name!r}")
    if not isinstance(kwargs, dict):
        raise ValueError(f"kwargs: expected an object, found {kwargs!r}")
    check(type_name, kwargs, table)
    kind = SUPPORTED[type_name].kind
    severity = item.get("severity", "warning" if kind == "row" else "critical")
    if severity not in SEVERITIES:
        raise ValueError(f"severity: expected {', '.join(SEVERITIES)}, found {severity!r}")
    meta = item.get("meta") or {}
    if not isinstance(meta, dict):
        raise ValueError(f"meta: expected an object, found {meta!r}")
    return Expectation(
        name=_name(meta.get("name"), type_name, kwargs, taken),
        type=type_name,
        kwargs=kwargs,
        severity=severity,
        kind=kind,
        notes=next((notes for notes in (meta.get("notes"), item.get("notes")) if isinstance(notes, str)), ""),
    )


def _name(given: Any, type_name: str, kwargs: Mapping[str, Any], taken: Mapping[str, Expectation]) -> str:
    if given is not None:
        if not isinstance(given, str) or not is_name(given):
            raise ValueError(f"meta.name: expected letters, digits, '_', '-' or '.', found {given!r}")
        if given in taken:
            raise ValueError(f"meta.name: an earlier expectation is named {given!r}")
        return given
    what = re.sub(r"^expect_(column_|table_)?", "", type_name)
    derived = name = "_".join((*columns_named(type_name, kwargs), what))
    repeat = 1
    while name in taken:
        repeat += 1
        name = f"{derived}_{repeat}"
    return name


def _label(item: Any, number: int) -> str:
    """How a message calls an expectation that may be malformed."""
    names = [item.get("meta"), item.get("type")] if isinstance(item, dict) else []
    names = [name.get("name") if isinstance(name, dict) else name for name in names]
    return next((f"{number} ({name})" for name in names if isinstance(name, str)), str(number))


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON value")


def _element_lines(text: str, key: str) -> list[int]:
    """The lines, from 1, on which the elements of a list start that the top-level object holds under ``key``."""
    decoder = json.JSONDecoder()
    position = text.index("{") + 1
    positions: list[int] = []
    while True:
        position = _skip(text, position)
        if text[position] == "}":
            return [text.count("\n", 0, start) + 1 for start in positions]
        found, position = decoder.raw_decode(text, position)
        position = _skip(text, position)
        if found != key:
            _, position = decoder.raw_decode(text, position)
            continue
        positions, position = [], _skip(text, position + 1)
        while text[position] != "]":
            positions.append(position)
            _, position = decoder.raw_decode(text, position)
            position = _skip(text, position)
        position += 1


def _skip(text: str, position: int) -> int:
    """The next position that holds no space, comma or colon."""
    while text[position] in " \t\r\n,:":
        position += 1
    return position
