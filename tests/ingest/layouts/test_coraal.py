"""CORAAL: who is in the metadata, what they do not say, and interviewers, who join everybody they talked with."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.ingest.record import Candidate, Rejection
from tests.ingest.corpus import records
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import AAL, settings_for

TAB = "\t"


def _put(root: Path) -> None:
    lines = "Line\tSpkr\tStTime\tContent\tEnTime\n"
    speakers = "CORAAL.Sub\tCORAAL.Spkr\tCORAAL.File\tPrimary.Spkr\tGender\tAge\tAge.Group\tNotes\n"
    for number, speaker in enumerate(["DCA_se1_ag1_m_01", "DCA_se2_ag4_f_01"]):
        put_text(
            root / "DCA_textfiles_2018.10.06" / f"{speaker}_1.txt",
            f"{lines}1\tDCA_int_01\t0.0\tWhat about /RD-NAME-2/?\t0.5\n2\t{speaker}\t0.5\t[<laugh>] Well-- \t0.9\n",
        )
        put_audio(root / "DCA_audio_part01_2018.10.06" / f"{speaker}_1.wav", number)
        given = "Male\t17\t-19" if number == 0 else "Female\tNA\tNA"
        speakers += f'DCA\t{speaker}\t{speaker}_1\tyes\t{given}\tA "n\u00f6te{number * TAB}\n'
    (root / "DCA_metadata_2018.10.06.txt").write_bytes(speakers.replace("\n", "\r\n").encode("latin-1"))


def test_speakers_keep_what_a_damaged_row_gives_and_na_is_nothing_given(tmp_path: Path) -> None:
    _put(tmp_path / "corpus")
    rows = [record.row for record in records(settings_for(tmp_path, "coraal")) if isinstance(record, Candidate)]
    assert [(row["speaker_id"], row["gender"], row["age_band"], row["accent_raw"]) for row in rows] == [
        ("DCA_int_01", None, None, None),
        ("DCA_se1_ag1_m_01", "Male", "-19", AAL),
        ("DCA_int_01", None, None, None),
        ("DCA_se2_ag4_f_01", "Female", None, AAL),
    ]
    assert [json.loads(row["extra"]).get("Age") for row in rows] == [None, "17", None, None]


def test_interviewers_can_be_left_out(tmp_path: Path) -> None:
    _put(tmp_path / "corpus")
    found = records(settings_for(tmp_path, "coraal", columns={"speaker_id": "CORAAL.Spkr"}))
    assert [record.rule if isinstance(record, Rejection) else record.row["speaker_id"] for record in found] == [
        "missing_speaker",
        "DCA_se1_ag1_m_01",
        "missing_speaker",
        "DCA_se2_ag4_f_01",
    ]
