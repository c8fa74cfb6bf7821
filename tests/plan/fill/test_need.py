"""What conditions need of their donors."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.plan.fill.need import need_of
from tests.plan.corpus import CONDITIONS, config_of

HANDSETS = {
    "landline": {"microphone": "irs_send", "codecs": ["g711_ulaw"]},
    "hd": {"codecs": ["g722"]},
    "memo": {"codecs": ["opus_24"]},
    "line": {"band_filter": "g712"},
}


@pytest.mark.parametrize(
    ("handset", "sample_rate", "needed_hz"),
    [
        (None, 16000, 6800),
        (None, 48000, 7000),
        (None, 8000, 3400),
        ("landline", 16000, 3400),
        ("line", 16000, 3400),
        ("hd", 16000, 6800),
        ("memo", 16000, 6800),
    ],
)
def test_the_narrowest_stage_says_how_wide_donors_must_be(handset: str | None, sample_rate: int, needed_hz: float) -> None:
    condition: dict[str, Any] = {"name": "made", "noise": "street", "snr_db": [5, 15], "handset": handset}
    config = config_of(conditions=[CONDITIONS[0], condition], handsets=HANDSETS, audio={"sample_rate": sample_rate})
    need = need_of(config.condition("made"), config)
    assert need.bandwidth_hz == pytest.approx(needed_hz)
    assert need.snr_db == 15
    assert need.donors == {"clean"}


def test_a_bandwidth_that_is_set_holds() -> None:
    condition = {"name": "made", "handset": "landline", "donor_bandwidth_hz": 1000}
    config = config_of(conditions=[CONDITIONS[0], condition])
    assert need_of(config.condition("made"), config).bandwidth_hz == 1000


ROOMS: dict[str, dict[str, Any]] = {
    "booth": {"t60_s": 0.2, "distance_m": 0.5, "dimensions_m": [4, 3, 3]},
    "office": {"t60_s": [0.3, 0.9], "distance_m": 1.0, "dimensions_m": [6, 5, 3]},
    "hall": {"t60_s": {500: [0.9, 1.4], 2000: [0.95, 1.2]}, "distance_m": 1.0, "dimensions_m": [9, 8, 4]},
    "measured": {"responses": "*.wav"},
}


@pytest.mark.parametrize(
    ("recorded_in", "simulated_in", "serves"),
    [
        ("booth", "office", True),
        ("office", "office", False),  # drawn at 0.3 s, it would be drier than its donor of 0.9 s
        ("office", "hall", True),
        ("hall", "office", False),
        ("booth", None, False),
        ("booth", "measured", False),
        ("measured", "hall", False),
    ],
)
def test_a_reverberant_recording_is_no_donor_for_a_drier_condition(
    recorded_in: str, simulated_in: str | None, serves: bool
) -> None:
    made = {"name": "made", "handset": "landline", "room": simulated_in}
    there = {"name": "there", "room": recorded_in, "match": {"speaker_id": ["a"]}}
    config = config_of(conditions=[CONDITIONS[0], there, made], rooms=ROOMS, donor_conditions=["clean", "there"])
    assert need_of(config.condition("made"), config).donors == ({"clean", "there"} if serves else {"clean"})
