"""One of the variants of a condition with ``factors``, for a single file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.combinations.bands import band_of
from pipelines.combinations.design import open_space, variants
from schemas.combinations import ASSIGNABLE, Value, shown, values_of
from schemas.config import ConditionConfig, CorpusConfig
from schemas.errors import ConfigError
from schemas.setting_types import suggest


def chosen_variant(condition: ConditionConfig, config: CorpusConfig, seed: int, wanted: Sequence[str]) -> ConditionConfig:
    """The condition as one of its variants is simulated; itself where it has no factors.

    Args:
        condition: of the configuration.
        config: the configuration.
        seed: draws among the variants that have the wanted values.
        wanted: ``NAME=VALUE``; an SNR stands for the band that it lies in.

    Raises:
        ConfigError: a factor or value that the condition does not have, or values that cannot be combined.
    """
    if condition.factors is None:
        if wanted:
            raise ConfigError(f"--factor: {condition.name!r} has no factors")
        return condition
    asked = dict(_parse(condition, each) for each in wanted)
    fitting = [
        variant
        for variant in variants(*open_space(condition, config))
        if all(getattr(variant, factor) == value for factor, value in asked.items())
    ]
    if not fitting:
        raise ConfigError(f"--factor: no variant of {condition.name!r} has {' and '.join(wanted) or 'all of its factors'}")
    place = np.random.Generator(np.random.PCG64(seed)).integers(len(fitting))
    return fitting[place].of(condition)


def _parse(condition: ConditionConfig, text: str) -> tuple[str, Value]:
    factor, equals, value = text.partition("=")
    if not equals or factor not in ASSIGNABLE:
        raise ConfigError(f"--factor: expected NAME=VALUE, found {text!r}; {suggest(factor, ASSIGNABLE)}")
    known = values_of(condition, factor)
    if value in known:
        return factor, value
    if factor == "snr_db":
        band = _band(value, known)
        if band is not None:
            return factor, band
    raise ConfigError(f"--factor: {condition.name!r} has no {factor} {value!r}; {suggest(value, map(shown, known))}")


def _band(text: str, known: Sequence[Value]) -> Value | None:
    try:
        return band_of(float(text), known)
    except ValueError:
        return None
