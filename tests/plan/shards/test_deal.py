from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan.shards.deal import BlockSize, lay_out, shard_count, shards_of
from pipelines.plan.shards.recipes import Cell

blocks_drawn = st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=5), min_size=1, max_size=8)


def blocks_of(sizes: list[list[int]], seconds_a_row: float = 5.0) -> list[BlockSize]:
    return [
        BlockSize(
            "train", f"accent-{a}", tuple(Cell(f"c{c}", rows, 0) for c, rows in enumerate(cells)), seconds_a_row * sum(cells)
        )
        for a, cells in enumerate(sizes)
    ]


@given(blocks_drawn, st.floats(0.001, 5), st.randoms(use_true_random=False))
def test_any_two_shards_hold_the_same_of_every_cell_to_within_one(sizes, target_mb, random) -> None:
    blocks = blocks_of(sizes)
    layout = lay_out(blocks, target_mb, 16000)["train"]
    totals: Counter[int] = Counter()
    cells = [[Counter(dict.fromkeys(range(layout.shards), 0)) for _ in block.cells] for block in blocks]
    for a, block in enumerate(blocks):
        cell_of_row = [c for c, cell in enumerate(block.cells) for _ in range(cell.rows)]
        for row, shard in enumerate(shards_of(layout.starts[block.accent], block.rows, layout.shards)):
            totals[int(shard)] += 1
            cells[a][cell_of_row[row]][int(shard)] += 1
    for counts in [totals, *(counts for of_block in cells for counts in of_block)]:
        assert max(counts.values()) - min(counts.values()) <= 1
    assert min(totals.values()) >= 1
    random.shuffle(blocks)
    assert lay_out(blocks, target_mb, 16000)["train"] == layout


def test_shards_come_near_their_target_size() -> None:
    assert shard_count(2560e6, 100_000, 256) == 16
    assert shard_count(5121e6, 100_000, 256) == 21
    assert shard_count(10e6, 100, 256) == 1
    assert shard_count(100e6, 100, 256) == 6  # as many as still hold a row group, for the workers' sake
    assert shard_count(100e6, 3, 1) == 3  # and none is empty


def test_splits_are_laid_out_each_for_itself() -> None:
    blocks = blocks_of([[3, 4]]) + [block._replace(split="dev") for block in blocks_of([[2], [5]])]
    layouts = lay_out(blocks, 256, 16000)
    assert {split: (layout.rows, layout.cells, layout.seconds) for split, layout in layouts.items()} == {
        "train": (7, 2, 35.0),
        "dev": (7, 2, 35.0),
    }
    assert layouts["dev"].starts == {"accent-0": 0, "accent-1": 2}
