"""The recordings that no shard holds as they are, each with the reason: accepted = recorded rows + these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.plan.shards.recipes import Block
from schemas.tables import LEFT_OUT


def list_left_out(
    recordings: Mapping[str, pa.Table], blocks: Iterable[Block], earlier: pa.Table, splits: Mapping[str, str]
) -> pa.Table:
    """List what is not written; see :data:`schemas.tables.LEFT_OUT`.

    Args:
        recordings: of one accent, with ``recording_id`` and ``speaker_id``, by the reason for which one of them is not written.
        blocks: what is planned for the accent.
        earlier: recipes that earlier versions wrote of it.
        splits: split by speaker.
    """
    schema = LEFT_OUT.schema()
    before = earlier.filter(pc.field("origin") == "recorded").column("id").to_pylist()
    now = [each.id for block in blocks for each in block.utterances if each.use is None]
    written = pa.array([*before, *now], pa.string())
    parts = [schema.empty_table()]
    for reason, table in recordings.items():
        left = table.filter(pc.invert(pc.is_in(table.column("recording_id"), written)))
        columns = [
            left.column("recording_id"),
            pa.array([splits[speaker] for speaker in left.column("speaker_id").to_pylist()], pa.string()),
            pa.repeat(pa.scalar(reason, pa.string()), left.num_rows),
        ]
        parts.append(pa.table(columns, schema=schema))
    return pa.concat_tables(parts)
