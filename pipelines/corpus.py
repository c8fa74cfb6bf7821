"""The output directory: where each file of a corpus lies, and how far the run that fills it has come.

Beside the files that users read there is ``.work/``: the inputs the run was started with, one JSON file a finished stage, and
what was measured on each audio file. A stage whose file is there is done and is not done again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import storage
from schemas.errors import ConfigError
from schemas.tables import MANIFEST, QUARANTINE, RECIPE, Table

STAGES = ("ingest", "plan", "render", "report")
WORK = ".work"


@dataclass(frozen=True)
class Corpus:
    """The output directory at ``root``, local or remote."""

    root: str

    def path(self, *parts: str) -> str:
        """A location inside the directory."""
        return storage.join(self.root, *parts)

    @property
    def corpus_json(self) -> str:
        """Written last: its presence means the corpus is whole."""
        return self.path("corpus.json")

    def manifest_files(self) -> list[str]:
        """The manifest's parts in order."""
        return storage.list_files(self.path("manifest"), "part-*.parquet")

    def quarantine_files(self) -> list[str]:
        """The quarantine's parts in order."""
        return storage.list_files(self.path("quarantine"), "part-*.parquet")

    def recipe_files(self, version: int | None = None) -> list[str]:
        """The recipes' parts in order, of one version or of all; a part holds the recipes of one shard."""
        pattern = "part-*.parquet" if version is None else f"part-v{version:03d}-*.parquet"
        return storage.list_files(self.path("plan", "recipes"), pattern)

    @property
    def assignments_file(self) -> str:
        """Which split each speaker, noise and response belongs to."""
        return self.path("plan", "assignments.parquet")

    def left_out_files(self) -> list[str]:
        """The parts of the list of recordings that no shard holds as they are."""
        return storage.list_files(self.path("plan", "left-out"), "part-*.parquet")

    @property
    def gaps_file(self) -> str:
        """The targets that are not met."""
        return self.path("plan", "gaps.csv")

    def shard_files(self, split: str | None = None) -> list[str]:
        """The shards in order, of one split or of all."""
        splits = (split,) if split else ("train", "dev", "test")
        return [file for each in splits for file in storage.list_files(self.path("shards", each), "*.parquet")]

    def shard_file(self, name: str, split: str, version: int, index: int, count: int) -> str:
        """Where a shard lies."""
        return self.path("shards", split, f"{name}-{split}-v{version:03d}-{index:05d}-of-{count:05d}.parquet")

    @property
    def coverage_file(self) -> str:
        """The counts made from the shards."""
        return self.path("coverage", "coverage.parquet")

    def validation_file(self, suite: str) -> str:
        """The result of an expectation suite."""
        return self.path("validation", f"{suite}.json")

    @property
    def measured_dir(self) -> str:
        """What was measured on each audio file, by its digest."""
        return self.path(WORK, "measured")

    @property
    def run_file(self) -> str:
        """The inputs the unfinished run was started with."""
        return self.path(WORK, "run.json")

    def kept_corpus_json(self, version: int) -> str:
        """``corpus.json`` of an earlier version."""
        return self.path(WORK, f"corpus-v{version:03d}.json")

    def kept_gaps_file(self, version: int) -> str:
        """The gaps of an earlier version."""
        return self.path(WORK, f"gaps-v{version:03d}.csv")

    def stage_file(self, stage: str) -> str:
        """There once the stage is done."""
        return self.path(WORK, f"{stage}.json")

    def read_stage(self, stage: str) -> dict[str, Any]:
        """What a finished stage recorded. Raises ConfigError where the stage is not done."""
        location = self.stage_file(stage)
        if not storage.exists(location):
            raise ConfigError(f"{self.root}: stage '{stage}' is not done; run 'panvox {stage}' (or 'panvox run') first")
        return dict(read_json(location))

    def is_done(self, stage: str) -> bool:
        """Whether the stage has finished in the present run."""
        return storage.exists(self.stage_file(stage))

    def read_corpus(self) -> dict[str, Any]:
        """``corpus.json``. Raises ConfigError where the corpus is not whole."""
        if not storage.exists(self.corpus_json):
            raise ConfigError(f"{self.root}: there is no corpus.json here, so no finished corpus")
        return dict(read_json(self.corpus_json))

    def read_config(self) -> dict[str, Any]:
        """The configuration that the present run was started with, or of a corpus given on without its ``.work`` was made with.

        Raises:
            ConfigError: nothing was ever written here.
        """
        self.check_there()
        return dict(read_json(self.run_file if storage.exists(self.run_file) else self.corpus_json)["config"])

    def read_manifest(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The manifest, or some of its columns, in memory."""
        return read_tables(self.manifest_files(), MANIFEST, columns)

    def read_quarantine(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The quarantine in memory."""
        return read_tables(self.quarantine_files(), QUARANTINE, columns)

    def read_recipes(self, columns: Sequence[str] | None = None, version: int | None = None) -> pa.Table:
        """The recipes, or some of their columns, in memory."""
        return read_tables(self.recipe_files(version), RECIPE, columns)

    def check_there(self) -> None:
        """Raise ConfigError where nothing was ever written here."""
        if not storage.exists(self.corpus_json) and not storage.exists(self.run_file):
            raise ConfigError(f"{self.root}: no corpus here (neither corpus.json nor an unfinished run)")


def read_tables(files: Sequence[str], table: Table, columns: Sequence[str] | None = None) -> pa.Table:
    """Parquet files of one table, one after the other; empty, with the right columns, where there are none."""
    schema = table.schema()
    if columns is not None:
        schema = pa.schema([schema.field(column) for column in columns])
    parts = [read_table(file, schema.names).cast(schema) for file in files]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def read_table(location: str, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file, or some of its columns."""
    with storage.open_input(location) as file:
        return pq.ParquetFile(file).read(columns=list(columns) if columns is not None else None)


def column_names(location: str) -> list[str]:
    """The columns of a Parquet file, in order."""
    with storage.open_input(location) as file:
        return list(pq.ParquetFile(file).schema_arrow.names)


def iterate_tables(files: Sequence[str], columns: Sequence[str], rows: int = 8192) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Batches of rows of several Parquet files, each with the name of its file; memory holds one batch at a time."""
    for location in files:
        with storage.open_input(location) as file:
            for batch in pq.ParquetFile(file).iter_batches(batch_size=rows, columns=list(columns)):
                yield location, batch


def write_table(location: str, table: pa.Table) -> None:
    """Write one Parquet file, atomically and with the same bytes for the same table."""
    with storage.atomic_output(location) as file:
        pq.write_table(table, file, compression="zstd", row_group_size=65_536)


def read_json(location: str) -> Any:
    """A JSON file. Raises ConfigError where it is none."""
    try:
        return json.loads(storage.read_bytes(location))
    except (ValueError, OSError) as error:
        raise ConfigError(f"{location}: cannot be read as JSON ({error})") from error


def write_json(location: str, value: Any) -> None:
    """Write a JSON file, atomically, keys sorted."""
    storage.write_text(location, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def file_sha256(location: str) -> str:
    """Digest of a file's bytes, as hexadecimal digits."""
    digest = hashlib.sha256()
    with storage.open_input(location) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def digest_of(value: Any) -> str:
    """Digest of a JSON value, the same whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()  # as names of files are that are no UTF-8
