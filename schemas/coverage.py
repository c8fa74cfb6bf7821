"""The section ``coverage`` of the configuration: what is counted beside accent × condition."""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import AfterValidator, Field

from schemas.dimensions import DIMENSIONS, SNR_EDGES_DB
from schemas.setting_types import Section, mistake, suggest

MOST_DIMENSIONS = 5
"""A cell is counted at all 2^k levels of its k dimensions, and of its origin."""


def check_dimensions(names: list[str]) -> list[str]:
    """The names of a table's dimensions, two or more, each known and there once."""
    for place, name in enumerate(names):
        if name not in DIMENSIONS:
            raise mistake(f"there is no dimension {name!r}; {suggest(name, DIMENSIONS)}", [place])
        if name in names[:place]:
            raise mistake(f"names {name!r} twice", [place])
    if not 2 <= len(names) <= MOST_DIMENSIONS:
        raise mistake(f"expected 2 to {MOST_DIMENSIONS} dimensions, found {len(names)}")
    return names


def check_edges(edges_db: list[float]) -> list[float]:
    """Edges of SNR bands: at least one, ascending."""
    if not edges_db or any(low >= high for low, high in itertools.pairwise(edges_db)):
        raise mistake("expected ascending numbers, dB")
    return edges_db


class CoverageConfig(Section):
    """What is counted beside accent × condition."""

    tables: list[Annotated[list[str], AfterValidator(check_dimensions)]] = Field(
        default_factory=list,
        description="further tables, each a list of dimensions; written to coverage/ and shown in the report",
    )
    snr_edges_db: Annotated[list[float], AfterValidator(check_edges)] = Field(
        default_factory=lambda: list(SNR_EDGES_DB), description="edges of the bands of the dimension `snr_band`, dB"
    )
