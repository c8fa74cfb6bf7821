"""NeMo's tarred datasets: a tar file of audio and a manifest a part, and a manifest of all parts of a split."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from typing import IO, Any

from pipelines import storage
from pipelines.export import tar
from pipelines.export.names import escape
from pipelines.export.source import Part, json_bytes, rows_of
from pipelines.export.target import Export, Target
from schemas.tables import SHARD

MANIFEST = "tarred_audio_manifest.json"
_KEPT = [name for name in SHARD.names if name not in ("audio", "text", "duration", "sampling_rate", "language", "recipe")]
_SEGMENT = re.compile(r"-(sub\d+)$")


def _files(part: Part) -> Sequence[str]:
    # Their numbers are not padded: NeMo's own scripts write them so, and its settings name them as audio_{0..7}.tar.
    return [f"{part.split}/audio_{part.index}.tar", f"{part.split}/sharded_manifests/manifest_{part.index}.json"]


def _write(export: Export, part: Part, shard: IO[bytes]) -> None:
    audio_file, manifest_file = (export.path(file) for file in _files(part))
    with (
        storage.atomic_output(audio_file) as file,
        storage.atomic_output(manifest_file) as manifest,
        tar.writing(file) as members,
    ):
        for row in rows_of(shard, part.shard):
            name = f"{key_of(row['id'])}.flac"
            tar.add(members, name, row["audio"]["bytes"])
            manifest.write(json_bytes(_line(row, name, part.index)) + b"\n")


def key_of(utterance_id: str) -> str:
    """The name of an utterance's audio, without its ending: no dot in it, and no ``-sub1`` at its end, which means a segment."""
    return _SEGMENT.sub(r"=2D\1", escape(utterance_id))


def _line(row: dict[str, Any], name: str, index: int) -> dict[str, Any]:
    """A line of the manifest. What is null is left out, the transcript too: NeMo takes the key's absence for silence."""
    own = {"audio_filepath": name, "duration": row["duration"], "text": row["text"], "lang": row["language"], "shard_id": index}
    line = own | {"sampling_rate": row["sampling_rate"]} | {column: row[column] for column in _KEPT}
    return {key: value for key, value in line.items() if value is not None}


def _finish_split(export: Export, parts: Sequence[Part]) -> None:
    with storage.atomic_output(export.path(parts[0].split, MANIFEST)) as whole:
        for part in parts:
            with storage.open_input(export.path(_files(part)[1])) as file:
                shutil.copyfileobj(file, whole, 1 << 20)


NEMO_TAR = Target("NeMo's tarred datasets, with lhotse or without", _files, _write, _finish_split)
