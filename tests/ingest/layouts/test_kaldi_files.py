"""Joins by key come out the same whether files are sorted or not, and as a join in memory makes them."""

from __future__ import annotations

import tempfile
from operator import itemgetter
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.layouts import disk_sort
from pipelines.ingest.layouts.disk_table import DiskTable
from pipelines.ingest.layouts.in_step import InStep
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


@given(keys=st.lists(KEYS), rows=st.integers(1, 4))
def test_pairs_are_sorted_by_way_of_runs(keys: list[str], rows: int) -> None:
    pairs = [(key, str(number)) for number, key in enumerate(keys)]
    with patch.object(disk_sort, "_RUN_ROWS", rows):
        assert list(disk_sort.sorted_pairs(pairs)) == sorted(pairs, key=itemgetter(0))


def test_a_table_on_disk_keeps_the_first_of_a_key() -> None:
    table = DiskTable([("b", "1"), ("a", "2"), ("b", "3")])
    assert (table.get("b"), table.get("c")) == ("1", None)


@given(keys=st.lists(st.sampled_from("abc"), unique=True), asked=st.lists(st.sampled_from("abcd"), max_size=8))
def test_in_step_or_not_a_key_has_its_value(keys: list[str], asked: list[str]) -> None:
    pairs = [(key, number) for number, key in enumerate(keys)]
    table = InStep(lambda: iter(pairs), str, int)
    assert [table.get(key) for key in asked] == [dict(pairs).get(key) for key in asked]


@pytest.mark.parametrize("text", ["a 1\nb 2\n", "a\n\nb 2\n", "a 2\na 1\nb\n", "\tb 1\nb\n"])
def test_what_is_sorted_is_streamed(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    assert is_sorted(str(tmp_path / "text"))


@pytest.mark.parametrize("text", ["b 1\na 2\n", "  z 1\nb 2\n", "a-b 1\na 2\n"])
def test_what_is_not_sorted_is_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    assert not is_sorted(str(tmp_path / "text"))
