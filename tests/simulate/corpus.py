"""A configuration and sounds for the tests of drawing and of the chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.simulate.draw import NoiseFile, ResponseFile, Talker
from pipelines.simulate.recent import GeneratedRooms
from pipelines.simulate.room import Response, measured_response
from schemas.config import CorpusConfig
from tests.simulate.signals import SAMPLE_RATE, speech_like

CONFIG = CorpusConfig.model_validate(
    {
        "name": "test",
        "sources": [{"metadata": "recordings.csv"}],
        "noises": {"street": {"files": "*.wav"}, "babble": {"talkers": [3, 7]}},
        "handsets": {
            "landline": {"microphone": "irs_send", "codecs": ["g711_ulaw"]},
            "plain": {"codecs": ["g711_alaw"]},
            "nothing": {},
        },
        "rooms": {
            "office": {"t60_s": [0.3, 0.9], "distance_m": [0.5, 3.0], "dimensions_m": [6, [4, 5], 3]},
            "closet": {"t60_s": 0.3, "distance_m": 6.0, "dimensions_m": [2, 2, 2]},
            "long": {"t60_s": 0.4, "distance_m": 9.9, "dimensions_m": [10, 3, 2.5]},
            "measured": {"responses": "*.wav"},
        },
        "conditions": [
            {"name": "clean"},
            {"name": "street", "noise": "street", "snr_db": [-5, 30]},
            {"name": "babble", "noise": "babble", "snr_db": [0, 20]},
            {"name": "phone", "handset": "landline"},
            {"name": "office", "room": "office"},
            {"name": "closet", "room": "closet"},
            {"name": "long", "room": "long"},
            {"name": "measured_street", "room": "measured", "noise": "street", "snr_db": 10},
            {"name": "all", "room": "office", "noise": "babble", "snr_db": [5, 15], "handset": "landline"},
            {"name": "street_office", "room": "office", "noise": "street", "snr_db": [-5, 30], "handset": "nothing"},
        ],
    }
)

NOISES = [
    NoiseFile("a.wav", "aa", (0.0, 4.0), 4.0),
    NoiseFile("b.wav", "bb", (10.0, 30.0), 60.0),
    NoiseFile("c.wav", "cc", (0.0, 0.7), 0.7),
]
RESPONSES = [ResponseFile("hall.wav", "11"), ResponseFile("stairs.wav", "22")]
TALKERS = [Talker(f"rec-{n:02}", f"speaker-{n // 2}", f"{n}.flac", 0.0, 3.0, f"{n:02}") for n in range(24)]
CANDIDATES: dict[str, Any] = {"noise": NOISES, "response": RESPONSES, "talkers": TALKERS}


class Sounds:
    """What the records drawn from the above name; made up, the same at every call."""

    def __init__(self, sample_rate: int = SAMPLE_RATE) -> None:
        self.sample_rate = sample_rate
        self.generated = GeneratedRooms(sample_rate)

    def noise(self, file: str, sha256: str) -> np.ndarray:
        length = next(noise.duration_s for noise in NOISES if noise.file == file) * self.sample_rate
        white = np.random.default_rng(ord(file[0])).standard_normal(round(length))
        return (0.03 * np.cumsum(white) / np.sqrt(np.arange(1, len(white) + 1)) + 0.03 * white).astype(np.float32)

    def response(self, file: str, sha256: str) -> Response:
        generator = np.random.default_rng(len(file))
        decay = (
            0.05 * generator.standard_normal(self.sample_rate) * 10 ** (-3 * np.arange(self.sample_rate) / self.sample_rate / 0.6)
        )
        return measured_response(np.concatenate([np.zeros(300), [1.0], decay]), self.sample_rate)

    def talker(self, talker: dict[str, Any]) -> np.ndarray:
        return speech_like(talker["duration_s"], 0.8, int(talker["audio_sha256"]), self.sample_rate)
