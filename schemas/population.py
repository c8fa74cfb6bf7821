"""The section ``population`` of the configuration: whom the corpus should stand for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib import resources
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from schemas.setting_types import Section, Texts, mistake, suggest

POPULATION_FIELDS = ("accent", "gender", "age_band", "first_language", "language")
"""What speakers report of themselves, and a population is published by."""

ROUNDING = 0.005
"""Published shares are rounded: they may add up to so much more or less than 1, as a share of it."""


def check_shares(shares: Mapping[str, float]) -> Mapping[str, float]:
    """Shares that add up to 1 or to 100, or whole numbers of people."""
    if len(shares) < 2:
        raise mistake(f"expected two groups or more, found {len(shares)}")
    for group, share in shares.items():
        if not share > 0 or not math.isfinite(share):
            raise mistake(f"the share of {group!r} is {share:g}, expected more than 0: leave out a group of nobody")
    total = math.fsum(shares.values())
    adds_up = any(abs(total / whole - 1) <= ROUNDING for whole in (1, 100))
    if not adds_up and any(share != int(share) for share in shares.values()):
        raise mistake(f"the shares add up to {total:g}, expected 1 or 100, or whole numbers of people")
    return shares


class Reference(Section):
    """How a population is made up by one field, as somebody has published it."""

    shares: Annotated[dict[str, float], AfterValidator(check_shares)] = Field(
        description="group: its share of the population, or how many people it is"
    )
    source: Annotated[str, Field(min_length=1)] = Field(description="who published it and where")
    year: int = Field(description="that it is of")
    universe: Annotated[str, Field(min_length=1)] = Field(description="who was counted")

    @property
    def proportions(self) -> dict[str, float]:
        """The groups' shares, adding up to 1."""
        total = math.fsum(self.shares.values())
        return {group: share / total for group, share in self.shares.items()}


class MarginConfig(Section):
    """One field of the reference population."""

    field: str = Field(description=f"what speakers report: {', '.join(POPULATION_FIELDS)}")
    reference: Annotated[
        Annotated[str, Tag("<name>")] | Annotated[Reference, Tag("<reference>")],
        Discriminator(lambda value: "<name>" if isinstance(value, str) else "<reference>"),
    ] = Field(
        description="a CSV file (group, share, source, year, universe), a population that comes with panvox, or its settings"
    )
    groups: dict[str, Texts] = Field(
        default_factory=dict,
        description="group of the reference: the field's values that belong to it; by default its own name",
    )

    @field_validator("field")
    @classmethod
    def _is_reported(cls, name: str) -> str:
        if name not in POPULATION_FIELDS:
            raise mistake(f"is nothing that speakers report of themselves; {suggest(name, POPULATION_FIELDS)}")
        return name

    @model_validator(mode="after")
    def _groups_are_known(self) -> MarginConfig:
        if isinstance(self.reference, Reference):
            for group in self.groups:
                if group not in self.reference.shares:
                    raise mistake(f"the reference has no such group; {suggest(group, self.reference.shares)}", ["groups", group])
        seen: dict[str, str] = {}
        for group, values in self.groups.items():
            for value in values:
                if seen.setdefault(value, group) != group:
                    raise mistake(f"{value!r} stands under {seen[value]!r} too", ["groups", group])
        return self

    @property
    def known(self) -> Reference:
        """The reference, read; raises TypeError where it is still a name."""
        if isinstance(self.reference, str):
            raise TypeError(f"the reference {self.reference!r} is not read")
        return self.reference

    @cached_property
    def group_of(self) -> dict[str, str]:
        """The reference's group of each value of the field that has one."""
        own = {group: group for group in self.known.shares if group not in self.groups}
        return own | {value: group for group, values in self.groups.items() for value in values}


class PopulationConfig(Section):
    """Whom the corpus should stand for: gives each row its `weight`."""

    margins: Annotated[list[MarginConfig], Field(min_length=1)] = Field(description="one a field")
    trim: Annotated[float, Field(gt=1)] | None = Field(
        None, description="nobody counts more than so many times the mean; what is cut off is spread over the others"
    )

    @property
    def fields(self) -> list[str]:
        """The margins' fields."""
        return [margin.field for margin in self.margins]

    @model_validator(mode="after")
    def _fields_differ(self) -> PopulationConfig:
        for place, name in enumerate(self.fields):
            if name in self.fields[:place]:
                raise mistake(f"two margins are of {name!r}", ["margins", place, "field"])
        return self


@lru_cache(maxsize=1)
def shipped_populations() -> dict[str, str]:
    """The populations that come with panvox: CSV text by name."""
    folder = resources.files("schemas").joinpath("data/populations")
    files: dict[str, Any] = {file.name: file for file in folder.iterdir()}
    return {name.removesuffix(".csv"): files[name].read_text(encoding="utf-8") for name in sorted(files) if name.endswith(".csv")}
