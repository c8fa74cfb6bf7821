"""Audio packed inside other files: members of tar files, cells of Parquet tables.

Such audio has a name that says where it lies, so that nobody has to look for it: ``clips.tar!/000000001536/48211/a.flac`` is the
48,211 bytes from byte 1,536 on, and ``train.parquet!/000003/000017/audio`` the cell of column ``audio`` in row 17 of row group 3
(both from 0). What follows after that, as the member's name does, is for people.
"""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from pipelines import storage
from pipelines.audio.problem import AudioProblem

MARK = "!/"
BATCH_ROWS = 8
"""Cells of a Parquet column are read so many at a time."""

_NAME = re.compile(r"(.*?\.(?:tar|parquet|pq))!/(.+)", re.IGNORECASE | re.DOTALL)
_MEMBER = re.compile(r"(\d{1,18})/(\d{1,18})(?:/.*)?", re.DOTALL)
_CELL = re.compile(r"(\d{1,9})/(\d{1,12})/(.+)", re.DOTALL)


class Packed(NamedTuple):
    """Where packed audio lies: the file, and the place in it."""

    file: str
    place: str


def split_packed(location: str) -> Packed | None:
    """The file and the place of packed audio; None for a file of its own."""
    match = _NAME.fullmatch(location) if MARK in location else None
    return None if match is None else Packed(match[1], match[2])


def member_name(file: str, offset: int, size: int, name: str) -> str:
    """The name of a tar file's member.

    Args:
        file: the tar file's path.
        offset: of its data, bytes.
        size: of its data, bytes.
        name: for people; the last part of it is kept.
    """
    shown = storage.name(name)
    return f"{file}{MARK}{offset:012d}/{size}/{'audio' if shown in ('', '.', '..') else shown}"


def cell_name(file: str, row_group: int, row: int, column: str) -> str:
    """The name of a cell of a Parquet file, counting from 0; a column inside a struct has a dot in its name."""
    return f"{file}{MARK}{row_group:06d}/{row:06d}/{column}"


def read_together(location: str) -> str:
    """What should be read in one go: a file, or a row group of a Parquet file, whose cells come out in their order only."""
    packed = split_packed(location)
    cell = None if packed is None else _CELL.fullmatch(packed.place)
    if packed is None or cell is None or packed.file.lower().endswith(".tar"):
        return location
    return f"{packed.file}{MARK}{cell[1]}"


@contextmanager
def open_packed(packed: Packed) -> Iterator[IO[bytes]]:
    """Packed audio, open for reading and seeking.

    Raises:
        AudioProblem: unreadable_audio, where there is no such place in the file.
        OSError: the file cannot be read.
    """
    if packed.file.lower().endswith(".tar"):
        member = _MEMBER.fullmatch(packed.place)
        if member is None:
            raise AudioProblem("unreadable_audio", f"{packed.place!r} names no place in a tar file")
        with storage.open_input(packed.file) as file:
            yield io.BufferedReader(_Window(file, int(member[1]), int(member[2])), 1 << 16)
        return
    cell = _CELL.fullmatch(packed.place)
    if cell is None:
        raise AudioProblem("unreadable_audio", f"{packed.place!r} names no cell of a Parquet file")
    yield io.BytesIO(_read_cell(packed.file, int(cell[1]), int(cell[2]), cell[3]))


class _Window(io.RawIOBase):
    """A part of a file, as a file of its own."""

    def __init__(self, file: IO[bytes], offset: int, size: int) -> None:
        end = file.seek(0, os.SEEK_END)
        self._file, self._offset = file, min(offset, end)
        self._size = min(size, end - self._offset)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = max(0, min(len(buffer), self._size - self._position))
        self._file.seek(self._offset + self._position)
        data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class _Cells:
    """A column of one row group, streamed; cells asked for in their order cost one pass."""

    def __init__(self, file: str, row_group: int, column: str) -> None:
        import pyarrow.parquet as pq

        self._file = storage.open_input(file)
        self._parquet = pq.ParquetFile(self._file, buffer_size=1 << 20, pre_buffer=False)
        self._row_group, self._column = row_group, column
        if row_group >= self._parquet.num_row_groups:
            raise IndexError(row_group)
        self._rows = self._parquet.metadata.row_group(row_group).num_rows
        self._begin()

    def _begin(self) -> None:
        self._batches = self._parquet.iter_batches(BATCH_ROWS, row_groups=[self._row_group], columns=[self._column])
        self._first, self._batch = 0, next(self._batches)

    def get(self, row: int) -> bytes | None:
        if row >= self._rows:
            raise IndexError(row)
        if row < self._first:
            self._begin()
        while row >= self._first + len(self._batch):
            self._first += len(self._batch)
            self._batch = next(self._batches)
        value = self._batch.column(0)[row - self._first].as_py()
        inside = self._column.removeprefix(self._batch.schema.names[0]).removeprefix(".")  # whose own name may have dots
        for part in inside.split(".") if inside else []:
            value = None if value is None else value[part]
        return value if value is None or isinstance(value, bytes) else None

    def close(self) -> None:
        self._parquet.close()
        self._file.close()


_open_cells = threading.local()
"""The row group this thread read from last, kept open for the next cell of it."""


def _read_cell(file: str, row_group: int, row: int, column: str) -> bytes:
    import pyarrow as pa

    key = (os.getpid(), file, storage.stamp(file), row_group, column)
    try:
        if getattr(_open_cells, "key", None) != key:
            close_cells()
            _open_cells.cells, _open_cells.key = _Cells(file, row_group, column), key
        data = _open_cells.cells.get(row)
    except (IndexError, KeyError, StopIteration) as error:
        close_cells()
        raise AudioProblem("unreadable_audio", f"the file has no row {row} in row group {row_group}") from error
    except pa.ArrowException as error:
        close_cells()
        raise AudioProblem("unreadable_audio", f"the Parquet file cannot be read: {error}") from error
    if data is None:
        raise AudioProblem("unreadable_audio", f"row {row} of row group {row_group} holds no bytes in column {column!r}")
    return bytes(data)


def close_cells() -> None:
    """Close the row group that this thread keeps open, if it does."""
    if getattr(_open_cells, "key", None) is not None:
        _open_cells.cells.close()
        _open_cells.key = None
