"""What planning an accent needs, read part by part and parted by accent, packed for the way to where the accent is planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import read_table
from pipelines.plan.growth.carried import in_present_condition
from pipelines.plan.growth.earlier import EARLIER_COLUMNS, WRITTEN_COLUMNS
from pipelines.plan.growth.moved import as_written, without_moved
from pipelines.plan.parcel import pack, unpack
from schemas.tables import MANIFEST, RECIPE

MANIFEST_KEY, EARLIER_KEY, CARRIED_KEY, LEFT_KEY = "manifest", "earlier", "carried", "left"

_WRITTEN = [name for name in RECIPE.names if name in MANIFEST.names]
MANIFEST_COLUMNS = list(dict.fromkeys(["recording_id", "snr_db", "bandwidth_hz", *_WRITTEN, *WRITTEN_COLUMNS]))
"""What planning an accent needs of the manifest; more would only be carried about."""


PackedAccent = tuple[str, Iterable[tuple[str, bytes | None]]]
"""An accent and its tables, packed."""


def manifest_by_accent(part: str, moved: Sequence[pa.Table]) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """A part of the manifest by accent; ``moved`` are recordings that were written under another one."""
    yield from _by_accent(MANIFEST_KEY, as_written(read_table(part, MANIFEST_COLUMNS), moved))


def earlier_by_accent(part: str) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Recipes that an earlier version wrote, by accent."""
    yield from _by_accent(EARLIER_KEY, read_table(part, EARLIER_COLUMNS))


def carried_by_accent(part: str, moved: Sequence[pa.Table]) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Recipes that are to be written again, by accent; ``moved`` recordings are planned anew instead."""
    yield from _by_accent(CARRIED_KEY, without_moved(read_table(part, RECIPE.names), moved))


def _by_accent(key: str, table: pa.Table) -> Iterator[tuple[str, tuple[str, bytes]]]:
    for accent, rows in runs(table, table.column("accent").to_numpy()):
        yield accent, (key, pack(rows))


def runs(table: pa.Table, keys: Any) -> Iterator[tuple[Any, pa.Table]]:
    """The rows of each key, given a key for every row, in the table's order."""
    known, codes = np.unique(keys, return_inverse=True)
    in_order = table.take(pa.array(np.argsort(codes, kind="stable")))
    counts = np.bincount(codes, minlength=len(known))
    for key, count, end in zip(known.tolist(), counts, np.cumsum(counts), strict=True):
        yield key, in_order.slice(end - count, count)


class OfAccent:
    """The tables of an accent.

    Attributes:
        manifest: its recordings.
        carried: recipes of earlier versions that the present one carries on.
        earlier: recipes that earlier versions wrote.
        is_sealed: of each recording, whether its sentence belongs to another split.
        free: the recordings of which that is not so.
    """

    def __init__(self, tables: Iterable[tuple[str, bytes | None]]) -> None:
        parts: dict[str, list[pa.Table]] = {
            MANIFEST_KEY: [MANIFEST.schema().empty_table().select(MANIFEST_COLUMNS)],
            EARLIER_KEY: [RECIPE.schema().empty_table().select(EARLIER_COLUMNS)],
            CARRIED_KEY: [RECIPE.schema().empty_table()],
            LEFT_KEY: [MANIFEST.schema().empty_table().select(["recording_id"])],
        }
        for key, parcel in tables:
            if parcel is not None:
                parts[key].append(unpack(parcel))
        # Beam hands the parts over in any order; a line of rows that is always the same makes everything after it so.
        self.manifest = pa.concat_tables(parts[MANIFEST_KEY]).sort_by("recording_id")
        self.carried = in_present_condition(pa.concat_tables(parts[CARRIED_KEY]).sort_by("id"), self.manifest)
        self.earlier = pa.concat_tables([*parts[EARLIER_KEY], self.carried.select(EARLIER_COLUMNS)]).sort_by("id")
        sealed = pa.concat_tables(parts[LEFT_KEY]).column("recording_id").combine_chunks()
        self.is_sealed = pc.is_in(self.manifest.column("recording_id"), sealed)
        self.free = self.manifest.filter(pc.invert(self.is_sealed)) if len(sealed) else self.manifest
