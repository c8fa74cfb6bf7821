"""Recipes for recordings of the sample corpus, as planning would write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.audio.decode import Decoded, Span, open_audio
from pipelines.settings import Settings
from pipelines.simulate.draw import NoiseFile, Talker, draw

WHOLE = Span()
SAMPLES = Path(__file__).parents[2] / "data_samples"
NOISE = "noise/street/distant_cars.flac"
NOISE_SPAN_S = (1.0, 4.0)
TALKERS = ("bf_alice_1", "austen_1", "af_bella_1", "bf_emma_1")


def decode(file: str, span: Span = WHOLE) -> Decoded:
    """The samples of a file of the sample corpus."""
    with open_audio(str(SAMPLES / file)) as audio:
        return audio.decode(span)


def recorded(file: str, span: Span = WHOLE, **given: Any) -> dict[str, Any]:
    """The recipe of a recorded row."""
    decoded = decode(file, span)
    row = {
        "id": Path(file).stem,
        "version": 1,
        "shard": 0,
        "shards": 1,
        "split": "train",
        "accent": "en-US",
        "condition": "clean",
        "origin": "recorded",
        "source": "recordings.csv",
        "source_id": Path(file).stem,
        "pair_id": None,
        "asked": None,
        "noise": None,
        "snr_db": None,
        "handset": None,
        "room": None,
        "t60_s": None,
        "weight": 1.25,
        "audio": file,
        "offset_s": span.offset_s,
        "duration_s": decoded.duration_s,
        "sample_rate": decoded.sample_rate,
        "channels": decoded.samples.shape[1],
        "file_sha256": "f" * 64,
        "audio_sha256": decoded.sha256(),
        "text": "some words",
        "language": "en",
        "speaker_id": "speaker",
        "gender": None,
        "gender_provenance": "unknown",
        "age_band_provenance": "unknown",
        "first_language_provenance": "unknown",
        "accent_provenance": "self_reported",
        "age_band": None,
        "first_language": None,
        "speaker_type": None,
        "accent_raw": "American",
        "accent_all": ["en-US"],
        "accent_rule": "1: American",
        "accent_variety": "en-US",
        "accent_region": None,
        "accent_first_language": None,
        "licence": "CC0-1.0",
        "consent": None,
    }
    return row | given


def simulated(file: str, condition: str, settings: Settings, seed: int = 5, **given: Any) -> dict[str, Any]:
    """The recipe of a simulation."""
    source = recorded(file)
    setting = settings.config.condition(condition)
    heard = {name: recorded(f"audio/{name}.flac") for name in TALKERS}
    talkers = [
        Talker(name, name, row["audio"], row["offset_s"], row["duration_s"], row["audio_sha256"]) for name, row in heard.items()
    ]
    asked = draw(
        setting,
        settings.config,
        seed=seed,
        quantiles={},
        noise=[NoiseFile(NOISE, decode(NOISE).sha256(), NOISE_SPAN_S, 9.0)],
        talkers=talkers,
        duration_s=source["duration_s"],
    )
    made = {
        "id": f"{source['id']}~{condition}~1",
        "condition": condition,
        "origin": "simulated",
        "asked": json.dumps(asked, sort_keys=True),
        "noise": setting.noise,
        "snr_db": asked["snr_db"],
        "handset": setting.handset,
        "room": setting.room,
        "t60_s": (asked["room"] or {}).get("t60_s"),
    }
    return source | made | given
