"""Writing one shard, row group by row group, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import storage
from schemas.tables import SHARD, shard_schema

ROW_GROUP_BYTES = 24 << 20
"""Between the 16 and 32 MB at which reading one row and reading all of them are both quick."""

_PATHS = {
    column.name: f"{column.name}.list.element" if pa.types.is_list(column.type) else column.name
    for column in SHARD.columns
    if column.name != "audio"
}
"""What Parquet calls the columns beside the audio's."""

_DICTIONARY = [path for name, path in _PATHS.items() if name not in ("id", "text", "duration", "audio_sha256", "recipe")]
_COMPRESSION = {
    "audio.bytes": "NONE",  # FLAC does not get smaller, and compressed pages of it read four times slower
    "audio.path": "NONE",
    **dict.fromkeys(_PATHS.values(), "ZSTD"),
}


class Written(NamedTuple):
    """A shard that is in its place."""

    location: str
    rows: int
    bytes: int


def write_shard(location: str, rows: Iterable[Mapping[str, Any]], sample_rate: int) -> Written:
    """Write a shard.

    Memory holds one row group at a time. The file appears under its name when it is whole.

    Args:
        location: where.
        rows: with the columns of :data:`schemas.tables.SHARD`.
        sample_rate: of the audio, Hz.
    """
    schema = shard_schema(sample_rate)
    with storage.atomic_output(location) as file, _writer(file, schema) as writer:
        for group in _row_groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))
    return describe_shard(location)


def describe_shard(location: str) -> Written:
    """How much a finished shard holds."""
    with storage.open_input(location) as file:
        rows = pq.ParquetFile(file).metadata.num_rows
    return Written(location, rows, storage.size(location))


def _writer(file: IO[bytes], schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        file, schema, compression=_COMPRESSION, use_dictionary=_DICTIONARY, write_page_index=True, store_schema=True
    )


def _row_groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    held = 0
    for row in rows:
        group.append(row)
        held += len(row["audio"]["bytes"])
        if held >= ROW_GROUP_BYTES:
            yield group
            group, held = [], 0
    if group:
        yield group
