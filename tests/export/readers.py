"""Plain readers of what is exported, made after each form's own description; nothing here uses panvox's code."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import soundfile

Found = dict[str, tuple[Any, ...]]
"""Speaker, transcript, samples and SHA-256 of the FLAC file, by the row's own id."""


def members(location: Path) -> list[tuple[str, bytes]]:
    """Names and contents of a tar file, in order."""
    with tarfile.open(location) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]


def read_webdataset(export: Path, split: str) -> Found:
    found = {}
    for file in sorted((export / split).glob("*.tar")):
        listed = members(file)
        for at in range(0, len(listed), 3):
            (flac, audio), (txt, words), (told, row) = listed[at : at + 3]
            key = flac.removesuffix(".flac")
            assert (flac, txt, told) == (f"{key}.flac", f"{key}.txt", f"{key}.json")
            assert "." not in key
            said = json.loads(row)
            assert words.decode() == (said["text"] or "")
            found[said["id"]] = (said["speaker_id"], said["text"], _samples(audio), _sha256(audio))
    return found


def read_lhotse_shar(export: Path, split: str) -> Found:
    found = {}
    for cuts in sorted((export / split).glob("cuts.*.jsonl.gz")):
        lines = [json.loads(line) for line in gzip.decompress(cuts.read_bytes()).splitlines()]
        listed = members(cuts.with_name(cuts.name.replace("cuts.", "recording.").replace(".jsonl.gz", ".tar")))
        assert len(listed) == 2 * len(lines)
        for at, cut in enumerate(lines):
            (flac, audio), (manifest, recording) = listed[2 * at : 2 * at + 2]
            assert (flac, manifest) == (f"{cut['id']}.flac", f"{cut['id']}.json")
            assert json.loads(recording) == cut["recording"]
            assert cut["recording"]["num_samples"] == _samples(audio)
            (said,) = cut["supervisions"]
            found[cut["custom"]["id"]] = (said["speaker"], said.get("text"), _samples(audio), _sha256(audio))
    return found


def read_nemo_tar(export: Path, split: str) -> Found:
    found = {}
    whole = (export / split / "tarred_audio_manifest.json").read_bytes()
    shards = sorted((export / split / "sharded_manifests").glob("*.json"), key=lambda file: int(file.stem.split("_")[1]))
    assert whole == b"".join(file.read_bytes() for file in shards)
    for line in map(json.loads, whole.splitlines()):
        audio = dict(members(export / split / f"audio_{line['shard_id']}.tar"))[line["audio_filepath"]]
        assert round(line["duration"] * line["sampling_rate"]) == _samples(audio)
        found[line["id"]] = (line["speaker_id"], line.get("text"), _samples(audio), _sha256(audio))
    return found


def read_huggingface(export: Path, split: str) -> Found:
    found = {}
    for file in sorted((export / "data").glob(f"{split}-*.parquet")):
        for row in pq.read_table(file, columns=["id", "speaker_id", "text", "audio"]).to_pylist():
            audio = row["audio"]["bytes"]
            found[row["id"]] = (row["speaker_id"], row["text"], _samples(audio), _sha256(audio))
    return found


def table(location: Path) -> dict[str, str]:
    """A table of a Kaldi directory: sorted as in the C locale, each key once."""
    lines = location.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    keys = [line.partition(" ")[0].encode() for line in lines]
    assert keys == sorted(set(keys)), location
    return {key: value for key, _, value in (line.partition(" ") for line in lines)}


def read_kaldi(directory: Path) -> Iterator[tuple[str, str, str, int]]:
    """Utterance, speaker, transcript and samples; the tables agree, in the ways that Kaldi checks."""
    tables = {file.name: table(file) for file in directory.iterdir() if file.is_file()}
    speakers, segments = tables["utt2spk"], tables["segments"]
    for name in ("text", "wav.scp", "segments", "utt2dur", "reco2dur", "utt2uniq", *{"utt2lang"} & tables.keys()):
        assert tables[name].keys() == speakers.keys(), name
    by_speaker = sorted(speakers.items(), key=lambda pair: (pair[1].encode(), pair[0].encode()))
    assert by_speaker == list(speakers.items())
    listed = {utterance: speaker for speaker, each in tables["spk2utt"].items() for utterance in each.split(" ")}
    assert listed == speakers
    if "spk2gender" in tables:
        assert tables["spk2gender"].keys() == tables["spk2utt"].keys()
        assert set(tables["spk2gender"].values()) <= {"m", "f"}
    for utterance, speaker in speakers.items():
        recording, start, end = segments[utterance].split(" ")
        info = soundfile.info(tables["wav.scp"][recording])
        assert (info.format, info.subtype, info.channels) == ("WAV", "PCM_16", 1)
        assert (start, round(float(end) * info.samplerate)) == ("0", info.frames)
        assert float(tables["utt2dur"][utterance]) == float(end)
        yield utterance, speaker, tables["text"][utterance], info.frames


READERS = {
    "webdataset": read_webdataset,
    "lhotse-shar": read_lhotse_shar,
    "nemo-tar": read_nemo_tar,
    "huggingface": read_huggingface,
}


def _samples(flac: bytes) -> int:
    return int(soundfile.info(io.BytesIO(flac)).frames)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
