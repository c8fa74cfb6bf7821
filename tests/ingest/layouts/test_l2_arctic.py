"""L2-ARCTIC: what stands in ``wav/`` beside the corpus's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.ingest.record import Candidate
from tests.ingest.corpus import records
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told


def test_recordings_that_differ_in_their_extension_are_each_a_record(tmp_path: Path) -> None:
    speaker = tmp_path / "corpus" / "ABA"
    for number, extension in enumerate(("flac", "wav")):
        put_audio(speaker / "wav" / f"arctic_a0001.{extension}", number)
    put_text(speaker / "transcript" / "arctic_a0001.txt", "Author of the danger\n")
    expected = ("ABA-arctic_a0001", "ABA", "Author of the danger", "Arabic")  # the second is found to be duplicate_id later
    assert told(settings_for(tmp_path, "l2_arctic")) == [expected, expected]


@pytest.mark.parametrize("folder", ["{}", "{0}/{0}"])
def test_speakers_who_lack_a_half_are_read_beside_whole_ones(tmp_path: Path, folder: str) -> None:
    corpus = tmp_path / "corpus"
    for speaker in ("ABA", "NJS"):
        put_audio(corpus / folder.format(speaker) / "wav" / "arctic_a0001.wav", 1)
    for speaker in ("ABA", "TNI"):
        put_text(corpus / folder.format(speaker) / "transcript" / "arctic_a0001.txt", "Author of the danger\n")
    put_audio(tmp_path / "corpus" / "elsewhere" / "other" / "wav" / "x.wav", 2)
    found = records(settings_for(tmp_path, "l2_arctic"))
    rows = [record.row if isinstance(record, Candidate) else json.loads(record.record_json) for record in found]
    assert [(row.get("speaker_id") or row["speaker"], bool(row["text"])) for row in rows] == [
        ("ABA", True),
        ("NJS", False),
        ("TNI", True),
    ]


def test_directories_in_other_capitals_are_read(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "hjk" / "WAV" / "arctic_a0001.WAV", 1)
    put_text(tmp_path / "corpus" / "hjk" / "Transcript" / "arctic_a0001.TXT", "Author of the danger\n")
    assert told(settings_for(tmp_path, "l2_arctic")) == [("HJK-arctic_a0001", "HJK", "Author of the danger", "Korean")]
