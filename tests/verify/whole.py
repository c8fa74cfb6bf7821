"""A small whole corpus, written by hand with the real writers, and ways to tamper with it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.audio.encode import encode_flac
from pipelines.corpus import Corpus, digest_of, file_sha256, read_json, write_json, write_table
from pipelines.render.shard import write_shard
from pipelines.report.counts.count import count_batch, count_coverage
from pipelines.report.counts.coverage import write_coverage
from pipelines.report.counts.crosstab import write_crosstab
from pipelines.report.counts.dimensions import order_of
from pipelines.report.counts.on_demand import count_files
from pipelines.verify import Breach, verify
from schemas.tables import ASSIGNMENT, MANIFEST, QUARANTINE, RECIPE, SHARD

RATE = 8000
SPLITS = ("train", "dev", "test")
SHARDS = {"train": 2, "dev": 1, "test": 1}
SPEAKERS = {"train": 4, "dev": 3, "test": 3}
ACCENTS = ("en-GB", "en-IN", "fr-CA")
NOISE, RESPONSES = "a" * 64, {split: letter * 64 for split, letter in zip(SPLITS, "bcd", strict=True)}
SPANS = {"train": [0.0, 2.0], "dev": [2.0, 4.0], "test": [4.0, 6.0]}
CONFIG: dict[str, Any] = {
    "name": "tiny",
    "audio": {"sample_rate": RATE, "encoding": "flac"},
    "conditions": [{"name": "clean"}, {"name": "street"}, {"name": "babble"}, {"name": "hall"}],
    "splits": {"train": 0.6, "dev": 0.2, "test": 0.2},
    "targets": {"surplus": "keep"},
    "coverage": {"tables": [["split", "room", "snr_band"]], "snr_edges_db": [0, 12]},
}
Row = dict[str, Any]


def manifest_rows() -> list[Row]:
    """Two recordings a speaker; the second speaker of each split declares no accent."""
    rows = []
    for split in SPLITS:
        for number in range(SPEAKERS[split]):
            for take in range(2):
                name = f"{split}-{number}-{take}"
                undeclared = number == 1
                rows.append(
                    {
                        "recording_id": name,
                        "source": 0,
                        "source_file": "recordings.csv",
                        "row_number": 0,
                        "audio": f"{name}.wav",
                        "duration_s": 0.1 + 0.001 * len(rows),
                        "sample_rate": RATE,
                        "channels": 1,
                        "text": f"words of {name}",
                        "language": "en",
                        "speaker_id": f"{split}-{number}",
                        "gender": None if undeclared else "female",
                        "accent": "undeclared" if undeclared else ACCENTS[number % 2],
                        "accent_raw": None if undeclared else ACCENTS[number % 2],
                        "accent_all": [],
                        "condition": "clean",
                        "file_sha256": hashlib.sha256(f"file {name}".encode()).hexdigest(),
                        "audio_sha256": hashlib.sha256(f"audio {name}".encode()).hexdigest(),
                    }
                )
    # The second and the fifth record were not accepted.
    for number, row in zip((number for number in range(1, 1000) if number not in (2, 5)), rows, strict=False):
        row["row_number"] = number
    return rows


def asked_of(row: Row, condition: str, rows: list[Row]) -> Row:
    """What a simulation of a recording asks, as the draw writes it."""
    split = row["recording_id"].partition("-")[0]
    asked: Row = {
        "condition": condition,
        "seed": 1,
        "level_dbov": -26.0,
        "snr_db": None,
        "room": None,
        "noise": None,
        "handset": None,
    }
    if condition == "street":
        noise = {"kind": "recording", "bank": "street", "file": "street.wav", "sha256": NOISE, "span_s": SPANS[split]}
        asked |= {"snr_db": 10.0, "noise": noise | {"start_s": SPANS[split][0] + 0.5}}
    if condition == "babble":
        others = [
            other for other in rows if other["recording_id"].startswith(f"{split}-") and other["recording_id"].endswith("-0")
        ]
        talkers = [other for other in others if other["speaker_id"] != row["speaker_id"]][:2]
        kept = ("recording_id", "speaker_id", "audio", "offset_s", "duration_s", "audio_sha256")
        asked |= {"snr_db": 12.0}
        asked["noise"] = {
            "kind": "babble",
            "bank": "babble",
            "talkers": [{name: talker.get(name) for name in kept} | {"start_s": 0.0} for talker in talkers],
        }
    if condition == "hall":
        asked["room"] = {"kind": "measured", "name": "hall", "file": f"{split}.wav", "sha256": RESPONSES[split]}
    return asked


def recipe_rows(rows: list[Row]) -> list[Row]:
    """Every recording as it is, and each in one condition, dealt into shards."""
    recipes = []
    for number, row in enumerate(rows):
        shared = {name: row.get(name) for name in RECIPE.names if name in MANIFEST.names and name != "snr_db"}
        shared |= {"source": row["source_file"]}
        base = shared | {"split": row["recording_id"].partition("-")[0], "source_id": row["recording_id"], "version": 1}
        recipes.append(base | {"id": row["recording_id"], "origin": "recorded"})
        condition = ("street", "babble", "hall")[number % 3]
        asked = asked_of(row, condition, rows)
        recipes.append(
            base
            | {
                "id": f"{row['recording_id']}~{condition}~1",
                "origin": "simulated",
                "condition": condition,
                "asked": json.dumps(asked, sort_keys=True),
                "noise": asked["noise"] and asked["noise"]["bank"],
                "room": asked["room"] and asked["room"]["name"],
                "snr_db": asked["snr_db"],
            }
        )
    for split in SPLITS:
        own = sorted(
            (row for row in recipes if row["split"] == split), key=lambda row: (row["accent"], row["condition"], row["id"])
        )
        cells = Counter((row["accent"], row["condition"]) for row in own)
        for number, row in enumerate(own):
            weight = len(own) / len(cells) / cells[row["accent"], row["condition"]]
            row |= {"shard": number % SHARDS[split], "shards": SHARDS[split], "weight": weight}
    return recipes


def shard_row(recipe: Row) -> Row:
    """A row as rendering writes it, of noise."""
    samples = round(recipe["duration_s"] * RATE)
    generator = np.random.default_rng(int(hashlib.sha256(recipe["id"].encode()).hexdigest()[:8], 16))
    flac, _ = encode_flac(generator.uniform(-0.1, 0.1, samples).astype(np.float32), RATE)
    asked = recipe.get("asked") and json.loads(recipe["asked"])
    noise = asked and asked["noise"]
    measured = {"noise_start_s": noise["start_s"] if noise and noise["kind"] == "recording" else None}
    return {name: recipe.get(name) for name in SHARD.names} | {
        "audio": {"bytes": flac, "path": f"{recipe['id']}.flac"},
        "duration": samples / RATE,
        "sampling_rate": RATE,
        "t60_s": 0.8 if asked and asked["room"] else None,
        "audio_sha256": hashlib.sha256(flac).hexdigest(),
        "recipe": json.dumps({"asked": asked, "measured": measured}, sort_keys=True),
    }


def write_corpus(root: Path) -> Corpus:
    """Write it all, signed."""
    corpus = Corpus(str(root))
    rows = manifest_rows()
    recipes = recipe_rows(rows)
    for part in range(2):
        _write(corpus.path("manifest", f"part-{part:05d}.parquet"), rows[part::2], MANIFEST.schema())
    rejected = {"source": "recordings.csv", "record_json": "{}", "stage": "check", "message": "?"}
    quarantine = [rejected | {"row_number": 2, "rule": "missing_text"}, rejected | {"row_number": 5, "rule": "silence"}]
    _write(corpus.path("quarantine", "part-00000.parquet"), quarantine, QUARANTINE.schema())
    for split in SPLITS:
        for shard in range(SHARDS[split]):
            own = [row for row in recipes if row["split"] == split and row["shard"] == shard]
            own.sort(key=lambda row: hashlib.sha256(row["id"].encode()).digest())
            _write(corpus.path("plan", "recipes", f"part-v001-{split}-{shard:05d}.parquet"), own, RECIPE.schema())
            write_shard(corpus.shard_file("tiny", split, 1, shard, SHARDS[split]), map(shard_row, own), RATE)
    _write(corpus.assignments_file, assignment_rows(), ASSIGNMENT.schema())
    count(corpus)
    ledger = {
        "records_read": len(rows) + 2,
        "accepted": len(rows),
        "quarantined": {"missing_text": 1, "silence": 1},
        "recipes_planned": len(recipes),
        "rows_written": len(recipes),
    }
    stated = {"name": "tiny", "version": 1, "config": CONFIG, "config_sha256": digest_of(CONFIG), "accents": list(ACCENTS)}
    write_json(corpus.corpus_json, stated | {"ledger": ledger, "files": {}})
    sign(corpus)
    return corpus


def assignment_rows() -> list[Row]:
    speakers = [
        {"kind": "speaker", "key": f"{split}-{number}", "split": split} for split in SPLITS for number in range(SPEAKERS[split])
    ]
    noises = [
        {"kind": "noise", "key": NOISE, "name": "street.wav", "split": split, "start_s": start, "end_s": end}
        for split, (start, end) in SPANS.items()
    ]
    responses = [{"kind": "response", "key": RESPONSES[split], "name": f"{split}.wav", "split": split} for split in SPLITS]
    return [row | {"version": 1} for row in (*noises, *responses, *speakers)]


def _write(location: str, rows: list[Row], schema: pa.Schema) -> None:
    write_table(location, pa.Table.from_pylist(rows, schema=schema))


def count(corpus: Corpus) -> None:
    """Write the coverage files anew."""
    counted = [count_batch(pq.ParquetFile(file).read()) for file in corpus.shard_files()]
    conditions = [each["name"] for each in CONFIG["conditions"]]
    write_coverage(corpus, count_coverage(counted, ACCENTS, conditions))
    edges_db = CONFIG["coverage"]["snr_edges_db"]
    for names in CONFIG["coverage"]["tables"]:
        write_crosstab(corpus, count_files(corpus.shard_files(), names, order_of(names, ACCENTS, conditions, edges_db), edges_db))


def sign(corpus: Corpus) -> None:
    """Put the present digests into corpus.json, as somebody would who hides what they did."""
    whole = read_json(corpus.corpus_json)
    files = (path.relative_to(corpus.root).as_posix() for path in Path(corpus.root).rglob("*") if path.is_file())
    whole["files"] = {file: file_sha256(corpus.path(file)) for file in files if file != "corpus.json"}
    write_json(corpus.corpus_json, whole)


def edit_json(corpus: Corpus, edit: Callable[[Row], Any]) -> None:
    """Change corpus.json."""
    whole = read_json(corpus.corpus_json)
    edit(whole)
    write_json(corpus.corpus_json, whole)


def rows_of(corpus: Corpus, file: str) -> list[Row]:
    """The rows of a Parquet file."""
    return pq.ParquetFile(corpus.path(file)).read().to_pylist()


def edit_rows(corpus: Corpus, file: str, edit: Callable[[list[Row]], Any]) -> None:
    """Rewrite a Parquet file with its rows changed."""
    schema = pq.ParquetFile(corpus.path(file)).schema_arrow
    rows = rows_of(corpus, file)
    edit(rows)
    if file.startswith("shards/"):
        write_shard(corpus.path(file), rows, RATE)
    else:
        _write(corpus.path(file), rows, schema)


def find(corpus: Corpus, pattern: str, wanted: Callable[[Row], bool]) -> tuple[str, int]:
    """The file and row (from 1) of the first row that is wanted."""
    for path in sorted(Path(corpus.root).glob(pattern)):
        file = path.relative_to(corpus.root).as_posix()
        for number, row in enumerate(rows_of(corpus, file), 1):
            if wanted(row):
                return file, number
    raise AssertionError(f"no such row in {pattern}")


def breaches(corpus: Corpus) -> list[Breach]:
    """What verify finds."""
    return list(verify(corpus))
