"""Rows of removed shards that a new version writes again, as they were drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.plan.apportion import stable_hash
from pipelines.plan.shards.recipes import PIECE_ROWS, PLANNED, Block, Cell, planned_rows
from schemas.config import CorpusConfig
from schemas.tables import RECIPE


def in_present_condition(carried: pa.Table, manifest: pa.Table) -> pa.Table:
    """The rows with recorded ones in the condition that their recording is in by now: it is a new version that writes them.

    Args:
        carried: recipes of one accent.
        manifest: the accent's rows, with ``recording_id`` and ``condition``.
    """
    at = pc.index_in(carried.column("source_id"), manifest.column("recording_id"))
    now = manifest.column("condition").take(at)
    is_recorded = pc.equal(carried.column("origin"), "recorded")
    condition = pc.if_else(pc.and_(is_recorded, pc.is_valid(now)), now, carried.column("condition"))
    return carried.set_column(carried.schema.get_field_index("condition"), RECIPE.schema().field("condition"), condition)


class Line(NamedTuple):
    """What is written of one accent in one split, new and carried, in the order in which it is dealt.

    Attributes:
        cells: one a condition, in order.
        seconds: length of all its audio.
        pieces: tables of :data:`pipelines.plan.shards.recipes.PLANNED`.
    """

    split: str
    accent: str
    cells: tuple[Cell, ...]
    seconds: float
    pieces: Iterable[pa.Table]


def lines_of(blocks: Sequence[Block], accent: str, carried: pa.Table, manifest: pa.Table, config: CorpusConfig) -> Iterator[Line]:
    """The blocks of an accent with the carried rows among theirs, split by split.

    Args:
        blocks: what is planned anew.
        accent: its code.
        carried: recipes to write again.
        manifest: that the blocks' recordings point into.
        config: of the corpus.
    """
    by_split = {block.split: block for block in blocks}
    for split in sorted(by_split.keys() | set(pc.unique(carried.column("split")).to_pylist())):
        block = by_split.get(split)
        planned = iter(()) if block is None else planned_rows(block, manifest, config)
        again = carried.filter(pc.equal(carried.column("split"), split))
        if block is not None and not again.num_rows:
            yield Line(split, accent, block.cells, block.seconds, planned)
            continue
        table = _ordered(pa.concat_tables([*planned, _as_planned(again)]), config.seed)
        pieces = [table.slice(start, PIECE_ROWS) for start in range(0, table.num_rows, PIECE_ROWS)]
        yield Line(split, accent, _cells(table), math.fsum(table.column("duration_s").to_pylist()), pieces)


def _as_planned(carried: pa.Table) -> pa.Table:
    """Recipes as rows that are not dealt yet and need no drawing."""
    given = {"drawn_before": carried.column("asked")}
    columns = [
        given[field.name]
        if field.name in given
        else carried.column(field.name)
        if field.name in carried.column_names
        else pa.nulls(carried.num_rows, field.type)
        for field in PLANNED
    ]
    return pa.table(columns, schema=PLANNED)


def _ordered(table: pa.Table, seed: int) -> pa.Table:
    """Cell by cell, each in the order of a hash."""
    columns = zip(table.column("condition").to_pylist(), table.column("id").to_pylist(), strict=True)
    keyed = sorted((condition, stable_hash(seed, "order", key), key, index) for index, (condition, key) in enumerate(columns))
    return table.take(pa.array([index for *_, index in keyed], pa.int64()))


def _cells(table: pa.Table) -> tuple[Cell, ...]:
    counts = Counter(zip(table.column("condition").to_pylist(), table.column("origin").to_pylist(), strict=True))
    conditions = sorted({condition for condition, _ in counts})
    return tuple(Cell(name, counts[name, "recorded"], counts[name, "simulated"]) for name in conditions)
