"""Counting shards by any dimensions when somebody asks, in one process and bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import storage
from pipelines.corpus import iterate_tables
from pipelines.report.counts.count import ALL, Cell, Tallies, add_tallies, as_table
from pipelines.report.counts.crosstab import Crosstab, make_crosstab
from pipelines.report.counts.dimensions import Order, columns_of, count_dimensions

ROWS_AT_ONCE = 2_000_000
"""Of so many rows the cells of each speaker are held at once; where there are more, shards are read again for other speakers."""

BATCH_ROWS = 65_536
PARTS_AT_ONCE = 32


def count_files(
    files: Sequence[str],
    names: Sequence[str],
    order: Order,
    edges_db: Sequence[float],
    origin: str | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Crosstab:
    """Count the rows of shards.

    Only the columns that are needed are read. Speakers are dealt by a digest into as many turns as the number of rows asks for;
    each turn counts its own speakers' cells, so the counts of the turns add up, and no turn holds more than its part.

    Args:
        files: locations of the shards.
        names: of the dimensions.
        order: of their values.
        edges_db: of the SNR bands, dB.
        origin: only these rows; by default all.
        rows_at_once: how many rows' speakers one turn may hold.
    """
    turns = max(1, -(-sum(map(_rows_of, files)) // rows_at_once))
    tallies: Tallies = {}
    distinct: dict[Cell, int] = {}
    for turn in range(turns):
        held = _together(_of_turn(table, turn, turns) for table in _counted(files, names, edges_db, origin))
        keys = held.column_names[: len(names) + 1]
        for *cell, rate, utterances, samples in _values(_summed(held, [*keys, "sampling_rate"])):
            key = tuple(cell), rate
            tallies[key] = add_tallies([(utterances, samples), tallies.get(key, (0, 0))])
        for kept in product((True, False), repeat=len(keys)):
            of_level = [key for key, keep in zip(keys, kept, strict=True) if keep]
            people = held.group_by([*of_level, "speaker_id"]).aggregate([])
            for *cell, count in _values(people.group_by(of_level).aggregate([([], "count_all")])):
                given = iter(cell)
                level = tuple(next(given) if keep else ALL for keep in kept)
                distinct[level] = distinct.get(level, 0) + count
    return make_crosstab(names, tallies, distinct, order)


def _rows_of(file: str) -> int:
    with storage.open_input(file) as opened:
        return int(pq.ParquetFile(opened).metadata.num_rows)


def _together(parts: Iterable[pa.Table]) -> pa.Table:
    """Counted rows put together; the parts are joined as they come, so that no more is held than there are different rows."""
    held: list[pa.Table] = []
    for part in parts:
        held.append(part)
        if len(held) >= PARTS_AT_ONCE:
            held = [_summed(pa.concat_tables(held), part.column_names[:-2])]
    whole = pa.concat_tables(held)
    return _summed(whole, whole.column_names[:-2])


def _summed(counted: pa.Table, by: list[str]) -> pa.Table:
    sums = counted.group_by(by).aggregate([("utterances", "sum"), ("samples", "sum")])
    return sums.select([*by, "utterances_sum", "samples_sum"]).rename_columns([*by, "utterances", "samples"])


def _values(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _counted(files: Sequence[str], names: Sequence[str], edges_db: Sequence[float], origin: str | None) -> Iterator[pa.Table]:
    columns = list(dict.fromkeys([*columns_of(names), "speaker_id", "duration", "sampling_rate", "origin"]))
    for _, batch in iterate_tables(files, columns, BATCH_ROWS):
        table = as_table(batch)
        yield count_dimensions(table if origin is None else table.filter(pc.equal(table["origin"], origin)), names, edges_db)


def _of_turn(counted: pa.Table, turn: int, turns: int) -> pa.Table:
    if turns == 1:
        return counted
    speakers = counted["speaker_id"].combine_chunks().dictionary_encode()
    digests = [hashlib.blake2b(str(each).encode(), digest_size=4).digest() for each in speakers.dictionary.to_pylist()]
    turn_of = np.array([int.from_bytes(digest, "big") % turns for digest in digests])
    return counted.filter(pa.array(turn_of[speakers.indices.to_numpy()] == turn))
