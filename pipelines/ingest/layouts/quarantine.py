"""Quarantined records handed in again after they were corrected."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts import table as table_layout
from pipelines.ingest.reading.json_text import parse_line
from schemas.errors import ConfigError

RECORD_COLUMN = "record_json"


def columns(unit: Unit) -> None:
    """The records' columns are inside ``record_json``, so only its presence can be told beforehand."""
    found = table_layout.columns(unit)
    if found is not None and RECORD_COLUMN not in found:
        raise ConfigError(f"{unit.location}: has no column {RECORD_COLUMN!r}; layout 'quarantine' reads quarantine tables")


@layout("quarantine", columns=columns, is_partial=True)
def read(unit: Unit) -> Iterator[RawRecord]:
    """A quarantine table (Parquet, CSV or JSON Lines) whose record_json was corrected."""
    for row in table_layout.read(unit):
        if row.cells is None:
            yield row
            continue
        text = row.cells.get(RECORD_COLUMN)
        try:
            record, written = parse_line(text) if isinstance(text, str) else (None, "")
        except (ValueError, RecursionError) as error:
            yield RawRecord(row.row_number, None, str(text), ("malformed_row", f"{RECORD_COLUMN} holds no JSON: {error}"))
            continue
        if isinstance(record, dict):
            yield RawRecord(row.row_number, record, written)
        else:
            yield RawRecord(row.row_number, None, str(text), ("malformed_row", f"{RECORD_COLUMN} holds no JSON object"))
