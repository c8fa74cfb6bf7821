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


def merged(*locations: str) -> Iterator[Utterance]:
    """Every key that stands in any of the files, in the order of the keys, with its value in each."""
    streams = [sorted_pairs(location) for location in locations]
    heads = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        key = min(head[0] for head in heads if head is not None)
        yield Utterance(key, tuple([head[1] if head is not None and head[0] == key else None for head in heads]))
        heads = [
            next(stream, None) if head is not None and head[0] == key else head
            for stream, head in zip(streams, heads, strict=True)
        ]
