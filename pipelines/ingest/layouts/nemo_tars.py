"""The audio of NeMo's tarred data sets: a manifest's ``shard_id`` says in which ``audio_<number>.tar`` a recording lies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts.tar_files import packed_members
from pipelines.ingest.layouts.tree import files_in
from pipelines.ingest.reading.disk_table import DiskTable
from schemas.errors import ConfigError

_TAR = re.compile(r".*?(\d+)\.tar", re.IGNORECASE)
_USUAL = re.compile(r"audio_\d+\.tar")
"""What NeMo calls them."""

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
        spellings = (spelling for name in (path, storage.name(path)) for spelling in (name, _SEGMENT.sub("", name)))
        found = (self._table.get(f"{shard}/{spelling.removeprefix('./')}") for spelling in spellings)
        return next(filter(None, found), None)

    def _members(self) -> Iterator[tuple[str, str]]:
        for folder in (self._folder, storage.parent(self._folder)):
            for shard, file in _shards(folder).items():
                yield from _listed(storage.join(folder, file), shard)


def _shards(folder: str) -> dict[int, str]:
    """The tar files of a folder by their numbers. Raises ConfigError where two have one, and none is ``audio_<number>.tar``."""
    found: dict[int, str] = {}
    for file in sorted(files_in(folder), key=lambda file: _USUAL.fullmatch(file) is None):
        numbered = _TAR.fullmatch(file)
        if numbered is None:
            continue
        first = found.setdefault(int(numbered[1]), file)
        if first != file and not _USUAL.fullmatch(first):
            problem = f"{first} and {file} have the same number, and 'shard_id' tells shards by it; give each set a directory"
            raise ConfigError(f"{folder}: {problem}")
    return found


def _listed(location: str, shard: int) -> Iterator[tuple[str, str]]:
    """What a tar file holds, by its whole name and, where no other member has it, by the name's last part."""
    found = list(packed_members(location))
    alike = Counter(storage.name(name) for name, _ in found)
    for name, packed in found:
        last = storage.name(name)
        yield f"{shard}/{name}", packed
        if alike[last] == 1:
            yield f"{shard}/{last}", packed
