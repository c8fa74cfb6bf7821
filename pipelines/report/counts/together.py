"""Which values of two fields rows have together, and of how few people: what follows where tables are subtracted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.report.counts.dimensions import MARKED, columns_of, marked
from schemas.dimensions import NOT_GIVEN

Pairs = Mapping[tuple[str, str], int]
"""The speakers of each pair of values that has rows, counted as far as it matters."""


def shown_value(value: str | None) -> str:
    """A value as tables show it."""
    return NOT_GIVEN if value is None else f'"{value}"' if value == NOT_GIVEN else value


def values_together(batches: Iterable[pa.Table], fields: Sequence[str], most: int) -> dict[tuple[str, str], Pairs]:
    """For every two fields, earlier one first, the pairs of their values that have rows.

    Memory grows with the pairs, not with the rows: of no pair more than ``most`` speakers are held.

    Args:
        batches: shard rows, with :func:`columns_together`.
        fields: which.
        most: speakers up to which those of a pair are counted.
    """
    found: dict[tuple[str, str], dict[tuple[str, str], set[str]]] = {each: {} for each in combinations(fields, 2)}
    for batch in batches:
        columns = {field: marked(batch, field) if field in MARKED else batch[field] for field in fields}
        rows = pa.table({**columns, "speaker_id": batch["speaker_id"]}).group_by([*fields, "speaker_id"]).aggregate([])
        speakers = rows["speaker_id"].to_pylist()
        codes = {field: _coded(rows[field]) for field in fields}
        for (one, other), pairs in found.items():
            (ones, first), (others, second) = codes[one], codes[other]
            place = first * len(others) + second
            named = {each: (ones[each // len(others)], others[each % len(others)]) for each in np.unique(place).tolist()}
            wanted = [each for each, pair in named.items() if len(pairs.setdefault(pair, set())) < most]
            for row in np.flatnonzero(np.isin(place, wanted)).tolist():
                held = pairs[named[int(place[row])]]
                if len(held) < most:
                    held.add(speakers[row])
    return {each: {pair: len(held) for pair, held in pairs.items()} for each, pairs in found.items()}


def _coded(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different values as tables show them, and each row's place among them."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return list(map(shown_value, encoded.dictionary.to_pylist())), encoded.indices.to_numpy().astype(np.int64)


def columns_together(fields: Sequence[str]) -> list[str]:
    """The shards' columns that :func:`values_together` needs."""
    return [*columns_of(fields), "speaker_id"]
