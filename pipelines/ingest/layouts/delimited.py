"""Splitting delimited text into records, so that a damaged row costs itself and no other.

RFC 4180 quoting: a cell that begins with a quotation mark may hold delimiters and line ends. A quote that is never closed, or is
closed in mid-cell, condemns its own line only: reading goes on with the next one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

MAX_QUOTED_LINES = 200
"""A quoted cell may run over this many lines; past that its quote counts as never closed."""


@dataclass(frozen=True)
class Line:
    """A record's cells, or the reason it has none."""

    cells: list[str] | None
    text: str
    problem: str = ""


def split_records(lines: Iterator[str], delimiter: str, *, quoting: bool, width: int | None = None) -> Iterator[Line]:
    """Records of a delimited text; blank lines are none.

    Args:
        lines: physical lines with their ends.
        delimiter: one character.
        quoting: whether quotation marks are special.
        width: the number of cells a record must have; None for any, as in a header.
    """
    waiting: list[str] = []
    while True:
        line = waiting.pop(0) if waiting else next(lines, None)
        if line is None:
            return
        text = line.rstrip("\r\n")
        if not text:
            continue
        if not quoting or '"' not in text:
            yield _checked(text.split(delimiter), text, width)
            continue
        record, taken = _quoted_record(line, lines, waiting, delimiter, width)
        if record.problem and any(_stands_alone(each, delimiter, width) for each in taken):
            record, waiting = Line(None, text, record.problem), taken + waiting
        yield record


def _quoted_record(
    first: str, lines: Iterator[str], waiting: list[str], delimiter: str, width: int | None
) -> tuple[Line, list[str]]:
    """A record that starts on ``first``, and the further lines that were taken to complete it."""
    text, taken = first, list[str]()
    while True:
        cells, problem = _parse(text, delimiter)
        if cells is not None:
            return _checked(cells, text.rstrip("\r\n"), width), taken
        if problem != _UNCLOSED:
            return Line(None, text.rstrip("\r\n"), problem), taken
        # Only a line with a quotation mark in it can close the cell, so the others need no parsing.
        while True:
            line = waiting.pop(0) if waiting else next(lines, None)
            if line is None or len(taken) >= MAX_QUOTED_LINES:
                if line is not None:
                    taken.append(line)
                return Line(None, text.rstrip("\r\n"), _UNCLOSED), taken
            taken.append(line)
            text += line
            if '"' in line:
                break


_UNCLOSED = "a quotation mark is not closed"


def _parse(text: str, delimiter: str) -> tuple[list[str] | None, str]:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None, _UNCLOSED
        if "expected after" in str(error):
            return None, "a quotation mark stands in the middle of a quoted cell"
        return None, f"not readable as delimited text: {error}"
    return rows[0] if rows else [], ""


def _stands_alone(line: str, delimiter: str, width: int | None) -> bool:
    """Whether a line that a damaged record swallowed is a record of its own."""
    cells, _ = _parse(line, delimiter)
    return cells is not None and (width is None or len(cells) == width)


def _checked(cells: list[str], text: str, width: int | None) -> Line:
    if width is not None and len(cells) != width:
        return Line(None, text, f"{len(cells)} cells where the header has {width}")
    return Line(cells, text)
