"""Merging sorted files of lines, however many, with as many of them open as a process may have."""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from pipelines import storage

AT_ONCE = 128


def merged(files: Sequence[str], key: Callable[[bytes], str], at_once: int = AT_ONCE) -> Iterator[bytes]:
    """The lines of all files in order.

    Args:
        files: each sorted by ``key``.
        key: of a line.
        at_once: how many files may be open; where there are more, some are first merged on disk.
    """
    with tempfile.TemporaryDirectory() as directory:
        waiting = list(files)
        made = 0
        while len(waiting) > at_once:
            target = os.path.join(directory, str(made))
            made += 1
            with open(target, "wb") as file:
                file.writelines(_merge(waiting[:at_once], key))
            waiting = [*waiting[at_once:], target]
        yield from _merge(waiting, key)


def _merge(files: Sequence[str], key: Callable[[bytes], str]) -> Iterator[bytes]:
    with ExitStack() as stack:
        yield from heapq.merge(*(stack.enter_context(storage.open_input(file)) for file in files), key=key)
