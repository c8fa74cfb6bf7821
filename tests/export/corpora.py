"""Finished corpora made of rows that a test names, as far as an export looks at them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.tables import shard_schema
from tests.report.outdir import RATE, Row, shard_row

STRANGE_IDS = (
    "a/b.c",
    "a=2Fb.c",
    "two words",
    "-sub1",
    "x-sub1",
    "x.sub1",
    "..",
    "__x__",
    "Łódź/ß",
    "ü" * 120,
    "a",
    "A",
    "a.flac",
    "%41",
)
SPEAKERS = ("p1", "p1-a", "p1 a", "p1+a", "p1.a", "p", "Łódź", "p1~")
"""Some begin with others: sorting utterances has to sort these, too."""


def write_whole(out: Path, shards: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """Write a finished corpus.

    Args:
        out: where.
        shards: rows of :func:`row`, by the shard's place under ``shards/``.
    """
    files = {}
    for name, rows in shards.items():
        location = out / "shards" / name
        location.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows), schema=shard_schema(RATE)), location, row_group_size=3)
        files[f"shards/{name}"] = hashlib.sha256(location.read_bytes()).hexdigest()
    (out / "card.md").write_text("# demo: data card\n")
    whole = {"name": "demo", "version": 1, "config": {"audio": {"sample_rate": RATE}}, "files": files}
    (out / "corpus.json").write_text(json.dumps(whole))
    return out


def row(row_id: str, split: str = "train", speaker: str = "p1", samples: int = 1600, **values: Any) -> dict[str, Any]:
    """A row of a shard; lengths tell rows apart."""
    return shard_row(Row(split, "en-GB", "clean", "recorded", speaker, samples, values=values), row_id)


def strange(out: Path) -> Path:
    """A corpus of ids, speakers and words that files and keys cannot hold, grown once, with nothing in dev."""
    rows = [
        row(each, speaker=SPEAKERS[n % len(SPEAKERS)], samples=1600 + 16 * n, text=text, gender="female")
        for n, (each, text) in enumerate(zip(STRANGE_IDS, [None, "two\nlines", "", "“quoted” \t x"] * 4, strict=False))
    ]
    tested = [row("t/1", "test", "q", gender="nonbinary", language=None), row("t/2", "test", "q 2", gender="Male")]
    return write_whole(
        out,
        {
            "train/demo-train-v001-00000-of-00002.parquet": rows[:5],
            "train/demo-train-v001-00001-of-00002.parquet": rows[5:10],
            "train/demo-train-v002-00000-of-00001.parquet": rows[10:],
            "test/demo-test-v001-00000-of-00001.parquet": tested,
        },
    )


def expected(out: Path, split: str) -> dict[str, tuple[Any, ...]]:
    """What every reader has to find of a split: speaker, transcript, length in samples and SHA-256 of the FLAC file, by id."""
    found = {}
    for file in sorted((out / "shards" / split).glob("*.parquet")):
        for each in pq.read_table(file, columns=["id", "speaker_id", "text", "duration", "audio"]).to_pylist():
            digest = hashlib.sha256(each["audio"]["bytes"]).hexdigest()
            found[each["id"]] = (each["speaker_id"], each["text"], round(each["duration"] * RATE), digest)
    return found
