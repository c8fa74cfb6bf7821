"""The files of a Kaldi data directory: a key, a space and a value a line, sorted by key as ``LC_ALL=C sort`` does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, starmap
from operator import itemgetter, le
from typing import NamedTuple

from pipelines import storage
from pipelines.ingest.reading.disk_sort import sorted_pairs
from pipelines.ingest.reading.lines import text_lines


def pairs(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values, in the order of the file; none where there is no such file."""
    if storage.kind(location) != "file":
        return
    with text_lines(location) as lines:
        for line in lines:
            cells = line.split(None, 1)
            if len(cells) == 2:
                yield cells[0], cells[1].rstrip().replace("\t", " ")
            elif cells:
                yield cells[0], ""


def ordered_pairs(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values in the order of the keys, and in that of the file where several have one key.

    A file that is sorted, as Kaldi asks, is streamed; another is sorted on disk.
    """
    return pairs(location) if is_sorted(location) else sorted_pairs(pairs(location))


def is_sorted(location: str) -> bool:
    """Whether a file's keys come in their order."""
    return _has_sorted_lines(location) or _ascend(map(itemgetter(0), pairs(location)))


def _has_sorted_lines(location: str) -> bool:
    """Whether a file is sorted as a whole, which is told at once; its keys then are, for they end before a space."""
    if storage.kind(location) != "file":
        return True
    with text_lines(location) as lines:
        return _ascend(map(str.lstrip, lines))


def _ascend(texts: Iterator[str]) -> bool:
    return all(starmap(le, pairwise(texts)))


class Utterance(NamedTuple):
    """What the files say of one key; None where a file has no such key."""

    key: str
    values: tuple[str | None, ...]


def merged(driver: str, *others: str) -> Iterator[Utterance]:
    """Every key that stands in any of the files, in the order of the keys, with its value in each.

    A key that the driver has several times comes several times: its lines are records, and none may be lost. Of the lines of
    another file that have one key the first counts.
    """
    streams = [ordered_pairs(driver), *(_distinct(ordered_pairs(location)) for location in others)]
    heads = [next(stream, None) for stream in streams]
    while present := [head for head in heads if head is not None]:
        key = min(present)[0]
        values = tuple([head[1] if head is not None and head[0] == key else None for head in heads])
        yield Utterance(key, values)
        for place, head in enumerate(heads):
            if head is not None and head[0] == key:
                heads[place] = next(streams[place], None)
        while (again := heads[0]) is not None and again[0] == key:
            yield Utterance(key, (again[1], *values[1:]))
            heads[0] = next(streams[0], None)


def _distinct(ordered: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    before = None
    for pair in ordered:
        if pair[0] != before:
            yield pair
        before = pair[0]
