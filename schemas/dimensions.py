"""The dimensions that rows can be counted by, and what they are in a shard."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.provenance import PROVENANCE_FIELDS, PROVENANCES

SNR_EDGES_DB = (0.0, 5.0, 10.0, 15.0, 20.0)
"""Edges of the SNR bands by default. Recipes in use lie between 0 and 20 dB; under 0 is stress testing."""

NOT_GIVEN, NOT_ADDED = "not given", "none added"


@dataclass(frozen=True)
class Dimension:
    """Something that rows are counted by.

    Attributes:
        name: of it, in ``coverage.tables`` and after ``--by``.
        column: of the shards that it is read from.
        absent: what a row without a value is called.
        doc: what it is.
    """

    name: str
    column: str
    absent: str
    doc: str


def _dimensions() -> dict[str, Dimension]:
    given = {
        "accent": "code of the declared accent",
        "condition": "acoustic condition",
        "gender": "as given",
        "age_band": "as given",
        "first_language": "as given",
        "speaker_type": "volunteer, professional, synthetic …",
        **{f"{field}_provenance": f"where {field} comes from: {', '.join(PROVENANCES)}" for field in PROVENANCE_FIELDS},
        "language": "BCP 47 tag",
        "source": "entry of the configuration's `sources`, by its name",
        "licence": "of the recording",
        "consent": "of the speaker",
        "split": "train, dev or test",
        "origin": "recorded or simulated; where it is no dimension, both stand apart in every table",
    }
    added = {
        "noise": "simulated noise",
        "handset": "simulated handset",
        "room": "simulated room",
    }
    found = {name: Dimension(name, name, NOT_GIVEN, doc) for name, doc in given.items()}
    found |= {name: Dimension(name, name, NOT_ADDED, doc) for name, doc in added.items()}
    band = "band of `snr_db`, the SNR that simulated noise was added at (`coverage.snr_edges_db`)"
    return found | {"snr_band": Dimension("snr_band", "snr_db", NOT_ADDED, band)}


DIMENSIONS = _dimensions()


def snr_bands(edges_db: Sequence[float]) -> tuple[str, ...]:
    """Names of the bands between ascending edges, dB: a band holds its lower edge, the last one everything above."""
    names = [f"{low:g} to {high:g} dB" for low, high in itertools.pairwise(edges_db)]
    return (f"under {edges_db[0]:g} dB", *names, f"{edges_db[-1]:g} dB and over")
