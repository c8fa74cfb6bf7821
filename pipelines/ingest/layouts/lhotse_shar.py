"""Lhotse Shar's recordings: ``recording.000000.tar`` beside ``cuts.000000.jsonl.gz``, each cut's audio under the cut's id."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipelines import storage
from pipelines.ingest.layouts.tar_files import packed_members
from pipelines.ingest.reading.disk_table import DiskTable

_CUTS = re.compile(r"cuts\.(\d+)\.jsonl(?:\.gz)?")
_OF_CUTS = re.compile(r"[^.]+\.(\d+)\.tar")
_MANIFESTS = (".json", ".nometa")
"""Of a cut there are two members, its audio and the audio's manifest, or that there is none."""


def is_of_cuts(location: str) -> bool:
    """Whether a tar file holds recordings, or further data, of a shard's cuts."""
    match = _OF_CUTS.fullmatch(storage.name(location))
    cuts = "" if match is None else storage.join(storage.parent(location), f"cuts.{match[1]}.jsonl")
    return cuts != "" and (storage.exists(f"{cuts}.gz") or storage.exists(cuts))


class SharAudio:
    """The recordings of a shard's cuts; they are listed when the first is asked for, and kept on disk.

    Args:
        cuts: the file of the cuts, which is a shard's or another.
    """

    def __init__(self, cuts: str) -> None:
        match = _CUTS.fullmatch(storage.name(cuts))
        self._recordings = "" if match is None else storage.join(storage.parent(cuts), f"recording.{match[1]}.tar")
        self._table: DiskTable | None = None

    def filled_in(self, recording: dict[str, Any], cut_id: str, number: int) -> dict[str, Any]:
        """A cut's recording with the file its audio lies in, where that is a shard's.

        Args:
            recording: of the cut.
            cut_id: by which its audio is called; cuts may share one, and stand then in the order of their audio.
            number: of the cut in its file, from 1.

        Raises:
            ConfigError: the tar file cannot be read.
        """
        sources = recording.get("sources")
        if not self._recordings or not isinstance(sources, list) or len(sources) != 1:
            return recording
        source = sources[0]
        if not isinstance(source, dict) or source.get("type") != "shar":
            return recording
        if self._table is None:
            self._table = DiskTable(self._members())
        place = self._table.get(f"{number} {cut_id}") or self._table.get(cut_id) or storage.join(self._recordings, cut_id)
        return recording | {"sources": [source | {"type": "file", "source": place}]}

    def _members(self) -> Iterator[tuple[str, str]]:
        if not storage.exists(self._recordings):
            return
        audio = [member for member in packed_members(self._recordings) if not member.name.endswith(_MANIFESTS)]
        alike = Counter(name.rpartition(".")[0] for name, _ in audio)
        for number, (name, packed) in enumerate(audio, 1):
            key, _, extension = name.rpartition(".")
            if extension != "nodata":
                yield f"{number} {key}", packed
                if alike[key] == 1:
                    yield key, packed
