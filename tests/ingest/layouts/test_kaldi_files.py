"""Joins by key come out the same whether files are sorted or not, and as a join in memory makes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.layouts.kaldi_files import is_sorted, merged

KEYS = st.text("abZ-é\udc80", min_size=1, max_size=3)
FILES = st.lists(st.lists(st.tuples(KEYS, st.text("xy z", max_size=4)), max_size=12), min_size=1, max_size=4)


@given(files=FILES, sort=st.booleans())
def test_merged_files_are_an_outer_join(files: list[list[tuple[str, str]]], sort: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        locations = []
        for number, pairs in enumerate(files):
            location = Path(directory) / str(number)
            lines = sorted(pairs, key=lambda pair: pair[0]) if sort else pairs
            files[number] = lines
            location.write_bytes("".join(f"{key} {value}\n" for key, value in lines).encode(errors="surrogateescape"))
            locations.append(str(location))
            assert not sort or is_sorted(str(location))
        found = [(each.key, *each.values) for each in merged(*locations)]
    first: list[dict[str, str]] = [{} for _ in files]
    for number, pairs in enumerate(files):
        for key, value in pairs:
            first[number].setdefault(key, value.strip())
    expected = []
    for key in sorted({key for each in first for key in each}):
        lines = [value.strip() for each, value in files[0] if each == key] or [None]
        expected += [(key, line, *(each.get(key) for each in first[1:])) for line in lines]
    assert found == expected


def test_a_file_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert list(merged(str(tmp_path / "no"), str(tmp_path / "nor"))) == []


@pytest.mark.parametrize("text", ["a 1\nb 2\n", "a\n\nb 2\n", "a 2\na 1\nb\n", "\tb 1\nb\n"])
def test_what_is_sorted_is_streamed(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    assert is_sorted(str(tmp_path / "text"))


@pytest.mark.parametrize("text", ["b 1\na 2\n", "  z 1\nb 2\n", "a-b 1\na 2\n"])
def test_what_is_not_sorted_is_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    assert not is_sorted(str(tmp_path / "text"))
