"""`panvox init` recognises every corpus, writes what runs, and says what it found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.commands.init import init
from pipelines.ingest.layouts import layouts
from pipelines.settings import load_settings
from schemas.errors import ConfigError
from tests.ingest.corpus import records
from tests.ingest.layouts.forms import FORMS
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import EXPECTED


@pytest.mark.parametrize("is_found", [True, False])
def test_audio_that_absolute_paths_name_outside_the_directory(tmp_path: Path, is_found: bool) -> None:
    data, audio = tmp_path / "s5" / "data", tmp_path / "corpora" / "calls"
    for part in ("test", "train"):
        sound = audio / part / "a.wav" if is_found or part == "test" else Path("/nowhere/a.wav")
        put_text(data / part / "wav.scp", f"{part} {sound}\n")
        put_text(data / part / "text", f"{part} WORDS\n")
        put_text(data / part / "utt2spk", f"{part} s\n")
    put_audio(audio / "test" / "a.wav", 1)
    put_audio(audio / "train" / "a.wav", 2)
    lines = list(init(str(data), None, str(tmp_path / "corpus.yaml")))
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    told = f"audio      lies under {audio}, outside {data}: 'audio_root' names it"
    assert (told in lines) == is_found
    assert ("audio      all of 2 files looked for are there" in lines) == is_found
    assert settings.config.sources[0].audio_root == ("corpora/calls" if is_found else "s5/data")
    assert len(settings.metadata[0]) == len(records(settings)) == 2


def test_audio_whose_paths_start_above_the_directory(tmp_path: Path) -> None:
    data = tmp_path / "s5" / "data" / "train"
    put_text(data / "wav.scp", "a downloads/a.wav\n")
    put_text(data / "text", "a WORDS\n")
    put_text(data / "utt2spk", "a s\n")
    put_audio(tmp_path / "s5" / "downloads" / "a.wav", 1)
    lines = list(init(str(data), None, str(tmp_path / "corpus.yaml")))
    assert f"audio      lies under {tmp_path / 's5'}, outside {data}: 'audio_root' names it" in lines
    assert "audio      all of 1 files looked for are there" in lines
    assert load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].metadata == ["s5/data/train/wav.scp"]


@pytest.mark.parametrize("layout", FORMS)
def test_every_corpus_is_recognised(tmp_path: Path, layout: str) -> None:
    FORMS[layout](tmp_path / "corpora" / "My corpus (1)")
    output = tmp_path / "corpus.yaml"
    lines = list(init(str(tmp_path / "corpora" / "My corpus (1)"), None, str(output)))
    settings = load_settings(str(output))
    assert settings.config.sources[0].layout == layout
    assert settings.config.name == "My-corpus-1"
    assert lines[0].startswith(f"layout     {layout}: ")
    one_microphone = 2 if layout == "vctk" else 0  # of two are asked for, and a text without a recording is not
    expected = 3 if layout == "table" else len(EXPECTED[layout]) - one_microphone - (layout == "vctk")
    assert len(records(settings)) == expected
    assert any(line.startswith("found ") and f" {expected} records" in line for line in lines)
    for caveat in layouts()[layout].caveats:
        assert f"know       {caveat}" in lines


def test_what_it_says(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "cv")
    lines = list(init(str(tmp_path / "cv"), None, str(tmp_path / "corpus.yaml")))
    assert "found      1 metadata files or directories, 5 records, 3 speakers" in lines
    mapped = next(line for line in lines if line.startswith("mapped"))
    assert "speaker_id ← client_id, language ← locale, gender ← gender (40 %)" in mapped
    assert "not mapped sentence_id, sentence_domain, up_votes, down_votes, variant, segment (kept in `extra`)" in lines
    assert "missing    first_language, consent: nothing gives them; `defaults` can, where one value holds for all" in lines
    assert "accents    England English 2, Scottish English|Irish 1; not declared 2" in lines
    assert "audio      of 5 files looked for 1 are not there, as cv/en/clips/common_voice_en_4.mp3" in lines
    written = (tmp_path / "corpus.yaml").read_text()
    assert "accents: english\n" in written
    assert '    #   accent: "accents"\n' in written


def test_a_table_of_any_names(tmp_path: Path) -> None:
    put_text(
        tmp_path / "c" / "meta" / "list.tsv",
        "Utt-ID\tfile name\tSentence\tClient_ID\tDialect\tmood\n1\ta.wav\tHi\tp1\tWelsh\tsad\n",
    )
    put_text(tmp_path / "c" / "notes.csv", "who,what\nme,nothing\n")
    put_audio(tmp_path / "c" / "sound" / "a.wav", 1)
    lines = list(init(str(tmp_path / "c"), "table", str(tmp_path / "corpus.yaml")))
    source = load_settings(str(tmp_path / "corpus.yaml")).config.sources[0]
    assert source.metadata == ["c/meta/list.tsv"]
    assert source.audio_root == "c/sound"
    assert source.columns == {
        "recording_id": "Utt-ID",
        "audio": "file name",
        "text": "Sentence",
        "speaker_id": "Client_ID",
        "accent": "Dialect",
    }
    assert "not mapped mood (kept in `extra`)" in lines
    assert "1 other tables under the directory are left out" in lines[0]
    assert "audio      all of 1 files looked for are there" in lines


def test_two_corpora_in_one_directory_are_not_chosen_between(tmp_path: Path) -> None:
    for name in ("timit", "librispeech", "kaldi"):
        FORMS[name](tmp_path / "c" / name)
    with pytest.raises(ConfigError, match="fits several layouts: librispeech, timit; choose one with --layout"):
        list(init(str(tmp_path / "c"), None, str(tmp_path / "corpus.yaml")))
    assert not (tmp_path / "corpus.yaml").exists()
    list(init(str(tmp_path / "c"), "kaldi", str(tmp_path / "corpus.yaml")))
    assert load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].layout == "kaldi"


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (None, "fits no layout, and holds no table"),
        ("vctk", "layout 'vctk' finds nothing in .*expected speaker-info.txt"),
        ("table", "holds no table"),
        ("quarantine", "'panvox init' has no use for it"),
        ("vkct", "there is no layout 'vkct'"),
    ],
)
def test_a_directory_that_holds_nothing(tmp_path: Path, layout: str | None, message: str) -> None:
    (tmp_path / "c").mkdir()
    with pytest.raises(ConfigError, match=message):
        list(init(str(tmp_path / "c"), layout, str(tmp_path / "corpus.yaml")))


def test_a_table_that_names_no_audio(tmp_path: Path) -> None:
    put_text(tmp_path / "c" / "a.csv", "x,y\n1,2\n")
    with pytest.raises(
        ConfigError, match=r"a.csv:1: has no column that is likely to name audio files and speakers; its columns: x, y"
    ):
        list(init(str(tmp_path / "c"), None, str(tmp_path / "corpus.yaml")))


def test_a_configuration_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    FORMS["timit"](tmp_path / "c")
    output = tmp_path / "corpus.yaml"
    output.write_text("mine")
    with pytest.raises(ConfigError, match=r"corpus.yaml: exists already; --force replaces it"):
        list(init(str(tmp_path / "c"), None, str(output)))
    assert output.read_text() == "mine"
    FORMS["kaldi"](tmp_path / "k")
    shutil.rmtree(tmp_path / "k" / "data" / "cut")
    (tmp_path / "k" / "data" / "plain" / "wav.scp").write_text("a sox |\n")
    with pytest.raises(ConfigError, match="made by a command"):
        list(init(str(tmp_path / "k"), "kaldi", str(output), replace=True))
    assert output.read_text() == "mine"
    list(init(str(tmp_path / "c"), None, str(output), replace=True))
    assert "layout: timit" in output.read_text()


def test_another_corpus_with_the_same_folders_is_not_taken_for_l2_arctic(tmp_path: Path) -> None:
    put_audio(tmp_path / "data_aishell" / "wav" / "train" / "S0002" / "BAC009S0002W0122.wav", 1)
    put_text(tmp_path / "data_aishell" / "transcript" / "aishell_transcript_v0.8.txt", "BAC009S0002W0122 x\n")
    with pytest.raises(ConfigError, match="fits no layout, and holds no table"):
        list(init(str(tmp_path / "data_aishell"), None, str(tmp_path / "corpus.yaml")))


def test_archives_that_are_not_unpacked_are_told(tmp_path: Path) -> None:
    corpus = tmp_path / "l2arctic_release_v5.0"
    for name in ("ABA", "YKWK"):
        put_text(corpus / f"{name}.zip", "PK")
    put_text(corpus / "README.md", "|ABA|M|Arabic|1129|150|")
    for layout in (None, "l2_arctic"):
        with pytest.raises(ConfigError, match=r"Archives are not read: ABA.zip, YKWK.zip; unpack them"):
            list(init(str(corpus), layout, str(tmp_path / "corpus.yaml")))
    FORMS["l2_arctic"](corpus)
    (corpus / "ABA.zip").unlink()
    lines = list(init(str(corpus), None, str(tmp_path / "corpus.yaml")))
    assert "warning    archives are not read: YKWK.zip; unpack what is packed still" in lines


def test_there_is_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such directory"):
        list(init(str(tmp_path / "none"), None, str(tmp_path / "corpus.yaml")))


def test_a_table_that_is_a_header_only_is_told_as_that(tmp_path: Path) -> None:
    header = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccents\tlocale\tsegment\n"
    put_text(tmp_path / "cv" / "en" / "validated.tsv", header)
    put_audio(tmp_path / "cv" / "en" / "clips" / "x.mp3", 1)
    lines = list(init(str(tmp_path / "cv"), None, str(tmp_path / "corpus.yaml")))
    assert "warning    the metadata hold no record: are they a header only, or cut short?" in lines
    assert any(line.startswith("mapped ") and "speaker_id ← client_id" in line for line in lines)


def test_what_the_layout_fills_in_stands_in_the_file(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "cv")
    list(init(str(tmp_path / "cv"), None, str(tmp_path / "corpus.yaml")))
    written = (tmp_path / "corpus.yaml").read_text()
    for line in ('    #   licence: "CC0-1.0"', "    # provenance: ", "    #   accent: self_reported"):
        assert f"\n{line}" in written


def test_the_taxonomy_of_english_is_said_to_be_of_english_where_there_are_other_languages(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "cv")
    note = "# The taxonomy is of English; words declared with other languages (fr) are looked up in it too.\n"
    list(init(str(tmp_path / "cv"), None, str(tmp_path / "corpus.yaml")))
    assert note not in (tmp_path / "corpus.yaml").read_text()
    header = "client_id\tpath\tsentence\taccents\tlocale\n"
    put_text(tmp_path / "cv" / "fr" / "validated.tsv", f"{header}f1\tcommon_voice_fr_1.mp3\tBonjour\tcanada\tfr\n")
    list(init(str(tmp_path / "cv"), None, str(tmp_path / "corpus.yaml"), replace=True))
    assert f"{note}accents: english\n" in (tmp_path / "corpus.yaml").read_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,file,text\n1,a.wav,hi\n", "has no column that is likely to name speakers; its columns: id, file, text"),
        ("id,who\n1,me\n", "has no column that is likely to name audio files; its columns: id, who"),
        ("", "names no column; expected a header"),
    ],
)
def test_a_table_that_cannot_be_mapped_says_what_it_lacks(tmp_path: Path, text: str, told: str) -> None:
    put_text(tmp_path / "c" / "list.csv", text)
    with pytest.raises(ConfigError, match=told):
        list(init(str(tmp_path / "c"), None, str(tmp_path / "corpus.yaml")))
