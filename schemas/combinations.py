"""Factors whose values are combined: those of a condition that stands for a whole grid, and those that are counted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from schemas.setting_types import Range, Section, as_list, mistake, show, suggest

if TYPE_CHECKING:
    from schemas.config import ConditionConfig, CorpusConfig

NONE = "none"
"""The value of a factor in rows that have nothing of the kind."""

Observed = Literal["accent", "gender", "age_band", "first_language", "speaker_type", "language"]
OBSERVED: tuple[str, ...] = get_args(Observed)
"""Factors that speakers bring along."""

ASSIGNABLE = ("noise", "snr_db", "handset", "room")
"""Factors that are simulated."""

Band = tuple[float, float]
Value = str | Band


def _as_band(value: Any) -> Any:
    """A band of SNRs, or ``none``."""
    if value == NONE:
        return NONE
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (float(value), float(value))
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(end, (int, float)) for end in value):
        return (float(value[0]), float(value[1]))
    raise mistake(f"expected a band [low, high] as it stands in 'factors', found {show(value)}")


def _as_excluded(value: Any) -> Any:
    """A combination that cannot be: factor → its values, each a list."""
    if not isinstance(value, dict) or not value:
        raise mistake(f"expected factors with their values, e.g. {{room: office, handset: landline}}, found {show(value)}")
    found: dict[str, list[Value]] = {}
    for factor, given in value.items():
        if factor not in (*ASSIGNABLE, *OBSERVED):
            raise mistake(f"is no factor; {suggest(str(factor), (*ASSIGNABLE, *OBSERVED))}", [factor])
        if factor == "snr_db":
            is_list = isinstance(given, (list, tuple)) and any(isinstance(each, (list, tuple, str)) for each in given)
            found[factor] = [_as_band(each) for each in (given if is_list else [given])]
        else:
            found[factor] = as_list(given)
            if not isinstance(found[factor], list) or not all(isinstance(each, str) for each in found[factor]):
                raise mistake(f"expected a name or a list of names, found {show(given)}", [factor])
    return found


Excluded = Annotated[dict[str, Any], BeforeValidator(_as_excluded)]
"""A combination of values that cannot be."""


def _apart(bands: list[Band]) -> list[Band]:
    for (low, high), (next_low, next_high) in itertools.pairwise(sorted(bands)):
        if next_low < high or next_low == low:
            raise mistake(f"the bands [{low:g}, {high:g}] and [{next_low:g}, {next_high:g}] overlap")
    return bands


def _each_once(names: list[str]) -> list[str]:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise mistake(f"names {name!r} twice", [index])
    return names


Bands = Annotated[list[Range], Field(min_length=1), AfterValidator(_apart)]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(_each_once)]


class FactorsConfig(Section):
    """What a condition combines: the values of each factor, `none` for nothing of the kind."""

    noise: Names | None = Field(None, description="names under `noises`, or `none`")
    snr_db: Bands | None = Field(
        None, description="bands of active speech level over noise level, dB; they may touch, not overlap"
    )
    handset: Names | None = Field(None, description="names under `handsets`, or `none`")
    room: Names | None = Field(None, description="names under `rooms`, or `none`")

    @model_validator(mode="after")
    def _not_empty(self) -> FactorsConfig:
        if all(getattr(self, factor) is None for factor in ASSIGNABLE):
            raise mistake(f"give the values of at least one of {', '.join(ASSIGNABLE)}")
        return self


class CombinationsConfig(Section):
    """Which factors are counted together, and how many people make a combination covered."""

    observed: Annotated[list[Observed], AfterValidator(_each_once)] = Field(
        ["accent", "gender", "age_band"], description="what speakers bring along that is combined with what is simulated"
    )
    strength: Literal[2, 3] = Field(2, description="most factors whose values are counted together")
    speakers: Annotated[int, Field(ge=1)] = Field(1, description="distinct speakers a combination needs to count as covered")
    exclude: list[Excluded] = Field(
        default_factory=list, description="combinations that cannot be, neither counted nor simulated: factor → value or values"
    )

    @model_validator(mode="after")
    def _people_are_counted(self) -> CombinationsConfig:
        if "accent" not in self.observed:
            raise mistake("'accent' has to be among them: it is what a cell of the coverage has", ["observed"])
        return self


def values_of(condition: ConditionConfig, factor: str) -> tuple[Value, ...]:
    """The values of an assignable factor in a condition: several where it is one of its ``factors``, else one.

    Where a condition knows rows without noise, ``none`` is a value of ``snr_db`` too.
    """
    given = getattr(condition.factors, factor) if condition.factors is not None else None
    if given is None:
        fixed = getattr(condition, factor)
        given = [NONE if fixed is None else fixed]
    if factor == "snr_db" and NONE in values_of(condition, "noise") and NONE not in given:
        given = [*given, NONE]
    return tuple(given)


def counted_bands(config: CorpusConfig) -> tuple[Band, ...]:
    """The bands that SNRs are counted in, ascending: those that are a factor of conditions, else those of the coverage tables."""
    factors = {
        value
        for condition in config.conditions
        if condition.factors is not None
        for value in values_of(condition, "snr_db")
        if not isinstance(value, str)
    }
    edges_db = config.coverage.snr_edges_db
    return tuple(sorted(factors)) or tuple(itertools.pairwise([-math.inf, *edges_db, math.inf]))


def check_condition(condition: ConditionConfig) -> None:
    """Raise a mistake where the factors of a condition do not fit the rest of it."""
    if condition.factors is None:
        for key in ("strength", "cover", "exclude"):
            if key in condition.model_fields_set:
                raise mistake("belongs to a condition with 'factors'", [key])
    for factor in ASSIGNABLE:
        if condition.factors is not None and getattr(condition.factors, factor) and getattr(condition, factor) is not None:
            raise mistake("stands under 'factors' and beside it", ["factors", factor])
    bands = condition.snr_db is not None or (condition.factors is not None and condition.factors.snr_db is not None)
    if bands != any(name != NONE for name in values_of(condition, "noise")):
        raise mistake("'noise' and 'snr_db' belong together")


def check_factors(config: CorpusConfig) -> None:
    """Raise a mistake where a condition's factors or an excluded combination name what the configuration does not have."""
    for section in ("noises", "handsets", "rooms"):
        if NONE in getattr(config, section):
            raise mistake(f"the name {NONE!r} is reserved", [section, NONE])
    observed = config.combinations.observed
    bands: set[Band] = set()
    for index, condition in enumerate(config.conditions):
        path: list[str | int] = ["conditions", index]
        if condition.factors is None:
            continue
        for factor in ("noise", "handset", "room"):
            known = getattr(config, factor + "s")
            for place, name in enumerate(getattr(condition.factors, factor) or ()):
                if name != NONE and name not in known:
                    hint = suggest(name, [*known, NONE]) if known else "nothing stands there"
                    raise mistake(f"there is no {name!r} under '{factor}s'; {hint}", [*path, "factors", factor, place])
        own = {factor: values_of(condition, factor) for factor in ASSIGNABLE}
        _check_excluded(condition.exclude, observed, own, [*path, "exclude"])
        _check_possible(condition, own, [*condition.exclude, *config.combinations.exclude], path)
        bands |= {value for value in values_of(condition, "snr_db") if not isinstance(value, str)}
        try:
            _apart(sorted(bands))
        except Exception as error:
            raise mistake(f"{error}; the bands of all conditions are counted together", [*path, "factors", "snr_db"]) from error
    known = {
        factor: {value for condition in config.conditions for value in values_of(condition, factor)} | {NONE}
        for factor in ASSIGNABLE
    }
    known["snr_db"] = {*counted_bands(config), NONE}
    _check_excluded(config.combinations.exclude, observed, known, ["combinations", "exclude"])


def _check_excluded(
    excluded: Sequence[Mapping[str, Sequence[Value]]],
    observed: Sequence[str],
    known: Mapping[str, Iterable[Value]],
    path: list[str | int],
) -> None:
    for index, combination in enumerate(excluded):
        for factor, values in combination.items():
            if factor in OBSERVED and factor not in observed:
                raise mistake(f"is not among 'observed' of 'combinations': {', '.join(observed)}", [*path, index, factor])
            for value in values if factor in ASSIGNABLE else ():
                if value not in known[factor]:
                    names = [shown(each) for each in known[factor]]
                    raise mistake(
                        f"no condition combines {shown(value)!r}; {suggest(shown(value), names)}", [*path, index, factor]
                    )


def shown(value: Value) -> str:
    """A value as tables and messages write it."""
    if isinstance(value, str):
        return value
    low, high = value
    if low == -math.inf:
        return f"under {high:g} dB"
    if high == math.inf:
        return f"{low:g} dB and over"
    return f"{low:g} dB" if low == high else f"{low:g} to {high:g} dB"


def _check_possible(
    condition: ConditionConfig,
    own: Mapping[str, Sequence[Value]],
    excluded: Sequence[Mapping[str, Sequence[Value]]],
    path: list[str | int],
) -> None:
    """Raise a mistake where exclusions leave no row, or none with some value, whoever speaks."""
    barred = [combination for combination in excluded if not any(factor in OBSERVED for factor in combination)]
    factors = [factor for factor in ASSIGNABLE if getattr(condition.factors, factor)]
    unseen = {(factor, value) for factor in factors for value in own[factor] if value != NONE}
    is_empty = True
    for values in itertools.product(*own.values()):
        row = dict(zip(own, values, strict=True))
        is_nothing = set(values) == {NONE} and not condition.transforms
        if is_nothing or (row["noise"] == NONE) != (row["snr_db"] == NONE):
            continue
        if any(all(row[factor] in of for factor, of in combination.items()) for combination in barred):
            continue
        is_empty = False
        unseen -= set(row.items())
        if not unseen:
            break
    if is_empty:
        raise mistake("nothing is left to combine: each row is excluded, or has `none` of everything", [*path, "factors"])
    for factor in factors:
        for place, value in enumerate(own[factor]):
            if (factor, value) in unseen:
                raise mistake(f"every row with '{shown(value)}' is excluded", [*path, "factors", factor, place])
