"""Dealt rows on their way to the recipes of their shards, a file a shard; and the recordings that no shard holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from pipelines.corpus import Corpus, write_table
from pipelines.plan.apportion import stable_hash
from pipelines.plan.by_accent import (
    runs,
)
from pipelines.plan.parcel import pack, unpack
from pipelines.plan.shards.deal import Layout, shards_of
from pipelines.plan.shards.recipes import Piece, draw_recipes
from pipelines.plan.splits.banks import Banks
from pipelines.plan.splits.talkers import RankedTalker, pools_of
from pipelines.settings import Settings
from schemas.tables import RECIPE

GROUP_ROWS = 20_000
"""Rows of the shards that are drawn and written together, or a little more: small tables cost much a row to move."""


def deal_rows(
    piece: Piece, layouts: Mapping[str, Layout], version: int, shares: Mapping[str, float] | None
) -> Iterator[tuple[tuple[str, int], bytes]]:
    """The piece's rows by group of shards, with the columns that depend on the whole split."""
    layout, table = layouts[piece.split], unpack(piece.rows)
    shard = shards_of(layout.starts[piece.accent] + piece.first, table.num_rows, layout.shards)
    made = {
        "version": pa.repeat(pa.scalar(version, pa.int64()), table.num_rows),
        "shard": pa.array(shard),
        "shards": pa.repeat(pa.scalar(layout.shards, pa.int64()), table.num_rows),
        "weight": _weights(piece, table, layout, shares),
    }
    for name, column in made.items():
        table = table.append_column(name, column)
    groups = max(1, layout.rows // GROUP_ROWS)
    for group, rows in runs(table, shard * groups // layout.shards):
        yield (piece.split, int(group)), pack(rows)


def _weights(piece: Piece, table: pa.Table, layout: Layout, shares: Mapping[str, float] | None) -> pa.Array:
    """The rows' weights, which average 1 over the split: each cell counts the same, or each person as the reference asks."""
    if shares is None:
        of_cell = {cell.condition: layout.rows / (layout.cells * cell.rows) for cell in piece.cells}
        return pa.array([of_cell[condition] for condition in table.column("condition").to_pylist()], pa.float32())
    return pa.array([layout.rows * shares[speaker] for speaker in table.column("speaker_id").to_pylist()], pa.float32())


def write_recipes(
    element: tuple[tuple[str, int], Iterable[bytes]],
    settings: Settings,
    output: Corpus,
    banks: Banks,
    talkers: Mapping[str, Sequence[RankedTalker]],
) -> None:
    """Draw the rows of a few shards, and write a file for each."""
    together = pa.concat_tables(map(unpack, element[1]))
    pools = pools_of(talkers, settings.config)
    for shard, rows in runs(together, together.column("shard").to_numpy()):
        keyed = sorted((stable_hash("row", each), each, index) for index, each in enumerate(rows.column("id").to_pylist()))
        in_order = rows.take(pa.array([index for *_, index in keyed], pa.int64()))
        split, version = (in_order.column(name)[0].as_py() for name in ("split", "version"))
        location = output.path("plan", "recipes", f"part-v{version:03d}-{split}-{shard:05d}.parquet")
        write_table(location, draw_recipes(in_order, settings.config, banks, pools).cast(RECIPE.schema()))


def write_left_out(element: tuple[int, Iterable[bytes]], output: Corpus) -> dict[str, int]:
    """Write a part of the list; returns how many rows it has by reason."""
    part, parcels = element
    table = pa.concat_tables(map(unpack, parcels)).sort_by("recording_id")
    write_table(output.path("plan", "left-out", f"part-{part:05d}.parquet"), table)
    return Counter(table.column("reason").to_pylist())
