"""WebDataset: a tar file a part, in it ``key.flac``, ``key.txt`` and ``key.json`` of each row, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from pipelines import storage
from pipelines.export import tar
from pipelines.export.names import escape
from pipelines.export.source import Part, json_bytes, rows_of, told
from pipelines.export.target import Export, Target


def _files(part: Part) -> Sequence[str]:
    return [f"{part.split}/{part.split}-{part.index:06d}.tar"]


def _write(export: Export, part: Part, shard: IO[bytes]) -> None:
    with storage.atomic_output(export.path(*_files(part))) as file, tar.writing(file) as members:
        for row in rows_of(shard, part.shard):
            key = escape(row["id"])  # the first dot ends the key, so none may stand in it
            tar.add(members, f"{key}.flac", row["audio"]["bytes"])
            tar.add(members, f"{key}.txt", (row["text"] or "").encode())
            tar.add(members, f"{key}.json", json_bytes(told(row)))


WEBDATASET = Target("webdataset, and whatever reads its tar files", _files, _write)
