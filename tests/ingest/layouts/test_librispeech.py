"""LibriSpeech: its own splits, names with bars in the speaker table, spaces and tabs in transcripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate, Rejection
from pipelines.people.withdrawn import words_of
from schemas.errors import ConfigError
from tests.ingest.corpus import records
from tests.ingest.layouts.forms import FORMS
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told


def test_the_corpus_own_splits_and_its_speaker_table(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    put_text(
        root / "SPEAKERS.TXT",
        ";ID  |SEX| SUBSET           |MINUTES| NAME\n"
        "60   | M | train-clean-100  | 20.18 | |CBW|Simon\n"
        'not a line of the table\n84   | F | dev-other        |  8.02 | J "x | y\n',
        windows=True,
    )
    for number, (subset, utterance) in enumerate(
        [("train-clean-5", "60-1-0000"), ("dev-other", "84-2-0000"), ("mine", "99-3-0000")]
    ):
        speaker, chapter, _ = utterance.split("-")
        folder = root / subset / speaker / chapter
        put_text(folder / f"{speaker}-{chapter}.trans.txt", f"{utterance}\tIT'S  SO\n")
        put_audio(folder / f"{utterance}.flac", number)
    settings = settings_for(tmp_path, "librispeech", columns={"split": "split"})
    rows = [record.row for record in records(settings) if isinstance(record, Candidate)]
    assert [(row["recording_id"], row["gender"], row["split_declared"], row["text"]) for row in rows] == [
        ("84-2-0000", "F", "dev", "IT'S  SO"),
        ("99-3-0000", None, None, "IT'S  SO"),
        ("60-1-0000", "M", "train", "IT'S  SO"),
    ]


def test_one_subset_finds_the_speaker_table_beside_it(tmp_path: Path) -> None:
    FORMS["librispeech"](tmp_path)
    settings = settings_for(tmp_path, "librispeech", audio_root="LibriSpeech/dev-clean")
    assert {record.row["gender"] for record in records(settings) if isinstance(record, Candidate)} == {"F"}


def test_a_damaged_line_is_one_record_and_names_its_speaker(tmp_path: Path) -> None:
    chapter = tmp_path / "corpus" / "dev-clean" / "84" / "1"
    chapter.mkdir(parents=True)
    (chapter / "84-1.trans.txt").write_bytes(b"84-1-0000 NA\xefVE\n")
    put_audio(chapter / "84-1-0000.flac", 0)
    (found,) = records(settings_for(tmp_path, "librispeech"))
    assert isinstance(found, Rejection)
    assert found.rule == "bad_encoding"
    told = json.loads(found.record_json)["unparsed"]
    assert told == r"84-1-0000 NA\xefVE; speaker: 84"
    assert "84" in words_of(told)


def test_the_speaker_of_an_utterance_without_dashes_is_the_chapters(tmp_path: Path) -> None:
    chapter = tmp_path / "corpus" / "train" / "10" / "1"
    put_text(chapter / "10-1.trans.txt", "10_1_0000 HELLO\n10_1_0001 AGAIN\n")
    for number in (0, 1):
        put_audio(chapter / f"10_1_000{number}.flac", number)
    assert told(settings_for(tmp_path, "librispeech")) == [("10_1_0000", "10", "HELLO", ""), ("10_1_0001", "10", "AGAIN", "")]


def test_chapters_of_other_corpora_are_not_taken_for_its_own(tmp_path: Path) -> None:
    put_text(tmp_path / "corpus" / "104" / "003" / "104_003.trans.txt", "104_003_0019 HELLO\n")
    put_audio(tmp_path / "corpus" / "104" / "003" / "104_003_0019.flac", 1)
    with pytest.raises(ConfigError, match="fits no layout"):
        recognise(str(tmp_path / "corpus"))


def test_chapters_in_one_directory_have_each_their_own_recordings(tmp_path: Path) -> None:
    for chapter in ("84-1", "85-2"):
        put_text(tmp_path / "corpus" / f"{chapter}.trans.txt", f"{chapter}-0000 HELLO\n")
        for number in (0, 1):
            put_audio(tmp_path / "corpus" / f"{chapter}-000{number}.flac", number)
    assert told(settings_for(tmp_path, "librispeech")) == [
        ("84-1-0000", "84", "HELLO", ""),
        ("missing_text",),
        ("85-2-0000", "85", "HELLO", ""),
        ("missing_text",),
    ]
