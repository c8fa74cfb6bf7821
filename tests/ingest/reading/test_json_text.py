"""JSON is read and written as the standard library does it, but for what that gets wrong: spellings, NaN, halves of pairs."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.reading.json_text import JsonNumber, parse_json, parse_line, to_json

TEXTS = st.text(st.characters(categories=("L", "N", "P", "Z", "Cc", "Cs")), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=5)


@given(record=OBJECTS, is_ascii=st.booleans())
def test_what_was_written_is_read(record: dict[str, object], is_ascii: bool) -> None:
    text = json.dumps(record, ensure_ascii=is_ascii)
    assert parse_json(text, ()) == json.loads(text) == parse_json(text)
    assert json.loads(to_json(record)) == json.loads(json.dumps(record))  # of two halves side by side JSON makes a character


@given(record=OBJECTS)
def test_what_is_written_is_text(record: dict[str, object]) -> None:
    to_json(record).encode()


@pytest.mark.parametrize("spelling", ["1e5", "1.50", "100000000000000000000000", "-0.0", "12345678901234567.5"])
def test_the_spelling_of_an_identifier_is_kept(spelling: str) -> None:
    (found,) = parse_json(f'{{"id": {spelling}}}', {"id"}).values()
    assert (found.text if isinstance(found, JsonNumber) else str(found)) == spelling


def test_a_whole_number_of_any_length_is_exact() -> None:
    assert parse_json('{"hash": 100000000000000000000001}', {"id"}) == {"hash": 100000000000000000000001}


def test_nan_is_null_and_what_json_has_no_word_for_is_text() -> None:
    assert parse_json('{"snr": NaN}', {"id"})["snr"] is not None
    written = to_json({"a": math.nan, "b": [math.inf], "c": JsonNumber("1e5"), "d": {1: b"x"}, "e": 2**70})
    assert json.loads(written) == {"a": None, "b": [None], "c": 100000.0, "d": {"1": "b'x'"}, "e": 2**70}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('{"a": NaN, "b": [-Infinity], "c": 1}', {"a": None, "b": [None], "c": 1}),
        ('{"a": "Infinity"}', {"a": "Infinity"}),
        ('{"a": 1e5}', {"a": 1e5}),
        ('{"a": "\\ud83d"}', {"a": "\ud83d"}),
    ],
)
def test_a_line_is_kept_as_every_reader_takes_it(text: str, written: dict[str, object]) -> None:
    for identifiers in ({"a"}, None):
        assert json.loads(parse_line(text, identifiers)[1], parse_constant=pytest.fail) == written


@pytest.mark.parametrize("text", ["", "{", '{"a": 1} 2', "[1,]", "'a'"])
def test_what_is_no_json_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="line 1 column"):
        parse_json(text, ())


def test_what_is_nested_too_deep_ends_in_an_ellipsis() -> None:
    record: dict[str, object] = {"id": "a"}
    deep: list[object] = []
    record["notes"] = deep
    for _ in range(900):
        deep.append([])
        deep = deep[0]  # type: ignore[assignment]
    written = to_json(record)
    assert json.loads(written)["id"] == "a"
    assert "[[…]]".replace("…", '"\\u2026"') in written


def test_a_number_is_written_as_it_was_spelled() -> None:
    text = '{"id": 1e5, "snr": NaN, "other": 1.50}'
    assert parse_line(text, {"id"})[1] == '{"id":1e5,"snr":null,"other":1.50}'
