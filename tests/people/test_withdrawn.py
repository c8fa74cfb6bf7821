"""The list of who was forgotten."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from pipelines.corpus import Corpus
from pipelines.people.withdrawn import NOBODY, check_kept, read_withdrawn, words_of, write_withdrawn
from schemas.errors import ConfigError

LIST = NOBODY.with_people(["ann b", "007"], ["r1"], ["a" * 64])


def test_it_recognises_and_does_not_name(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path))
    write_withdrawn(corpus, LIST.with_struck(["other~street~1"], ["shards/train/x.parquet"]))
    text = (tmp_path / ".work" / "withdrawn.json").read_text()
    assert not any(word in text for word in ("ann", '"007"', '"r1"', "a" * 64))
    read = read_withdrawn(corpus)
    assert read.has_speaker("ann b")
    assert read.has_speaker("007")
    assert not read.has_speaker("7")
    assert not read.has_speaker(None)
    assert read.has_recording("r1")
    assert read.has_audio("a" * 64)
    assert not read.has_audio("b" * 64)
    assert read.retired == ("other~street~1",)
    assert read.inputs() == LIST.inputs()  # what a run has struck is no new input


def test_more_people_keep_the_key_and_two_lists_share_none() -> None:
    more = LIST.with_people(["cy"], [], [])
    assert more.has_speaker("ann b")
    assert more.has_speaker("cy")
    assert more.inputs() != LIST.inputs()
    assert LIST.with_people(["007"], [], []).inputs() == LIST.inputs()
    assert not set(NOBODY.with_people(["007"], [], []).speakers) & set(LIST.speakers)


@pytest.mark.parametrize(
    "text",
    ['x,007,"Guten Tag', "x\t007\n", '{"speaker": "007", ', "x,ann b,1", "x;'ann b';1", "r 007 y"],
)
def test_an_id_is_found_in_a_damaged_record(text: str) -> None:
    assert LIST.met_in(text)


@pytest.mark.parametrize("speaker", ["Müller", "O'Brien", "Jane Doe", 'a "b"', "a:b", "x\\y"])
def test_an_id_that_is_no_plain_word_is_found_too(speaker: str) -> None:
    listed = NOBODY.with_people([speaker], [], [])
    for is_ascii in (True, False):
        assert listed.met_in(json.dumps({"supervisions": [{"speaker": speaker}]}, ensure_ascii=is_ascii))
        assert listed.met_in(json.dumps({"speaker": speaker, "text": "hi"}, ensure_ascii=is_ascii)[:-4])
    assert listed.met_in(f"text: hi; utt2spk: {speaker}; wav.scp: a.wav")


def test_a_letter_of_two_characters_is_found_in_a_damaged_record() -> None:
    listed = NOBODY.with_people([unicodedata.normalize("NFC", "José")], [], [])
    assert listed.met_in(unicodedata.normalize("NFD", "1,José,x.wav"))


def test_what_is_listed_is_found_with_its_sources_prefixes_and_without() -> None:
    listed = NOBODY.with_people([], [], [], ["f-r1", "r2", "s-ann"])
    assert [bool(listed.met_in(text, "s-", "f-")) for text in ("r1,x", "r2,x", "x,ann", "r3,x")] == [True, True, True, False]
    assert not listed.met_in("r1,x")


def test_a_part_of_an_id_is_none() -> None:
    assert not LIST.met_in("r0070, anna b, 2007")
    assert words_of("") == set()


def test_nobody_is_forgotten_at_first(tmp_path: Path) -> None:
    assert not read_withdrawn(Corpus(str(tmp_path)))
    assert NOBODY.inputs() == {}
    assert not NOBODY.has_speaker("x")


@pytest.mark.parametrize("text", ["[]", "{}", json.dumps({"key": "zz", "speakers": [], "audio": []}), "{"])
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work" / "withdrawn.json").write_text(text)
    with pytest.raises(ConfigError, match=r"withdrawn\.json"):
        read_withdrawn(Corpus(str(tmp_path)))


def test_a_lost_list_is_refused() -> None:
    check_kept(Corpus("out"), LIST.inputs(), LIST)
    with pytest.raises(ConfigError, match=r"withdrawn\.json: is missing"):
        check_kept(Corpus("out"), LIST.inputs(), NOBODY)
