"""NeMo's manifests: what a recording is called, and tarred data sets."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pipelines.audio.packed import split_packed
from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate
from pipelines.settings import Settings
from schemas.errors import ConfigError
from tests.ingest.corpus import records
from tests.ingest.layouts.speech import audio_bytes, put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told


def put_manifest(path: Path, lines: list[dict[str, Any]]) -> None:
    put_text(path, "".join(json.dumps({"duration": 0.8, "text": "x", "speaker": "s"} | line) + "\n" for line in lines))


def put_tar(path: Path, members: dict[str, int]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, number in members.items():
            data = audio_bytes(number)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def test_files_of_one_name_in_several_directories_are_several_recordings(tmp_path: Path) -> None:
    for number in range(2):
        put_audio(tmp_path / "corpus" / f"s{number}" / "1.wav", number)
    lines = [{"audio_filepath": f"s{number}/1.wav"} for number in range(2)]
    cut = [{"audio_filepath": "s0/1.wav", "offset": offset, "duration": 0.3} for offset in (0.0, 0.3, 0)]
    put_manifest(tmp_path / "corpus" / "train.json", [*lines, *cut, {"audio_filepath": "s0/1.wav", "id": 7}])
    assert [found[0] for found in told(settings_for(tmp_path, "nemo"))] == [
        *("s0/1.wav", "s1/1.wav"),
        *("s0/1.wav@0", "s0/1.wav@0.3", "s0/1.wav@0"),
        "7",
    ]


def test_a_tarred_data_set(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    put_tar(root / "audio_0.tar", {"a.wav": 0, "b.wav": 1})
    put_tar(root / "audio_1.tar", {"a.wav": 10})
    lines = [
        {"audio_filepath": "b.wav", "shard_id": 0},
        {"audio_filepath": "b-sub1.wav", "shard_id": 0, "offset": 0.5, "duration": 0.2},
        {"audio_filepath": "a.wav", "shard_id": 0, "id": "a0"},
        {"audio_filepath": "a.wav", "shard_id": 1, "id": "a1"},
        {"audio_filepath": "c.wav", "shard_id": 1},
    ]
    put_manifest(root / "tarred_audio_manifest.json", lines)
    put_manifest(root / "sharded_manifests" / "manifest_0.json", lines[:3])
    assert recognise(str(root)).layout == "nemo"
    found = told(settings_for(tmp_path, "nemo"))
    assert [each[0] for each in found] == ["b.wav", "b-sub1.wav@0.5", "a0", "a1", "missing_file"]
    part = settings_for(tmp_path, "nemo", metadata="corpus/sharded_manifests/*.json")
    assert [each[0] for each in told(part)] == ["b.wav", "b-sub1.wav@0.5", "a0"]


def audio_of(settings: Settings) -> list[bytes]:
    """What each record's audio is, byte by byte."""
    found = []
    for record in records(settings):
        assert isinstance(record, Candidate)
        packed = split_packed(record.row["audio"])
        assert packed is not None
        start, size = map(int, packed.place.split("/")[:2])
        found.append((Path(settings.base) / packed.file).read_bytes()[start : start + size])
    return found


def test_members_of_one_name_in_several_directories_are_told_apart(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    put_tar(root / "audio_0.tar", {"a/1.wav": 1, "./b/1.wav": 2, "c/2.wav": 3})
    paths = ("a/1.wav", "b/1.wav", "b/1-sub1.wav", "/elsewhere/2.wav")
    put_manifest(root / "m.json", [{"audio_filepath": path, "shard_id": 0} for path in paths])
    assert audio_of(settings_for(tmp_path, "nemo")) == [audio_bytes(number) for number in (1, 2, 2, 3)]
    put_manifest(root / "m.json", [{"audio_filepath": "1.wav", "shard_id": 0}])  # either of two
    assert [each[0] for each in told(settings_for(tmp_path, "nemo"))] == ["missing_file"]


def test_two_sets_of_tar_files_in_one_directory(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    put_tar(root / "train_0.tar", {"1.wav": 1})
    put_manifest(root / "m.json", [{"audio_filepath": "1.wav", "shard_id": 0}])
    assert audio_of(settings_for(tmp_path, "nemo")) == [audio_bytes(1)]
    put_tar(root / "dev_0.tar", {"1.wav": 2})
    with pytest.raises(ConfigError, match=r"dev_0.tar and train_0.tar have the same number"):
        records(settings_for(tmp_path, "nemo"))
    put_tar(root / "audio_0.tar", {"1.wav": 3})  # which is what NeMo calls them
    assert audio_of(settings_for(tmp_path, "nemo")) == [audio_bytes(3)]


def test_what_is_said_of_a_speaker(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "a.wav", 1)
    said = {"speaker": 0, "source_lang": "en", "sex": "f", "age_group": "20-29", "l1": "fra", "license": "CC0-1.0"}
    words = {"accent_raw": "Paris", "accent": "en-x-l1-fra"}
    put_manifest(tmp_path / "corpus" / "train.json", [{"audio_filepath": "a.wav"} | said | words])
    (record,) = records(settings_for(tmp_path, "nemo"))
    assert isinstance(record, Candidate)
    row = record.row
    assert [row[name] for name in ("speaker_id", "language", "gender", "age_band")] == ["0", "en", "f", "20-29"]
    assert [row[name] for name in ("first_language", "licence", "accent_raw")] == ["fra", "CC0-1.0", "Paris"]


def test_an_address_costs_its_own_line(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "a.wav", 1)
    put_manifest(tmp_path / "corpus" / "train.json", [{"audio_filepath": "https://x/y.wav"}, {"audio_filepath": "a.wav"}])
    assert [each[0] for each in told(settings_for(tmp_path, "nemo"))] == ["path_leaves_root", "a.wav"]


def test_a_length_of_one_s_own_is_no_segment(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    put_manifest(tmp_path / "corpus" / "m.json", [{"audio_filepath": "0.wav", "length": 10}])
    (record,) = records(settings_for(tmp_path, "nemo"))
    assert isinstance(record, Candidate)
    assert record.span.is_whole
    assert json.loads(record.row["extra"])["length"] == 10


def test_segments_that_begin_close_to_each_other_are_told_apart(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    starts = (0.100001, 0.100004, 0.5, 0.25)
    lines = [{"audio_filepath": "0.wav", "offset": offset, "duration": 0.2} for offset in starts]
    put_manifest(tmp_path / "corpus" / "m.json", lines)
    assert [found[0] for found in told(settings_for(tmp_path, "nemo"))] == [f"0.wav@{start}" for start in starts]
