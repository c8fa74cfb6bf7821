"""Which condition a recording is in."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.ingest.condition import assign_condition
from schemas.config import CorpusConfig

CONFIG = CorpusConfig.model_validate(
    {
        "name": "c",
        "sources": [{"metadata": "r.csv"}],
        "conditions": [
            {"name": "clean", "match": {"snr_db": {"min": 20}, "bandwidth_hz": {"min": 4500}}},
            {"name": "call", "match": {"bandwidth_hz": {"max": 4500}, "sample_rate": [8000, 16000]}},
            {"name": "home", "match": {"speaker_type": ["volunteer"]}},
            {"name": "declared"},
        ],
    }
)
ROW: dict[str, Any] = {
    "condition": None,
    "condition_declared": False,
    "snr_db": 10.0,
    "bandwidth_hz": 7000.0,
    "sample_rate": 16_000,
}


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        ({}, "unassigned"),
        ({"snr_db": 20.0}, "clean"),
        ({"snr_db": 19.99}, "unassigned"),
        ({"snr_db": 30.0, "bandwidth_hz": 4500.0}, "clean"),
        ({"bandwidth_hz": 4500.0}, "call"),
        ({"bandwidth_hz": 3400.0, "sample_rate": 44_100}, "unassigned"),
        ({"speaker_type": "volunteer"}, "home"),
        ({"speaker_type": None}, "unassigned"),
        ({"snr_db": 30.0, "condition": "declared", "condition_declared": True}, "declared"),
    ],
)
def test_condition(change: dict[str, Any], condition: str) -> None:
    assert assign_condition(ROW | change, CONFIG) == condition
