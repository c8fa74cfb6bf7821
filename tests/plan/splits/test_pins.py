"""Speakers who are pinned to a split."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from pipelines.corpus import Corpus
from pipelines.plan.splits.pins import PIN_COLUMNS, Pin, pins_of_records, read_lists, refuse_unknown, settle_pins, unknown_entries
from pipelines.settings import Settings
from schemas.accents import Accents
from schemas.errors import ConfigError
from tests.plan.corpus import config_of, manifest_of

LISTS = {"ann": ("test", "test.txt:1"), "r2": ("dev", "dev.txt:4")}


def rows(*records: dict[str, Any]) -> Any:
    placed = [{"source_file": "r.csv", "row_number": number} | record for number, record in enumerate(records, 1)]
    return manifest_of(placed).select(PIN_COLUMNS)


def settings_of(directory: Path, **lists: list[str]) -> Settings:
    found: dict[str, tuple[str, ...]] = {}
    for split, texts in lists.items():
        files = [directory / f"{split}{number}.txt" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        found[split] = tuple(map(str, files))
    return Settings(str(directory / "corpus.yaml"), config_of(), Accents(), ((),), {}, {}, found)


def test_lists_are_read_a_line_an_id(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, test=["\ufeffann\n\n  bob \n", "cy"], dev=["dee\r\nann b\r\n"])
    assert read_lists(settings) == {
        "ann": ("test", "test0.txt:1"),
        "bob": ("test", "test0.txt:3"),
        "cy": ("test", "test1.txt:1"),
        "dee": ("dev", "dev0.txt:1"),
        "ann b": ("dev", "dev0.txt:2"),
    }


def test_a_letter_of_two_characters_pins_one_of_one(tmp_path: Path) -> None:
    listed = unicodedata.normalize("NFD", "José")
    lists = read_lists(settings_of(tmp_path, test=[f"{listed}\n"]))
    assert settle_pins([unicodedata.normalize("NFC", "José")], [], lists, {}) == {"José": "test"}
    assert unknown_entries(["José"], [], lists) == []


def test_an_id_in_two_lists_is_refused_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"dev0.txt:2: 'ann' is pinned to dev, but to test in test0.txt:1"):
        read_lists(settings_of(tmp_path, test=["ann\n"], dev=["bob\nann\n"]))


def test_a_list_of_other_bytes_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, test=["x"])
    (tmp_path / "test0.txt").write_bytes(b"\xff\xfeann")
    with pytest.raises(ConfigError, match=r"test0.txt: is no UTF-8 text"):
        read_lists(settings)


def test_records_pin_their_speakers_by_column_and_by_list() -> None:
    found = list(
        pins_of_records(
            rows(
                {"recording_id": "r1", "speaker_id": "cy"},
                {"recording_id": "r2", "speaker_id": "cy"},
                {"recording_id": "r3", "speaker_id": "bob", "split_declared": "train"},
                {"recording_id": "r4", "speaker_id": "bob", "split_declared": "train"},
                {"recording_id": "r5", "speaker_id": "bob", "split_declared": "dev"},
            ),
            LISTS,
        )
    )
    assert found == [
        Pin("bob", "train", "row 3 of r.csv"),
        Pin("bob", "dev", "row 5 of r.csv"),
        Pin("cy", "dev", "dev.txt:4"),
    ]


def test_pins_are_settled_or_refused() -> None:
    pins = [Pin("cy", "dev", "dev.txt:4"), Pin("bob", "train", "row 3 of r.csv")]
    assert settle_pins(["ann", "bob", "cy", "dee"], pins, LISTS, {"bob": "train"}) == {"ann": "test", "bob": "train", "cy": "dev"}
    with pytest.raises(ConfigError, match=r"'ann' is pinned to test by test.txt:1 and to train by row 9 of r.csv"):
        settle_pins(["ann"], [Pin("ann", "train", "row 9 of r.csv")], LISTS, {})
    with pytest.raises(ConfigError, match=r"'ann' is pinned to test by test.txt:1, but an earlier version put"):
        settle_pins(["ann"], [], LISTS, {"ann": "train"})


def test_an_entry_that_is_nobody_is_refused_unless_it_is_in_quarantine(tmp_path: Path) -> None:
    assert unknown_entries(["ann"], [], LISTS) == ["r2"]
    assert unknown_entries(["bob"], [Pin("cy", "dev", "dev.txt:4")], LISTS) == ["ann"]
    with pytest.raises(ConfigError, match=r"dev.txt:4: 'r2': there is no such speaker or recording"):
        refuse_unknown(["r2"], LISTS, Corpus(str(tmp_path)))
