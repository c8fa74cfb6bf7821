"""Corpora that are directories: recordings, each with a file of text beside it or in a twin directory."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from pipelines import storage
from pipelines.ingest.audio_root import is_plain
from pipelines.ingest.layouts import RawRecord, Unit
from pipelines.ingest.reading.lines import decoded
from schemas.errors import ConfigError

AUDIO_SUFFIXES = (
    *(".wav", ".flac", ".mp3", ".ogg", ".opus", ".oga", ".m4a", ".mp4", ".aac", ".sph", ".nist"),
    *(".aif", ".aiff", ".aifc", ".caf", ".au", ".amr", ".awb", ".webm", ".mka", ".w64", ".voc"),
)
"""How the names of files end that hold audio, in small letters."""


def is_audio(name: str) -> bool:
    """Whether a file is a recording, by its name; hidden ones (``._a.wav``, of macOS's archives) are none."""
    return name.lower().endswith(AUDIO_SUFFIXES) and not storage.name(name).startswith(".")


def stem(name: str) -> str:
    """A file's name without directory and extension."""
    last = storage.name(name)
    return last.rpartition(".")[0] or last


def files_in(directory: str) -> list[str]:
    """The names of the files in a directory, sorted, without hidden ones; none where there is no such directory."""
    return [name for name in storage.list_names(directory) if not name.startswith(".")]


def recordings_in(unit: Unit, directory: str) -> list[str]:
    """The names of a directory's recordings, of those that the source's ``files`` ask for."""
    return recordings_of(unit, files_in(directory))


def recordings_of(unit: Unit, names: list[str]) -> list[str]:
    """Those of a directory's files, without hidden ones, that are recordings which the source's ``files`` ask for."""
    recordings = [name for name in names if name.lower().endswith(AUDIO_SUFFIXES)]
    return recordings if unit.config.files is None else matching(recordings, unit.config.files)


def matching(names: Iterable[str], patterns: list[str]) -> list[str]:
    """Those of some files' names that one of a source's ``files`` fits."""
    return [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def folder_in(directory: str, name: str) -> str:
    """The directory of a name in another, in whatever capitals; as it is named where there is none."""
    exact = storage.join(directory, name)
    if storage.kind(exact) == "directory":
        return exact
    return next((each for each in storage.list_directories(directory) if storage.name(each).lower() == name.lower()), exact)


def find_beside(directory: str, name: str, top: str) -> str | None:
    """The nearest file of a name in a directory or one above it, up to ``top``; where there is none, in whatever case."""
    directories = [directory]
    while directory.rstrip("/") != top.rstrip("/") and storage.parent(directory) != directory:
        directory = storage.parent(directory)
        directories.append(directory)
    exact = (storage.join(each, name) for each in directories)
    alike = (storage.join(each, file) for each in directories for file in files_in(each) if file.lower() == name.lower())
    # A directory that holds every speaker's is large, and would be looked through for each of them.
    return next((location for location in exact if storage.kind(location) == "file"), None) or next(alike, None)


def place_of(directory: str, unit: Unit) -> str:
    """What the source's audio paths of a directory's files begin with: nothing, or a path that ends in a slash."""
    return storage.relative(storage.join(directory, "_"), unit.root).removesuffix("_")


_LOOKED_AT = 1000
"""Files that are looked for at the most."""


_CONVERTED = (".wav", ".flac", ".ogg", ".opus", ".mp3")
"""What copies of corpora convert recordings to, whose tables keep the names they had."""


class Finder:
    """Finds files whose paths start from a directory that only looking can tell; the first file found decides for all.

    Args:
        unit: what the paths stand in.
        starts: directories that paths may start from, the likeliest first; those outside the root are passed over.
        may_be_converted: whether files may have other extensions than the paths.
    """

    def __init__(self, unit: Unit, starts: list[str], *, may_be_converted: bool = False) -> None:
        top = unit.root.rstrip("/")
        self._unit = unit
        self._starts = [each for each in starts if each == unit.root or (each.rstrip("/") + "/").startswith(top + "/")]
        self._endings = ("", *_CONVERTED) if may_be_converted else ("",)
        self._to_look = _LOOKED_AT
        self._choose(self._starts[0], "")

    def _choose(self, start: str, ending: str) -> None:
        self._start, self._ending = start, ending
        self._prefix = place_of(start, self._unit)

    def __call__(self, path: str) -> str:
        """A path of the metadata as one of the source's audio paths."""
        if self._to_look and not storage.is_remote(path):  # which starts from nowhere, and may be of a kind that is not read
            self._look(path)
        if self._ending and storage.kind(storage.join(self._start, path)) != "file":  # a conversion may have broken off
            path = _with_ending(path, self._ending)
        return self._prefix + path if is_plain(path) else storage.relative(storage.join(self._start, path), self._unit.root)

    def _look(self, path: str) -> None:
        self._to_look -= 1
        for ending in self._endings:
            name = _with_ending(path, ending)
            for start in self._starts:
                if storage.kind(storage.join(start, name)) == "file":
                    self._to_look = 0
                    self._choose(start, ending)
                    return


def _with_ending(path: str, ending: str) -> str:
    return path.rpartition(".")[0] + ending if ending else path


def texts_in(directory: str) -> dict[str, str]:
    """A directory's text files by their names without extension."""
    place = storage.join(directory, "")
    return {name[: -len(".txt")]: place + name for name in files_in(directory) if name.lower().endswith(".txt")}


def read_text(location: str | None) -> str:
    """The text of a small file, on one line; empty where there is no such file."""
    if location is None:
        return ""
    try:
        data = storage.read_small(location)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"{location}: cannot be read: {error.strerror or error}") from error
    return " ".join(decoded(data).split())


def numbered(cells: Iterator[dict[str, Any]]) -> Iterator[RawRecord]:
    """Records numbered from 1."""
    return (RawRecord(number, each) for number, each in enumerate(cells, 1))


People = dict[str, dict[str, str]]
"""What a corpus's speaker table says of each speaker. Speakers are few beside recordings, so it is held in memory."""


def people(location: str | None, parse: Callable[[str], People]) -> People:
    """A speaker table, parsed once a process as long as it does not change; empty where there is none.

    Args:
        location: of the table.
        parse: makes a table of a file's location.
    """
    return {} if location is None else _people(location, storage.stamp(location), parse)


@lru_cache(maxsize=8)
def _people(location: str, stamp: object, parse: Callable[[str], People]) -> People:  # noqa: ARG001
    return parse(location)
