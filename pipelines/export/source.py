"""What is exported: the shards that a finished corpus vouches for, and their rows."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import storage
from pipelines.corpus import Corpus, read_table
from schemas.errors import ConfigError, PanvoxError
from schemas.splits import SPLITS
from schemas.tables import SHARD

ROWS_AT_ONCE = 64
_NOTHING: dict[str, Any] = dict.fromkeys(SHARD.names)
"""Shards of a corpus that has grown may be older than some columns."""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Part:
    """A shard, and which part of its split's export it becomes.

    Attributes:
        split: the shard's.
        index: from 0, over all versions of the corpus.
        count: parts of the split.
        shard: its location.
        sha256: of the shard, as ``corpus.json`` has it.
    """

    split: str
    index: int
    count: int
    shard: str
    sha256: str


@dataclass(frozen=True)
class Length:
    """How much there is."""

    rows: int
    seconds: float


def parts_of(corpus: Corpus, files: dict[str, str], wanted: Sequence[str]) -> dict[str, list[Part]]:
    """The parts of each split that has rows, in the splits' order.

    Args:
        corpus: a finished one.
        files: SHA-256 of its files by their place, from ``corpus.json``.
        wanted: the splits to export; all of them where none is named.

    Raises:
        ConfigError: a named split does not exist, or has no shards.
    """
    for split in wanted:
        if split not in SPLITS:
            raise ConfigError(f"--split {split}: there is no such split; expected {', '.join(SPLITS)}")
    found = {}
    for split in SPLITS:
        shards = sorted(file for file in files if file.startswith(f"shards/{split}/") and file.endswith(".parquet"))
        if shards and (split in wanted or not wanted):
            found[split] = [
                Part(split, index, len(shards), corpus.path(shard), files[shard]) for index, shard in enumerate(shards)
            ]
        elif split in wanted:
            raise ConfigError(f"--split {split}: {corpus.root} has no rows in it")
    return found


@contextmanager
def opened(part: Part) -> Iterator[IO[bytes]]:
    """The shard's bytes, checked whole against their digest, as a file that can be read anywhere.

    A remote one is copied to this machine first: it is read once only.

    Raises:
        PanvoxError: it is missing or damaged; the message names it.
    """
    try:
        source = storage.open_input(part.shard)
    except FileNotFoundError as error:
        raise PanvoxError(f"{part.shard}: is missing, but corpus.json lists it; see 'panvox verify'") from error
    with source as file, _at_hand(part.shard, file) as copy:
        digest = hashlib.sha256()
        while block := file.read(_BLOCK):
            digest.update(block)
            if copy is not file:
                copy.write(block)
        if digest.hexdigest() != part.sha256:
            raise PanvoxError(f"{part.shard}: is damaged: its SHA-256 is not the one in corpus.json; see 'panvox verify'")
        copy.seek(0)
        yield copy


@contextmanager
def _at_hand(location: str, file: IO[bytes]) -> Iterator[IO[bytes]]:
    if not storage.is_remote(location):
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        yield copy


def rows_of(shard: IO[bytes], name: str) -> Iterator[dict[str, Any]]:
    """A shard's rows, with the columns of :data:`schemas.tables.SHARD`; some at a time are in memory.

    Raises:
        PanvoxError: it cannot be read as a shard; the message names it.
    """
    try:
        file = pq.ParquetFile(shard)
        for group in range(file.num_row_groups):  # one by one: a reader of all of them keeps those it has passed
            for batch in file.iter_batches(ROWS_AT_ONCE, [group], SHARD.names):
                for row in batch.to_pylist():
                    yield _NOTHING | row
    except pa.ArrowException as error:
        raise PanvoxError(f"{name}: cannot be read as a shard ({error})") from error


def length_of(part: Part) -> Length:
    """How much a part holds, from the two columns that tell it."""
    table = read_table(part.shard, ["duration", "sampling_rate"])
    # Whole samples, so that the sum does not depend on how the rows are dealt to shards.
    samples: dict[int, int] = {}
    for duration, rate in zip(table["duration"].to_pylist(), table["sampling_rate"].to_pylist(), strict=True):
        samples[rate] = samples.get(rate, 0) + round(duration * rate)
    return Length(table.num_rows, sum(count / rate for rate, count in sorted(samples.items())))


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON can hold it: all but its audio, its recipe as an object."""
    return {name: row[name] for name in SHARD.names if name not in ("audio", "recipe")} | {"recipe": json.loads(row["recipe"])}


def json_bytes(value: Any) -> bytes:
    """JSON on one line, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
