"""Which directory a corpus's audio paths start from, for a configuration that is about to be written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pipelines import storage
from pipelines.ingest.layouts import Layout, RawRecord, Unit, find_layout, table
from pipelines.ingest.recognise import TABLE, Guess
from schemas.config import SourceConfig

_MAX_RECORDS = 100_000
_MAX_LOOKED_FOR = 20


class Place(NamedTuple):
    """Metadata whose audio paths start from one directory.

    Attributes:
        audio_root: the directory.
        metadata: files, relative to the corpus's directory; empty where the layout finds them under ``audio_root``.
        rivals: directories that hold files of the names alike, so that none was chosen.
    """

    audio_root: str
    metadata: list[str]
    rivals: tuple[str, ...] = ()


def place_audio(root: str, guess: Guess) -> list[Place]:
    """Where the audio of a directory lies; several places where each table's paths start from its own directory.

    Manifests often name files by absolute paths, or by paths from above their own directory. Where these are there, the
    directory that holds them all is the root, and the metadata are named, for they are not found under it.
    """
    layout = find_layout(guess.layout)
    if layout.is_tree or layout.holds_audio:
        return [Place(root, guess.metadata)]
    starts: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for file in guess.metadata:
        starts.setdefault(_start_of_table(root, storage.join(root, file), guess.columns["audio"]), []).append(file)
    places = [Place(start, files, rivals) for (start, rivals), files in starts.items()] or [Place(root, [])]
    return places if storage.is_remote(root) else [_beyond(root, place, layout, guess.columns) for place in places]


def _beyond(root: str, place: Place, layout: Layout, columns: dict[str, str]) -> Place:
    """The place, or the one outside its directory that its audio is in."""
    files = [storage.join(root, file) for file in place.metadata] or (layout.find(root) if layout.find is not None else [])
    source = SourceConfig(layout=layout.name, metadata=files, columns=columns)
    top = place.audio_root if layout.name == TABLE else os.path.abspath(os.sep)
    named = list(islice(_named(source, top), _MAX_RECORDS))
    if not any(map(os.path.isfile, named[:_MAX_LOOKED_FOR])) or _finds_audio(source, place.audio_root):
        return place
    holder = os.path.commonpath([os.path.dirname(path) for path in named])
    while os.path.dirname(holder) != holder:  # the file system as a whole is no audio_root
        if _finds_audio(source, holder):
            return Place(holder, [storage.relative(file, root) for file in files])
        holder = os.path.dirname(holder)
    return place


def _finds_audio(source: SourceConfig, root: str) -> bool:
    """Whether any of the first files that a source names lies under ``root``, were that its ``audio_root``."""
    inside = root.rstrip("/") + "/"
    return any(path.startswith(inside) and os.path.isfile(path) for path in islice(_named(source, root), _MAX_LOOKED_FOR))


def _named(source: SourceConfig, root: str) -> Iterator[str]:
    """Absolute paths of the audio that a source's records name, were ``root`` its ``audio_root``."""
    layout = find_layout(source.layout)
    for file in source.metadata or []:
        unit = layout.open(file, root, source)
        for path in _paths(layout.read(unit), unit.config.columns["audio"]):
            yield os.path.normpath(os.path.join(root, path))


def _paths(records: Iterator[RawRecord], column: str) -> Iterator[str]:
    for record in records:
        path = (record.cells or {}).get(column)
        if isinstance(path, str) and path.strip():
            yield path.strip()


def _start_of_table(root: str, location: str, column: str) -> tuple[str, tuple[str, ...]]:
    """The directory that a table's paths start from: its own, else the one under ``root`` where they are found, else ``root``.

    Where several hold files of these names, and its own not the most, which are meant cannot be told: they come with ``root``.
    """
    unit = Unit(location, root, SourceConfig(metadata=[location], quoting=True, columns={"audio": column}))
    paths = [path for path in islice(_paths(table.read(unit), column), _MAX_LOOKED_FOR) if not storage.is_remote(path)]

    def found_in(directory: str) -> int:
        return sum(storage.kind(storage.join(directory, path)) == "file" for path in paths)

    own = storage.parent(location)
    if paths and found_in(own) == len(paths):
        return own, ()
    holding = {directory: found for directory, _ in storage.walk(root) if (found := found_in(directory))}
    if len(holding) > 1 and holding.get(own, 0) < max(holding.values()):
        return root, tuple(holding)
    return (own if own in holding else next(iter(holding), root)), ()
