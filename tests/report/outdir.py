"""Small output directories as a run leaves them, made of rows that a test names."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile

from pipelines import storage
from pipelines.corpus import Corpus, write_json, write_table
from schemas.tables import GAPS, MANIFEST, QUARANTINE, shard_schema

RATE = 16000
ACCENTS = ("en-US", "en-GB", "en-IN", "en-x-l1-cmn")
CONDITIONS = ("clean", "street_10db", "mobile_call")
CONFIG: dict[str, Any] = {
    "name": "demo",
    "seed": 7,
    "audio": {"sample_rate": RATE, "encoding": "flac"},
    "conditions": [
        {"name": "clean", "match": {"snr_db": {"min": 20, "max": None}}},
        {"name": "street_10db", "noise": "street", "snr_db": [8, 12]},
        {"name": "mobile_call", "handset": "mobile"},
    ],
    "targets": {"per_cell": {"utterances": 4, "hours": None, "speakers": 2}, "max_uses_per_recording": 6, "surplus": "keep"},
    "splits": {"train": 0.8, "dev": 0.1, "test": 0.1},
    "coverage": {"tables": [["accent", "gender"], ["gender", "noise", "snr_band"]]},
}


@dataclass(frozen=True)
class Row:
    """A shard row; what is not given is made up from it."""

    split: str
    accent: str
    condition: str
    origin: str
    speaker: str
    samples: int = 1600
    rate: int = RATE
    snr_db: float | None = None
    values: dict[str, Any] = field(default_factory=dict)


@functools.lru_cache(maxsize=64)
def flac(samples: int, rate: int = RATE) -> bytes:
    """A quiet tone as FLAC."""
    file = io.BytesIO()
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(samples) / rate)
    soundfile.write(file, tone, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def shard_row(row: Row, row_id: str) -> dict[str, Any]:
    audio = flac(row.samples, row.rate)
    recipe = {"asked": {"condition": row.condition}, "measured": {"snr_db": row.snr_db}}
    return {
        "id": row_id,
        "audio": {"bytes": audio, "path": f"{row_id}.flac"},
        "text": f"words of {row_id}",
        "duration": row.samples / row.rate,
        "sampling_rate": row.rate,
        "language": "en",
        "speaker_id": row.speaker,
        "accent": row.accent,
        "condition": row.condition,
        "snr_db": row.snr_db,
        "origin": row.origin,
        "source": "recordings.csv",
        "source_id": row_id,
        "split": row.split,
        "weight": 1.0,
        "licence": "CC0-1.0",
        "audio_sha256": hashlib.sha256(audio).hexdigest(),
        "recipe": json.dumps(recipe),
        **row.values,
    }


def write_shards(corpus: Corpus, rows: Sequence[Row], shards: int = 1, row_group: int = 8) -> list[str]:
    """Deal the rows to ``shards`` files a split."""
    numbered = [(f"row-{number:05d}", row) for number, row in enumerate(rows)]
    files = []
    for split in dict.fromkeys(row.split for row in rows):
        of_split = [shard_row(row, row_id) for row_id, row in numbered if row.split == split]
        for index in range(shards):
            location = corpus.shard_file("demo", split, 1, index, shards)
            Path(location).parent.mkdir(parents=True, exist_ok=True)
            table = pa.Table.from_pylist(of_split[index::shards], schema=shard_schema(RATE))
            pq.write_table(table, location, row_group_size=row_group)
            files.append(location)
    return files


def write_quarantine(corpus: Corpus, rows: Sequence[dict[str, Any]]) -> None:
    location = corpus.path("quarantine", "part-00000.parquet")
    write_table(location, pa.Table.from_pylist(list(rows), schema=QUARANTINE.schema()))


def write_manifest(corpus: Corpus, levels: Sequence[tuple[float, float]]) -> None:
    """A manifest of recordings with these active levels and SNRs."""
    rows = [
        {"recording_id": f"r{number}", "active_level_dbov": level, "snr_db": snr} for number, (level, snr) in enumerate(levels)
    ]
    write_table(corpus.path("manifest", "part-00000.parquet"), pa.Table.from_pylist(rows, schema=MANIFEST.schema()))


def write_gaps(corpus: Corpus, rows: Sequence[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, GAPS.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    storage.write_text(corpus.gaps_file, text.getvalue())


def write_stages(corpus: Corpus, quarantined: dict[str, int], accepted: int, rows: Sequence[Row], **plan: Any) -> None:
    recorded = sum(row.origin == "recorded" for row in rows)
    read = accepted + sum(quarantined.values())
    write_json(corpus.stage_file("ingest"), {"records_read": read, "accepted": accepted, "quarantined": quarantined})
    planned = {"recipes": len(rows), "recorded": recorded, "simulated": len(rows) - recorded, **plan}
    write_json(corpus.stage_file("plan"), planned)
    write_json(corpus.stage_file("render"), {"rows": len(rows), "shards": len(corpus.shard_files()), "bytes": 12345})
