"""A manifest as large as asked, without audio: what planning is measured on.

Accents differ in size as they do in real corpora (the first holds an eighth of all rows), speakers have 1 to 500 recordings,
recordings are 6 to 70 dB clean; two conditions are recorded and give donors, the others are noise, handset and room in turns.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.corpus import BENCH
from pipelines.corpus import Corpus, write_json, write_table
from pipelines.run import Run
from pipelines.workers.runner import parse_options
from schemas.tables import MANIFEST

ACCENTS = 50
CONDITIONS = 40
MOST_RECORDINGS = 500
PARTS = 64
NOISE_FILES = 60
SEED = 20

NOISES: dict[str, dict[str, object]] = {
    "street": {"files": "noise/*"},
    "babble": {"talkers": [3, 7]},
    "scanner": {"fundamental_hz": [100, 140], "harmonics_db": [0, -6, -12], "repetition_hz": 2.5, "duty": 0.4},
    "hiss": {"colour": "pink"},
}
HANDSETS: dict[str, dict[str, object]] = {
    "landline": {"microphone": "irs_send", "codecs": ["g711_ulaw"]},
    "mobile": {"preset": "mobile_2g"},
}
ROOMS: dict[str, dict[str, object]] = {
    "office": {"t60_s": [0.4, 0.7], "distance_m": [1.0, 3.0], "dimensions_m": [6, 4, 3]},
    "hall": {"t60_s": [0.7, 1.2], "distance_m": [1.0, 4.0], "dimensions_m": [[8, 12], [6, 9], [3, 4]]},
}


def make_plan_corpus(rows: int, recipes: int) -> tuple[Path, Corpus]:
    """A configuration and an output directory whose ingest counts as done, with so many manifest rows.

    Args:
        rows: of the manifest.
        recipes: that its targets ask for over all cells.
    """
    root = BENCH / f"plan-{rows}-{recipes}"
    (root / "noise").mkdir(parents=True, exist_ok=True)
    for number in range(NOISE_FILES):
        (root / "noise" / f"{number:03}.wav").touch()
    (root / "recordings.csv").write_text("recording_id,audio,text,speaker_id\n")
    (root / "audio").mkdir(exist_ok=True)
    names = [f"xx-{number:02}" for number in range(ACCENTS)]
    (root / "accents.yaml").write_text(json.dumps({"version": 1, "accents": {name: [] for name in names}}))
    config = root / "corpus.yaml"
    config.write_text(json.dumps(_settings(recipes), indent=1))
    corpus = Corpus(str(root / "out"))
    Run(str(config), corpus.root, parse_options([]))
    banks = [
        {"kind": "noise", "bank": "street", "file": f"noise/{n:03}.wav", "sha256": f"{n:064x}", "duration_s": 60.0, "problem": ""}
        for n in range(NOISE_FILES)
    ]
    if len(corpus.manifest_files()) != PARTS:
        table = manifest(rows, np.random.default_rng(SEED))
        for part in range(PARTS):
            write_table(corpus.path("manifest", f"part-{part:05d}.parquet"), table.take(pa.array(range(part, rows, PARTS))))
    write_json(corpus.stage_file("ingest"), {"records_read": rows, "accepted": rows, "quarantined": {}, "banks": banks})
    return config, corpus


def _settings(recipes: int) -> dict[str, object]:
    conditions: list[dict[str, object]] = [
        {"name": "clean", "match": {"snr_db": {"min": 30}}},
        {"name": "quiet", "match": {"snr_db": {"min": 15}}},
    ]
    noises, handsets, rooms = [None, *NOISES], [None, *HANDSETS], [None, *ROOMS]
    sounds = [(noise, handset, room) for room in rooms for handset in handsets for noise in noises][1:]
    for number in range(CONDITIONS - len(conditions)):
        noise, handset, room = sounds[number % len(sounds)]
        condition: dict[str, object] = {"name": f"c{number:02}", "noise": noise, "handset": handset, "room": room}
        if noise is not None:
            low = 5 * (number // 10)
            condition["snr_db"] = [low, low + 10]
        conditions.append({key: value for key, value in condition.items() if value is not None})
    return {
        "name": "plan",
        "seed": SEED,
        "sources": [{"metadata": "recordings.csv", "audio_root": "audio"}],
        "accents": "accents.yaml",
        "noises": NOISES,
        "handsets": HANDSETS,
        "rooms": ROOMS,
        "conditions": conditions,
        "donor_conditions": ["clean", "quiet"],
        "targets": {
            "per_cell": {"utterances": recipes // (ACCENTS * CONDITIONS), "speakers": 20},
            "max_share_per_speaker": 0.25,
            "max_uses_per_recording": 20,
            "surplus": "drop",
        },
    }


def manifest(rows: int, generator: np.random.Generator) -> pa.Table:
    """So many rows of a manifest."""
    speaker = _speakers(rows, generator)
    shares = 1 / np.arange(4, 4 + ACCENTS) ** 1.2
    accent = generator.choice(ACCENTS, int(speaker.max()) + 1, p=shares / shares.sum())[speaker]
    snr_db = np.round(generator.uniform(6, 70, rows), 3)
    condition = np.where(snr_db >= 30, "clean", np.where(snr_db >= 15, "quiet", "unassigned"))
    index = np.arange(rows)
    text = "a sentence of the length that people read out, with a number to tell it from the others: "
    made = {
        "recording_id": [f"rec-{n:07}" for n in index],
        "source": np.zeros(rows, np.int64),
        "source_file": ["recordings.csv"] * rows,
        "row_number": index + 1,
        "audio": [f"audio/{n % 1000:03}/rec-{n:07}.flac" for n in index],
        "duration_s": np.round(generator.uniform(1, 12, rows), 6),
        "sample_rate": np.full(rows, 16000),
        "channels": np.ones(rows, np.int64),
        "text": [f"{text}{n}" for n in index],
        "language": ["en"] * rows,
        "speaker_id": [f"speaker-{n:06}" for n in speaker],
        "gender": np.where(speaker % 2, "female", "male"),
        "accent": [f"xx-{n:02}" for n in accent],
        "accent_raw": [f"words {n}" for n in accent],
        "accent_all": [[f"xx-{n:02}"] for n in accent],
        "condition": condition,
        "condition_declared": np.zeros(rows, bool),
        "activity": np.full(rows, 0.8),
        "active_level_dbov": np.full(rows, -26.0),
        "snr_db": snr_db,
        "bandwidth_hz": np.full(rows, 7800.0),
        "file_sha256": _digests(generator, rows),
        "audio_sha256": _digests(generator, rows),
    }
    arrays = [pa.array(made[name], field.type) if name in made else pa.nulls(rows, field.type) for name, field in _fields()]
    return pa.table(arrays, schema=MANIFEST.schema())


def _speakers(rows: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Who speaks, by row: each of 1 to 500 recordings, small numbers as frequent as large ones on a logarithmic scale."""
    counts = np.floor(np.exp(generator.uniform(0, np.log(MOST_RECORDINGS + 1), rows))).astype(np.int64)
    number = int(np.searchsorted(np.cumsum(counts), rows)) + 1
    return np.asarray(generator.permutation(np.repeat(np.arange(number), counts[:number])[:rows]))


def _digests(generator: np.random.Generator, rows: int) -> list[str]:
    whole = generator.bytes(32 * rows).hex()
    return [whole[64 * n : 64 * n + 64] for n in range(rows)]


def _fields() -> list[tuple[str, pa.Field]]:
    return [(field.name, field) for field in MANIFEST.schema()]
