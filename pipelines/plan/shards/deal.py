"""Dealing the rows of a split into shards, so that any two shards hold the same of everything to within one row."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.plan.shards.recipes import Cell

FLAC_BYTES_PER_SAMPLE = 1.2
"""16-bit speech in FLAC takes about this much; with the row's other columns it is what shards are sized by."""

ROW_BYTES = 1200
SMALLEST_SHARD_BYTES = 16_000_000
PARALLEL_SHARDS = 16


class BlockSize(NamedTuple):
    """How much an accent has in a split."""

    split: str
    accent: str
    cells: tuple[Cell, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """Of all its cells."""
        return sum(cell.rows for cell in self.cells)


@dataclass(frozen=True)
class Layout:
    """How the rows of a split are cut into shards.

    The rows stand in a line, accent by accent and cell by cell, and row ``i`` of the line goes to shard ``i mod shards``: a
    cell is a run of the line, so its rows in any two shards differ by at most one, and so do the totals.

    Attributes:
        shards: how many.
        rows: of the whole split.
        cells: how many cells have rows.
        seconds: length of all audio.
        starts: where each accent starts in the line.
    """

    shards: int
    rows: int
    cells: int
    seconds: float
    starts: Mapping[str, int]


def estimated_bytes(seconds: float, rows: int, sample_rate: int) -> float:
    """How large rows of that much audio will be as a shard."""
    return seconds * sample_rate * FLAC_BYTES_PER_SAMPLE + rows * ROW_BYTES


def shard_count(estimated: float, rows: int, target_mb: float) -> int:
    """How many shards a split is cut into.

    As many as the target size asks for, but at least 16 where each would still hold a row group, because a shard is written by
    one worker. The number of workers plays no part, since any number of them must give the same files.

    Args:
        estimated: bytes of the whole split.
        rows: of the whole split; no shard is empty.
        target_mb: size to aim at, 10^6 bytes.
    """
    by_size = math.ceil(estimated / (target_mb * 1e6))
    for_workers = min(PARALLEL_SHARDS, int(estimated // SMALLEST_SHARD_BYTES))
    return max(1, min(rows, max(by_size, for_workers)))


def lay_out(sizes: Iterable[BlockSize], target_mb: float, sample_rate: int) -> dict[str, Layout]:
    """The layout of each split that has rows, from the sizes of all blocks in any order."""
    by_split: dict[str, list[BlockSize]] = defaultdict(list)
    for size in sorted(sizes):
        by_split[size.split].append(size)
    layouts = {}
    for split, blocks in by_split.items():
        starts, rows = {}, 0
        for block in blocks:
            starts[block.accent] = rows
            rows += block.rows
        seconds = math.fsum(block.seconds for block in blocks)
        shards = shard_count(estimated_bytes(seconds, rows, sample_rate), rows, target_mb)
        layouts[split] = Layout(shards, rows, sum(len(block.cells) for block in blocks), seconds, starts)
    return layouts


def shards_of(start: int, rows: int, shards: int) -> NDArray[np.int64]:
    """The shard of each of ``rows`` rows of a split's line, from the row ``start`` on."""
    return (start + np.arange(rows, dtype=np.int64)) % shards
