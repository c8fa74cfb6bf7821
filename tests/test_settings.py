"""Files that a configuration names are found before anything is started, and what is not there is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.settings import Settings, load_settings
from schemas.errors import ConfigError

CONFIG = """\
name: demo
sources:
  - metadata: [one.csv, "more/*.csv"]
    audio_root: audio
accents: accents.yaml
noises: {street: {files: "noise/*"}, babble: {talkers: 3}}
rooms: {hall: {responses: "rir/[!x]*.wav"}}
expectations: suites
conditions:
  - {name: clean}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one.csv", "more/b.csv", "more/a.csv", "audio/a.wav", "noise/n.flac", "rir/r.wav", "rir/x.wav", "suites/s.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "accents.yaml").write_text("accents: {en: [x]}\n")
    return tmp_path


def load(folder: Path, old: str = "", new: str = "") -> Settings:
    (folder / "corpus.yaml").write_text(CONFIG.replace(old, new) if old else CONFIG)
    return load_settings(str(folder / "corpus.yaml"))


def test_everything_is_found(folder: Path) -> None:
    settings = load(folder)
    assert [settings.relative(file) for file in settings.metadata[0]] == ["one.csv", "more/a.csv", "more/b.csv"]
    assert [settings.relative(file) for file in settings.noises["street"]] == ["noise/n.flac"]
    assert [settings.relative(file) for file in settings.rooms["hall"]] == ["rir/r.wav"]
    assert "babble" not in settings.noises
    assert settings.accents.wanted == ("en",)
    assert settings.audio_root(settings.config.sources[0]) == str(folder / "audio")


def test_a_relative_location_means_the_same_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(folder)
    monkeypatch.chdir(folder)
    settings = load_settings("corpus.yaml")
    monkeypatch.chdir("/")
    assert settings.resolve("audio/a.wav") == str(folder / "audio" / "a.wav")
    assert Path(settings.metadata[0][0]).is_file()


def test_a_folder_whose_name_looks_like_a_pattern(folder: Path) -> None:
    odd = folder.rename(folder.parent / "[2024] take *")
    assert len(load(odd).metadata[0]) == 3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("one.csv", "two.csv", "3: sources[0].metadata: there is no file 'two.csv'"),
        ("more/*.csv", "*.tsv", "3: sources[0].metadata: no file fits '*.tsv'"),
        ("one.csv", "audio", "3: sources[0].metadata: 'audio' is a directory, expected a file"),
        ("audio_root: audio", "audio_root: sounds", "4: sources[0].audio_root: there is no directory 'sounds'"),
        ("audio_root: audio", "audio_root: one.csv", "4: sources[0].audio_root: there is no directory 'one.csv'"),
        (
            "    audio_root",
            "    layout: tabel\n    audio_root",
            "4: sources[0].layout: there is no layout 'tabel'; did you mean 'table'?",
        ),
        ("accents.yaml", "no.yaml", "5: accents: there is no file 'no.yaml', and panvox brings: english"),
        ("noise/*", "nosie/*", "6: noises.street.files: no file fits 'nosie/*'"),
        ("rir/[!x]*.wav", "rir/none.wav", "7: rooms.hall.responses: there is no file 'rir/none.wav'"),
        ("expectations: suites", "expectations: suits", "8: expectations: there is no file or directory 'suits'"),
    ],
)
def test_what_is_not_there(folder: Path, old: str, new: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(folder, old, new)
    assert str(caught.value) == f"{folder / 'corpus.yaml'}:{expected}"


def test_a_mistake_in_accents_names_that_file(folder: Path) -> None:
    (folder / "accents.yaml").write_text("accents:\n  en: 3\n")
    with pytest.raises(ConfigError, match=r"accents\.yaml:2: accents\.en: expected a list of declared words, found 3"):
        load(folder)
