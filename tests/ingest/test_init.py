"""`panvox init` recognises every corpus, writes what runs, and says what it found."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.commands.init import init
from pipelines.ingest.layouts import layouts
from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate
from pipelines.settings import load_settings
from schemas.errors import ConfigError
from tests.ingest.corpus import records, rules
from tests.ingest.layouts.forms import FORMS
from tests.ingest.layouts.speech import audio_bytes, put_audio, put_text
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
    lines = list(init([str(data)], None, str(tmp_path / "corpus.yaml")))
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
    lines = list(init([str(data)], None, str(tmp_path / "corpus.yaml")))
    assert f"audio      lies under {tmp_path / 's5'}, outside {data}: 'audio_root' names it" in lines
    assert "audio      all of 1 files looked for are there" in lines
    assert load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].metadata == ["s5/data/train/wav.scp"]


@pytest.mark.parametrize("layout", FORMS)
def test_every_corpus_is_recognised(tmp_path: Path, layout: str) -> None:
    FORMS[layout](tmp_path / "corpora" / "My corpus (1)")
    output = tmp_path / "corpus.yaml"
    lines = list(init([str(tmp_path / "corpora" / "My corpus (1)")], None, str(output)))
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
    lines = list(init([str(tmp_path / "cv")], None, str(tmp_path / "corpus.yaml")))
    assert "found      1 metadata files or directories, 5 records, 3 speakers" in lines
    mapped = next(line for line in lines if line.startswith("mapped"))
    assert "speaker_id ← client_id, language ← locale, gender ← gender (40 %)" in mapped
    assert "not mapped sentence_id, sentence_domain, up_votes, down_votes, variant, segment (kept in `extra`)" in lines
    assert "missing    first_language, consent: nothing gives them; `defaults` can, where one value holds for all" in lines
    assert "accents    England English 2, Scottish English|Irish 1; not declared 2" in lines
    assert (
        "audio      of 5 files looked for 1 are not there, as cv/en/clips/common_voice_en_4.mp3: there is no such file" in lines
    )
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
    lines = list(init([str(tmp_path / "c")], "table", str(tmp_path / "corpus.yaml")))
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
        list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert not (tmp_path / "corpus.yaml").exists()
    shutil.rmtree(tmp_path / "c" / "timit")
    told = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert "(there is also what fits kaldi: --layout chooses, and further corpora are further sources)" in told[0]
    list(init([str(tmp_path / "c")], "kaldi", str(tmp_path / "corpus.yaml"), replace=True))
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
        list(init([str(tmp_path / "c")], layout, str(tmp_path / "corpus.yaml")))


def test_a_table_that_names_no_audio(tmp_path: Path) -> None:
    put_text(tmp_path / "c" / "a.csv", "x,y\n1,2\n")
    with pytest.raises(
        ConfigError, match=r"a.csv:1: has no column that is likely to name audio files and speakers; its columns: x, y"
    ):
        list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))


def test_a_configuration_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    FORMS["timit"](tmp_path / "c")
    output = tmp_path / "corpus.yaml"
    output.write_text("mine")
    with pytest.raises(ConfigError, match=r"corpus.yaml: exists already; --force replaces it"):
        list(init([str(tmp_path / "c")], None, str(output)))
    assert output.read_text() == "mine"
    FORMS["kaldi"](tmp_path / "k")
    shutil.rmtree(tmp_path / "k" / "data" / "cut")
    (tmp_path / "k" / "data" / "plain" / "wav.scp").write_text("a sox |\n")
    with pytest.raises(ConfigError, match="made by a command"):
        list(init([str(tmp_path / "k")], "kaldi", str(output), replace=True))
    assert output.read_text() == "mine"
    list(init([str(tmp_path / "c")], None, str(output), replace=True))
    assert "layout: timit" in output.read_text()


def test_another_corpus_with_the_same_folders_is_not_taken_for_l2_arctic(tmp_path: Path) -> None:
    put_audio(tmp_path / "data_aishell" / "wav" / "train" / "S0002" / "BAC009S0002W0122.wav", 1)
    put_text(tmp_path / "data_aishell" / "transcript" / "aishell_transcript_v0.8.txt", "BAC009S0002W0122 x\n")
    with pytest.raises(ConfigError, match="fits no layout, and holds no table"):
        list(init([str(tmp_path / "data_aishell")], None, str(tmp_path / "corpus.yaml")))


def test_archives_that_are_not_unpacked_are_told(tmp_path: Path) -> None:
    corpus = tmp_path / "l2arctic_release_v5.0"
    for name in ("ABA", "YKWK"):
        put_text(corpus / f"{name}.zip", "PK")
    put_text(corpus / "README.md", "|ABA|M|Arabic|1129|150|")
    for layout in (None, "l2_arctic"):
        with pytest.raises(ConfigError, match=r"Archives are not read: ABA.zip, YKWK.zip; unpack them"):
            list(init([str(corpus)], layout, str(tmp_path / "corpus.yaml")))
    FORMS["l2_arctic"](corpus)
    (corpus / "ABA.zip").unlink()
    lines = list(init([str(corpus)], None, str(tmp_path / "corpus.yaml")))
    assert "warning    archives are not read: YKWK.zip; unpack what is packed still" in lines


def test_there_is_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such directory"):
        list(init([str(tmp_path / "none")], None, str(tmp_path / "corpus.yaml")))


def test_a_table_that_is_a_header_only_is_told_as_that(tmp_path: Path) -> None:
    header = "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccents\tlocale\tsegment\n"
    put_text(tmp_path / "cv" / "en" / "validated.tsv", header)
    put_audio(tmp_path / "cv" / "en" / "clips" / "x.mp3", 1)
    lines = list(init([str(tmp_path / "cv")], None, str(tmp_path / "corpus.yaml")))
    assert "warning    the metadata hold no record: are they a header only, or cut short?" in lines
    assert any(line.startswith("mapped ") and "speaker_id ← client_id" in line for line in lines)


def test_what_the_layout_fills_in_stands_in_the_file(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "cv")
    list(init([str(tmp_path / "cv")], None, str(tmp_path / "corpus.yaml")))
    written = (tmp_path / "corpus.yaml").read_text()
    for line in ('    #   licence: "CC0-1.0"', "    # provenance: ", "    #   accent: self_reported"):
        assert f"\n{line}" in written


def test_the_taxonomy_of_english_is_said_to_be_of_english_where_there_are_other_languages(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "cv")
    note = "# The taxonomy is of English; words declared with other languages (fr) are looked up in it too.\n"
    list(init([str(tmp_path / "cv")], None, str(tmp_path / "corpus.yaml")))
    assert note not in (tmp_path / "corpus.yaml").read_text()
    header = "client_id\tpath\tsentence\taccents\tlocale\n"
    put_text(tmp_path / "cv" / "fr" / "validated.tsv", f"{header}f1\tcommon_voice_fr_1.mp3\tBonjour\tcanada\tfr\n")
    list(init([str(tmp_path / "cv")], None, str(tmp_path / "corpus.yaml"), replace=True))
    assert f"{note}accents: english\n" in (tmp_path / "corpus.yaml").read_text()


@pytest.mark.parametrize(
    ("columns", "mapped", "warned"),
    [
        ("start,end", {"offset": "start", "end": "end"}, ""),
        ("start_time,duration", {"offset": "start_time", "duration": "duration"}, ""),
        ("begin,end,duration", {"offset": "begin", "end": "end"}, ""),
        ("start", {}, "start may say"),
        ("duration,length_s", {}, ""),
        ("start_ms,end_ms", {}, "start_ms, end_ms may say"),
    ],
)
def test_parts_of_files_are_mapped_whole_or_not_at_all(tmp_path: Path, columns: str, mapped: dict[str, str], warned: str) -> None:
    times = {"end": "0.5", "duration": "0.5", "length_s": "0.8"}
    put_audio(tmp_path / "c" / "a.wav", 1)
    cells = ",".join(times.get(column, "0.1") for column in columns.split(","))
    put_text(tmp_path / "c" / "list.csv", f"id,file,text,speaker,{columns}\n1,a.wav,hi,s,{cells}\n")
    lines = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    found = load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].columns
    assert {field: column for field, column in found.items() if field in ("offset", "duration", "end")} == mapped
    warnings = [line for line in lines if "which part of a file" in line]
    assert [line.removeprefix("warning    ")[: len(warned)] for line in warnings] == ([warned] if warned else [])


def test_among_files_of_the_same_names_none_is_chosen(tmp_path: Path) -> None:
    for number, name in enumerate(("anna/0.wav", "ben/0.wav", "ben/1.wav")):
        put_audio(tmp_path / "c" / "wav" / name, number)
    put_text(tmp_path / "c" / "list.csv", "id,file,text,speaker\na0,0.wav,hi,anna\nb0,0.wav,ho,ben\nb1,1.wav,ha,ben\n")
    lines = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].audio_root == "c"
    assert "warning    files of the names in list.csv stand in several directories: wav/anna, wav/ben" in lines
    assert any(line.startswith("audio      of 3 files looked for 3 are not there") for line in lines)


def test_a_stray_file_beside_the_table_is_no_answer_either(tmp_path: Path) -> None:
    for number, name in enumerate(("anna/0.wav", "anna/1.wav", "ben/0.wav", "ben/1.wav", "0.wav")):
        put_audio(tmp_path / "c" / name, number)
    put_text(tmp_path / "c" / "list.csv", "id,file,text,speaker\nb0,0.wav,hi,ben\nb1,1.wav,ha,ben\n")
    lines = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert "warning    files of the names in list.csv stand in several directories: ., anna, ben" in lines


def test_a_tables_own_directory_is_chosen_though_a_file_of_it_is_gone(tmp_path: Path) -> None:
    for number, name in enumerate(("0.wav", "1.wav", "backup/0.wav", "preview/1.wav")):
        put_audio(tmp_path / "c" / "set" / name, number)
    rows = "".join(f"{number},{number}.wav,hi,s\n" for number in range(3))
    put_text(tmp_path / "c" / "set" / "list.csv", f"id,file,text,speaker\n{rows}")
    list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].audio_root == "c/set"


def test_a_snapshot_in_the_hubs_cache_is_read_through_its_links(tmp_path: Path) -> None:
    snapshot = tmp_path / "datasets--me--acc" / "snapshots" / "0123abc"
    (snapshot / "audio").mkdir(parents=True)
    (snapshot.parents[1] / "blobs").mkdir()
    put_audio(tmp_path / "a.wav", 1)
    (tmp_path / "a.wav").rename(snapshot.parents[1] / "blobs" / "5e1f")
    (snapshot / "audio" / "a.wav").symlink_to("../../../blobs/5e1f")
    put_text(snapshot / "metadata.csv", "file_name,text,speaker\naudio/a.wav,hi,s\n")
    lines = list(init([str(snapshot)], None, str(tmp_path / "corpus.yaml")))
    assert "audio      all of 1 files looked for are there" in lines
    assert rules(load_settings(str(tmp_path / "corpus.yaml"))) == [""]


def test_a_tables_own_directory_goes_before_others_with_files_of_its_names(tmp_path: Path) -> None:
    for number, name in enumerate(("train/0.wav", "test/0.wav")):
        put_audio(tmp_path / "c" / name, number)
    for split in ("train", "test"):
        put_text(tmp_path / "c" / split / "metadata.csv", f"id,file,text,speaker\n{split},0.wav,hi,s\n{split}-2,gone.wav,hi,s\n")
    list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert [each.audio_root for each in load_settings(str(tmp_path / "corpus.yaml")).config.sources] == ["c/test", "c/train"]


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_a_table_without_a_text_shows_what_it_has(tmp_path: Path, name: str) -> None:
    put_audio(tmp_path / "c" / "a.wav", 1)
    row = {"id": "1", "wav_path": "a.wav", "spkr": "s", "rubric": "hi", "mother_tongue": "Scots"}
    text = json.dumps(row) if name.endswith("jsonl") else "\n".join(map(",".join, (row, row.values())))
    put_text(tmp_path / "c" / name, f"{text}\n")
    lines = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert "not mapped rubric (kept in `extra`)" in lines
    assert any("`accept: {require_text: false}` takes recordings without" in line for line in lines)
    columns = load_settings(str(tmp_path / "corpus.yaml")).config.sources[0].columns
    assert columns == {"recording_id": "id", "audio": "wav_path", "speaker_id": "spkr", "first_language": "mother_tongue"}


def test_columns_that_may_be_meant_as_well_are_told(tmp_path: Path) -> None:
    put_audio(tmp_path / "c" / "a.wav", 1)
    put_text(tmp_path / "c" / "list.csv", "id,file,sentence,user,reader,words\n1,a.wav,hi you,admin,ann,2\n")
    lines = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert "warning    speaker_id is taken from reader, and may be in user: `columns` chooses" in lines
    assert "warning    text is taken from sentence, and may be in words: `columns` chooses" in lines


def test_ids_that_come_twice_are_told(tmp_path: Path) -> None:
    put_audio(tmp_path / "c" / "a.wav", 1)
    put_audio(tmp_path / "c" / "b.wav", 2)
    put_text(tmp_path / "c" / "list.csv", "id,file,text,speaker\n1,a.wav,hi,s\n1,b.wav,ho,s\n2,b.wav,ha,s\n")
    lines = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert "warning    records with an earlier one's id, to be duplicate_id: 1, the first '1'" in lines


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,file,text\n1,a.wav,hi\n", "has no column that is likely to name speakers; its columns: id, file, text"),
        ("id,who\n1,me\n", "has no column that is likely to name audio files; its columns: id, who"),
        ("", "list.csv:1: the file is empty; expected a header"),
    ],
)
def test_a_table_that_cannot_be_mapped_says_what_it_lacks(tmp_path: Path, text: str, told: str) -> None:
    put_text(tmp_path / "c" / "list.csv", text)
    with pytest.raises(ConfigError, match=told):
        list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))


def test_manifests_that_name_files_elsewhere_by_absolute_paths(tmp_path: Path) -> None:
    for number in range(3):
        put_audio(tmp_path / "corpora" / f"s{number}" / "a.wav", number)
    lines = [
        {"audio_filepath": str(tmp_path / "corpora" / f"s{number}" / "a.wav"), "duration": 0.8, "text": "x", "speaker": number}
        for number in range(3)
    ]
    put_text(tmp_path / "lists" / "train.json", "".join(json.dumps(line) + "\n" for line in lines))
    told = list(init([str(tmp_path / "lists")], None, str(tmp_path / "corpus.yaml")))
    assert "audio      all of 3 files looked for are there" in told
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    assert settings.config.sources[0].audio_root == "corpora"
    assert settings.config.sources[0].metadata == ["lists/train.json"]
    assert rules(settings) == ["", "", ""]


def test_manifests_whose_paths_start_from_above_them(tmp_path: Path) -> None:
    FORMS["lhotse"](tmp_path / "egs")
    told = list(init([str(tmp_path / "egs" / "manifests")], "lhotse", str(tmp_path / "corpus.yaml")))
    assert "audio      all of 3 files looked for are there" in told
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    assert settings.config.sources[0].audio_root == "egs"
    assert rules(settings).count("") == 3


def test_manifests_of_files_that_are_not_here_keep_their_directory(tmp_path: Path) -> None:
    put_text(tmp_path / "c" / "a.json", '{"audio_filepath": "/no/such/a.wav", "duration": 1, "text": "x", "speaker": "s"}\n')
    told = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert "found      not accepted: 1 path_leaves_root" in told
    assert any("'/no/such/a.wav' leads out of the audio_root" in line for line in told)


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ";"), ("a.csv", "\t"), ("a.csv", "|"), ("a.tsv", ",")])
def test_an_unusual_delimiter_is_seen(tmp_path: Path, name: str, delimiter: str) -> None:
    rows = (("id", "file", "sentence", "speaker"), ("1", "a.wav", "Hi", "p1"))
    put_text(tmp_path / "c" / name, "".join(delimiter.join(row) + "\n" for row in rows), bom=True, windows=True)
    put_audio(tmp_path / "c" / "a.wav", 1)
    list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert rules(load_settings(str(tmp_path / "corpus.yaml"))) == [""]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cv-corpus.tar.gz", "Archives are not read: cv-corpus.tar.gz; unpack them"),
        ("list.xlsx", "'list.xlsx' is a spreadsheet, to be saved as CSV"),
        ("train/data-00000-of-00001.arrow", "Dataset.to_parquet writes what can be read"),
        ("cuts.json", "'lhotse copy' makes .jsonl.gz"),
    ],
)
def test_a_form_that_nothing_reads_is_named(tmp_path: Path, name: str, told: str) -> None:
    put_text(tmp_path / "c" / name, "[]")
    with pytest.raises(ConfigError, match=f"fits no layout, and holds no table.*{told}"):
        list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    with pytest.raises(ConfigError, match=f"layout 'lhotse' finds nothing in .*; expected .*{told}"):
        list(init([str(tmp_path / "c")], "lhotse", str(tmp_path / "corpus.yaml")))


def test_a_damaged_file_among_whole_ones_is_named(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    pq.write_table(pa.table({"audio": [{"bytes": audio_bytes(1), "path": "a"}], "speaker": ["s"]}), tmp_path / "c" / "a.parquet")
    (tmp_path / "c" / "b.parquet").write_bytes((tmp_path / "c" / "a.parquet").read_bytes()[:-8])
    with pytest.raises(ConfigError, match=r"b.parquet: cannot be read as Parquet"):
        list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))


def test_audio_behind_links_that_lead_elsewhere_is_told(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "cv")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "en").symlink_to(tmp_path / "cv" / "en")
    told = list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert any("mp3: a symbolic link leads out of the audio_root" in line for line in told)
    (tmp_path / "clips").mkdir()
    (tmp_path / "cv" / "en" / "clips").rename(tmp_path / "clips" / "clips")
    (tmp_path / "cv" / "en" / "clips").symlink_to(tmp_path / "clips" / "clips")
    told = list(init([str(tmp_path / "cv")], None, str(tmp_path / "corpus.yaml"), replace=True))
    assert any("mp3: a symbolic link leads out of the audio_root" in line for line in told)


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    put_audio(tmp_path / "c" / "a.wav", 1)
    put_text(tmp_path / "c" / os.fsdecode(b"l\xe9.csv"), "path,text,speaker\na.wav,hi,s\n")
    with pytest.raises(ConfigError, match=r"l\\xe9\.csv: the name holds bytes that are not UTF-8; rename it"):
        list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    FORMS["timit"](tmp_path / "c")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"corpus.yaml: cannot be written: .*--output names another place"):
        list(init([str(tmp_path / "c")], None, str(tmp_path / "file" / "corpus.yaml")))


def test_several_corpora_are_several_sources(tmp_path: Path) -> None:
    for name in ("common_voice", "kaldi", "table"):
        FORMS[name](tmp_path / name)
    FORMS["kaldi"](tmp_path / "more" / "kaldi")
    roots = [str(tmp_path / name) for name in ("common_voice", "kaldi", "table", "more/kaldi")]
    told = list(init(roots, None, str(tmp_path / "corpus.yaml")))
    assert [line for line in told if line.startswith("source ")] == [
        *("source     common_voice in common_voice", "source     kaldi in kaldi", "source     table in table"),
        "source     kaldi in more/kaldi",
    ]
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    assert (settings.config.name, settings.config.accents) == ("corpus", "english")
    expected = [
        *(("common_voice", "common_voice", "common_voice-"), ("kaldi", "kaldi", "kaldi-")),
        *(("table", "table", "table-"), ("kaldi", "more/kaldi", "kaldi-2-")),
    ]
    sources = settings.config.sources
    assert [(source.layout, source.audio_root, source.id_prefix) for source in sources] == expected
    assert [source.speaker_prefix for source in sources] == [prefix for *_, prefix in expected]
    ids = [record.row["recording_id"] for record in records(settings) if isinstance(record, Candidate)]
    assert len(ids) == len(set(ids)) == 5 + 2 * 5 + 3


def test_tables_whose_paths_start_from_their_own_directories(tmp_path: Path) -> None:
    for number, part in enumerate(("test", "train")):
        put_text(tmp_path / "c" / part / "metadata.csv", f"file_name,transcription,speaker_id\n0.wav,{part},s\n")
        put_audio(tmp_path / "c" / part / "0.wav", number)
    list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    rows = [record.row for record in records(settings) if isinstance(record, Candidate)]
    assert [(row["recording_id"], row["audio"], row["text"]) for row in rows] == [
        ("test-0.wav", "c/test/0.wav", "test"),
        ("train-0.wav", "c/train/0.wav", "train"),
    ]
    assert {row["speaker_id"] for row in rows} == {"s"}


def test_paths_from_above_whose_audio_lies_beside_the_metadata(tmp_path: Path) -> None:
    data = tmp_path / "proj" / "data"
    put_audio(data / "wav" / "a.wav", 1)
    for name, text in {"wav.scp": "a data/wav/a.wav", "text": "a HI", "utt2spk": "a s"}.items():
        put_text(data / "train" / name, text + "\n")
    told = list(init([str(data)], None, str(tmp_path / "corpus.yaml")))
    assert "audio      all of 1 files looked for are there" in told
    settings = load_settings(str(tmp_path / "corpus.yaml"))
    assert settings.config.sources[0].audio_root == "proj"
    assert rules(settings) == [""]


def test_a_location_that_nobody_reads_among_the_first_rows(tmp_path: Path) -> None:
    put_text(tmp_path / "c" / "meta.csv", "file,speaker,text\na.wav,s,Hi\nhttps://example.org/b.wav,s,Ho\n")
    put_audio(tmp_path / "c" / "a.wav", 1)
    list(init([str(tmp_path / "c")], None, str(tmp_path / "corpus.yaml")))
    assert rules(load_settings(str(tmp_path / "corpus.yaml"))) == ["", "path_leaves_root"]


@pytest.mark.parametrize("layout", ["coraal", "afrispeech_200", "fair_speech", "openslr_83"])
def test_files_beside_a_corpus_that_are_no_text(tmp_path: Path, layout: str) -> None:
    FORMS[layout](tmp_path / "c")
    for name in ("notes.txt", "old.csv", "list.tsv"):
        (tmp_path / "c" / name).write_bytes(b"\xff\xfeodd")
        (tmp_path / "c" / f"packed-{name}").write_bytes(b"\x1f\x8b\x08\x00abc")
        (tmp_path / "c" / f"linked-{name}").symlink_to(tmp_path / "nothing")
    assert recognise(str(tmp_path / "c")).layout == layout
