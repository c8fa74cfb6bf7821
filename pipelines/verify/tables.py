"""Reading Parquet files that may be damaged: what cannot be read is named as nearly as can be, and then done without."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.verify.breach import Findings, one_line
from schemas.tables import Table

Digests = NDArray[np.uint64]

DAMAGE = (OSError, pa.ArrowException, MemoryError, ValueError)
"""What Arrow raises on bytes that are no Parquet: a wrong length field may ask for any amount of memory."""


class Reader:
    """Reads the corpus's Parquet files by their names inside it.

    Args:
        corpus: to read.
        listed: the files corpus.json answers for.
        present: those of them that are there.
        findings: where damage is noted.
    """

    def __init__(self, corpus: Corpus, listed: Collection[str], present: Collection[str], findings: Findings) -> None:
        self._corpus = corpus
        self._listed = listed
        self._present = present
        self._findings = findings
        self._unreadable: set[str] = set()

    def files(self, pattern: str) -> list[str]:
        """The files that are there and whose whole name fits a regular expression, in order."""
        return sorted(file for file in self._present if re.fullmatch(pattern, file))

    def is_whole(self, pattern: str) -> bool:
        """Whether every listed file that fits is there and, as far as it was read, readable."""
        usable = set(self._present) - self._unreadable
        return all(file in usable for file in self._listed if re.fullmatch(pattern, file))

    def read(self, file: str, table: Table, columns: Sequence[str]) -> pa.Table | None:
        """Some columns of a file, all its rows; None, with a breach noted the first time, where that cannot be had."""
        if file in self._unreadable:
            return None
        try:
            with storage.open_input(self._corpus.path(file)) as opened:
                parquet = pq.ParquetFile(opened)
                problem = _schema_problem(parquet.schema_arrow, table)
                if problem is None:
                    try:
                        return self._as_text(file, parquet.read(columns=list(columns)))
                    except DAMAGE as error:
                        problem = _nearest(parquet, columns) or one_line(error)
        except DAMAGE as error:
            problem = f"cannot be opened as Parquet: {one_line(error)}"
        self.give_up(file, problem)
        return None

    def give_up(self, file: str, problem: str) -> None:
        """Note a file that cannot be read; once is enough."""
        if file not in self._unreadable:
            self._unreadable.add(file)
            self._findings.add("files", file, None, problem)

    def batches(self, file: str, columns: Sequence[str], rows: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches of a file's rows, each with the number of its first, from 1. Stops, with a breach noted, at damage."""
        start = 1
        try:
            with storage.open_input(self._corpus.path(file)) as opened:
                for batch in pq.ParquetFile(opened).iter_batches(batch_size=rows, columns=list(columns)):
                    yield start, batch
                    start += batch.num_rows
        except DAMAGE as error:
            self.give_up(file, f"cannot be read from row {start} on: {one_line(error)}")

    def _as_text(self, file: str, table: pa.Table) -> pa.Table:
        """The table, with text that is not UTF-8 named and made printable."""
        try:
            table.validate(full=True)
            return table
        except pa.ArrowInvalid:
            for index, column in enumerate(table.column_names):
                if pa.types.is_string(table.schema.field(index).type):
                    table = table.set_column(index, column, self._decoded(file, column, table.column(index)))
            table.validate(full=True)
            return table

    def _decoded(self, file: str, column: str, values: pa.ChunkedArray) -> pa.Array:
        texts = []
        for row, raw in enumerate(pa.chunked_array([chunk.view(pa.binary()) for chunk in values.chunks]).to_pylist(), 1):
            text = None if raw is None else raw.decode(errors="replace")
            if text is not None and text.encode() != raw:
                self._findings.add("files", file, row, f"{column} is not UTF-8: {text!r}")
            texts.append(text)
        return pa.array(texts, pa.string())


def _schema_problem(schema: pa.Schema, table: Table) -> str | None:
    for column in table.columns:
        if schema.get_field_index(column.name) < 0:
            return f"has no column '{column.name}'"
        if not schema.field(column.name).type.equals(column.type):
            return f"column '{column.name}' is of type {schema.field(column.name).type}, expected {column.type}"
    return None


def _nearest(parquet: pq.ParquetFile, columns: Sequence[str]) -> str | None:
    """Which rows of which column cannot be read."""
    start = 1
    for group in range(parquet.num_row_groups):
        rows = parquet.metadata.row_group(group).num_rows
        for column in columns:
            problem = _group_problem(parquet, group, column)
            if problem is not None:
                return f"column '{column}' cannot be read in rows {start} to {start + rows - 1}: {problem}"
        start += rows
    return None


def _group_problem(parquet: pq.ParquetFile, group: int, column: str) -> str | None:
    try:
        parquet.read_row_group(group, columns=[column])
    except DAMAGE as error:
        return one_line(error)
    return None


def digest(key: str) -> int:
    """64 bits that stand for a key where millions of them are held; who finds two alike looks at the keys themselves."""
    return int.from_bytes(hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def digests(keys: Iterable[str]) -> Digests:
    """The digest of each key."""
    return np.fromiter((digest(key) for key in keys), np.uint64)


def row_digests(table: pa.Table, columns: Sequence[str]) -> Digests:
    """A digest of each row's values in some columns."""
    values = [table.column(column).to_pylist() for column in columns]
    return digests(repr(row) for row in zip(*values, strict=True))


def repeated(parts: Sequence[Digests]) -> set[int]:
    """The digests that stand more than once in several arrays together."""
    if not parts:
        return set()
    found, counts = np.unique(np.concatenate(parts), return_counts=True)
    return {int(each) for each in found[counts > 1]}
