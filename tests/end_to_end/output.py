"""Looking at an output directory as a reader of it would: nothing here uses panvox's own code."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SPLITS = ("train", "dev", "test")
MAY_HOLD_TIMES = ("corpus.json", "validation/", ".work/")


def read_all(directory: Path) -> list[dict[str, Any]]:
    """The rows of every Parquet file of a directory, in the files' order."""
    return [row for file in sorted(directory.glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def read_json(location: Path) -> Any:
    """A JSON file."""
    return json.loads(location.read_text(encoding="utf-8"))


def shard_files(out: Path, pattern: str = "*") -> list[Path]:
    """Every shard, in order."""
    return [file for split in SPLITS for file in sorted((out / "shards" / split).glob(f"{pattern}.parquet"))]


def shard_table(out: Path) -> pa.Table:
    """The rows of every shard, without their audio."""
    files = shard_files(out)
    return pa.concat_tables(
        pq.read_table(file, columns=[name for name in pq.read_schema(file).names if name != "audio"]) for file in files
    )


def digests(out: Path) -> dict[str, str]:
    """SHA-256 of every file that has to be the same whenever the inputs are, by its place in the directory."""
    found = {}
    for file in sorted(out.rglob("*")):
        name = file.relative_to(out).as_posix()
        if file.is_file() and not name.startswith(MAY_HOLD_TIMES):
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def identities(out: Path, *directories: str) -> dict[str, tuple[int, int, int]]:
    """Inode, size and time of change of every file there, or in some of its directories: they tell whether one was touched."""
    found = {}
    for base in [out / directory for directory in directories] or [out]:
        for file in sorted(base.rglob("*")):
            if file.is_file():
                status = file.stat()
                found[file.relative_to(out).as_posix()] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def half_written(out: Path) -> list[str]:
    """Names of temporary files anywhere under a directory."""
    return [file.name for file in out.rglob("*") if ".tmp-" in file.name]
