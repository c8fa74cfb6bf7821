"""Tiny corpora in formats of many, each with the traps that are known of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.ingest.layouts.speech import RATE, audio_bytes, put_audio, put_text


def kaldi(root: Path) -> None:
    """Two directories: one of whole files, unsorted, with a command and a text without audio; one of segments."""
    for number in range(5):
        put_audio(root / "audio" / f"{number}.wav", number, 2.0)
    plain = root / "data" / "plain"
    put_text(
        plain / "wav.scp",
        "s2-b audio/1.wav\ns1-a audio/0.wav\ns1-c sox audio/2.wav -t wav - |\ns1-d foo.ark:123\n",
    )
    put_text(plain / "text", "s1-a HELLO\ns2-b  THERE YOU\ns9-z NO AUDIO\n")
    put_text(plain / "utt2spk", "s1-a s1\ns1-c s1\ns2-b s2\n", windows=True)
    put_text(plain / "spk2gender", "s1 f\ns2 m\n")
    cut = root / "data" / "cut"
    put_text(cut / "wav.scp", "r1 audio/3.wav\nr2 audio/4.wav\n")
    put_text(cut / "segments", "s3-r1-0 r1 0.0 0.9\ns3-r1-1 r1 0.9 -1\ns4-r2-0 r2 0.1 7.5\ns4-r3-0 r3 0.1 7.5\n")
    put_text(cut / "text", "s3-r1-0 ONE\ns3-r1-1 TWO\ns4-r2-0 PAST\ns4-r3-0 NO RECORDING\n")
    put_text(cut / "utt2spk", "s3-r1-0 s3\ns3-r1-1 s3\ns4-r2-0 s4\ns4-r3-0 s4\n")


def _write_gzipped(path: Path, lines: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode(), mtime=0))


def _recording(name: str, source: str, kind: str = "file", channels: tuple[int, ...] = (0,)) -> dict[str, Any]:
    sources = [{"type": kind, "channels": list(channels), "source": source}]
    return {"id": name, "sources": sources, "sampling_rate": RATE, "num_samples": 2 * RATE, "duration": 2.0}


def lhotse(root: Path) -> None:
    """Recordings with supervisions in another order, and cuts; a command, a channel, a cut without a recording."""
    for number in range(4):
        put_audio(root / "audio" / f"{number}.wav", number, 2.0)
    recordings = [_recording(f"r{number}", f"audio/{number}.wav") for number in range(3)]
    recordings.append(_recording("r8", "sox x.wav -t wav - |", "command"))
    recordings.append(_recording("r9", "audio/0.wav", channels=(0, 1)))

    def supervision(name: str, recording: str, start: float, length: float, **more: Any) -> dict[str, Any]:
        said = {"text": f"words of {name}", "language": "English", "speaker": f"spk-{recording}", "gender": "F"}
        return {"id": name, "recording_id": recording, "start": start, "duration": length, "channel": 0, **said, **more}

    _write_gzipped(root / "manifests" / "x_recordings_train.jsonl.gz", recordings)
    _write_gzipped(
        root / "manifests" / "x_supervisions_train.jsonl.gz",
        [
            supervision("u1", "r1", 0.0, 2.0, custom={"accent": "Scottish", "age": 33}),
            supervision("u0", "r0", 0.5, 0.7),
            supervision("u2", "r7", 0.5, 0.7),
            supervision("u8", "r8", 0.0, 2.0),
            supervision("u9", "r9", 0.0, 2.0),
        ],
    )
    inner = supervision("v1", "r3", 0.25, 0.5)
    cut = {"id": "c1", "start": 0.5, "duration": 1.0, "channel": 0, "supervisions": [inner], "type": "MonoCut"}
    cuts = [cut | {"recording": _recording("r3", "audio/3.wav")}, {"id": "m", "tracks": [], "type": "MixedCut"}]
    _write_gzipped(root / "manifests" / "y_cuts.jsonl.gz", cuts)


def nemo(root: Path) -> None:
    """Paths relative to the manifest; durations that are rounded; an offset; a line that is no JSON."""
    lines = [
        {"audio_filepath": "audio/0.wav", "duration": 0.81, "text": "zero", "lang": "en", "speaker": "s0"},
        {"audio_filepath": "audio/1.wav", "duration": 0.5, "offset": 0.2, "text": "one", "lang": "en", "speaker": "s1"},
        {"audio_filepath": "audio/2.wav", "duration": 0.8, "text": "gone", "lang": "en", "speaker": "s1"},
        {"audio_filepath": "audio/1.wav", "duration": 0.8, "text": "who", "lang": "en"},
    ]
    put_text(
        root / "train_manifest.json", "".join(json.dumps(line) + "\n" for line in lines) + '{"audio_filepath": "a\n', windows=True
    )
    put_audio(root / "audio" / "0.wav", 0)
    put_audio(root / "audio" / "1.wav", 1)


def parquet_rows(start: int, count: int, container: str = "FLAC") -> list[dict[str, Any]]:
    """Cells of type Audio."""
    return [{"bytes": audio_bytes(number, container), "path": f"{number}.flac"} for number in range(start, start + count)]


def hf_parquet(root: Path) -> None:
    """Several row groups, ClassLabels, a row without bytes, a file whose audio lies beside it."""
    features = {
        "audio": {"sampling_rate": RATE, "_type": "Audio"},
        "gender": {"names": ["male", "female"], "_type": "ClassLabel"},
    }
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rows = [*parquet_rows(20, 4), {"bytes": None, "path": "gone.flac"}]
    table = pa.table(
        {
            "audio": pa.array(rows, kind),
            "sentence": [f"sentence {number}" for number in range(5)],
            "speaker_id": ["s1", "s1", "s2", "s2", "s3"],
            "gender": pa.array([0, 1, 1, None, 7], pa.int64()),
            "accent": ["Welsh", None, "Welsh", "", "Irish"],
            "embedding": pa.array([b"\x00\xff"] * 5, pa.binary()),
        }
    ).replace_schema_metadata(metadata)
    (root / "data").mkdir(parents=True)
    pq.write_table(table, root / "data" / "train-00000-of-00001.parquet", row_group_size=2)
    put_audio(root / "data" / "beside.wav", 29)
    outside = pa.table(
        {"audio": pa.array([{"bytes": None, "path": "beside.wav"}], kind), "sentence": ["outside"], "speaker_id": ["s4"]}
    ).replace_schema_metadata(metadata)
    pq.write_table(outside, root / "data" / "test-00000-of-00001.parquet")


def globe(root: Path) -> None:
    """Parquet with GLOBE's columns."""
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table(
        {
            "audio": pa.array(parquet_rows(30, 3), kind),
            "speaker_id": ["S_000001", "S_000001", "S_000002"],
            "transcript": ["one", "two", "three"],
            "accent": ["England English", "England English", ""],
            "age": ["twenties", "twenties", "teens"],
            "gender": ["male", "male", "female"],
            "duration": pa.array([0.8, 0.8, 0.8], pa.float32()),
        }
    )
    (root / "data").mkdir(parents=True)
    pq.write_table(table, root / "data" / "test-00000-of-00001.parquet")


def webdataset(root: Path) -> None:
    """Samples of a recording with JSON and text, one whose JSON is damaged, one without a recording, a folder in the name."""
    root.mkdir(parents=True, exist_ok=True)
    with tarfile.open(root / "shard-000000.tar", "w") as tar:

        def add(name: str, data: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

        add("./a/000.flac", audio_bytes(40, "FLAC"))
        add("./a/000.json", json.dumps({"text": "zero", "speaker": "s0", "accents": "Welsh"}).encode())
        add("./a/001.json", json.dumps({"speaker": "s0", "gender": "f"}).encode())
        add("./a/001.txt", b"one\n")
        add("./a/001.WAV", audio_bytes(41))
        add("b/002.ogg", audio_bytes(42, "OGG"))
        add("b/002.json", b"{damaged")
        add("b/003.json", json.dumps({"text": "nothing to hear", "speaker": "s1"}).encode())


def table(root: Path) -> None:
    """A plain table."""
    rows = [
        {"id": f"r{number}", "file": f"{number}.wav", "sentence": f"words {number}", "speaker": f"s{number}"}
        for number in range(3)
    ]
    root.mkdir(parents=True, exist_ok=True)
    with (root / "recordings.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for number in range(3):
        put_audio(root / f"{number}.wav", number)
