"""EdAcc as it was released, as it is prepared for Kaldi, and as it stands on the Hub."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.ingest.layouts.edacc import parse_speakers
from schemas.errors import ConfigError
from tests.ingest.corpus import rules
from tests.ingest.layouts.forms import FORMS
from tests.ingest.layouts.speech import audio_bytes, put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told

QUESTIONS = (
    "Timestamp,PARTICIPANT_ID,What is your gender?,Is English your first language?,What is your first language?,"
    '"How would you describe your accent in English? (e.g. Italian, Glaswegian)",'
    '"Do you speak any second languages? separate them with commas  (e.g., Mandarin,Catalan,French )"\n'
)


def test_a_copy_for_kaldi_that_has_no_stm(tmp_path: Path) -> None:
    top = tmp_path / "corpus" / "edacc_v1.0"
    FORMS["edacc"](tmp_path / "corpus")
    (top / "dev" / "stm").unlink()
    names = [f"EDACC-C06-{number:09d}" for number in range(4)]
    times = ["0.00 0.90", "0.90 1.70", "1.70 soon"]
    put_text(top / "dev" / "segments", "".join(f"{name} EDACC-C06 {time}\n" for name, time in zip(names, times, strict=False)))
    put_text(top / "dev" / "text", f"{names[0]} C ELEVEN\n{names[1]} YES <LAUGH>\n{names[2]} NO\n{names[3]} NOWHERE\n")
    put_text(top / "dev" / "utt2spk", "".join(f"{name} EDACC-C06-{'AB'[at % 2]}\n" for at, name in enumerate(names)))
    assert told(settings_for(tmp_path, "edacc")) == [
        (names[0], "EDACC-C06-A", "C ELEVEN", "Southern British"),
        (names[1], "EDACC-C06-B", "YES <LAUGH>", "Catalan, a bit"),
        ("malformed_row",),
        ("missing_audio_path",),
    ]


def test_a_conversation_in_parts_and_a_questionnaire_above_the_corpus(tmp_path: Path) -> None:
    top = tmp_path / "corpus" / "edacc_v1.0"
    for part in (1, 2):
        put_audio(top / "data" / f"EDACC-C35_P{part}.wav", part, 1.0)
    lines = "".join(f"EDACC-C35_P{part} 1 EDACC-C35-A 0.00 0.90 <male,l2> YES\n" for part in (1, 2))
    put_text(top / "test" / "stm", f"{lines}EDACC-C35_P2 1 EDACC-C35-A nan 0.90 <male,l2> NO\n")
    put_text(tmp_path / "corpus" / "linguistic_background.csv", f"{QUESTIONS}1,EDACC-C35-A,Male,No,Yoruba,Nigerian,English\n")
    assert told(settings_for(tmp_path, "edacc")) == [
        ("EDACC-C35_P1-A-0000000-0000090", "EDACC-C35-A", "YES", "Nigerian"),
        ("EDACC-C35_P2-A-0000000-0000090", "EDACC-C35-A", "YES", "Nigerian"),
        ("malformed_row",),
    ]


def test_yes_and_no_name_no_language(tmp_path: Path) -> None:
    put_text(tmp_path / "a.csv", f"{QUESTIONS}1,A,Male,Yes,English,Glaswegian,No\n2,B,Female,No,,Italian,\n")
    found = parse_speakers(str(tmp_path / "a.csv"))
    assert {key: (answers["first_language"], answers["second_languages"]) for key, answers in found.items()} == {
        "A": ("English", ""),
        "B": ("", ""),
    }


def test_a_questionnaire_that_names_no_participants_is_a_mistake(tmp_path: Path) -> None:
    put_text(tmp_path / "a.csv", "Timestamp,Speaker,What is your gender?\n1,A,Male\n")
    with pytest.raises(ConfigError, match=r"a.csv:1: has no column 'PARTICIPANT_ID'; its columns: Timestamp, Speaker, What is"):
        parse_speakers(str(tmp_path / "a.csv"))


@pytest.mark.parametrize("token", ["IGNORE_TIME_SEGMENT_IN_SCORING", "ignore_time_segment_in_scoring"])
def test_the_hubs_form_has_marks_that_are_no_transcripts(tmp_path: Path, token: str) -> None:
    columns = {
        "speaker": ["EDACC-C06-A", "EDACC-C06-B"],
        "text": ["C ELEVEN", token],
        "accent": ["Southern British English", "Catalan"],
        "raw_accent": ["English", "Catalan, a bit"],
        "gender": ["male", "female"],
        "l1": ["Southern British English", "Catalan"],
        "audio": [{"bytes": audio_bytes(number), "path": f"EDACC-C06-{number}.wav"} for number in (1, 2)],
    }
    (tmp_path / "corpus" / "data").mkdir(parents=True)
    pq.write_table(pa.table(columns), tmp_path / "corpus" / "data" / "test-0.parquet")
    found = told(settings_for(tmp_path, "hf_parquet"))
    assert found == [("data/test-0.parquet!/000000/000000/audio.bytes", "EDACC-C06-A", "C ELEVEN", "English"), ("missing_text",)]


def test_an_answer_that_is_no_utf_8_is_shown(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(
        f"{QUESTIONS}1,A,Male,No,Espa\xf1ol,Cor\xfa\xb1a,\n2,B,Female,Yes,,Scots,\n".encode("latin-1")
    )
    found = parse_speakers(str(tmp_path / "people.csv"))
    assert (found["A"]["first_language"], found["A"]["accent"], found["B"]["accent"]) == (
        "Espa\\xf1ol",
        "Cor\\xfa\\xb1a",
        "Scots",
    )


def test_converted_recordings_are_found(tmp_path: Path) -> None:
    FORMS["edacc"](tmp_path / "corpus")
    before = rules(settings_for(tmp_path, "edacc"))
    assert "" in before
    for sound in (tmp_path / "corpus").rglob("*.wav"):
        sound.with_suffix(".flac").write_bytes(sound.read_bytes())
        sound.unlink()
    assert rules(settings_for(tmp_path, "edacc")) == before
