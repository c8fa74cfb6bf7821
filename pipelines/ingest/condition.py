"""Which condition a recording is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.config import Bounds, ConditionConfig, CorpusConfig

UNASSIGNED = "unassigned"


def assign_condition(row: Mapping[str, Any], config: CorpusConfig) -> str:
    """The declared condition, else the first whose ``match`` holds, else ``unassigned``.

    Args:
        row: of the manifest, measured figures included.
        config: of the corpus.
    """
    if row["condition_declared"]:
        return str(row["condition"])
    for condition in config.conditions:
        if condition.match is not None and _matches(row, condition):
            return condition.name
    return UNASSIGNED


def _matches(row: Mapping[str, Any], condition: ConditionConfig) -> bool:
    return all(_holds(row.get(column), test) for column, test in (condition.match or {}).items())


def _holds(value: Any, test: Bounds | list[str | int | float]) -> bool:
    if value is None:
        return False
    if isinstance(test, Bounds):
        if isinstance(value, str):
            return False
        return (test.min is None or value >= test.min) and (test.max is None or value <= test.max)
    return value in test
