"""Putting in order what does not fit into memory."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import IO

_RUN_ROWS = 100_000
"""Rows are put in order in memory so many at a time."""

_KEY = itemgetter(0)


def sorted_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Keys with their values in the order of the keys' characters; of one key in the order in which they came.

    A merge sort by way of temporary files.

    Args:
        pairs: keys without white space, and values without line ends.
    """
    rows = iter(pairs)
    runs = []
    while run := sorted(islice(rows, _RUN_ROWS), key=_KEY):
        runs.append(_written(run))
    return heapq.merge(*map(_read, runs), key=_KEY)


def _written(run: list[tuple[str, str]]) -> IO[str]:
    file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="\n")  # noqa: SIM115 (its reader closes it)
    file.writelines([f"{key} {value}\n" for key, value in run])
    file.seek(0)
    return file


def _read(file: IO[str]) -> Iterator[tuple[str, str]]:
    with file:
        for line in file:
            key, _, value = line[:-1].partition(" ")
            yield key, value
