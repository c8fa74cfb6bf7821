"""Splitting delimited text into records, so that a damaged row costs itself and no other.

RFC 4180 quoting: a cell that begins with a quotation mark may hold delimiters and line ends. A quote that is never closed, or is
closed in mid-cell, condemns its own line only: reading goes on with the next one.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import Any

csv.field_size_limit(2**31 - 1)  # cells that are not quoted have no limit either

MAX_QUOTED_LINES = 200
"""A quoted cell may run over this many lines; past that its quote counts as never closed."""


_TELLING_DELIMITERS = 5
"""So many further commas tell, where each line has as many as a row: of texts, with one or so a line, one in a hundred has."""


Line = tuple[list[str] | None, str, str]
"""A record's cells, or None; its text; why it has none. No named tuple, making which takes half as long as reading the line."""


def split_records(lines: Iterator[str], delimiter: str, *, quoting: bool, width: int | None = None) -> Iterator[Line]:
    """Records of a delimited text; blank lines are none.

    Args:
        lines: physical lines with their ends.
        delimiter: one character.
        quoting: whether quotation marks are special.
        width: the number of cells a record must have; None for any, as in a header.
    """
    waiting: deque[str] = deque()
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        text = line.rstrip("\r\n")
        if not text.strip(" "):
            continue
        if not quoting or '"' not in text:
            yield _checked(text.split(delimiter), text, width)
            continue
        cells, problem = _parse(line, delimiter)
        if cells is not None and not problem and width in (None, len(cells)):
            yield cells, text, ""
            continue
        record, taken = _quoted_record(line, lines, waiting, delimiter)
        cells, whole, _ = record
        if cells is not None:
            record = _checked(cells, whole, width)
            begins = any(_begins_record(each, delimiter, width) for each in taken)
            is_one_record = not begins if record[0] is None else not _are_rows([line, *taken], delimiter, width)
        else:
            is_one_record = not taken
        if not is_one_record:
            waiting.extendleft(reversed(taken))
            record = (None, text, _UNCLOSED)
        yield record


def _quoted_record(first: str, lines: Iterator[str], waiting: deque[str], delimiter: str) -> tuple[Line, list[str]]:
    """A record that starts on ``first``, and the further lines that were taken to complete it."""
    text, taken = first, list[str]()
    while True:
        cells, problem = _parse(text, delimiter)
        if problem != _UNCLOSED:
            return (cells, text.rstrip("\r\n"), problem), taken
        # Only a line with a quotation mark in it can close the cell, so the others need no parsing.
        while True:
            line = waiting.popleft() if waiting else next(lines, None)
            if line is not None:
                taken.append(line)
            if line is None or len(taken) > MAX_QUOTED_LINES:
                return (None, text.rstrip("\r\n"), _UNCLOSED), taken
            text += line
            if '"' in line:
                break


_UNCLOSED = "a quotation mark is not closed"


def _parse(text: str, delimiter: str) -> tuple[list[str] | None, str]:
    if "\0" in text:  # which the csv module of Python 3.10 refuses
        cells, problem = _parse(text.replace("\0", _NULL), delimiter)
        return None if cells is None else [cell.replace(_NULL, "\0") for cell in cells], problem
    try:
        return next(csv.reader([text], _dialect(delimiter)), []), ""
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None, _UNCLOSED
        if "expected after" in str(error):
            return None, "a quotation mark stands in the middle of a quoted cell"
        return None, f"not readable as delimited text: {error}"


@cache
def _dialect(delimiter: str) -> Any:
    """Made once, for making it takes as long as reading a line."""
    return csv.reader([], delimiter=delimiter, strict=True).dialect


_NULL = "\ufdd0"
"""Stands for a null character: no character, by Unicode, and so in no text."""


def _begins_record(line: str, delimiter: str, width: int | None) -> bool:
    """Whether a line that a record of wrong width took in looks like a record of its own, or like the first line of one."""
    cells, problem = _parse(line, delimiter)
    is_even = line.count('"') % 2 == 0  # a line on which a cell ends that began before has one mark more
    return problem == _UNCLOSED or (cells is not None and is_even and len(cells) == width)


def _are_rows(lines: list[str], delimiter: str, width: int | None) -> bool:
    """Whether each line of a record is a row of its own: two marks that nobody closed span the rows between them.

    Each then has a row's number of cells. Lines of text have that by chance, the likelier the fewer they are and the fewer cells.
    """
    delimiters = (len(lines) - 1) * ((width or 1) - 1)
    enough = 1 if delimiter == "\t" else _TELLING_DELIMITERS
    return delimiters >= enough and all(line.count(delimiter) + 1 == width for line in lines)


def _checked(cells: list[str], text: str, width: int | None) -> Line:
    if width is not None and len(cells) != width:
        return None, text, f"{len(cells)} cells where the header has {width}"
    return cells, text, ""
