"""Progress: bars on a terminal, plain lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

PLAIN_EVERY_S = 10.0
POLL_S = 0.5
MAX_SHARE = 0.1
"""The most of its time that counting may take: in an object store it costs requests."""


def say(message: str) -> None:
    """One line to standard error."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def progress(label: str, total: int | None, done: Callable[[], int]) -> Iterator[None]:
    """Show how far a stage has come while its pipeline runs.

    Args:
        label: what is being done.
        total: how many things there are; None where that is not known.
        done: counts the things that are finished; asked now and then from another thread.
    """
    stop = threading.Event()
    show = _show_bar if sys.stderr.isatty() else _show_lines
    thread = threading.Thread(target=show, args=(label, total, _counts(done, stop)), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _counts(done: Callable[[], int], stop: threading.Event) -> Iterator[int]:
    """What is finished, counted now and then until the stage is over. A count that fails is left out."""
    took_s = 0.0
    while not stop.wait(max(POLL_S, took_s / MAX_SHARE)):
        began = time.monotonic()
        count = None
        with suppress(OSError):
            count = done()
        took_s = time.monotonic() - began
        if count is not None:
            yield count


def _show_bar(label: str, total: int | None, counts: Iterable[int]) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        for count in counts:
            bar.update(task, completed=count)


def _show_lines(label: str, total: int | None, counts: Iterable[int]) -> None:
    shown_at = time.monotonic()
    for count in counts:
        if time.monotonic() - shown_at >= PLAIN_EVERY_S:
            shown_at = time.monotonic()
            say(f"{label}: {count}" + ("" if total is None else f" of {total}"))
