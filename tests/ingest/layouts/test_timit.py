"""TIMIT as Kaggle has it: a converted copy beside each recording, the speaker table and lists of files above data/."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.ingest.record import Candidate
from tests.ingest.corpus import records, rules
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for

TABLE = (
    ";ID  Sex DR Use  RecDate   BirthDate  Ht    Race Edu  Comments\n;\n"
    "ABC0  M  6  TRN  03/03/86  06/17/60  5'11\"  WHT  HS  Was in NY\n"
)


@pytest.mark.parametrize("table", ["corpus/SPKRINFO.TXT", "corpus/data/DOC/SPKRINFO.TXT", "corpus/data/doc/spkrinfo.txt"])
def test_facts_of_speakers_and_the_official_splits(tmp_path: Path, table: str) -> None:
    put_text(tmp_path / table, TABLE, windows=True)
    put_text(tmp_path / "corpus" / "train_data.csv", "index,test_or_train,speaker_id,filename\n1.0,TRAIN,MABC0,SA1.WAV\n")
    for number, speaker in enumerate(["TRAIN/DR6/MABC0", "TEST/DR6/MXYZ0"]):
        folder = tmp_path / "corpus" / "data" / speaker
        put_audio(folder / "SA1.WAV", number, container="NIST")
        put_audio(folder / "SA1.WAV.wav", number)
        put_text(folder / "SA1.TXT", "0 46797 She had your dark suit.\n")
    settings = settings_for(tmp_path, "timit", columns={"split": "split"})
    rows = [record.row for record in records(settings) if isinstance(record, Candidate)]
    assert [(row["recording_id"], row["split_declared"], row["accent_raw"]) for row in rows] == [
        ("MXYZ0_SA1", "test", "New York City"),
        ("MABC0_SA1", "train", "New York City"),
    ]
    assert [json.loads(row["extra"]).get("BirthDate") for row in rows] == [None, "06/17/60"]


def test_a_region_is_read_at_a_time_without_hidden_files(tmp_path: Path) -> None:
    for number, speaker in enumerate(("TRAIN/DR6/MABC0", "TRAIN/DR6/FABC0", "TRAIN/DR6/notes", "TEST/DR1/MXYZ0", "TEST/1/MXYZ1")):
        put_audio(tmp_path / "corpus" / speaker / "SA1.WAV", number, container="NIST")
        put_audio(tmp_path / "corpus" / speaker / ".SA2.WAV", number, container="NIST")
        put_text(tmp_path / "corpus" / speaker / "SA1.TXT", "0 46797 She had your dark suit.\n")
    rows = [record.row for record in records(settings_for(tmp_path, "timit")) if isinstance(record, Candidate)]
    assert [(row["source_file"], row["row_number"], row["recording_id"]) for row in rows] == [
        ("corpus/TEST/DR1", 1, "MXYZ0_SA1"),
        ("corpus/TRAIN/DR6", 1, "FABC0_SA1"),
        ("corpus/TRAIN/DR6", 2, "MABC0_SA1"),
    ]


@pytest.mark.parametrize("root", ["corpus/TRAIN", "corpus/TRAIN/DR6", "corpus/TRAIN/DR6/MABC0"])
def test_a_part_of_the_corpus_is_read_as_well(tmp_path: Path, root: str) -> None:
    folder = tmp_path / "corpus" / "TRAIN" / "DR6" / "MABC0"
    put_audio(folder / "SA1.WAV", 1, container="NIST")
    put_text(folder / "SA1.TXT", "0 46797 She had your dark suit.\n")
    rows = [record.row for record in records(settings_for(tmp_path, "timit", audio_root=root)) if isinstance(record, Candidate)]
    told = [(row["recording_id"], row["audio"], row["accent_raw"], json.loads(row["extra"])) for row in rows]
    audio = (folder / "SA1.WAV").relative_to(tmp_path).as_posix()
    assert told == [("MABC0_SA1", audio, "New York City", {"split": "train"})]


def test_a_region_within_another_is_read_once(tmp_path: Path) -> None:
    for number, speaker in enumerate(("DR1/FCJF0", "DR1/DR2/MXYZ0", "DR1/FCJG0/FCJG0")):
        put_audio(tmp_path / "corpus" / "TRAIN" / speaker / "SA1.WAV", number, container="NIST")
        put_text(tmp_path / "corpus" / "TRAIN" / speaker / "SA1.TXT", "0 46797 She had your dark suit.\n")
    rows = [record.row for record in records(settings_for(tmp_path, "timit")) if isinstance(record, Candidate)]
    told = [(row["recording_id"], row["accent_raw"]) for row in rows]
    assert told == [("FCJF0_SA1", "New England"), ("FCJG0_SA1", "New England"), ("MXYZ0_SA1", "Northern US")]


def test_sample_numbers_alone_are_no_transcript(tmp_path: Path) -> None:
    folder = tmp_path / "corpus" / "train" / "dr6" / "mabc0"
    put_audio(folder / "sa1.wav", 1, container="NIST")
    put_text(folder / "sa1.txt", "0 46797 \n")
    assert rules(settings_for(tmp_path, "timit")) == ["missing_text"]


def test_a_sample_whose_directories_name_region_and_speaker(tmp_path: Path) -> None:
    for number, name in enumerate(("dr1-fvmh0/sa1", "dr6-mabc0/sx1")):
        put_audio(tmp_path / "corpus" / "timit" / f"{name}.wav", number)
        put_text(tmp_path / "corpus" / "timit" / f"{name}.txt", "0 46797 She had your dark suit.\n")
    put_text(tmp_path / "corpus" / "timit" / "spkrinfo.txt", TABLE)
    rows = [record.row for record in records(settings_for(tmp_path, "timit")) if isinstance(record, Candidate)]
    told = [(row["recording_id"], row["speaker_id"], row["accent_raw"], json.loads(row["extra"]).get("Edu")) for row in rows]
    assert told == [("FVMH0_SA1", "FVMH0", "New England", None), ("MABC0_SX1", "MABC0", "New York City", "HS")]


def test_the_speaker_table_beside_regions_is_found(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "DR6" / "MABC0" / "SA1.WAV", 1, container="NIST")
    put_text(tmp_path / "corpus" / "DR6" / "MABC0" / "SA1.TXT", "0 46797 She had your dark suit.\n")
    put_text(tmp_path / "corpus" / "SPKRINFO.TXT", TABLE)
    (row,) = [record.row for record in records(settings_for(tmp_path, "timit")) if isinstance(record, Candidate)]
    assert json.loads(row["extra"])["Use"] == "TRN"
