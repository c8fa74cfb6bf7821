"""Common Voice in the forms that its releases had: CSV, without languages, spontaneous speech."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pipelines.commands.init import init
from pipelines.ingest.record import Candidate
from pipelines.settings import load_settings
from tests.ingest.corpus import records, rules
from tests.ingest.layouts.corpora import CV_HEADER
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told

FIRST_RELEASE = "filename,text,up_votes,down_votes,age,gender,accent,duration\n"
EARLY = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccent\n"
SPONTANEOUS = (
    "client_id\taudio_id\taudio_file\tduration_ms\tprompt_id\tprompt\ttranscription\tvotes\tage\tgender\taccents\tvariant\t"
    "language\tprompt_upvotes\tprompt_reports\tis_edited\tsplit\tchar_per_sec\tquality_tags\n"
)


def rows(root: Path, **source: Any) -> list[dict[str, Any]]:
    """The manifest's rows of a corpus, as far as they are known without its audio."""
    return [record.row for record in records(settings_for(root, "common_voice", **source)) if isinstance(record, Candidate)]


def first_release(root: Path, folder: str) -> None:
    """The release of 2017: tables of commas, paths that name their directory, no speakers."""
    put_text(
        root / "cv-valid-train.csv",
        FIRST_RELEASE + "cv-valid-train/sample-000000.mp3,learn to recognise omens,1,0,,,,\n"
        'cv-valid-train/sample-000001.mp3,"everything, he said",1,0,fourties,male,us,\n',
    )
    put_text(root / "cv-valid-dev.csv", FIRST_RELEASE)
    put_text(root / "cv-other-train.csv", FIRST_RELEASE + "cv-other-train/sample-000000.mp3,not validated,0,0,,,,\n")
    for number in range(2):
        put_audio(root / folder / f"sample-{number:06d}.mp3", number)


@pytest.mark.parametrize("folder", ["cv-valid-train", "cv-valid-train/cv-valid-train"])
def test_the_first_release(tmp_path: Path, folder: str) -> None:
    first_release(tmp_path / "corpus", folder)
    lines = list(init([str(tmp_path / "corpus")], None, str(tmp_path / "found.yaml")))
    assert lines[0].startswith("layout     common_voice: ")
    assert "found      not accepted: 2 missing_speaker" in lines
    assert any("`defaults: {speaker_id: …}` makes all of them one speaker" in line for line in lines)
    assert "    #   accent: …" not in (tmp_path / "found.yaml").read_text()
    assert rules(settings_for(tmp_path, "common_voice")) == ["missing_speaker"] * 2
    named = {"defaults": {"speaker_id": "cv1"}}
    assert rules(settings_for(tmp_path, "common_voice", **named)) == ["", ""]
    clips = {"metadata": "corpus/cv-valid-train.csv", "audio_root": f"corpus/{folder}"}
    assert rules(settings_for(tmp_path, "common_voice", **named, **clips)) == ["", ""]
    second = rows(tmp_path, **named)[1]
    assert (second["recording_id"], second["text"]) == ("cv-valid-train/sample-000001.mp3", "everything, he said")
    assert (second["language"], second["accent_raw"], second["speaker_id"]) == ("en", "us", "cv1")


def test_releases_without_a_column_of_languages(tmp_path: Path) -> None:
    paths = ["common_voice_pa-IN_17.mp3", "common_voice_en_18", "5e6f0a", "nl/clips/common_voice_nl_1.mp3"]
    text = EARLY + "".join(f"c{number}\t{path}\tSaid\t2\t0\t\t\tus\n" for number, path in enumerate(paths))
    put_text(tmp_path / "corpus" / "validated.tsv", text)
    (tmp_path / "corpus" / "clips").mkdir()
    assert [row["language"] for row in rows(tmp_path)] == ["pa-IN", "en", None, "nl"]
    assert [row["language"] for row in rows(tmp_path, defaults={"language": "en"})] == ["pa-IN", "en", "en", "nl"]
    assert "clip_locale" not in json.dumps([row["extra"] for row in rows(tmp_path)])


def test_a_release_of_english_without_a_column_of_languages_gets_the_english_taxonomy(tmp_path: Path) -> None:
    put_text(tmp_path / "corpus" / "validated.tsv", EARLY + "c\tcommon_voice_en_1.mp3\tSaid\t2\t0\t\t\tus\n")
    list(init([str(tmp_path / "corpus")], None, str(tmp_path / "corpus.yaml")))
    assert "\naccents: english\n" in (tmp_path / "corpus.yaml").read_text()


def test_spontaneous_speech(tmp_path: Path) -> None:
    root = tmp_path / "corpus" / "sps-corpus-3.0-2026-03-09-en"
    put_text(
        root / "ss-corpus-en.tsv",
        SPONTANEOUS
        + 's1\t1\tspontaneous-speech-en-1.mp3\t900\t7\tIs it "home?\tWell [disfluency]\t1\tteens\tfemale_feminine\tus,england\t\t'
        "English\t2\t0\t0\ttrain\t12.1\t\n"
        "s2\t2\tspontaneous-speech-en-2.mp3\t900\t7\tWhat?\t\t0\t\t\t\t\tEnglish\t2\t0\t0\tunassigned\t0\tshort-audio\n",
    )
    put_text(
        root / "ss-reported-audios-en.tsv", "client_id\taudio_id\taudio_file\tduration_ms\treason\ns2\t3\tx.mp3\t900\tother\n"
    )
    for number in (1, 2, 3):
        put_audio(root / "audios" / f"spontaneous-speech-en-{number}.mp3", number)
    list(init([str(tmp_path / "corpus")], None, str(tmp_path / "found.yaml")))
    assert load_settings(str(tmp_path / "found.yaml")).config.sources[0].layout == "common_voice"
    assert rules(settings_for(tmp_path, "common_voice")) == ["", "missing_text"]
    row = rows(tmp_path)[0]
    assert (row["recording_id"], row["text"]) == ("spontaneous-speech-en-1.mp3", "Well [disfluency]")
    assert (row["language"], row["gender"], row["accent_raw"]) == ("en", "female_feminine", "us,england")
    assert (row["gender_provenance"], row["licence"]) == ("self_reported", "CC0-1.0")


def test_a_delta_of_one_language_beside_a_release_of_many(tmp_path: Path) -> None:
    for folder, locale, number in (("cv-corpus-21.0", "ca", 1), ("cv-corpus-21.0", "en", 2), ("cv-corpus-22.0-delta", "en", 3)):
        root = tmp_path / "corpus" / folder / locale
        clip = f"common_voice_{locale}_{number}.mp3"
        cells = [f"c{number}", clip, "s", "Said", "general,finance", "2", "0", "", "", "", "", locale, "Benchmark"]
        put_text(root / "validated.tsv", "\t".join(CV_HEADER) + "\n" + "\t".join(cells) + "\n")
        put_text(root / "clip_durations.tsv", f"clip\tduration[ms]\n{clip}\t800\n")
        put_text(root / "reported.tsv", 'sentence\tsentence_id\tlocale\treason\n"Said\ts\ten\tgrammar-or-spelling\n')
        put_audio(root / "clips" / clip, number)
    assert rules(settings_for(tmp_path, "common_voice")) == ["", "", ""]
    assert [row["language"] for row in rows(tmp_path)] == ["ca", "en", "en"]


def test_what_the_hub_has_is_read_from_tar_files_and_from_what_they_were_unpacked_to(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    said = [("train", 1, "One."), ("train", 2, "Two."), ("train", 3, "Gone."), ("test", 4, "Four.")]
    for split in ("train", "test"):
        lines = [f"c{number}\tcommon_voice_en_{number}.mp3\t{text}\t2\t0\t\t\t\n" for its, number, text in said if its == split]
        put_text(corpus / "transcript" / "en" / f"{split}.tsv", EARLY + "".join(lines))
    put_audio(corpus / "audio" / "en" / "train" / "en_train_0" / "common_voice_en_1.mp3", 1)
    (corpus / "audio" / "en" / "train" / "en_train_0.tar").write_bytes(b"left over from unpacking")
    for split, number, ending in (("train", 2, "wav"), ("test", 4, "mp3")):
        name = f"common_voice_en_{number}.{ending}"
        put_audio(tmp_path / name, number)
        (corpus / "audio" / "en" / split).mkdir(parents=True, exist_ok=True)
        with tarfile.open(corpus / "audio" / "en" / split / f"en_{split}_1.tar", "w") as tar:
            tar.add(tmp_path / name, f"en_{split}_1/{name}")
    list(init([str(corpus)], None, str(tmp_path / "corpus.yaml")))
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    assert settings.config.sources[0].layout == "common_voice"
    assert told(settings) == [
        ("common_voice_en_4.mp3", "c4", "Four.", ""),
        ("common_voice_en_1.mp3", "c1", "One.", ""),
        ("common_voice_en_2.mp3", "c2", "Two.", ""),
        ("missing_file",),
    ]


@pytest.mark.parametrize("path", ["{}.mp3", "{}", "clips/{}.mp3", "{root}/corpus/en/clips/{}.mp3"])
@pytest.mark.parametrize("ending", ["mp3", "wav"])
def test_clips_are_found_by_whatever_path_and_converted(tmp_path: Path, path: str, ending: str) -> None:
    folder = tmp_path / "corpus" / "en"
    names = [path.format(f"common_voice_en_{number}", root=tmp_path) for number in range(3)]
    put_text(folder / "validated.tsv", EARLY + "".join(f"c\t{name}\tHi.\t2\t0\t\t\t\n" for name in names))
    for number in (1, 2):
        put_audio(folder / "clips" / f"common_voice_en_{number}.{ending}", number)
    assert rules(settings_for(tmp_path, "common_voice")) == ["missing_file", "", ""]


def test_where_a_conversion_broke_off_both_forms_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "corpus" / "en"
    put_text(
        folder / "validated.tsv", EARLY + "".join(f"c\tcommon_voice_en_{number}.mp3\tHi.\t2\t0\t\t\t\n" for number in range(3))
    )
    for number, ending in enumerate(("wav", "wav", "mp3")):
        put_audio(folder / "clips" / f"common_voice_en_{number}.{ending}", number)
    assert rules(settings_for(tmp_path, "common_voice")) == ["", "", ""]
