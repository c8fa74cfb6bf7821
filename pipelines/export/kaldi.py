"""A Kaldi data directory a split: ``wav.scp`` and its companions, sorted as Kaldi's tools expect, and WAV files.

Kaldi reads no FLAC but through a pipe, and wants plain files here, so the audio is unpacked to 16-bit WAV, which loses nothing.
An utterance's id begins with its speaker's, so that sorting by the one sorts by the other.
"""

from __future__ import annotations

import io
import os
import shutil
import uuid
from collections.abc import Sequence
from operator import itemgetter
from typing import IO, Any

import soundfile

from pipelines import storage
from pipelines.export.kaldi_tables import write_tables
from pipelines.export.names import escape
from pipelines.export.source import Part, json_bytes, rows_of
from pipelines.export.target import Export, Target
from schemas.tables import SHARD

JOINT = "+"
"""Between speaker and utterance: it sorts before all that may stand in either, and stands in neither."""

_KEPT = [name for name in SHARD.names if name not in ("audio", "recipe")]


def _wav_dir(part: Part) -> str:
    return f"{part.split}/wav/{part.index:05d}"


def _lines_file(part: Part) -> str:
    return f"{part.split}/utterances/{part.index:05d}.jsonl"


def _files(part: Part) -> Sequence[str]:
    return [_wav_dir(part), _lines_file(part)]


def speaker_key(speaker_id: str) -> str:
    """A speaker as Kaldi's files name them: without spaces."""
    return escape(speaker_id, keep=".")


def utterance_key(speaker_id: str, utterance_id: str) -> str:
    """An utterance as Kaldi's files name it."""
    return f"{speaker_key(speaker_id)}{JOINT}{escape(utterance_id, keep='.')}"


def _write(export: Export, part: Part, shard: IO[bytes]) -> None:
    directory = export.path(_wav_dir(part))
    temporary = storage.join(storage.parent(directory), f"{storage.TEMPORARY}{uuid.uuid4().hex}")
    os.makedirs(temporary)
    lines = []
    for row in rows_of(shard, part.shard):
        name = f"{escape(row['id'], keep='.')}.wav"
        samples, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
        soundfile.write(os.path.join(temporary, name), samples, rate, format="WAV", subtype="PCM_16")
        lines.append(_line(row, f"{_wav_dir(part)}/{name}"))
    shutil.rmtree(directory, ignore_errors=True)  # of a part that was stopped between its two
    os.replace(temporary, directory)
    with storage.atomic_output(export.path(_lines_file(part))) as file:
        file.writelines(json_bytes(line) + b"\n" for line in sorted(lines, key=itemgetter("utterance")))


def _line(row: dict[str, Any], wav: str) -> dict[str, Any]:
    names = {
        "utterance": utterance_key(row["speaker_id"], row["id"]),
        "speaker": speaker_key(row["speaker_id"]),
        "unique": utterance_key(row["speaker_id"], row["source_id"]),
        "wav": wav,
    }
    return names | {name: row[name] for name in _KEPT}


def _finish_split(export: Export, parts: Sequence[Part]) -> None:
    write_tables(export, parts[0].split, [export.path(_lines_file(part)) for part in parts])


KALDI = Target("Kaldi, ESPnet and others with data directories", _files, _write, _finish_split, local_only=True)
