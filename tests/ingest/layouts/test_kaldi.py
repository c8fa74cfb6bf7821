"""Kaldi data directories as recipes leave them: keys that stand twice, two sides of a call, lines without a path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.ingest.layouts.kaldi import find
from pipelines.ingest.record import Candidate, Rejection
from pipelines.people.withdrawn import words_of
from schemas.errors import ConfigError
from tests.ingest.corpus import records, rules
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for


def _put(root: Path, **files: str) -> None:
    for name, text in files.items():
        put_text(root / "corpus" / name.replace("wav_scp", "wav.scp"), text)


def _messages(root: Path) -> list[str]:
    return [record.message if isinstance(record, Rejection) else "" for record in records(settings_for(root, "kaldi"))]


@pytest.mark.parametrize("script", ["b 0.wav\na 1.wav\nb 2.wav\n", "a 1.wav\nb 0.wav\nb 2.wav\n"])
def test_a_key_that_stands_twice_is_two_records(tmp_path: Path, script: str) -> None:
    _put(tmp_path, wav_scp=script, text="a A\nb B\n", utt2spk="a s\nb s\n")
    for number in range(3):
        put_audio(tmp_path / "corpus" / f"{number}.wav", number)
    assert rules(settings_for(tmp_path, "kaldi")) == ["", "", "duplicate_id"]


def test_two_sides_of_a_call_in_one_file_are_refused(tmp_path: Path) -> None:
    calls = {"1-A": "1.wav", "1-B": "1.wav", "2-A": "2-a.wav", "2-B": "2-b.wav", "3-A": "3.wav"}
    _put(
        tmp_path,
        wav_scp="".join(f"{side} {file}\n" for side, file in calls.items()),
        reco2file_and_channel="".join(f"{side} {side[0]} {side[2]}\n" for side in calls),
        text="".join(f"{side} WORDS\n" for side in calls),
        utt2spk="".join(f"{side} {side}\n" for side in calls),
    )
    remedy = "a file's channels are mixed, so write each to a file of its own"
    told = [f"the recording is channel {side} of 1.wav (reco2file_and_channel); {remedy}" for side in "AB"]
    assert _messages(tmp_path) == [*told, "", "", ""]


def test_channels_of_segments_are_refused(tmp_path: Path) -> None:
    segments = "a r1 0.0 0.5 0\nb r1  0.0  0.5\t1\nc r2 0.0 0.5 0\nd r3 0.0 0.5\n"
    _put(
        tmp_path,
        wav_scp="r1 1.wav\nr2 2.wav\nr3 3.wav\n",
        segments=segments,
        text="a A\nb B\nc C\nd D\n",
        utt2spk="a s\nb t\nc s\nd s\n",
    )
    remedy = "a file's channels are mixed, so write each to a file of its own"
    assert _messages(tmp_path) == [*(f"the segment is of channel {n} of 1.wav; {remedy}" for n in "01"), "", ""]


def test_a_line_without_a_path_names_no_audio(tmp_path: Path) -> None:
    _put(tmp_path, wav_scp="a\nb 0.wav\n", text="a A\nb\n", utt2spk="a s\nb s\n")
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    assert rules(settings_for(tmp_path, "kaldi")) == ["missing_audio_path", "missing_text"]


@pytest.mark.parametrize("source", ["sph2pipe -f wav x.sph |  ", "| cat x.wav", "gunzip -c x.gz\t|", "foo.ark:24[0:9]"])
def test_what_is_no_plain_path_is_refused(tmp_path: Path, source: str) -> None:
    _put(tmp_path, wav_scp=f"a {source}\nb 0.wav\n", text="a A\nb B\n", utt2spk="a s\nb s\n")
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    assert rules(settings_for(tmp_path, "kaldi")) == ["unsupported_source", ""]


def test_quarantine_keeps_all_that_the_files_say(tmp_path: Path) -> None:
    _put(tmp_path, wav_scp="a sox x.wav |\nb 0.wav\n", utt2spk="a s\nb s\n")
    (tmp_path / "corpus" / "text").write_bytes(b"a WORDS\nb na\xefve\n")
    kept = [record.record_json for record in records(settings_for(tmp_path, "kaldi"))]
    assert [json.loads(each)["unparsed"] for each in kept] == [
        "utterance: a; text: WORDS; utt2spk: s; wav.scp: sox x.wav |",
        "utterance: b; text: na\\xefve; utt2spk: s; wav.scp: 0.wav",
    ]
    assert all("s" in words_of(each) for each in kept)


def test_a_directory_of_commands_does_not_stand_in_the_way_of_others(tmp_path: Path) -> None:
    data = tmp_path / "corpus" / "data"
    for name, source in {"train": "0.wav", "train_sp": "sox 0.wav -t wav - speed 0.9 |"}.items():
        put_text(data / name / "wav.scp", f"{name} {source}\n")
        put_text(data / name / "text", f"{name} WORDS\n")
        put_text(data / name / "utt2spk", f"{name} s\n")
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    assert rules(settings_for(tmp_path, "kaldi")) == ["", "unsupported_source"]
    with pytest.raises(ConfigError, match=r"train_sp/wav.scp:1: the audio is made by a command"):
        records(settings_for(tmp_path, "kaldi", metadata="corpus/data/train_sp/wav.scp"))


def test_a_channel_that_only_a_later_line_names(tmp_path: Path) -> None:
    _put(
        tmp_path,
        wav_scp="r1 1.wav\nr2 2.wav\n",
        segments="a r1 0.0 0.5\nb r2 0.0 0.5 0\nc r2 0.0 0.5 1\n",
        text="a A\nb B\nc C\n",
        utt2spk="a s\nb s\nc t\n",
    )
    remedy = "a file's channels are mixed, so write each to a file of its own"
    assert _messages(tmp_path) == ["", *(f"the segment is of channel {n} of 2.wav; {remedy}" for n in "01")]


def test_a_directory_that_begins_with_commands_is_read(tmp_path: Path) -> None:
    perturbed = "".join(f"sp0.9-{n:03d} sox 0.wav -t wav - speed 0.9 |\n" for n in range(150))
    _put(tmp_path, wav_scp=f"{perturbed}u 0.wav\n", text="u WORDS\n", utt2spk="u s\n")
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    assert rules(settings_for(tmp_path, "kaldi")) == [*["unsupported_source"] * 150, ""]


def test_parts_that_jobs_work_on_are_no_corpora(tmp_path: Path) -> None:
    whole = tmp_path / "corpus" / "data" / "train"
    for folder in (whole, whole / "split2" / "1", whole / "split2utt" / "2", tmp_path / "corpus" / "split3" / "1"):
        put_text(folder / "wav.scp", "u 0.wav\n")
    found = [Path(location).parent for location in find(str(tmp_path / "corpus"))]
    assert found == [whole, tmp_path / "corpus" / "split3" / "1"]


@pytest.mark.parametrize("end", ["0_5", "\u0661", "soon", ""])
def test_an_end_that_is_no_number(tmp_path: Path, end: str) -> None:
    _put(tmp_path, wav_scp="r 0.wav\n", segments=f"a r 0 {end}\n", text="a A\n", utt2spk="a s\n")
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    assert rules(settings_for(tmp_path, "kaldi")) == ["wrong_type"]


def test_only_ascii_space_parts_a_key_from_its_value(tmp_path: Path) -> None:
    key = "a\u00a0b\u3000c"
    _put(tmp_path, wav_scp=f"{key} 0.wav\n", text=f" {key}\tgr\u00fc\u00df\u3000dich \n", utt2spk=f"{key} s\n")
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    (record,) = records(settings_for(tmp_path, "kaldi"))
    assert isinstance(record, Candidate)
    assert (record.row["recording_id"], record.row["text"]) == (key, "gr\u00fc\u00df\u3000dich")


def test_a_directorys_own_files_go_before_others_of_their_names(tmp_path: Path) -> None:
    data = tmp_path / "corpus" / "data" / "test"
    put_text(data / "wav.scp", "a wav/0.wav\nb wav/1.wav\n")
    put_text(data / "text", "a A\nb B\n")
    put_text(data / "utt2spk", "a s\nb s\n")
    for number, folder in enumerate((tmp_path / "corpus", data, data)):
        put_audio(folder / "wav" / f"{number // 2}.wav", number)
    found = [record.row["audio"] for record in records(settings_for(tmp_path, "kaldi")) if isinstance(record, Candidate)]
    assert found == ["corpus/data/test/wav/0.wav", "corpus/data/test/wav/1.wav"]
    assert rules(settings_for(tmp_path, "kaldi")) == ["", ""]
