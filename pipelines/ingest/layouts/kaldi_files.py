"""The files of a Kaldi data directory: a key, a space and a value a line, sorted by key as ``LC_ALL=C sort`` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipelines import storage
from pipelines.ingest.layouts.disk_table import DiskTable
from pipelines.ingest.layouts.text import text_lines


def pairs(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values, in the order of the file; none where there is no such file."""
    if storage.kind(location) != "file":
        return
    with text_lines(location) as lines:
        for line in lines:
            key, _, value = line.strip().replace("\t", " ").partition(" ")
            if key:
                yield key, value.strip()


def sorted_pairs(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values in the order of the keys; of several with one key the first.

    A file that is sorted, as Kaldi asks, is streamed; another is sorted on disk.
    """
    return _distinct(pairs(location)) if is_sorted(location) else DiskTable(pairs(location)).sorted()


def is_sorted(location: str) -> bool:
    """Whether a file's keys come in their order."""
    before = ""
    for key, _ in pairs(location):
        if key < before:
            return False
        before = key
    return True


def _distinct(ordered: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    before = None
    for key, value in ordered:
        if key != before:
            yield key, value
        before = key


class Utterance(NamedTuple):
    """What the files say of one key; None where a file has no such key."""

    key: str
    values: tuple[str | None, ...]


def every_pair(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values in the order of the keys, and in that of the file where several have one key."""
    if is_sorted(location):
        yield from pairs(location)
        return
    numbered = ((f"{key}\0{number:012d}", value) for number, (key, value) in enumerate(pairs(location)))
    for key, value in DiskTable(numbered).sorted():
        yield key.rpartition("\0")[0], value


def merged(driver: str, *others: str) -> Iterator[Utterance]:
    """Every key that stands in any of the files, in the order of the keys, with its value in each.

    A key that the driver has several times comes several times: its lines are records, and none may be lost. Of the lines of
    another file that have one key the first counts.
    """
    streams = [every_pair(driver), *(sorted_pairs(location) for location in others)]
    heads = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        key = min(head[0] for head in heads if head is not None)
        values = tuple([head[1] if head is not None and head[0] == key else None for head in heads])
        yield Utterance(key, values)
        heads = [
            next(stream, None) if head is not None and head[0] == key else head
            for stream, head in zip(streams, heads, strict=True)
        ]
        while heads[0] is not None and heads[0][0] == key:
            yield Utterance(key, (heads[0][1], *values[1:]))
            heads[0] = next(streams[0], None)
