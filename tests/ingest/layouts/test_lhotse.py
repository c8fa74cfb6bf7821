"""lhotse's manifests in the forms that lhotse itself writes them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipelines.audio.decode import Span
from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate, Rejection
from schemas.errors import ConfigError
from tests.ingest.corpus import outcomes, records
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told


def put_cuts(path: Path, cuts: list[dict[str, Any]]) -> None:
    put_text(path, "".join(json.dumps(cut) + "\n" for cut in cuts))


def cut_of(name: str, **more: Any) -> dict[str, Any]:
    sources = [{"type": "file", "channels": [0], "source": "0.wav"}]
    recording = {"id": "r", "sources": sources, "sampling_rate": 16_000, "num_samples": 12_800, "duration": 0.8}
    said = {"text": "hi", "speaker": "s"}
    supervision = {"id": name, "recording_id": "r", "start": 0.0, "duration": 0.8, "channel": 0, **said}
    whole = {"id": f"c-{name}", "start": 0.0, "duration": 0.8, "channel": 0, "supervisions": [supervision]}
    return whole | {"recording": recording | more.pop("recording", {}), "type": "MonoCut"} | more


@pytest.mark.parametrize("name", ["train.jsonl", "cuts_trimmed_to_supervisions.jsonl"])
def test_cuts_are_known_whatever_their_file_is_called(tmp_path: Path, name: str) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    put_cuts(tmp_path / "corpus" / name, [cut_of("a")])
    assert told(settings_for(tmp_path, "lhotse")) == [("a", "s", "hi", "")]


def test_what_a_cut_says_of_itself_is_taken_with_what_its_supervision_says(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    cut = cut_of("a", custom={"accent": "Welsh", "site": "Cardiff", "age": 30})
    cut["supervisions"][0]["custom"] = {"age": 31}
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut])
    (record,) = records(settings_for(tmp_path, "lhotse"))
    assert isinstance(record, Candidate)
    assert (record.row["accent_raw"], record.row["age_band"]) == ("Welsh", "31")
    assert json.loads(record.row["extra"])["site"] == "Cardiff"


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (cut_of("a", recording={"transforms": [{"name": "Resample", "kwargs": {}}]}), ""),
        (cut_of("a", recording={"transforms": [{"name": "Resample"}, {"name": "Speed"}]}), "(Resample, Speed)"),
        (cut_of("a") | {"recording": None, "features": {}}, "has features only"),
        (cut_of("a")["recording"], "does not say who speaks; name the supervisions' file"),
        ({"id": "x", "type": "PaddingCut", "duration": 1.0}, "PaddingCut has no recording"),
        (
            cut_of("a", supervisions=[], channel=1, recording={"sources": [{"channels": [0, 1], "source": "0.wav"}]}),
            "channel 1 of 2",
        ),
    ],
)
def test_what_is_no_plain_recording(tmp_path: Path, cut: dict[str, Any], message: str) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut])
    (record,) = records(settings_for(tmp_path, "lhotse", metadata="corpus/cuts.jsonl"))
    assert isinstance(record, Candidate) == (not message)
    if not isinstance(record, Candidate):
        assert record.rule == "unsupported_source"
        assert message in record.message


@pytest.mark.parametrize(
    ("more", "rule", "message"),
    [
        ({"supervisions": ["x"]}, "malformed_row", "no list of JSON objects"),
        ({"supervisions": {"id": "x"}}, "malformed_row", "no list of JSON objects"),
        ({"start": "early"}, "wrong_type", 'offset is "early"'),
        ({"start": 10**400}, "impossible_segment", "offset is"),
        ({"recording": {"sources": [{"type": "url", "source": "https://x/0.wav"}]}}, "unsupported_source", "of type 'url'"),
        ({"recording": {"sources": [{"type": "memory", "source": "UklG"}]}}, "unsupported_source", "of type 'memory'"),
        ({"recording": {"sources": [{"type": "shar", "source": ""}]}}, "unsupported_source", "of type 'shar'"),
        ({"recording": {"sources": [{"type": "file"}]}}, "unsupported_source", "has no name"),
        ({"recording": {"sources": "0.wav"}}, "unsupported_source", "not made of one file"),
        ({"recording": {"transforms": "Speed"}}, "unsupported_source", "(Speed)"),
    ],
)
def test_what_is_not_as_lhotse_writes_it(tmp_path: Path, more: dict[str, Any], rule: str, message: str) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut_of("a", **more)])
    (record,) = records(settings_for(tmp_path, "lhotse", metadata="corpus/cuts.jsonl"))
    assert isinstance(record, Rejection)
    assert record.rule == rule
    assert message in record.message


@pytest.mark.parametrize("layout", ["lhotse", "nemo"])
def test_an_array_is_no_file_of_lines(tmp_path: Path, layout: str) -> None:
    put_text(tmp_path / "corpus" / "cuts.json", json.dumps([cut_of("a")], indent=2))
    with pytest.raises(ConfigError, match=r"cuts.json:1: holds one JSON array; expected JSON Lines"):
        records(settings_for(tmp_path, layout, metadata="corpus/cuts.json"))


def test_lengths_and_offsets_of_custom_fields_are_no_segments(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    cut = cut_of("a", custom={"length": 1, "offset": "here"})
    cut["supervisions"][0]["custom"] = {"length": 0.1}
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut])
    (record,) = records(settings_for(tmp_path, "lhotse"))
    assert isinstance(record, Candidate)
    assert (record.row["offset_s"], record.span.is_whole) == (None, True)
    extra = json.loads(record.row["extra"])
    assert (extra["length"], extra["offset"]) == (0.1, "here")


def test_a_custom_field_called_as_a_segment_is_none(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    cut = cut_of("a")
    cut["supervisions"][0]["custom"] = {"segment_start": 0.3, "accent": "Irish"}
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut])
    (found,) = records(settings_for(tmp_path, "lhotse"))
    assert isinstance(found, Candidate)
    assert (found.row["offset_s"], found.row["accent_raw"]) == (None, "Irish")
    assert json.loads(found.row["extra"])["custom"]["segment_start"] == 0.3


def test_an_end_of_ones_own_goes_before_the_length_that_is_known(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    cut = cut_of("a")
    cut["supervisions"][0] |= {"start": 0.1, "duration": 0.6, "custom": {"till": 0.4}}
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut])
    (record,) = records(settings_for(tmp_path, "lhotse", columns={"end": "till"}))
    assert isinstance(record, Candidate)
    assert record.span == Span(0.1, pytest.approx(0.3))


def test_quarantine_keeps_of_a_cut_only_what_the_record_is_of(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "0.wav", 0)
    cut = cut_of("a")
    said = cut["supervisions"][0]
    cut["supervisions"] = [said | {"text": ""}, said | {"id": "b", "speaker": "somebody", "start": 0.4, "duration": 0.4}]
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut])
    silent, other = records(settings_for(tmp_path, "lhotse"))
    assert isinstance(silent, Rejection)
    assert isinstance(other, Candidate)
    kept = json.loads(silent.record_json)
    assert (silent.rule, kept["id"], kept["audio"]) == ("missing_text", "a", "0.wav")
    assert "somebody" not in silent.record_json


def test_a_null_character_in_a_recording_s_path(tmp_path: Path) -> None:
    put_cuts(tmp_path / "corpus" / "cuts.jsonl", [cut_of("a", recording={"sources": [{"type": "file", "source": "a\0.wav"}]})])
    assert [record.rule for record in records(settings_for(tmp_path, "lhotse")) if isinstance(record, Rejection)] == [
        "bad_encoding"
    ]


def test_shar_is_read_as_what_it_is(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    cuts = [cut_of(name, recording={"sources": [{"type": "shar", "channels": [0], "source": ""}]}) for name in "abc"]
    cuts[2]["supervisions"][0] |= {"start": 0.2, "duration": 0.4}
    put_text(corpus / "train" / "cuts.000000.jsonl", "".join(json.dumps(cut) + "\n" for cut in cuts))
    put_audio(tmp_path / "1.flac", 1)
    with tarfile.open(corpus / "train" / "recording.000000.tar", "w") as tar:
        for name in ("c-a", "c-c"):
            tar.add(tmp_path / "1.flac", f"{name}.flac")
            info = tarfile.TarInfo(f"{name}.json")
            info.size = 2
            tar.addfile(info, io.BytesIO(b"{}"))
    assert recognise(str(corpus)).layout == "lhotse"
    settings = settings_for(tmp_path, "lhotse")
    assert told(settings) == [("a", "s", "hi", ""), ("missing_file",), ("c", "s", "hi", "")]
    found = [record.span for record in records(settings) if isinstance(record, Candidate)]
    assert found[-1] == Span(0.2, 0.4)


def test_cuts_of_one_id_in_a_shard_stand_in_the_order_of_their_audio(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    cuts = [cut_of(name, id="same", recording={"sources": [{"type": "shar", "channels": [0], "source": ""}]}) for name in "ab"]
    put_text(corpus / "cuts.000000.jsonl", "".join(json.dumps(cut) + "\n" for cut in cuts))
    for file, members in (("recording.000000.tar", ("1.flac", "2.flac")), ("target.000000.tar", ("3.flac",))):
        with tarfile.open(corpus / file, "w") as tar:
            for name in members:
                put_audio(tmp_path / name, int(name[0]))
                tar.add(tmp_path / name, "same.flac")
                tar.addfile(tarfile.TarInfo("same.json"))
    assert recognise(str(corpus)).layout == "lhotse"
    found = outcomes(settings_for(tmp_path, "lhotse"))
    assert len({measured.audio_sha256 for _, measured in found}) == 2


@pytest.mark.peers
@pytest.mark.parametrize("form", ["flac", "wav", "original"])
def test_shar_as_lhotse_writes_it(tmp_path: Path, form: str) -> None:
    lhotse = pytest.importorskip("lhotse", reason="run by make test-peers")
    writing = pytest.importorskip("lhotse.shar", reason="run by make test-peers")
    put_audio(tmp_path / "a.wav", 1, seconds=2.0)
    recording = lhotse.Recording.from_file(tmp_path / "a.wav", recording_id="r")
    said = [
        lhotse.SupervisionSegment(
            id=f"s{number}", recording_id="r", start=start, duration=0.5, text=f"words {number}", speaker="x"
        )
        for number, start in enumerate((0.25, 1.0))
    ]
    (tmp_path / "corpus").mkdir()
    with writing.SharWriter(str(tmp_path / "corpus"), fields={"recording": form}, shard_size=1) as writer:
        for number, supervision in enumerate(said):
            whole = lhotse.MonoCut(
                f"c/{number}.x", start=0.125, duration=1.5, channel=0, supervisions=[supervision], recording=recording
            )
            writer.write(whole)
    found = outcomes(settings_for(tmp_path, "lhotse"))
    assert [(record.row["recording_id"], record.row["text"], record.span) for record, _ in found] == [
        ("s0", "words 0", Span(0.25, 0.5)),
        ("s1", "words 1", Span(1.0, 0.5)),
    ]
    speech, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    for (_, measured), start_s in zip(found, (0.375, 1.125), strict=True):
        part = speech[round(start_s * rate) : round((start_s + 0.5) * rate)]
        assert measured.duration_s == 0.5
        assert measured.peak == pytest.approx(float(np.abs(part).max()), abs=2e-4)
