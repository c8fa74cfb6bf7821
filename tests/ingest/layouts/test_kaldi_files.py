"""Joins by key come out the same whether files are sorted or not, and as a join in memory makes them."""

from __future__ import annotations

import tempfile
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.layouts.kaldi_files import is_sorted, merged

Pairs = list[tuple[str, str]]
Records = list[tuple[str | None, ...]]

KEYS = st.text("abZ-é\udc80", min_size=1, max_size=3)
VALUES = st.text("xy z", max_size=4)
FILES = st.lists(st.lists(st.tuples(KEYS, VALUES), max_size=12), min_size=2, max_size=4)


def _read(files: list[Pairs]) -> Records:
    with tempfile.TemporaryDirectory() as directory:
        locations = [f"{directory}/{number}" for number in range(len(files))]
        for location, pairs in zip(locations, files, strict=True):
            text = "".join(f"{key} {value}\n" for key, value in pairs)
            Path(location).write_bytes(text.encode(errors="surrogateescape"))
            assert is_sorted(location) == (pairs == sorted(pairs, key=lambda pair: pair[0]))
        return [(key, *values) for key, values in merged(*locations)]


@given(files=FILES, sort=st.booleans(), data=st.data())
def test_lines_in_step_come_first_and_the_rest_is_an_outer_join(files: list[Pairs], sort: bool, data: st.DataObject) -> None:
    common = data.draw(st.lists(KEYS, max_size=6))
    files = [[*((key, data.draw(VALUES)) for key in common), *pairs] for pairs in files]
    if sort:
        files = [sorted(pairs, key=lambda pair: pair[0]) for pairs in files]
    keys = [[key for key, _ in pairs] for pairs in files]
    taken = sum(1 for _ in takewhile(lambda line: line.count(line[0]) == len(line), zip(*keys, strict=False)))
    in_step = [
        (lines[0][0], *(value.strip() for _, value in lines)) for lines in zip(*(pairs[:taken] for pairs in files), strict=True)
    ]
    first: list[dict[str, str]] = [{} for _ in files]
    for known, pairs in zip(first, files, strict=True):
        for key, value in pairs:
            known.setdefault(key, value.strip())
    expected: Records = []
    for key in sorted({key for each in first for key in each}):
        lines = [value.strip() for each, value in files[0] if each == key] or [None]
        expected += [(key, line, *(each.get(key) for each in first[1:])) for line in lines[keys[0][:taken].count(key) :]]
    assert _read(files) == in_step + expected


@given(lines=st.lists(st.tuples(KEYS, VALUES, VALUES, VALUES), max_size=12))
def test_files_with_the_same_keys_are_taken_line_by_line(lines: list[tuple[str, ...]]) -> None:
    files = [[(line[0], line[place]) for line in lines] for place in (1, 2, 3)]
    assert _read(files) == [tuple(cell.strip() for cell in line) for line in lines]


def test_files_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "segments").write_text("b 1\na 2\n")
    (tmp_path / "text").write_text("b B\n\na A\n")
    assert list(merged(*(str(tmp_path / name) for name in ("segments", "no", "text")))) == [
        ("b", ("1", None, "B")),
        ("a", ("2", None, "A")),
    ]


def test_a_driver_that_is_not_there_is_empty(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("b B\na A\n")
    assert list(merged(str(tmp_path / "no"), str(tmp_path / "nor"))) == []
    assert list(merged(str(tmp_path / "no"), str(tmp_path / "text"))) == [("a", (None, "A")), ("b", (None, "B"))]


@pytest.mark.parametrize("text", ["a 1\nb 2\n", "a\n\nb 2\n", "a 2\na 1\nb\n", "\tb 1\nb\n"])
def test_what_is_sorted_is_streamed(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    assert is_sorted(str(tmp_path / "text"))


@pytest.mark.parametrize("text", ["b 1\na 2\n", "  z 1\nb 2\n", "a-b 1\na 2\n"])
def test_what_is_not_sorted_is_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    assert not is_sorted(str(tmp_path / "text"))
