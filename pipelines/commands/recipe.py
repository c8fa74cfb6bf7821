"""Reading a recipe that is to be replayed."""

from __future__ import annotations

import json
from typing import Any

from pipelines import storage
from pipelines.simulate.codecs.registry import missing
from pipelines.simulate.transforms import transform_problem
from schemas.asked import asked_problem
from schemas.errors import ConfigError


def read_recipe(location: str, condition: str | None) -> dict[str, Any]:
    """The part ``asked`` of a JSON file that holds a row's recipe, what ``panvox simulate`` printed, or that part alone.

    Raises:
        ConfigError: it cannot be read, is no simulation's recipe or one of another ``condition``, or asks for what this machine
            cannot do.
    """
    try:
        read = json.loads(storage.read_bytes(location))
    except OSError as error:
        raise ConfigError(f"{location}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{location}: expected a recipe as JSON: {error}") from error
    asked = read.get("asked", read) if isinstance(read, dict) else None
    if not isinstance(asked, dict) or not asked:
        raise ConfigError(f"{location}: holds no simulation's recipe; a recorded row has none")
    problem = asked_problem(asked) or _inability(asked)
    if problem is not None:
        raise ConfigError(f"{location}: {problem}")
    if condition is not None and asked["condition"] != condition:
        raise ConfigError(f"{location}: is a recipe of the condition {asked['condition']!r}, not of {condition!r}")
    return asked


def _inability(asked: dict[str, Any]) -> str | None:
    """What this machine lacks for a recipe; None where it lacks nothing."""
    for codec in (asked["handset"] or {}).get("codecs", ()):
        if (lacking := missing(codec)) is not None:
            return f"{codec!r} {lacking}"
    for transform in asked.get("transforms", ()):
        if (problem := transform_problem(transform["name"], transform["parameters"])) is not None:
            return problem
    return None
