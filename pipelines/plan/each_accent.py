"""Planning one accent after the other, on Beam's workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow.compute as pc

from pipelines.plan.accent import plan_accent, try_accent
from pipelines.plan.apportion import stable_hash
from pipelines.plan.by_accent import (
    OfAccent,
    PackedAccent,
)
from pipelines.plan.context import PlanContext
from pipelines.plan.growth.carried import lines_of
from pipelines.plan.parcel import pack
from pipelines.plan.shards.deal import BlockSize
from pipelines.plan.shards.left_out import list_left_out
from pipelines.plan.shards.recipes import Piece
from pipelines.plan.splits.banks import Banks
from pipelines.plan.splits.talkers import pools_of
from pipelines.plan.targets.goals import Allotted, Room
from pipelines.settings import Settings

SIZES, GAPS, PRESENT, LEFT = "sizes", "gaps", "present", "left"
"""What comes out beside the rows: how many there are, what is missing, where the accent stands, and what no shard holds."""

_LEFT_OUT_PARTS = 16


class _OnAccents(beam.DoFn):
    """Does something with one accent after the other."""

    def __init__(self, settings: Settings, banks: Banks, retired: frozenset[str]) -> None:
        self._retired = retired
        self._settings = settings
        self._banks = banks

    def _context(self, shared: Sequence[Any], allotted: Mapping[tuple[str, str], Allotted]) -> PlanContext:
        splits, talkers, taken, combined, totals = shared
        config = self._settings.config
        pools = pools_of(talkers, config)
        return PlanContext(config, splits, self._banks, pools, self._retired.union(taken), combined, totals, allotted)


class TryAccent(_OnAccents):
    """Tells how much each accent could hold in the conditions that have targets over all accents."""

    def process(self, element: PackedAccent, *shared: Any) -> Iterator[Room]:
        accent, tables = element
        of_accent = OfAccent(tables)
        yield from try_accent(accent, of_accent.free, of_accent.earlier, self._context(shared, {}))


class PlanAccent(_OnAccents):
    """Plans one accent after the other."""

    def process(self, element: PackedAccent, *shared: Any) -> Iterator[Any]:
        accent, tables = element
        of_accent, context = OfAccent(tables), self._context(shared[:-1], shared[-1])
        manifest, carried, earlier, free = of_accent.manifest, of_accent.carried, of_accent.earlier, of_accent.free
        config, splits = context.config, context.splits
        blocks, gaps = plan_accent(accent, free, earlier, context)
        lines = list(lines_of(blocks, accent, carried, free, config))
        for line in lines:
            yield beam.pvalue.TaggedOutput(SIZES, BlockSize(line.split, line.accent, line.cells, line.seconds))
            first = 0
            for rows in line.pieces:
                yield Piece(line.split, line.accent, line.cells, first, pack(rows))
                first += rows.num_rows
        left = list_left_out({"transcript": manifest.filter(of_accent.is_sealed), "surplus": free}, blocks, earlier, splits)
        if left.num_rows:
            yield beam.pvalue.TaggedOutput(LEFT, (stable_hash("left out", accent) % _LEFT_OUT_PARTS, pack(left)))
        present = {line.split for line in lines} | set(pc.unique(earlier.column("split")).to_pylist())
        yield beam.pvalue.TaggedOutput(PRESENT, (accent, tuple(sorted(present))))
        for gap in gaps:
            yield beam.pvalue.TaggedOutput(GAPS, gap)
