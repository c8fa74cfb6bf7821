"""The section ``publish`` of the configuration: how few people a published number may be about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.setting_types import Section

SUPPRESSED = "x"
"""What stands in published tables where a number is withheld."""


class PublishConfig(Section):
    """What report, card, description and matrices may give away of few people."""

    min_speakers: Annotated[int, Field(ge=2)] = Field(description="fewest speakers that a published number may be about")
