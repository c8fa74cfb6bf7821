"""Kinds of values that settings have, and how a wrong one is told."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
MISTAKE = "mistake"
"""The type of the errors made here, whose messages need no rewording."""


def mistake(message: str, path: Sequence[str | int] = ()) -> PydanticCustomError:
    """An error about a setting.

    Args:
        message: what is wrong and what was expected.
        path: of the setting, from the one that is being checked.
    """
    return PydanticCustomError(MISTAKE, "{message}", {"message": message, "path": list(path)})


def show(value: Any) -> str:
    """A value as it stands in a message."""
    if value is None:
        return "nothing"
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


MAX_LISTED = 50
"""Of known words so many are told where none is close to what was written."""


def suggest(word: str, known: Iterable[str]) -> str:
    """What may have been meant by an unknown word."""
    known = list(known)
    close = difflib.get_close_matches(word, known, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(known) - MAX_LISTED} more" if len(known) > MAX_LISTED else ""
    return f"known: {', '.join(known[:MAX_LISTED])}{more}"


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused and values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, value: Any) -> Any:
        for key in value if isinstance(value, dict) else ():
            if key not in cls.model_fields:
                raise mistake(f"unknown key; {suggest(str(key), cls.model_fields)}", [key])
        return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_range(value: Any) -> Any:
    if _is_number(value):
        return (value, value)
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not all(map(_is_number, value)):
        raise mistake(f"expected a number or a range [low, high], found {show(value)}")
    if value[0] > value[1]:
        raise mistake(f"the range [{value[0]:g}, {value[1]:g}] runs backwards")
    return tuple(value)


def _as_whole_range(value: Any) -> Any:
    low, high = _as_range(value)
    if not (isinstance(low, int) and isinstance(high, int)):
        raise mistake(f"expected whole numbers, found {show(value)}")
    return (low, high)


def _above_zero(value: Any) -> Any:
    low, high = _as_range(value)
    if low <= 0:
        raise mistake(f"expected numbers greater than 0, found {show(value)}")
    return (low, high)


def as_list(value: Any) -> Any:
    """A list; a single text stands for a list of it."""
    return [value] if isinstance(value, str) else value


def _as_scalar(value: Any) -> Any:
    if not isinstance(value, str) and not _is_number(value):
        raise mistake(f"expected text or a number, found {show(value)}")
    return value


Range = Annotated[tuple[float, float], BeforeValidator(_as_range)]
"""``[low, high]``; a single number stands for a range with equal ends."""

WholeRange = Annotated[tuple[int, int], BeforeValidator(_as_whole_range)]
PositiveRange = Annotated[tuple[float, float], BeforeValidator(_above_zero)]


def within(low: float, high: float) -> AfterValidator:
    """A check that both ends of a range lie between ``low`` and ``high``."""

    def check(value: tuple[float, float]) -> tuple[float, float]:
        if value[0] < low or value[1] > high:
            limits = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
            raise mistake(f"expected {limits}, found {show(value[0] if value[0] == value[1] else value)}")
        return value

    return AfterValidator(check)


Texts = Annotated[list[str], BeforeValidator(as_list)]
"""A list of texts; a single one may stand without brackets."""

Paths = Annotated[Texts, Field(min_length=1)]
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]
Scalar = Annotated[str | int | float, BeforeValidator(_as_scalar)]
