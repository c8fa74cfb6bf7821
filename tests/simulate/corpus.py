"""A configuration and sounds for the tests of drawing and of the chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.simulate.coloured import long_term_spectrum
from pipelines.simulate.draw import NoiseFile, ResponseFile, Talker
from pipelines.simulate.recent import GeneratedRooms
from pipelines.simulate.room import Response, measured_response
from schemas.config import CorpusConfig
from tests.simulate.signals import SAMPLE_RATE, speech_like

CONFIG = CorpusConfig.model_validate(
    {
        "name": "test",
        "sources": [{"metadata": "recordings.csv"}],
        "noises": {
            "street": {"files": "*.wav"},
            "babble": {"talkers": [3, 7]},
            "corner": {"files": "*.wav", "point_source": True},
            "scanner": {"fundamental_hz": 128.0, "harmonics_db": [0, -6, -12], "repetition_hz": 2.5, "duty": 0.4},
            "hum": {"fundamental_hz": [49.8, 50.2], "harmonics_db": [0, -20, -10]},
            "pink": {"colour": "pink"},
            "speech_shaped": {"colour": "speech_shaped"},
        },
        "handsets": {
            "landline": {"microphone": "irs_send", "codecs": ["g711_ulaw"]},
            "plain": {"codecs": ["g711_alaw"]},
            "nothing": {},
            "mobile": {"preset": "mobile_2g", "packet_loss": {"rate": 0.1, "mean_burst": 2}},
            "tape": {"preset": "legacy_tape"},
            "lossy": {
                "band_filter": "g712",
                "noise_floor_dbov": -60,
                "agc": {},
                "dc": 0.01,
                "codecs": ["g711_alaw"],
                "packet_loss": {"rate": [0.05, 0.1], "mean_burst": [1, 3]},
                "clock_offset_ppm": [-100, 100],
            },
        },
        "rooms": {
            "office": {"t60_s": [0.3, 0.9], "distance_m": [0.5, 3.0], "dimensions_m": [6, [4, 5], 3]},
            "closet": {"t60_s": 0.3, "distance_m": 6.0, "dimensions_m": [2, 2, 2]},
            "long": {"t60_s": 0.4, "distance_m": 9.9, "dimensions_m": [10, 3, 2.5]},
            "measured": {"responses": "*.wav"},
            "octaves": {
                "t60_s": {125: 0.9, 1000: [0.5, 0.6], 4000: 0.4},
                "distance_m": 2.0,
                "dimensions_m": [6, 5, 3],
                "drr_db": [-3, 3],
            },
            "desk": {"t60_s": 0.5, "dimensions_m": [6, 5, 3], "source_m": [[1, 2], 2.5, 1.2], "receiver_m": [3, 2.5, 0.8]},
            "measured_far": {"responses": "*.wav", "drr_db": -3},
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
            {"name": "scanner", "noise": "scanner", "snr_db": 5},
            {"name": "hum_office", "noise": "hum", "snr_db": 5, "room": "office"},
            {"name": "corner_office", "noise": "corner", "snr_db": 5, "room": "office"},
            {"name": "corner_measured", "noise": "corner", "snr_db": 5, "room": "measured"},
            {"name": "pink", "noise": "pink", "snr_db": [0, 20]},
            {"name": "speech_shaped", "noise": "speech_shaped", "snr_db": [0, 20], "handset": "lossy"},
            {"name": "mobile", "handset": "mobile"},
            {"name": "tape", "handset": "tape", "level_dbov": [-30, -20]},
            {"name": "octaves", "room": "octaves"},
            {"name": "desk", "room": "desk", "noise": "babble", "snr_db": 10},
            {"name": "measured_far", "room": "measured_far"},
            {"name": "distorted", "transforms": [{"name": "TanhDistortion"}, {"name": "TimeMask", "max_band_part": 0.1}]},
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

    def response(self, file: str, sha256: str, drr_db: float | None) -> Response:
        generator = np.random.default_rng(len(file))
        decay = (
            0.05 * generator.standard_normal(self.sample_rate) * 10 ** (-3 * np.arange(self.sample_rate) / self.sample_rate / 0.6)
        )
        return measured_response(np.concatenate([np.zeros(300), [1.0], decay]), self.sample_rate, drr_db)

    def talker(self, talker: dict[str, Any]) -> np.ndarray:
        return speech_like(talker["duration_s"], 0.8, int(talker["audio_sha256"]), self.sample_rate)

    def spectrum(self, talker: dict[str, Any]) -> np.ndarray:
        return long_term_spectrum(self.talker(talker), self.sample_rate)
