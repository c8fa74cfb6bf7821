"""Dealing the rows of a split into shards, so that any two shards hold the same of everything to within one row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

FLAC_BYTES_PER_SAMPLE = 1.2
"""16-bit speech in FLAC takes about this much; with the row's other columns it is what shards are sized by."""

ROW_BYTES = 1200
SMALLEST_SHARD_BYTES = 16_000_000
PARALLEL_SHARDS = 16

Cell = tuple[str, str]


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


def cell_offsets(counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """Where each cell starts when a split's rows are laid out cell by cell.

    Row ``i`` of that line goes to shard ``i mod n``: a cell is a run of the line, so its rows in any two shards differ by at
    most one, and so do the totals.
    """
    offsets, position = {}, 0
    for cell in sorted(counts):
        offsets[cell] = position
        position += counts[cell]
    return offsets


def deal(offset: int, rows: int, shards: int) -> Sequence[int]:
    """The shard of each row of a cell that starts at ``offset``."""
    return [(offset + index) % shards for index in range(rows)]
