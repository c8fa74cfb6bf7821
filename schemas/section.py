"""What all sections of the configuration are made of: strict models, ranges, names."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


def _as_range(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return (value, value)


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f"the range [{value[0]:g}, {value[1]:g}] runs backwards")
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _positive(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] <= 0:
        raise ValueError("must be greater than 0")
    return value


Range = Annotated[tuple[float, float], BeforeValidator(_as_range), AfterValidator(_ordered)]
"""``[low, high]``; a single number stands for a range with equal ends."""

WholeRange = Annotated[tuple[int, int], BeforeValidator(_as_range), AfterValidator(_ordered)]
PositiveRange = Annotated[Range, AfterValidator(_positive)]
Paths = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]


def within(low: float, high: float) -> AfterValidator:
    """A check that both ends of a range lie between ``low`` and ``high``."""

    def check(value: tuple[float, float]) -> tuple[float, float]:
        if value[0] < low or value[1] > high:
            raise ValueError(f"must lie between {low:g} and {high:g}")
        return value

    return AfterValidator(check)


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused and values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)
