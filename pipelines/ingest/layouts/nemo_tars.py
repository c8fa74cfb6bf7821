"""The audio of NeMo's tarred data sets: a manifest's ``shard_id`` says in which ``audio_<number>.tar`` a recording lies."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator

from pipelines import storage
from pipelines.audio.packed import member_name
from pipelines.ingest.layouts.tree import files_in
from pipelines.ingest.layouts.webdataset import members
from pipelines.ingest.reading.disk_table import DiskTable
from schemas.errors import ConfigError

_TAR = re.compile(r".*?(\d+)\.tar", re.IGNORECASE)
_SEGMENT = re.compile(r"-sub\d+(?=\.[^.]*$)")
"""Of a file that several lines name, NeMo stores the audio once, and numbers the further lines' names."""


class TarredAudio:
    """Members of the tar files beside a manifest, or in the directory above it, by their shard and name.

    They are listed when the first is asked for, and kept on disk.

    Args:
        folder: the manifest's.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._table: DiskTable | None = None

    def get(self, shard: object, path: str) -> str | None:
        """Where a recording lies, as packed audio is named; None where no tar file of the shard holds it.

        Raises:
            ConfigError: a tar file cannot be read.
        """
        if self._table is None:
            self._table = DiskTable(self._members())
        name = storage.name(path)
        return self._table.get(f"{shard}/{name}") or self._table.get(f"{shard}/{_SEGMENT.sub('', name)}")

    def _members(self) -> Iterator[tuple[str, str]]:
        for folder in (self._folder, storage.parent(self._folder)):
            for file in files_in(folder):
                numbered = _TAR.fullmatch(file)
                if numbered is not None:
                    yield from _listed(storage.join(folder, file), int(numbered[1]))


def _listed(location: str, shard: int) -> Iterator[tuple[str, str]]:
    try:
        with storage.open_input(location) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            for member in members(tar):
                name = storage.name(member.name)
                yield f"{shard}/{name}", member_name(location, member.offset_data, member.size, name)
    except (tarfile.TarError, OSError) as error:
        raise ConfigError(f"{location}: cannot be read as a tar file: {error}") from error
