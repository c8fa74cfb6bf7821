"""The files of a Kaldi data directory: a key, a space and a value a line, sorted by key as ``LC_ALL=C sort`` does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise, starmap, zip_longest
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


def ordered_pairs(location: str, count: int | None = None) -> Iterator[tuple[str, str]]:
    """Keys with their values in the order of the keys, and in that of the file where several have one key.

    A file that is sorted, as Kaldi asks, is streamed; another is sorted on disk.

    Args:
        location: of the file.
        count: of lines that are read, from the first; all where None.
    """
    lines = islice(pairs(location), count)
    return lines if is_sorted(location) else sorted_pairs(lines)


def is_sorted(location: str) -> bool:
    """Whether a file's keys come in their order."""
    return _has_sorted_lines(location) or _ascend(map(itemgetter(0), pairs(location)))


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


def merged(driver: str, other: str, *others: str) -> Iterator[Utterance]:
    """Every key that stands in any of the files, with its value in each.

    As long as the files have the same keys line by line, as a recipe leaves them, their lines are taken together as they come.
    The rest is joined in the order of the keys: a key that the driver has several times comes several times, for its lines are
    records and none may be lost; of the lines of another file that have one key the first counts.
    """
    locations = (driver, other, *others)
    there = [location for location in locations if _is_there(location)]
    in_order = itemgetter(*(there.index(location) if location in there else -1 for location in locations))
    taken = 0
    if driver in there:
        for lines in zip_longest(*map(pairs, there), fillvalue=("", None)):
            key = lines[0][0]
            values = [value for each, value in lines if each == key]
            if len(values) != len(lines):
                break
            taken += 1
            yield key, in_order([*values, None])
        else:
            return
    yield from _without(_joined(*locations), ordered_pairs(driver, taken))


def _without(utterances: Iterator[Utterance], taken: Iterator[tuple[str, str]]) -> Iterator[Utterance]:
    """The utterances, in the order of their keys, but for as many of each key as were taken, in the same order."""
    head = next(taken, None)
    for utterance in utterances:
        if head is not None and head[0] == utterance[0]:
            head = next(taken, None)
        else:
            yield utterance


def _is_there(location: str) -> bool:
    return storage.kind(location) == "file"


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
