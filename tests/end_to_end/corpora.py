"""Corpora to run: the samples, and a smaller one cut from them."""

from __future__ import annotations

import copy
import csv
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SAMPLES = Path(__file__).parents[2] / "data_samples"

SPEAKERS = ("af_heart", "af_bella", "am_michael", "bf_emma", "bm_george", "bm_daniel", "austen")
"""Three of each of two accents, and one who declared none. Their recordings are FLAC, WAV, OGG, MP3 and Opus."""

FAULTS = {"smp-0151": "truncated_audio", "smp-0152": "empty_file", "smp-0155": "truncated_audio", "smp-0156": "truncated_audio"}
"""Those of their recordings that are broken, with the rule each breaks."""

ACCENTS = """\
version: 1
accents:
  en-US: [United States English, American English, US English]
  en-GB: [British (RP), England English, English (England)]
  cy-GB: [Welsh]
"""
"""The last is nobody's: cells of zero."""

CONFIG: dict[str, Any] = {
    "name": "small",
    "seed": 3,
    "audio": {"sample_rate": 16000, "encoding": "flac"},
    "sources": [
        {
            "name": "samples",  # else the shards would tell how the rows are cut into files
            "layout": "table",
            "metadata": "recordings.csv",
            "audio_root": "audio",
            "columns": {
                "recording_id": "id",
                "audio": "file",
                "text": "sentence",
                "language": "locale",
                "speaker_id": "speaker",
                "gender": "gender",
                "accent": "accents",
            },
        }
    ],
    "accents": "accents.yaml",
    "noises": {"street": {"files": "noise/street/*"}, "babble": {"talkers": [2, 3]}},
    "handsets": {"landline": {"microphone": "irs_send", "codecs": ["g711_ulaw"]}},
    "rooms": {"office": {"t60_s": [0.2, 0.3], "distance_m": [0.5, 1.5], "dimensions_m": [4, 3, 2.7]}},
    "conditions": [
        {"name": "clean", "match": {"snr_db": {"min": 20}}},
        {"name": "street_call", "noise": "street", "snr_db": [5, 15], "handset": "landline"},
        {"name": "office_babble", "room": "office", "noise": "babble", "snr_db": [5, 15]},
    ],
    "targets": {"per_cell": {"utterances": 9, "speakers": 2}, "max_share_per_speaker": 0.5, "max_uses_per_recording": 4},
    "splits": {"train": 0.6, "dev": 0.2, "test": 0.2},
    "shards": {"target_mb": 0.5},
}


def small_config(**changes: Any) -> dict[str, Any]:
    """The small corpus's configuration with some of its settings replaced; None removes one."""
    config = copy.deepcopy(CONFIG) | changes
    return {key: value for key, value in config.items() if value is not None}


def write_config(location: Path, config: dict[str, Any]) -> Path:
    """Write a configuration."""
    location.parent.mkdir(parents=True, exist_ok=True)
    with location.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(config, file)
    return location


def sample_rows() -> list[dict[str, str]]:
    """The samples' rows of the small corpus's speakers."""
    with (SAMPLES / "recordings.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["speaker"] in SPEAKERS and row["id"]]


def write_rows(location: Path, rows: list[dict[str, str]]) -> None:
    """Write a metadata file."""
    with location.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_small(directory: Path, **changes: Any) -> Path:
    """Write the small corpus into a directory.

    Returns:
        Its ``corpus.yaml``.
    """
    (directory / "audio").mkdir(parents=True)
    rows = sample_rows()
    write_rows(directory / "recordings.csv", rows)
    for row in rows:
        shutil.copy(SAMPLES / "audio" / row["file"], directory / "audio")
    shutil.copytree(SAMPLES / "noise" / "street", directory / "noise" / "street")
    (directory / "accents.yaml").write_text(ACCENTS, encoding="utf-8")
    return write_config(directory / "corpus.yaml", small_config(**changes))
