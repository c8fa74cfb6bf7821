"""The Speech Accent Archive's odd rows: voices of machines, and a misspelt word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.record import Candidate
from tests.ingest.corpus import records
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told

HEADER = "age,age_onset,birthplace,filename,native_language,sex,speakerid,country,file_missing?,,,\n"


def test_machines_are_not_volunteers_and_a_misspelt_sex_is_no_third_one(tmp_path: Path) -> None:
    machine = "0,0,,synthesized1,synthesized,male,355,,FALSE,,,\n"
    person = '65,35,"taipei, taiwan",taiwanese7,taiwanese,famale,1864,taiwan,FALSE,,,\n'
    put_text(tmp_path / "corpus" / "speakers_all.csv", HEADER + machine + person)
    found = [record.row for record in records(settings_for(tmp_path, "speech_accent_archive")) if isinstance(record, Candidate)]
    names = ("speaker_type", "gender", "age_band", "first_language", "accent_raw")
    assert [tuple(row[name] for name in names) for row in found] == [
        ("synthetic", "male", None, None, None),
        ("volunteer", "female", "65", "taiwanese", "taiwanese"),
    ]


@pytest.mark.parametrize(
    ("table", "audio", "root"),
    [
        ("speakers_all.csv", "recordings/recordings", "corpus"),
        ("speakers_all.csv", "recordings", "corpus"),
        ("speakers_all.csv", "", "corpus"),
        ("meta/speakers_all.csv", "recordings/recordings", "corpus"),
        ("meta/speakers_all.csv", "sound", "corpus/sound"),
        ("speakers_all.csv", "recordings/recordings", "corpus/recordings"),
        ("speakers_all.csv", "recordings/recordings", "corpus/recordings/recordings"),
    ],
)
def test_where_recordings_lie(tmp_path: Path, table: str, audio: str, root: str) -> None:
    corpus = tmp_path / "corpus"
    put_text(
        corpus / table, f'{HEADER}24,12,,balanta,balanta,male,788,senegal,TRUE,,,\n27,9,"x, y",zulu1,zulu,female,1,x,FALSE,,,\n'
    )
    put_audio(corpus / audio / "zulu1.mp3", 1)
    settings = settings_for(tmp_path, "speech_accent_archive", metadata=f"corpus/{table}", audio_root=root)
    assert told(settings) == [("missing_file",), ("zulu1", "1", "Please call Stella. Ask ", "zulu")]
