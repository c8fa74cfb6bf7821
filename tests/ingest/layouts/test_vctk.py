"""VCTK's releases differ in their speaker tables and in how recordings are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.commands.init import init
from pipelines.ingest.layouts.vctk import parse_speakers
from pipelines.ingest.record import Candidate
from pipelines.settings import load_settings
from tests.ingest.corpus import records
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told

OLD_TABLE = (
    "ID  AGE  GENDER  ACCENTS  REGION  \n"
    "225  23  F    English    Southern  England\n"
    "248  23  F    Indian  \n"
    "280  25  F    Unknown  France \n"
    "326  26  M    Australian  English  Sydney\n"
    "335  25  F    NewZealand  English    \n"
)


@pytest.mark.parametrize(
    ("speaker", "facts"),
    [
        ("p225", {"AGE": "23", "GENDER": "F", "ACCENTS": "English", "REGION": "Southern England"}),
        ("p248", {"AGE": "23", "GENDER": "F", "ACCENTS": "Indian"}),
        ("p280", {"AGE": "25", "GENDER": "F", "REGION": "France"}),
        ("p315", {"AGE": "18", "GENDER": "M", "ACCENTS": "American", "REGION": "New England"}),
        ("p326", {"AGE": "26", "GENDER": "M", "ACCENTS": "Australian English", "REGION": "Sydney"}),
        ("p335", {"AGE": "25", "GENDER": "F", "ACCENTS": "NewZealand English"}),
        ("s5", {"AGE": "24", "GENDER": "M"}),
        ("p400", {"GENDER": "F", "ACCENTS": "Welsh", "REGION": "Cardiff"}),
    ],
)
def test_rows_of_the_speaker_table(tmp_path: Path, speaker: str, facts: dict[str, str]) -> None:
    newer = "p315  18  M    American  New  England (Text and mic2 files unavailable)\ns5  24  M\np400  NA  F  Welsh  Cardiff\n"
    put_text(tmp_path / "speaker-info.txt", OLD_TABLE + newer)
    assert parse_speakers(str(tmp_path / "speaker-info.txt"))[speaker] == facts


def older_release(root: Path) -> None:
    """0.80: one microphone, a recording without a header, a speaker whom the table lacks, and what a Mac leaves in archives."""
    put_text(root / "speaker-info.txt", OLD_TABLE)
    put_audio(root / "wav48" / "p225" / "p225_001.wav", 1)
    put_audio(root / "wav48" / "p376" / "p376_294.wav", 2)
    (root / "wav48" / "p376" / "p376_295.raw").write_bytes(bytes(2000))
    (root / "wav48" / "p225" / "._p225_001.wav").write_bytes(b"\0\5\x16\7")
    for name in ("p225/p225_001", "p376/p376_294", "p376/p376_295"):
        put_text(root / "txt" / f"{name}.txt", "Please call Stella.\n")
    put_text(root / "txt" / "p225" / "._p225_001.txt", "\0")


def test_the_first_releases(tmp_path: Path) -> None:
    older_release(tmp_path / "corpus" / "VCTK-Corpus")
    assert told(settings_for(tmp_path, "vctk")) == [
        ("p225_001", "p225", "Please call Stella.", "English"),
        ("p376_294", "p376", "Please call Stella.", ""),
        ("missing_file",),
    ]


def test_a_speaker_of_both_forms_is_read_as_trimmed_and_one_of_the_older_form_is_not_lost(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    older_release(corpus)
    put_audio(corpus / "wav48_silence_trimmed" / "p225" / "p225_001_mic1.flac", 3)
    put_audio(corpus / "wav48_silence_trimmed" / "p225" / "p225_001_mic2.flac", 4)
    put_text(corpus / "wav48_silence_trimmed" / "log.txt", "p225_001 0.2 2.1\n")
    list(init([str(corpus)], None, str(tmp_path / "corpus.yaml")))
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    assert settings.config.sources[0].files == ["*_mic1.*", "*_[0-9][0-9][0-9].*"]
    assert {found[0] for found in told(settings)} == {"p225_001_mic1", "p376_294"}


def test_what_only_the_second_microphone_has_is_told(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    put_text(corpus / "speaker-info.txt", OLD_TABLE)
    for number, name in enumerate(("p225_001_mic1", "p225_001_mic2", "p225_009_mic2")):
        put_audio(corpus / "wav48_silence_trimmed" / "p225" / f"{name}.flac", number)
    lines = list(init([str(corpus)], None, str(tmp_path / "corpus.yaml")))
    left_out = "warning    'files' leaves out what only the second microphone has: p225_009_mic2.flac; name these there, too"
    assert left_out in lines


def test_both_microphones_have_the_text_of_their_utterance(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    put_text(corpus / "speaker-info.txt", OLD_TABLE)
    for number in range(1, 4):
        put_text(corpus / "txt" / "p225" / f"p225_00{number}.txt", f"Sentence\n  {number}\n")
        for microphone in (1, 2):
            name = f"p225_00{number}_mic{microphone}.flac"
            put_audio(corpus / "wav48_silence_trimmed" / "p225" / name, 2 * number + microphone)
    rows = [record.row for record in records(settings_for(tmp_path, "vctk")) if isinstance(record, Candidate)]
    assert [row["text"] for row in rows] == [f"Sentence {number}" for number in (1, 1, 2, 2, 3, 3)]


def test_a_transcript_that_is_not_utf_8_is_told_as_that(tmp_path: Path) -> None:
    older_release(tmp_path / "corpus")
    (tmp_path / "corpus" / "txt" / "p225" / "p225_001.txt").write_bytes("Caf\xe9.\n".encode("latin-1"))
    first = records(settings_for(tmp_path, "vctk"))[0]
    assert not isinstance(first, Candidate)
    assert (first.rule, first.message[:35]) == ("bad_encoding", "text holds bytes that are not UTF-8")


def test_directories_in_other_capitals_are_read(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    put_text(corpus / "SPEAKER-INFO.TXT", OLD_TABLE)
    put_audio(corpus / "WAV48" / "P225" / "P225_001.WAV", 1)
    put_text(corpus / "TXT" / "p225" / "P225_001.TXT", "Please call Stella.\n")
    assert told(settings_for(tmp_path, "vctk")) == [("P225_001", "P225", "Please call Stella.", "English")]
