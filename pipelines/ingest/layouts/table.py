"""The plain table: CSV, TSV, JSON Lines or Parquet, one record a row, columns named in the configuration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.reading.delimited import split_records
from pipelines.ingest.reading.json_text import parse_line
from pipelines.ingest.reading.lines import is_unicode, show_damage, text_lines
from schemas.config import SourceConfig
from schemas.errors import ConfigError

PARQUET_ROWS = 8192
_DELIMITERS = (",", "\t", ";", "|")


def columns(unit: Unit) -> list[str] | None:
    """The columns of a table; None for JSON Lines, whose rows may differ."""
    location, kind = unit.location, _kind(unit.location)
    if kind == "parquet":
        with open_parquet(location) as file:
            return [str(name) for name in file.schema_arrow.names]
    with text_lines(location) as lines:
        if kind == "delimited":
            return _header(location, lines, unit.config)[0]
        first = next(lines, "").strip()
        if first == "[" or first.startswith("[{"):
            raise ConfigError(f"{location}:1: holds one JSON array; expected JSON Lines, one object a line")
        return None


@layout("table", columns=columns)
def read(unit: Unit) -> Iterator[RawRecord]:
    """CSV, TSV, JSON Lines or Parquet, also gzipped, with any column names."""
    kind = _kind(unit.location)
    if kind == "parquet":
        return _read_parquet(unit.location)
    if kind == "jsonl":
        return _read_json_lines(unit.location, unit.text_columns)
    return _read_delimited(unit.location, unit.config)


def _kind(location: str) -> str:
    name = storage.name(location).lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return "jsonl"
    return "delimited"


def _header(location: str, lines: Iterator[str], source: SourceConfig) -> tuple[list[str], str]:
    """The columns' names, and the delimiter between them."""
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise ConfigError(f"{location}:1: the file is empty; expected a header with the names of the columns")
    delimiter = source.delimiter or _guess_delimiter(location, first, source)
    cells, text, problem = next(split_records(itertools.chain([first], lines), delimiter, quoting=bool(source.quoting)))
    if not is_unicode(text) or "\0" in text:
        raise ConfigError(f"{location}:1: the header is no UTF-8 text; is it a table?")
    if cells is None:
        raise ConfigError(f"{location}:1: the header cannot be read: {problem}")
    names = _names(cells)
    _check_names(f"{location}:1", names)
    return names, delimiter


def _check_names(place: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{place}: two columns are named {name!r}")


def _guess_delimiter(location: str, first: str, source: SourceConfig) -> str:
    """The delimiter usual for the file's name, unless another one alone yields the columns that the configuration maps.

    Where it maps none yet, it is the usual one unless only another parts the header.
    """
    is_tsv = storage.name(location).lower().removesuffix(".gz").endswith((".tsv", ".tab"))
    usual = "\t" if is_tsv else ","
    wanted = set(source.columns.values())
    for delimiter in (usual, *_DELIMITERS):
        cells, _, _ = next(split_records(iter([first]), delimiter, quoting=bool(source.quoting)))
        if cells is not None and wanted <= set(_names(cells)) and (wanted or len(cells) > 1):
            return delimiter
    return usual


def _names(cells: list[str]) -> list[str]:
    return [cell.strip().lstrip("\ufeff") or f"column {index}" for index, cell in enumerate(cells, 1)]


def _read_delimited(location: str, source: SourceConfig) -> Iterator[RawRecord]:
    with text_lines(location) as lines:
        names, delimiter = _header(location, lines, source)
        records = split_records(lines, delimiter, quoting=bool(source.quoting), width=len(names))
        for row_number, (cells, text, problem) in enumerate(records, 1):
            if not is_unicode(text):
                yield _damaged(row_number, text)
            elif cells is None:
                yield RawRecord(row_number, None, text, ("malformed_row", problem))
            else:
                yield RawRecord(row_number, dict(zip(names, cells, strict=True)))


def rows_beside(location: str) -> Iterator[dict[str, str]]:
    """Rows of a table of people that stands beside a corpus: bytes that are no UTF-8 as escapes, without rows that are broken."""
    source = SourceConfig(metadata=[location], quoting=True)
    with text_lines(location) as lines:
        names, delimiter = _header(location, lines, source)
        for cells, _, _ in split_records(map(show_damage, lines), delimiter, quoting=True, width=len(names)):
            if cells is not None:
                yield dict(zip(names, cells, strict=True))


def _damaged(row_number: int, text: str) -> RawRecord:
    return RawRecord(row_number, None, show_damage(text), ("bad_encoding", "the row holds bytes that are not UTF-8"))


def _read_json_lines(location: str, identifiers: Container[str]) -> Iterator[RawRecord]:
    """The records of a file of JSON Lines.

    Args:
        location: of the file.
        identifiers: keys whose values are text even where they look like numbers.
    """
    with text_lines(location) as lines:
        for row_number, text in enumerate(filter(None, map(str.strip, lines)), 1):
            if not is_unicode(text):
                yield _damaged(row_number, text)
                continue
            try:
                record, written = parse_line(text, identifiers)
            except (ValueError, RecursionError) as error:
                yield RawRecord(row_number, None, text, ("malformed_row", f"no JSON: {error}"))
                continue
            if isinstance(record, dict):
                yield RawRecord(row_number, record, written)
            else:
                yield RawRecord(row_number, None, text, ("malformed_row", "the line holds no JSON object"))


@contextmanager
def open_parquet(location: str) -> Iterator[Any]:
    """A Parquet file, open. Raises ConfigError where it cannot be read, or two of its columns share a name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with storage.open_input(location) as raw:
            file = pq.ParquetFile(raw)
            _check_names(location, [str(name) for name in file.schema_arrow.names])
            yield file
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"{location}: cannot be read as Parquet: {error}") from error


def _read_parquet(location: str) -> Iterator[RawRecord]:
    with open_parquet(location) as file:
        row_number = 0
        for batch in file.iter_batches(batch_size=PARQUET_ROWS):
            for cells in rows_of(batch):
                row_number += 1
                if cells is None:
                    yield RawRecord(row_number, None, "", ("bad_encoding", "a cell holds what is no text, or no date"))
                else:
                    yield RawRecord(row_number, {name: plain(value) for name, value in cells.items()})


def rows_of(batch: Any) -> list[dict[str, Any] | None]:
    """A batch's rows; None for one that holds bytes that are not UTF-8, or a date beyond what Python knows."""
    try:
        rows: list[dict[str, Any] | None] = batch.to_pylist()
    except (ValueError, OverflowError):
        if len(batch) == 1:
            return [None]
        middle = len(batch) // 2
        return rows_of(batch.slice(0, middle)) + rows_of(batch.slice(middle))
    return rows


def plain(value: Any) -> Any:
    """A Parquet cell as JSON could hold it; data frames write NaN for what is missing."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is None or isinstance(value, (str, int, float, list, dict)):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return str(value)
