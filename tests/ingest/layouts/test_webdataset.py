"""WebDataset's tar files: what belongs to a sample, and what damage costs."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate, Rejection
from schemas.errors import ConfigError
from tests.ingest.corpus import records
from tests.ingest.layouts.speech import audio_bytes
from tests.ingest.layouts.test_layouts import settings_for, told

SAID = json.dumps({"text": "hi", "speaker": "s"}).encode()


def put_tar(path: Path, members: list[tuple[str, bytes]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def test_names_of_several_dots(tmp_path: Path) -> None:
    members = [
        ("a.audio.wav", audio_bytes(1)),
        ("a.meta.json", SAID),
        ("b.wav", audio_bytes(2)),
        *(("b.transcript.txt", b"there\n"), ("b.speaker.txt", b"t"), ("b.accent", b"Welsh"), ("b.cls", b"3")),
    ]
    put_tar(tmp_path / "corpus" / "a.tar", members)
    assert told(settings_for(tmp_path, "webdataset")) == [("a", "s", "hi", ""), ("b", "t", "there", "Welsh")]


def test_a_recording_goes_before_what_json_calls_by_its_columns_name(tmp_path: Path) -> None:
    said = json.dumps({"text": "hi", "speaker": "s", "audio_name": "x.wav", "__key__": "y"}).encode()
    put_tar(tmp_path / "corpus" / "a.tar", [("a.json", said), ("a.wav", audio_bytes(1))])
    assert told(settings_for(tmp_path, "webdataset")) == [("a", "s", "hi", "")]


def test_two_recordings_in_one_sample_are_not_chosen_between(tmp_path: Path) -> None:
    members = [("v1.2-a.wav", audio_bytes(1)), ("v1.2-a.json", SAID), ("v1.3-b.wav", audio_bytes(2)), ("v1.3-b.json", SAID)]
    put_tar(tmp_path / "corpus" / "a.tar", members)
    (record,) = records(settings_for(tmp_path, "webdataset"))
    assert isinstance(record, Rejection)
    assert record.rule == "unsupported_source"
    assert "'v1' holds several recordings (v1.2-a.wav, v1.3-b.wav)" in record.message


def test_a_name_that_comes_again_begins_a_further_sample(tmp_path: Path) -> None:
    said = [json.dumps({"text": text, "speaker": text}).encode() for text in ("first", "second")]
    members = [("a.wav", audio_bytes(1)), ("a.json", said[0]), ("a.wav", audio_bytes(2)), ("a.json", said[1])]
    put_tar(tmp_path / "corpus" / "a.tar", members)
    first, second = records(settings_for(tmp_path, "webdataset"))
    assert isinstance(first, Candidate)
    assert isinstance(second, Candidate)
    assert [(each.row["recording_id"], each.row["text"], each.row["speaker_id"]) for each in (first, second)] == [
        ("a", "first", "first"),
        ("a", "second", "second"),
    ]
    assert first.row["audio"] != second.row["audio"]


@pytest.mark.parametrize("side", [b'{"text": "aligned", "words": 2}', b"[1, 2]"])
def test_json_beside_the_samples_own_changes_nothing_of_it(tmp_path: Path, side: bytes) -> None:
    members = [("a.align.json", side), ("a.json", SAID), ("a.wav", audio_bytes(1)), ("a.x.json", side)]
    put_tar(tmp_path / "corpus" / "a.tar", members)
    assert told(settings_for(tmp_path, "webdataset")) == [("a", "s", "hi", "")]


def test_a_tar_file_that_begins_with_recordings_alone_is_not_missed(tmp_path: Path) -> None:
    put_tar(tmp_path / "corpus" / "a.tar", [("a.wav", audio_bytes(1)), ("a.json", SAID)])
    bare = [(f"b{number:02d}.wav", audio_bytes(2 + number)) for number in range(17)]
    put_tar(tmp_path / "corpus" / "b.tar", [*bare, ("c.wav", audio_bytes(30)), ("c.json", SAID)])
    found = [each[0] for each in told(settings_for(tmp_path, "webdataset"))]
    assert found == ["a", *["missing_speaker"] * 17, "c"]


def test_samples_of_members_for_each_field_are_found(tmp_path: Path) -> None:
    members = [("a.wav", audio_bytes(1)), ("a.transcript", b"hi"), ("a.speaker", b"s")]
    put_tar(tmp_path / "corpus" / "a.tar", members)
    assert recognise(str(tmp_path / "corpus")).layout == "webdataset"
    assert told(settings_for(tmp_path, "webdataset")) == [("a", "s", "hi", "")]


def test_members_that_webdataset_passes_over(tmp_path: Path) -> None:
    hidden = [("./._a.wav", b"\0\5\26\7"), ("./a.wav", audio_bytes(1)), ("./._a.json", b"\0\5\26\7"), ("./a.json", SAID)]
    put_tar(tmp_path / "corpus" / "a.tar", [("README", b"about"), *hidden])
    assert told(settings_for(tmp_path, "webdataset")) == [("a", "s", "hi", "")]


def test_several_accents_are_the_speakers_words(tmp_path: Path) -> None:
    said = {"text": "hi", "speaker": 0, "accents": ["Scottish", "Irish"]}
    raw = said | {"accent_raw": "Glaswegian", "accent": "en-GB-scotland"}
    members = [
        (f"{name}.{kind}", data)
        for name, its in (("a", said), ("b", raw))
        for kind, data in (("wav", audio_bytes(ord(name))), ("json", json.dumps(its).encode()))
    ]
    put_tar(tmp_path / "corpus" / "a.tar", members)
    expected = [("a", "0", "hi", "Scottish|Irish"), ("b", "0", "hi", "Glaswegian")]
    assert told(settings_for(tmp_path, "webdataset")) == expected


def test_damage_between_samples_costs_what_follows_and_says_where(tmp_path: Path) -> None:
    location = tmp_path / "corpus" / "a.tar"
    put_tar(
        location, [(f"{name}.{kind}", data) for name in "abc" for kind, data in (("wav", audio_bytes(ord(name))), ("json", SAID))]
    )
    data = bytearray(location.read_bytes())
    start = data.index(b"c.wav")
    data[start : start + 600] = b"Z" * 600
    location.write_bytes(data)
    first, second = records(settings_for(tmp_path, "webdataset"))
    assert isinstance(first, Candidate)
    assert isinstance(second, Rejection)
    assert second.message.startswith("the tar file is damaged in or after sample 'b', and no more of it can be read")


def test_a_tar_file_of_which_nothing_can_be_read_is_named(tmp_path: Path) -> None:
    put_tar(tmp_path / "corpus" / "a.tar", [("a.wav", audio_bytes(1)), ("a.json", SAID)])
    (tmp_path / "corpus" / "b.tar").write_bytes(b"Z" * 2000)
    with pytest.raises(ConfigError, match=r"b.tar: cannot be read as a tar file"):
        records(settings_for(tmp_path, "webdataset"))


def test_an_empty_text_says_nothing_against_json(tmp_path: Path) -> None:
    put_tar(tmp_path / "corpus" / "a.tar", [("a.wav", audio_bytes(1)), ("a.txt", b" \n"), ("a.json", SAID)])
    assert told(settings_for(tmp_path, "webdataset")) == [("a", "s", "hi", "")]


def test_what_is_too_long_to_be_said_of_a_sample_is_told(tmp_path: Path) -> None:
    put_tar(
        tmp_path / "corpus" / "a.tar",
        [("a.wav", audio_bytes(1)), ("a.json", SAID + b" " * (1 << 20)), ("a.npy", b"0" * (2 << 20))],
    )
    (record,) = records(settings_for(tmp_path, "webdataset"))
    assert isinstance(record, Rejection)
    assert (record.rule, "a.json holds 1,048" in record.message) == ("malformed_row", True)
