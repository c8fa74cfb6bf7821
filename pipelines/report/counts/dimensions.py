"""The dimensions of shard rows as columns: what rows are counted by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.report.counts.count import ALL, ORIGINS, UNTARGETED_ACCENTS, UNTARGETED_CONDITIONS, count_by
from schemas.dimensions import DIMENSIONS, snr_bands
from schemas.provenance import IMPUTED, PROVENANCE_FIELDS
from schemas.splits import SPLITS

Order = Mapping[str, tuple[Sequence[str], Sequence[str]]]
"""By dimension, the values that come first and those that come last; others stand between them by name."""

QUOTED_ALL = f'"{ALL}"'
"""A value that is ``*`` itself, which in the tables stands for all."""

MARKED = tuple(field for field in PROVENANCE_FIELDS if field != "accent")
"""Fields whose imputed values are counted apart; an accent is one row of the matrix, so there the report says so beside it."""


def columns_of(names: Iterable[str]) -> list[str]:
    """The shards' columns that dimensions are read from, each once."""
    names = list(names)
    beside = (f"{name}_provenance" for name in names if name in MARKED)
    return list(dict.fromkeys([*(DIMENSIONS[name].column for name in names), *beside]))


def marked(table: pa.Table, field: str) -> pa.ChunkedArray:
    """What is given in a field of :data:`MARKED`, with a mark where it is imputed.

    Args:
        table: with the field and its provenance.
        field: which.
    """
    is_imputed = pc.fill_null(pc.equal(table[f"{field}_provenance"], IMPUTED), False)
    return pc.if_else(is_imputed, pc.binary_join_element_wise(table[field], "(imputed)", " "), table[field])


def dimension(table: pa.Table, name: str, edges_db: Sequence[float]) -> pa.ChunkedArray:
    """A dimension's values, as text; null where a row has none.

    Args:
        table: with the column it is read from.
        name: of the dimension.
        edges_db: of the SNR bands, dB.
    """
    column = marked(table, name) if name in MARKED else table[DIMENSIONS[name].column]
    if name == "snr_band":
        bands = snr_bands(edges_db)
        # The drawn SNR as it stands in the row: an SNR on an edge belongs to the band above it.
        place = np.searchsorted(np.asarray(edges_db), pc.fill_null(column, 0.0).to_numpy(), side="right")
        banded = pa.DictionaryArray.from_arrays(pa.array(place, pa.int32()), pa.array(bands)).cast(pa.string())
        return pc.if_else(pc.is_valid(column), pa.chunked_array([banded]), pa.scalar(None, pa.string()))
    return pc.if_else(pc.fill_null(pc.equal(column, ALL), False), pa.scalar(QUOTED_ALL), column)


def count_dimensions(table: pa.Table, names: Sequence[str], edges_db: Sequence[float]) -> pa.Table:
    """Rows and samples by the dimensions and the origin, the speaker and the sampling rate; see :func:`count_by`.

    Args:
        table: shard rows, with the dimensions' columns, and speaker, length and origin.
        names: of the dimensions.
        edges_db: of the SNR bands, dB.
    """
    keys = [f"dimension {place}" for place in range(len(names))]  # by number, for one of them may be the origin
    made = {key: dimension(table, name, edges_db) for key, name in zip(keys, names, strict=True)}
    made |= {name: table[name] for name in ("origin", "speaker_id", "duration", "sampling_rate")}
    return count_by(pa.table(made), [*keys, "origin"])


def order_of(names: Sequence[str], accents: Sequence[str], conditions: Sequence[str], edges_db: Sequence[float]) -> Order:
    """What is known of the dimensions' values.

    Args:
        names: of the dimensions.
        accents: every code of the taxonomy, in its order.
        conditions: every configured condition, in its order.
        edges_db: of the SNR bands, dB.
    """
    known: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "accent": (accents, UNTARGETED_ACCENTS),
        "condition": (conditions, UNTARGETED_CONDITIONS),
        "split": (SPLITS, ()),
        "origin": (ORIGINS, ()),
        "snr_band": (snr_bands(edges_db), ()),
    }
    return {name: known.get(name, ((), ())) for name in names}


ALWAYS_THERE = ("accent", "condition")
"""Dimensions whose first values stand in every table, though no row has them: what is missing has to be seen."""


def in_order(values: Iterable[str | None], first: Sequence[str], last: Sequence[str]) -> list[str | None]:
    """The values: the first ones as given, others by name, then the last ones and what is not given."""
    place = {value: index for index, value in enumerate(first)}
    return sorted(set(values), key=lambda value: (value is None, value in last, place.get(value or "", len(place)), value or ""))
