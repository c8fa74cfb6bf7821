"""The section ``targets`` of the configuration: how much there should be, and what simulation may do to get there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from schemas.setting_types import Section, mistake


class Target(Section):
    """What a cell, all cells of an accent, or all cells of a condition should hold."""

    utterances: Annotated[int, Field(ge=1)] | None = None
    hours: Annotated[float, Field(gt=0)] | None = None
    share: Annotated[float, Field(gt=0)] | None = Field(
        None, description="in place of a number: so many times what the manifest holds, all accents and conditions together"
    )
    of: Literal["utterances", "hours"] = Field("utterances", description="what the `share` is of")
    speakers: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Target:
        given = [key for key in ("utterances", "hours", "share") if getattr(self, key) is not None]
        if len(given) > 1:
            raise mistake(f"give '{given[0]}' or '{given[1]}', not both")
        if not given and self.speakers is None:
            raise mistake("give 'utterances', 'hours' or 'share', or 'speakers', or both")
        return self


OTHERS = "*"


def _by_name(value: Any) -> Any:
    """Targets by name; one target alone is that of everything."""
    return {OTHERS: value} if isinstance(value, dict) and value.keys() & Target.model_fields.keys() else value


TargetsByName = Annotated[dict[str, Target], BeforeValidator(_by_name)]
"""One target for each, or targets by name, ``*`` for those not named."""


Share = Annotated[float, Field(gt=0, lt=1)]


class PowerConfig(Section):
    """What the number of speakers to collect is calculated from: a comparison of two groups by word error rate."""

    wer_difference: Share = Field(0.05, description="difference between two groups' word error rates that should be seen")
    power: Share = Field(0.8, description="how probable it should be that such a difference is seen")
    alpha: Share = Field(0.05, description="how probable it may be that one is seen where there is none (two-sided)")
    wer: Share = Field(0.10, description="word error rate to expect")
    speaker_sd: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.06, description="standard deviation of speakers' own word error rates within a group"
    )
    words_per_speaker: Annotated[int, Field(ge=1)] = Field(1000, description="words that each speaker says")
    overdispersion: Annotated[float, Field(ge=1)] = Field(
        2.0, description="variance of a speaker's errors over that of independent words: errors come together"
    )
    words_per_minute: Annotated[float, Field(gt=0)] = Field(130, description="how fast people speak, for the minutes to record")


class TargetsConfig(Section):
    """How much each cell should hold and what simulation may do to get there."""

    per_cell: Target | None = Field(None, description="of each accent in each condition")
    per_accent: TargetsByName = Field(
        default_factory=dict,
        description="of all conditions of an accent together: one target, or accent: target, `*` for the others",
    )
    per_condition: TargetsByName = Field(
        default_factory=dict,
        description="of all accents in a condition together: one target, or condition: target, `*` for the others",
    )
    max_share_per_speaker: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="the most one speaker's simulations may fill of a cell, as a share of its target"
    )
    max_uses_per_recording: Annotated[int, Field(ge=0)] = Field(10, description="simulations from one recording")
    surplus: Literal["keep", "drop"] = Field(
        "keep", description="drop leaves recorded rows above their cell's target out of the shards"
    )
    power: PowerConfig | None = Field(
        PowerConfig(),
        description="how many speakers to collect where some are missing; null asks for no more than targets need",
    )
