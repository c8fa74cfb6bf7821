"""AfriSpeech-200 as its authors now publish it: tables and archives of each accent."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate
from tests.ingest.corpus import records, rules
from tests.ingest.layouts.corpora import AFRISPEECH_HEADER
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for


def put_accent(root: Path, folder: str, accent: str, number: int) -> None:
    """One recording of an accent, in dev/ and of the split ``test`` by its column, as published."""
    put_text(
        root / "transcripts" / folder / "dev.csv",
        f'{AFRISPEECH_HEADER}\n{number},u{number},{accent},19-25,NG,"Wound packed.\n",13,a{number},'
        f"/AfriSpeech-100/dev/d{number}/f{number}.wav,0.8,nigerian,clinical,test,Female\n",
    )
    put_audio(root / "audio" / folder / "dev" / f"d{number}" / f"f{number}.wav", number)


def test_tables_of_each_accent(tmp_path: Path) -> None:
    for number, (folder, accent) in enumerate([("yoruba", "yoruba"), ("hausa-fulani", "hausa/fulani"), ("english", "english")]):
        put_accent(tmp_path / "corpus", folder, accent, number)
    settings = settings_for(tmp_path, "afrispeech_200")
    assert rules(settings) == ["", "", ""]
    declared = {each.row["accent_raw"] for each in records(settings) if isinstance(each, Candidate)}
    assert declared == {"yoruba", "hausa/fulani", "english"}


def test_the_first_file_in_capitals_is_found(tmp_path: Path) -> None:
    put_accent(tmp_path / "corpus", "yoruba", "yoruba", 1)
    recording = tmp_path / "corpus" / "audio" / "yoruba" / "dev" / "d1" / "f1.wav"
    recording.rename(recording.with_suffix(".WAV"))
    assert rules(settings_for(tmp_path, "afrispeech_200")) == [""]


def test_a_path_that_names_a_directory_decides_nothing(tmp_path: Path) -> None:
    put_accent(tmp_path / "corpus", "yoruba", "yoruba", 1)
    table = tmp_path / "corpus" / "transcripts" / "yoruba" / "dev.csv"
    head, *rows = table.read_text().splitlines(keepends=True)
    cut = "".join(rows).replace("dev/d1/f1.wav", "dev/").replace("a1", "a0")
    table.write_text(head + cut + "".join(rows))
    assert rules(settings_for(tmp_path, "afrispeech_200"))[1:] == [""]


@pytest.mark.parametrize(("more", "layout"), [("domain", "afrispeech_200"), ("gender", "table")])
def test_a_table_of_names_that_anybody_has_is_no_corpus_of_its_own(tmp_path: Path, more: str, layout: str) -> None:
    put_text(tmp_path / "corpus" / "metadata.csv", f"path,transcript,speaker_id,accent,{more}\na.wav,bonjour,s,Parisian,x\n")
    assert recognise(str(tmp_path / "corpus")).layout == layout
