"""Reading shards for export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.export.source import rows_of
from schemas.tables import SHARD, shard_schema
from tests.export.corpora import row

MEGABYTE = 1 << 20


def test_memory_holds_a_row_group_and_not_the_shard(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).bytes(MEGABYTE)
    rows = [row(f"r{number}", audio={"bytes": noise, "path": "x.flac"}) for number in range(4)]
    group = pa.Table.from_pylist(rows, schema=shard_schema(16000))
    with pq.ParquetWriter(tmp_path / "shard.parquet", group.schema, compression="NONE") as writer:
        for _ in range(16):
            writer.write_table(group)
    del rows, group
    before = pa.total_allocated_bytes()
    held = []
    with (tmp_path / "shard.parquet").open("rb") as file:
        held = [pa.total_allocated_bytes() - before for _ in rows_of(file, "shard.parquet")]
    assert len(held) == 64
    assert max(held) < 16 * MEGABYTE


def test_a_column_that_an_older_shard_lacks_is_null(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([row("r")], schema=shard_schema(16000)).drop_columns(["pair_id"])
    pq.write_table(table, tmp_path / "shard.parquet")
    with (tmp_path / "shard.parquet").open("rb") as file:
        (found,) = rows_of(file, "shard.parquet")
    assert found["pair_id"] is None
    assert list(found) == SHARD.names
