"""A recount of the further tables that the configuration asks for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import pyarrow as pa

from pipelines.verify.breach import Findings
from pipelines.verify.claims import Claims
from pipelines.verify.coverage import ALL, MEASURES, Recount, check_table
from pipelines.verify.pairs import SHARD_FILES, Pair
from pipelines.verify.tables import Reader
from schemas.dimensions import DIMENSIONS, snr_bands
from schemas.tables import COVERAGE, STRING, Column, Table

_MEASURED = [column for column in COVERAGE.columns if column.name in MEASURES]


class Crosstabs:
    """Counts the rows of every table, shard by shard.

    Args:
        claims: what the corpus says of itself.
        findings: where breaches go.
    """

    def __init__(self, claims: Claims, findings: Findings) -> None:
        self._edges_db = claims.config.coverage.snr_edges_db
        self._findings = findings
        self._recounts = {tuple(names): Recount(_keys(names)) for names in claims.config.coverage.tables}

    def add(self, pair: Pair) -> None:
        """Count a shard."""
        if not self._recounts:
            return
        columns = {name: pair.rows.column(name) for name in ("speaker_id", "duration", "origin")}
        for name in {name for names in self._recounts for name in names}:
            values = pair.rows.column(DIMENSIONS[name].column).to_pylist()
            columns[name] = pa.array([self._value(name, value) for value in values], pa.string())
        rows = pa.table(columns)
        for recount in self._recounts.values():
            recount.add(rows)

    def _value(self, name: str, value: str | float | None) -> str | None:
        if value is None:
            return None
        if name == "snr_band":
            return snr_bands(self._edges_db)[bisect_right(self._edges_db, float(value))]
        return f'"{ALL}"' if value == ALL else str(value)

    def finish(self, reader: Reader) -> None:
        """Hold the tables against the recount; nothing can be said where a shard could not be read."""
        if not reader.is_whole(SHARD_FILES):
            return
        for names, recount in self._recounts.items():
            keys = _keys(names)
            table = Table("by", "a combination", (*(Column(key, STRING, "") for key in keys), *_MEASURED))
            check_table(reader, f"coverage/by-{'-'.join(names)}.parquet", table, recount.levels(), self._findings)


def _keys(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, "origin")))
