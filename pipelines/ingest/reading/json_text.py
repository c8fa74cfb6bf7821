"""Records as JSON: read without losing what a number looked like, and written so that every reader takes it.

orjson does what it can do exactly, several times as fast as the standard library; the rest is the standard library's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container
from typing import Any

import orjson

_EXACT = 2**53
"""Whole numbers under this are the same as floats; orjson makes floats of integers of more than 64 bits."""


_DEEPEST = 200
"""Values are written so deep; readers have limits of their own."""


class JsonNumber(float):
    """A JSON number that is not whole, with the text it was written as: ``1e5`` is an identifier other than ``100000.0``."""

    text: str

    def __new__(cls, text: str) -> JsonNumber:
        number = super().__new__(cls, text)
        number.text = text
        return number


_decode = json.JSONDecoder(parse_float=JsonNumber).decode


def parse_json(text: str, identifiers: Container[str] | None = None) -> Any:
    """What a JSON text holds, but that integers of more than 64 bits inside of an object's values may come as floats.

    Args:
        text: one value; NaN and infinities are taken.
        identifiers: keys of an object under which a number's spelling counts, and so is kept in a :class:`JsonNumber`; under
            any key where None.

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    return parse_line(text, identifiers)[0]


def parse_line(text: str, identifiers: Container[str] | None = None) -> tuple[Any, str]:
    """The same, and the text as every reader takes it: as it is, but where it holds NaN or infinities."""
    if identifiers is None:
        return _decoded(text)
    try:
        found = orjson.loads(text)
    except ValueError:
        return _decoded(text)  # which may take it yet, and otherwise says what is wrong
    if type(found) is dict:
        for key, value in found.items():
            if type(value) is float and (key in identifiers or not -_EXACT < value < _EXACT):
                return _decoded(text)
    return found, text


def _decoded(text: str) -> tuple[Any, str]:
    found = _decode(text)
    return found, to_json(found) if "NaN" in text or "Infinity" in text else text


def to_json(value: Any) -> str:
    """JSON that every reader takes: null for NaN, half surrogate pairs as escapes, text for what JSON has no word for.

    A :class:`JsonNumber` is spelled as it was; for what is nested more than some hundred deep there is an ellipsis.
    """
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError:  # half surrogate pairs, integers of more than 64 bits, keys that are no text
        return json.dumps(_without_nan(value), default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, JsonNumber):
        return orjson.Fragment(value.text) if math.isfinite(value) else None
    return str(value)


def _without_nan(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {key: _without_nan(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(each, depth + 1) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
