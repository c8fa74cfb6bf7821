"""Audio packed inside other files: members of tar files, cells of Parquet tables.

Such audio has a name that says where it lies, so that nobody has to look for it: ``clips.tar!/000000001536/48211/a.flac`` is the
48,211 bytes from byte 1,536 on, and ``train.parquet!/000003/000017/audio`` the cell of column ``audio`` in row 17 of row group 3
(both from 0). What follows after that, as the member's name does, is for people.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import threading
from array import array
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from pipelines import storage
from pipelines.audio.problem import AudioProblem

MARK = "!/"
BATCH_ROWS = 8
"""Cells of a Parquet column are read so many at a time."""

LARGE_BYTES = 32 << 20
"""A larger column of a row group that is not read in order is unpacked to disk: reading a cell means reading all before it."""

UNPACKED_BYTES = 4 << 30
"""Of row groups a thread unpacks at the most; further ones are read from their start for every cell."""

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
    """A column of one row group, streamed; cells asked for in their order cost one pass.

    Attributes:
        rows: how many there are.
        first: the row from which on cells can be had without beginning again.
    """

    def __init__(self, file: str, row_group: int, column: str) -> None:
        import pyarrow.parquet as pq

        self._file = storage.open_input(file)
        self._parquet = pq.ParquetFile(self._file, buffer_size=1 << 20, pre_buffer=False)
        self._row_group, self._column = row_group, column
        if row_group >= self._parquet.num_row_groups:
            raise IndexError(row_group)
        self.rows = int(self._parquet.metadata.row_group(row_group).num_rows)
        self._begin()

    def _begin(self) -> None:
        self._batches = self._parquet.iter_batches(BATCH_ROWS, row_groups=[self._row_group], columns=[self._column])
        self.first, self._batch = 0, next(self._batches)

    def size(self) -> int:
        """Bytes of all cells together, or somewhat more."""
        group = self._parquet.metadata.row_group(self._row_group)
        chunks = map(group.column, range(group.num_columns))
        return next((int(chunk.total_uncompressed_size) for chunk in chunks if chunk.path_in_schema == self._column), 0)

    def get(self, row: int) -> bytes | None:
        """The bytes of a row. Raises IndexError where there is no such row."""
        if row >= self.rows:
            raise IndexError(row)
        if row < self.first:
            self._begin()
        while row >= self.first + len(self._batch):
            self.first += len(self._batch)
            self._batch = next(self._batches)
        value = self._batch.column(0)[row - self.first].as_py()
        inside = self._column.removeprefix(self._batch.schema.names[0]).removeprefix(".")  # whose own name may have dots
        for part in inside.split(".") if inside else []:
            value = None if value is None else value[part]
        return value if value is None or isinstance(value, bytes) else None

    def close(self) -> None:
        """Close the file."""
        self._parquet.close()
        self._file.close()


class _Unpacked:
    """A column of one row group in a temporary file, where every cell can be had by itself."""

    def __init__(self, cells: _Cells) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (it goes with this)
        self._ends = array("q", [0])
        self._without = set[int]()
        for row in range(cells.rows):
            data = cells.get(row)
            if data is None:
                self._without.add(row)
            self._ends.append(self._ends[-1] + self._file.write(data or b""))

    def get(self, row: int) -> bytes | None:
        """The bytes of a row. Raises IndexError where there is no such row."""
        start, end = self._ends[row], self._ends[row + 1]
        self._file.seek(start)
        return None if row in self._without else self._file.read(end - start)


class _Open(threading.local):
    """What a thread keeps open for its next cells.

    Attributes:
        key: of the row group it read from last; None where that is closed.
        cells: that row group.
        opened: keys of all that it read from.
        unpacked: those that were unpacked, by their key.
        left: bytes that may be unpacked yet.
    """

    def __init__(self) -> None:
        self.key: Hashable = None
        self.cells: _Cells | None = None
        self.opened = set[Hashable]()
        self.unpacked: dict[Hashable, _Unpacked] = {}
        self.left = UNPACKED_BYTES

    def source(self, file: str, row_group: int, column: str, row: int) -> _Cells | _Unpacked:
        """What a row is best read from."""
        key = (os.getpid(), file, storage.stamp(file), row_group, column)
        if key in self.unpacked:
            return self.unpacked[key]
        is_again = key in self.opened
        if self.key == key and self.cells is not None:
            cells, is_again = self.cells, row < self.cells.first
        else:
            self.close()
            cells = self.cells = _Cells(file, row_group, column)
            self.key = key
            self.opened.add(key)
        if not (is_again and LARGE_BYTES < cells.size() <= self.left):
            return cells
        try:
            self.unpacked[key] = _Unpacked(cells)
        except OSError:  # the disk is full: the cells can be had all the same
            self.left = 0
            return cells
        self.left -= cells.size()
        self.close()
        return self.unpacked[key]

    def close(self) -> None:
        """Close the row group that was read from last."""
        if self.cells is not None:
            self.cells.close()
        self.key = self.cells = None


_open = _Open()


def _read_cell(file: str, row_group: int, row: int, column: str) -> bytes:
    import pyarrow as pa

    try:
        data = _open.source(file, row_group, column, row).get(row)
    except (IndexError, KeyError, StopIteration) as error:
        _open.close()
        raise AudioProblem("unreadable_audio", f"the file has no row {row} in row group {row_group}") from error
    except pa.ArrowException as error:
        _open.close()
        raise AudioProblem("unreadable_audio", f"the Parquet file cannot be read: {error}") from error
    if data is None:
        raise AudioProblem("unreadable_audio", f"row {row} of row group {row_group} holds no bytes in column {column!r}")
    return bytes(data)
