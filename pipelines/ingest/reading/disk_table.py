"""Text by key, on disk: what a join needs when neither side fits into memory, or comes in another order than the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice
from operator import itemgetter

_BATCH_ROWS = 100_000
"""Rows are put in order in memory so many at a time, because a table on disk grows fastest at its end."""

_CACHE_KIB = 32_768


class DiskTable:
    """Values by key in a temporary file, which goes when the table does.

    Args:
        pairs: keys with their values; of several with one key the first counts.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # "" is a temporary file
        self._base.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}", "locking_mode=EXCLUSIVE"):
            self._base.execute(f"PRAGMA {pragma}")
        self._base.execute("CREATE TABLE pairs (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        rows = iter(pairs)
        self._base.execute("BEGIN")
        while batch := [(_as_bytes(key), _as_bytes(value)) for key, value in islice(rows, _BATCH_ROWS)]:
            batch.sort(key=itemgetter(0))
            self._base.executemany("INSERT OR IGNORE INTO pairs VALUES (?, ?)", batch)
        self._base.execute("COMMIT")

    def get(self, key: str) -> str | None:
        """The value of a key; None where there is none."""
        row = self._base.execute("SELECT value FROM pairs WHERE key = ?", (_as_bytes(key),)).fetchone()
        return None if row is None else _as_text(row[0])


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
