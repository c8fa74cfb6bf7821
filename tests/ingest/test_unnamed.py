"""Audio files that no record names are counted, whatever they are called and whoever may not be named."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.corpus import Corpus
from pipelines.ingest.stage import run_ingest
from pipelines.ingest.unnamed import listed_roots
from pipelines.ingest.unnamed_words import unnamed_audio
from pipelines.inputs import describe_inputs
from pipelines.settings import Settings, load_settings
from pipelines.workers.runner import parse_options
from tests.ingest.corpus import GOOD, Workplace
from tests.ingest.layouts import corpora
from tests.ingest.layouts.speech import put_audio
from tests.ingest.layouts.test_layouts import settings_for

OPTIONS = ["--direct_running_mode=in_memory", "--direct_num_workers=1"]


def unnamed(settings: Settings, out: Path) -> list[dict[str, Any]]:
    """What the stage records."""
    result: list[dict[str, Any]] = run_ingest(settings, Corpus(str(out)), [], parse_options(OPTIONS))["unnamed_audio"]
    return result


def test_files_without_a_record_are_counted_and_a_few_are_shown(workplace: Workplace, tmp_path: Path) -> None:
    for number in range(7):
        shutil.copy(workplace.audio / "a.wav", workplace.audio / f"extra {number}.WAV")
    (workplace.audio / "notes.txt").write_text("no audio")
    (workplace.audio / ".trash").mkdir()
    shutil.copy(workplace.audio / "a.wav", workplace.audio / ".trash" / "b.wav")
    workplace.write_csv([GOOD, GOOD | {"Aufnahme": "r2", "Datei": "lost.wav"}])
    found = unnamed(workplace.settings(), tmp_path / "out")
    examples = [f"audio/extra {number}.WAV" for number in range(5)]
    assert found == [{"audio_root": "audio", "files": 7, "examples": examples}]
    assert unnamed_audio(found[0]) == f"7 audio files that no record names under audio: {', '.join(examples)}, …"


def test_a_rejected_record_names_its_file_in_whatever_spelling(workplace: Workplace, tmp_path: Path) -> None:
    for name in ("nobody.wav", "LOUD.WAV", unicodedata.normalize("NFD", "größe.wav"), "deep/b.wav", "forgotten.wav"):
        (workplace.audio / name).parent.mkdir(exist_ok=True)
        shutil.copy(workplace.audio / "a.wav", workplace.audio / name)
    rows = [GOOD, GOOD | {"Aufnahme": "r2", "Datei": "nobody.wav", "wer": ""}, GOOD | {"Aufnahme": "r3", "Datei": "LOUD.wav"}]
    rows += [GOOD | {"Aufnahme": "r4", "Datei": unicodedata.normalize("NFC", "größe.wav")}]
    rows += [GOOD | {"Aufnahme": "r5", "Datei": "deep\\b.wav"}, GOOD | {"Aufnahme": "", "Datei": "forgotten.wav"}]
    workplace.write_csv(rows)
    assert unnamed(workplace.settings(), tmp_path / "out") == []


def test_where_speakers_are_hidden_files_are_only_counted(workplace: Workplace, tmp_path: Path) -> None:
    (workplace.root / "key").write_text("k" * 64)
    shutil.copy(workplace.audio / "a.wav", workplace.audio / "s2 says hello.wav")
    workplace.more = {"pseudonyms": {"key_file": "key"}}
    workplace.write_csv([GOOD])
    found = unnamed(workplace.settings(), tmp_path / "out")
    assert found == [{"audio_root": "audio", "files": 1, "examples": []}]
    assert unnamed_audio(found[0]) == "1 audio file that no record names under audio"


@pytest.mark.parametrize(("root", "listed"), [("audio", ["audio"]), (".", []), ("..", [])])
def test_a_directory_that_holds_the_configuration_is_not_listed(workplace: Workplace, root: str, listed: list[str]) -> None:
    workplace.write_csv([GOOD])
    assert listed_roots(workplace.settings(audio_root=root)) == {
        str(workplace.root / each): {str(workplace.root / each): ["*"]} for each in listed
    }


def test_what_files_leave_out_is_not_counted_for_a_root_within(workplace: Workplace, tmp_path: Path) -> None:
    corpora.vctk(workplace.root / "data")
    put_audio(workplace.root / "data" / "other" / "a.wav", 40)
    put_audio(workplace.root / "data" / "other" / "b_mic2.wav", 41)
    workplace.write_csv([GOOD])
    sources = [
        {"layout": "vctk", "audio_root": "data", "files": ["*_mic1.flac"]},
        {"metadata": "rows.csv", "audio_root": "data/other", "columns": {"recording_id": "Aufnahme", "audio": "Datei"}},
    ]
    (workplace.root / "corpus.yaml").write_text(json.dumps({"name": "x", "sources": sources, "conditions": [{"name": "any"}]}))
    found = unnamed(load_settings(str(workplace.root / "corpus.yaml")), tmp_path / "out")
    assert found == [{"audio_root": "data", "files": 1, "examples": ["data/other/b_mic2.wav"]}]


def test_names_that_are_no_text_are_shown_with_escapes(workplace: Workplace, tmp_path: Path) -> None:
    shutil.copy(workplace.audio / "a.wav", workplace.audio / os.fsdecode(b"b\xe9.wav"))
    workplace.write_csv([GOOD])
    settings = workplace.settings()
    assert unnamed(settings, tmp_path / "out")[0]["examples"] == ["audio/b\\xe9.wav"]
    assert "audio files of source 0" in describe_inputs(settings)


def stray(tmp_path: Path, layout: str, build: Callable[[Path], None], names: list[str], **source: Any) -> list[dict[str, Any]]:
    """What is told of a corpus in a layout's form, with a few recordings that lie elsewhere in it."""
    build(tmp_path / "corpus")
    for number, name in enumerate(names):
        put_audio(tmp_path / "corpus" / name, 50 + number)
    return unnamed(settings_for(tmp_path, layout, **source), tmp_path / "out")


@pytest.mark.parametrize(
    ("layout", "build", "names"),
    [
        (
            "timit",
            corpora.timit,
            [
                f"TIMIT/TRAIN/{name}"
                for name in ("DR1/STRAY.WAV", "DR1/FCJF0/wav/SA9.WAV", "DR1/FCJF0/SA1.flac", "DR9/MABC1/SA1.WAV")
            ],
        ),
        (
            "vctk",
            corpora.vctk,
            ["wav48_silence_trimmed/p225/more/p225_009_mic1.flac", "wav48_silence_trimmed/p225_009_mic1.flac"],
        ),
        ("l2_arctic", corpora.l2_arctic, ["ABA/wav/wav/arctic_a0009.wav", "arctic_a0009.wav"]),
    ],
)
def test_recordings_beside_a_corpus_that_is_directories_are_counted(
    tmp_path: Path, layout: str, build: Callable[[Path], None], names: list[str]
) -> None:
    told = [{"audio_root": "corpus", "files": len(names), "examples": sorted(f"corpus/{name}" for name in names)}]
    assert stray(tmp_path, layout, build, names) == told


def test_what_files_leave_out_is_not_counted(tmp_path: Path) -> None:
    names = ["wav48_silence_trimmed/p225/p225_001_mic2.flac", "wav48_silence_trimmed/p225/more/p225_001_mic2.flac"]
    assert stray(tmp_path, "vctk", corpora.vctk, names, files=["*_mic1.flac"]) == []


def test_a_converted_copy_that_keeps_the_whole_name_is_not_counted(tmp_path: Path) -> None:
    assert stray(tmp_path, "timit", corpora.timit, ["TIMIT/TRAIN/DR1/FCJF0/SA1.WAV.wav"]) == []
