"""Lhotse Shar: two files a part, the cuts as JSON Lines and their recordings as a tar file of audio and manifest in turn."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import IO, Any

from pipelines import storage
from pipelines.export import tar
from pipelines.export.names import escape
from pipelines.export.source import Part, json_bytes, rows_of, told
from pipelines.export.target import Export, Target

_HAVE_A_PLACE = ("duration", "sampling_rate", "text", "language", "speaker_id", "gender")


def _files(part: Part) -> Sequence[str]:
    return [f"{part.split}/cuts.{part.index:06d}.jsonl.gz", f"{part.split}/recording.{part.index:06d}.tar"]


def _write(export: Export, part: Part, shard: IO[bytes]) -> None:
    cuts_file, recordings_file = (export.path(file) for file in _files(part))
    with (
        storage.atomic_output(cuts_file) as packed,
        storage.atomic_output(recordings_file) as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as cuts,
        tar.writing(file) as members,
    ):
        for row in rows_of(shard, part.shard):
            key = escape(row["id"], keep=".")  # the last dot ends it
            recording = _recording(key, row)
            cuts.write(json_bytes(_cut(key, row, recording)) + b"\n")
            tar.add(members, f"{key}.flac", row["audio"]["bytes"])
            tar.add(members, f"{key}.json", json_bytes(recording) + b"\n")


def _recording(key: str, row: dict[str, Any]) -> dict[str, Any]:
    """The recording's manifest, in which the audio that stands before it in the tar file is still to be put."""
    rate = row["sampling_rate"]
    return {
        "id": key,
        "sources": [{"type": "shar", "channels": [0], "source": ""}],
        "sampling_rate": rate,
        "num_samples": round(row["duration"] * rate),
        "duration": row["duration"],
        "channel_ids": [0],
    }


def _cut(key: str, row: dict[str, Any], recording: dict[str, Any]) -> dict[str, Any]:
    """The cut of a whole recording; columns that lhotse has no name for stand in its ``custom``, the row's own id among them."""
    supervision = {"id": key, "recording_id": key, "start": 0.0, "duration": row["duration"], "channel": 0}
    said = {"text": row["text"], "language": row["language"], "speaker": row["speaker_id"], "gender": row["gender"]}
    custom = {name: value for name, value in told(row).items() if name not in _HAVE_A_PLACE}
    return {
        "id": key,
        "start": 0.0,
        "duration": row["duration"],
        "channel": 0,
        "supervisions": [supervision | {name: value for name, value in said.items() if value is not None}],
        "recording": recording,
        "custom": {name: value for name, value in custom.items() if value is not None},
        "type": "MonoCut",
    }


LHOTSE_SHAR = Target("lhotse: CutSet.from_shar", _files, _write)
