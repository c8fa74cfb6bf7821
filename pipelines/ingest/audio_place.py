"""Which directory a corpus's audio paths start from, for a configuration that is about to be written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, find_layout, table
from pipelines.ingest.recognise import TABLE, Guess
from schemas.config import SourceConfig

_MAX_RECORDS = 100_000
_MAX_LOOKED_FOR = 20


def place_audio(root: str, guess: Guess) -> tuple[str, list[str]]:
    """The ``audio_root`` of a source, and the metadata files it has to name, relative to ``root``.

    Manifests often name files by absolute paths, or by paths from above their own directory. Where these are there, the
    directory that holds them all is the root, and the metadata are named, for they are not found under it.
    """
    start = _start_of_table(root, guess)
    layout = find_layout(guess.layout)
    if layout.is_tree or layout.holds_audio or storage.is_remote(root):
        return start, guess.metadata
    files = [storage.join(root, file) for file in guess.metadata] or (layout.find(root) if layout.find is not None else [])
    source = SourceConfig(layout=layout.name, metadata=files, columns=guess.columns)
    top = start if layout.name == TABLE else os.path.abspath(os.sep)
    named = list(islice(_named(source, top), _MAX_RECORDS))
    if any(_is_inside(path, start) for path in named) or not any(map(os.path.isfile, named[:_MAX_LOOKED_FOR])):
        return start, guess.metadata
    holder = os.path.commonpath([os.path.dirname(path) for path in named])
    while os.path.dirname(holder) != holder:  # the file system as a whole is no audio_root
        if any(_is_inside(path, holder) and os.path.isfile(path) for path in islice(_named(source, holder), _MAX_LOOKED_FOR)):
            return holder, [storage.relative(file, root) for file in files]
        holder = os.path.dirname(holder)
    return start, guess.metadata


def _is_inside(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip("/") + "/")


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


def _start_of_table(root: str, guess: Guess) -> str:
    """The directory that a table's audio paths start from: the one its first rows' files are found in, else the table's root."""
    if not guess.metadata or "audio" not in guess.columns:
        return root
    location = storage.join(root, guess.metadata[0])
    unit = Unit(location, root, SourceConfig(metadata=[location], quoting=True, columns=guess.columns))
    paths = list(islice(_paths(table.read(unit), guess.columns["audio"]), _MAX_LOOKED_FOR))
    for directory, _ in storage.walk(root):
        if any(storage.kind(storage.join(directory, path)) == "file" for path in paths):
            return directory
    return root
