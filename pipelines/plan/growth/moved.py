"""Recordings that were written before anybody knew their accent's words.

`accents.yaml` may come to know words that it did not know. A recording that an earlier version wrote as `unmapped` or
`undeclared` stays so, as it stays in the condition it was written in; what is new has the new code. A recording that was written
under a code may not get another one: its rows, and simulations from it, would say something else than the corpus does.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import read_table
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.errors import ConfigError

_BUCKETS = 16
_SCHEMA = pa.schema([("recording_id", pa.string()), ("accent", pa.string())])
_NOW, _BEFORE = "now", "before"


class FindMoved(beam.PTransform):
    """From the manifest's parts to tables with ``recording_id`` and the ``accent`` it was written under, where that is another.

    Args:
        written: files of recipes that were written.
    """

    def __init__(self, written: Sequence[str]) -> None:
        super().__init__()
        self._written = list(written)

    def expand(self, parts: Any) -> Any:
        before = parts.pipeline | "written" >> beam.Create(self._written)
        if not self._written:
            return before  # and nothing has to be moved about
        return (
            (
                parts | "accents now" >> beam.FlatMap(_accents, _NOW, "recording_id"),
                before | "accents before" >> beam.FlatMap(_accents, _BEFORE, "source_id"),
            )
            | "accents now and before" >> beam.Flatten()
            | "per bucket of recordings" >> beam.GroupByKey()
            | "moved" >> beam.FlatMap(_moved)
        )


def as_written(rows: pa.Table, moved: Sequence[pa.Table]) -> pa.Table:
    """Rows of the manifest with the accents they were written under."""
    if not moved:
        return rows
    table = pa.concat_tables(moved)
    at = pc.index_in(rows.column("recording_id"), table.column("recording_id").combine_chunks())
    accent = pc.coalesce(table.column("accent").take(at), rows.column("accent"))
    return rows.set_column(rows.schema.get_field_index("accent"), "accent", accent)


def without_moved(rows: pa.Table, moved: Sequence[pa.Table]) -> pa.Table:
    """Recipes without those of recordings that have another accent by now; a new version writes these under it."""
    ids = [table.column("recording_id").combine_chunks() for table in moved]
    return rows.filter(pc.invert(pc.is_in(rows.column("source_id"), pa.concat_arrays(ids)))) if ids else rows


def describe_moved(moved: Sequence[pa.Table]) -> list[str]:
    """What the report should say of them."""
    count = sum(table.num_rows for table in moved)
    told = "recordings were written without a known accent by an earlier version and stay so, though accents.yaml knows it by now"
    return [f"{count:,} {told}"] if count else []


def _accents(part: str, when: str, key: str) -> Iterator[tuple[int, tuple[str, pa.Table]]]:
    table = read_table(part, [key, "accent"]).group_by([key, "accent"]).aggregate([]).rename_columns(_SCHEMA.names)
    buckets = pa.array([zlib.crc32(each.encode()) % _BUCKETS for each in table.column("recording_id").to_pylist()], pa.int64())
    for bucket in pc.unique(buckets).to_pylist():
        yield bucket, (when, table.filter(pc.equal(buckets, bucket)))


def _moved(element: tuple[int, Iterable[tuple[str, pa.Table]]]) -> Iterator[pa.Table]:
    parts: dict[str, list[pa.Table]] = {_NOW: [_SCHEMA.empty_table()], _BEFORE: [_SCHEMA.empty_table()]}
    for when, table in element[1]:
        parts[when].append(table)
    now = pa.concat_tables(parts[_NOW])
    before = pa.concat_tables(parts[_BEFORE]).group_by(_SCHEMA.names).aggregate([]).sort_by("recording_id")
    accent = now.column("accent").take(pc.index_in(before.column("recording_id"), now.column("recording_id").combine_chunks()))
    moved = before.append_column("now", accent).filter(pc.fill_null(pc.not_equal(before.column("accent"), accent), False))
    known = moved.filter(pc.invert(pc.is_in(moved.column("accent"), pa.array([UNDECLARED, UNMAPPED]))))
    if known.num_rows:
        first = known.slice(0, 1).to_pylist()[0]
        raise ConfigError(
            f"recording {first['recording_id']!r} stands in the shards of an earlier version with accent {first['accent']}, and "
            f"has accent {first['now']} now: leave its words under {first['accent']}, or choose another --output"
        )
    if moved.num_rows:
        yield moved.select(_SCHEMA.names)
