"""The plain table: CSV, TSV, JSON Lines or Parquet, one record a row, columns named in the configuration."""

from __future__ import annotations

import gzip
import io
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, layout
from pipelines.ingest.layouts.delimited import split_records
from schemas.config import SourceConfig
from schemas.errors import ConfigError

PARQUET_ROWS = 8192
_DAMAGED = "surrogateescape"


class JsonNumber(float):
    """A JSON number that is not whole, with the text it was written as: ``1e5`` is an identifier other than ``100000.0``."""

    text: str

    def __new__(cls, text: str) -> JsonNumber:
        number = super().__new__(cls, text)
        number.text = text
        return number


def columns(location: str, source: SourceConfig) -> list[str] | None:
    """The columns of a table; None for JSON Lines, whose rows may differ."""
    kind = _kind(location)
    if kind == "parquet":
        with _parquet(location) as file:
            return [str(name) for name in file.schema_arrow.names]
    if kind == "jsonl":
        with _text_lines(location) as lines:
            next(lines, None)
        return None
    with _text_lines(location) as lines:
        return _header(location, lines, source)


@layout("table", columns)
def read(location: str, source: SourceConfig) -> Iterator[RawRecord]:
    """CSV, TSV, JSON Lines or Parquet, also gzipped, with any column names."""
    kind = _kind(location)
    if kind == "parquet":
        yield from _read_parquet(location)
    elif kind == "jsonl":
        yield from _read_json_lines(location)
    else:
        yield from _read_delimited(location, source)


def _kind(location: str) -> str:
    name = storage.name(location).lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return "jsonl"
    return "delimited"


def _delimiter(location: str, source: SourceConfig) -> str:
    if source.delimiter is not None:
        return source.delimiter
    name = storage.name(location).lower().removesuffix(".gz")
    return "\t" if name.endswith((".tsv", ".tab")) else ","


@contextmanager
def _text_lines(location: str) -> Iterator[Iterator[str]]:
    """Physical lines with their ends; UTF-8 or, by its byte order mark, UTF-16. Damaged bytes come as lone surrogates."""
    try:
        with storage.open_input(location) as raw:
            start = raw.read(2)
            raw.seek(0)
            file: IO[bytes] = gzip.GzipFile(fileobj=raw) if start == b"\x1f\x8b" else raw  # type: ignore[assignment]
            if start == b"\x1f\x8b":
                start = file.read(2)
                file.seek(0)
            encoding = "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
            errors = _DAMAGED if encoding == "utf-8-sig" else "strict"
            yield _counted(io.TextIOWrapper(file, encoding, errors=errors, newline=""), location)
    except OSError as error:
        raise ConfigError(f"{location}: cannot be read: {error.strerror or error}") from error


def _counted(text: io.TextIOWrapper, location: str) -> Iterator[str]:
    number = 0
    try:
        for line in text:
            number += 1
            yield line
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, OSError) as error:
        raise ConfigError(f"{location}:{number + 1}: cannot be read: {error}") from error


def _header(location: str, lines: Iterator[str], source: SourceConfig) -> list[str]:
    first = next(split_records(lines, _delimiter(location, source), quoting=source.quoting), None)
    if first is None:
        raise ConfigError(f"{location}:1: the file is empty; expected a header with the names of the columns")
    if first.cells is None or _is_damaged(first.text) or "\0" in first.text:
        raise ConfigError(f"{location}:1: the header cannot be read{': ' + first.problem if first.problem else ''}; is it a table?")
    names = [cell.strip() for cell in first.cells]
    for name in names:
        if name and names.count(name) > 1:
            raise ConfigError(f"{location}:1: two columns are named {name!r}")
    return [name or f"column {index}" for index, name in enumerate(names, 1)]


def _read_delimited(location: str, source: SourceConfig) -> Iterator[RawRecord]:
    with _text_lines(location) as lines:
        header = _header(location, lines, source)
        records = split_records(lines, _delimiter(location, source), quoting=source.quoting, width=len(header))
        for row_number, record in enumerate(records, 1):
            if _is_damaged(record.text):
                shown = record.text.encode(errors=_DAMAGED).decode(errors="backslashreplace")
                yield RawRecord(row_number, None, shown, ("bad_encoding", "the row holds bytes that are not UTF-8"))
            elif record.cells is None:
                yield RawRecord(row_number, None, record.text, ("malformed_row", record.problem))
            else:
                yield RawRecord(row_number, dict(zip(header, record.cells, strict=True)))


def _is_damaged(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)


def _read_json_lines(location: str) -> Iterator[RawRecord]:
    with _text_lines(location) as lines:
        row_number = 0
        for line in lines:
            text = line.strip()
            if not text:
                continue
            row_number += 1
            if _is_damaged(text):
                shown = text.encode(errors=_DAMAGED).decode(errors="backslashreplace")
                yield RawRecord(row_number, None, shown, ("bad_encoding", "the row holds bytes that are not UTF-8"))
                continue
            try:
                record = json.loads(text, parse_float=JsonNumber)
            except (ValueError, RecursionError) as error:
                yield RawRecord(row_number, None, text, ("malformed_row", f"no JSON: {error}"))
                continue
            if isinstance(record, dict):
                yield RawRecord(row_number, record)
            else:
                yield RawRecord(row_number, None, text, ("malformed_row", "the line holds no JSON object"))


@contextmanager
def _parquet(location: str) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with storage.open_input(location) as raw:
            yield pq.ParquetFile(raw)
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"{location}: cannot be read as Parquet: {error}") from error


def _read_parquet(location: str) -> Iterator[RawRecord]:
    with _parquet(location) as file:
        row_number = 0
        for batch in file.iter_batches(batch_size=PARQUET_ROWS):
            for record in batch.to_pylist():
                row_number += 1
                yield RawRecord(row_number, {key: _plain(value) for key, value in record.items()})


def _plain(value: Any) -> Any:
    """A Parquet cell as JSON could hold it; pandas writes its missing numbers as NaN."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is None or isinstance(value, (str, int, float, bool, list, dict)):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return str(value)
