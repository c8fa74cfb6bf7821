"""The files of a Kaldi data directory: a key, a space and a value a line, sorted by key as ``LC_ALL=C sort`` does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, repeat, starmap, zip_longest
from operator import itemgetter, le

from pipelines import storage
from pipelines.ingest.reading.disk_sort import sorted_pairs
from pipelines.ingest.reading.lines import text_lines

_WHITE = " \t\n\r\v\f"
_SPACE = re.compile(f"[{_WHITE}]+")
"""What parts a key from its value: no other space of Unicode's, which may stand in either."""


def pairs(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values, in the order of the file; none where there is no such file."""
    if not _is_there(location):
        return
    with text_lines(location) as lines:
        for line in lines:
            cells = line.split(None, 1) if line.isascii() else _SPACE.split(line.strip(_WHITE), 1)
            if len(cells) == 2:
                yield cells[0], cells[1].rstrip().replace("\t", " ")
            elif cells and cells[0]:
                yield cells[0], ""


def ordered_pairs(location: str) -> Iterator[tuple[str, str]]:
    """Keys with their values in the order of the keys, and in that of the file where several have one key.

    A file that is sorted, as Kaldi asks, is streamed; another is sorted on disk.
    """
    return pairs(location) if is_sorted(location) else sorted_pairs(pairs(location))


def is_sorted(location: str) -> bool:
    """Whether a file's keys come in their order."""
    return _has_sorted_lines(location) or _ascend(_keys(location))


def _has_sorted_lines(location: str) -> bool:
    """Whether a file is sorted as a whole, which is told at once; its keys then are, for they end before a space."""
    if not _is_there(location):
        return True
    with text_lines(location) as lines:
        return _ascend(map(str.lstrip, lines))


def _ascend(texts: Iterator[str]) -> bool:
    return all(starmap(le, pairwise(texts)))


Utterance = tuple[str, tuple[str | None, ...]]
"""A key, and what the files say of it; None where a file does not have it."""


def merged(driver: str, *others: str) -> Iterator[Utterance]:
    """Every key that stands in any of the files, with its value in each.

    Where the files have the same keys line by line, as a recipe leaves them, their lines are taken together as they come. Others
    are joined in the order of the keys: a key that the driver has several times comes several times, for its lines are records
    and none may be lost; of the lines of another file that have one key the first counts.
    """
    return _side_by_side(driver, *others) if in_step(driver, *others) else _joined(driver, *others)


def in_step(driver: str, *others: str) -> bool:
    """Whether the files that are there have the same keys line by line, and the driver is one of them."""
    if not _is_there(driver):
        return False
    streams = map(_keys, (driver, *filter(_is_there, others)))
    return all(keys.count(keys[0]) == len(keys) for keys in zip_longest(*streams))


def _keys(location: str) -> Iterator[str]:
    return map(itemgetter(0), pairs(location))


def _is_there(location: str) -> bool:
    return storage.kind(location) == "file"


def _side_by_side(*locations: str) -> Iterator[Utterance]:
    streams = [pairs(location) if _is_there(location) else repeat(("", None)) for location in locations]
    for lines in zip(*streams, strict=False):
        yield lines[0][0], tuple([value for _, value in lines])


def _joined(driver: str, *others: str) -> Iterator[Utterance]:
    streams = [ordered_pairs(driver), *(_distinct(ordered_pairs(location)) for location in others)]
    heads = [next(stream, None) for stream in streams]
    while present := [head for head in heads if head is not None]:
        key = min(present)[0]
        values = tuple([head[1] if head is not None and head[0] == key else None for head in heads])
        yield key, values
        for place, head in enumerate(heads):
            if head is not None and head[0] == key:
                heads[place] = next(streams[place], None)
        while (again := heads[0]) is not None and again[0] == key:
            yield key, (again[1], *values[1:])
            heads[0] = next(streams[0], None)


def _distinct(ordered: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    before = None
    for pair in ordered:
        if pair[0] != before:
            yield pair
        before = pair[0]
