"""Values by key from a file that is mostly asked for in its own order: a join that reads both sides once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from pipelines.ingest.reading.disk_table import DiskTable

Value = TypeVar("Value")


class InStep(Generic[Value]):
    """Values by key, streamed as long as they are asked for in the order of their file, and on disk from then on.

    Args:
        read: yields keys with their values, anew each time it is called; a key that comes twice has one of its values.
        pack: makes text of a value.
        unpack: makes the value of that text.
    """

    def __init__(
        self, read: Callable[[], Iterator[tuple[str, Value]]], pack: Callable[[Value], str], unpack: Callable[[str], Value]
    ) -> None:
        self._read, self._pack, self._unpack = read, pack, unpack
        self._stream = read()
        self._current: tuple[str | None, Value | None] = (None, None)
        self._table: DiskTable | None = None

    def get(self, key: str) -> Value | None:
        """The value of a key; None where there is none."""
        if key == self._current[0]:
            return self._current[1]
        if self._table is None:
            self._current = next(self._stream, (None, None))
            if key == self._current[0]:
                return self._current[1]
            self._table = DiskTable((each, self._pack(value)) for each, value in self._read())
        found = self._table.get(key)
        self._current = (key, None if found is None else self._unpack(found))
        return self._current[1]
