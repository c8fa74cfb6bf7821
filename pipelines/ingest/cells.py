"""Cells of a record: what of them is text or a number, and why others are neither."""

from __future__ import annotations

import json
import math
import unicodedata
from typing import Any

from pipelines.ingest.reading.json_text import JsonNumber
from pipelines.ingest.reading.lines import is_unicode

MAX_ID_LENGTH = 256


class Broken(Exception):
    """A rule is broken.

    Attributes:
        rule: its name.
        message: what is wrong.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(rule, message)
        self.rule = rule
        self.message = message


_BETWEEN = {"accent": "|", "consent": "; ", "first_language": "; "}
"""What stands between the parts of fields that may be lists, because somebody may declare several."""


def as_text(field: str, value: Any) -> str | None:
    """A cell as text; None where nothing is given. Raises Broken where it is no text."""
    if isinstance(value, str):
        if value.isascii() or is_unicode(value):
            return value.strip() or None
        raise Broken("bad_encoding", f"{field} holds bytes that are not UTF-8, or half a surrogate pair")
    if _is_missing(value):
        return None
    if isinstance(value, list) and field in _BETWEEN:
        return _BETWEEN[field].join(filter(None, (as_text(f"{field} in the list", each) for each in value))) or None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value in (math.inf, -math.inf):
        raise Broken("wrong_type", f"{field} is {short(value)}, expected text")
    if isinstance(value, JsonNumber):
        return value.text
    # A data frame's column of whole numbers of which some are missing holds 7.0 where 7 was meant.
    return str(int(value)) if value == value // 1 else repr(value)


def _is_missing(value: Any) -> bool:
    """Whether nothing is given; NaN is how data frames write that."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def as_number(field: str, value: Any) -> float | None:
    """A cell as a finite number; None where nothing is given. Raises Broken where it is none."""
    if _is_missing(value):
        return None
    try:
        number = to_number(value)
    except ValueError as error:
        if isinstance(value, str) and not value.strip():
            return None
        raise Broken("wrong_type", f"{field} is {short(value)}, expected a number of seconds") from error
    if not math.isfinite(number):
        raise Broken("impossible_segment", f"{field} is {short(value)}")
    return number


def to_number(value: Any) -> float:
    """A number; infinite where it is larger than numbers are here.

    Raises:
        ValueError: it is none, or only Python reads it as one: ``1_000``, digits of any script, True.
    """
    is_number = value.isascii() and "_" not in value if isinstance(value, str) else type(value) in _NUMBERS
    if not is_number and not isinstance(value, JsonNumber):
        raise ValueError("no number")
    try:
        return float(value)
    except OverflowError:
        return math.inf


_NUMBERS = (float, int)


def refuse_null_characters(cells: dict[str, Any]) -> None:
    """Raise Broken where a cell holds one."""
    for column, value in cells.items():
        if isinstance(value, str) and "\0" in value:
            raise Broken("bad_encoding", f"column {column!r} holds a null character, which is no text")


def short(value: Any) -> str:
    """A value for a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def at_offset(audio: str, offset_s: Any) -> str:
    """The id of a segment that has none: its file and where in it the segment starts, s, to a microsecond."""
    at = f"{offset_s:.6f}".rstrip("0").rstrip(".") if isinstance(offset_s, (int, float)) else offset_s
    return f"{audio}@{at}"


def check_id(recording_id: str) -> None:
    """Raise Broken where an id is too long, or holds control characters."""
    if len(recording_id) > MAX_ID_LENGTH:
        raise Broken("bad_id", f"the id is {len(recording_id)} characters long; at most {MAX_ID_LENGTH} are allowed")
    if not recording_id.isprintable() and any(unicodedata.category(each) in _CONTROL for each in recording_id):
        raise Broken("bad_id", f"the id {recording_id!r} holds control characters")


_CONTROL = ("Cc", "Zl", "Zp")
