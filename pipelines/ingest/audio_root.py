"""Finding the audio files that metadata name, without leaving the directory they must lie in."""

from __future__ import annotations

import os
import posixpath
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from pipelines import storage
from pipelines.audio.packed import MARK, split_packed
from pipelines.audio.problem import AudioProblem


class AudioRoot:
    """The directory that a source's audio paths start from and may not leave.

    Args:
        root: the directory, absolute or remote.
        base: the configuration's directory, which the tables' paths are relative to.
    """

    def __init__(self, root: str, base: str) -> None:
        self._root = root.rstrip("/") if storage.is_remote(root) else os.path.normpath(root)
        named = storage.relative(self._root, base)
        self._prefix = "" if named == "." else named + "/"

    def name(self, audio: str) -> str:
        """An audio path of the metadata as the tables write it, judged by its words alone.

        Raises:
            AudioProblem: path_leaves_root.
        """
        if is_plain(audio):
            return self._prefix + audio
        location = storage.join(self._root, audio)
        normal = location if storage.is_remote(location) else os.path.normpath(location)
        inside = normal[len(self._root) + 1 :]
        if not (normal + "/").startswith(self._root + "/") or posixpath.normpath(inside).split("/")[0] == "..":
            raise AudioProblem("path_leaves_root", f"{audio!r} leads out of the audio_root")
        return self._prefix + inside


def is_plain(path: str) -> bool:
    """Whether a path is relative, not empty, and has no steps up, empty steps or schemes, as nearly all are."""
    return not (":" in path or "//" in path or "/." in path or path[:1] in "/." or path[-1] == "/")


def find_audio(location: str, root: str) -> str:
    """Where an audio file that the metadata name really lies.

    Where there is no file of just that name, one whose name differs in Unicode's normal form is taken (macOS hands names over
    decomposed), whose extension differs in capitals, or one under the directories that a Windows path names with backslashes.

    Args:
        location: as the tables name it.
        root: the source's audio_root.

    Raises:
        AudioProblem: path_leaves_root, where a symbolic link leads out of the root.
    """
    if storage.is_remote(location):
        return location
    packed = split_packed(location)
    if packed is not None:
        return f"{find_audio(packed.file, root)}{MARK}{packed.place}"
    found = next((each for each in _spellings(location) if os.path.exists(each)), location)
    real = os.path.realpath(found)
    if not any(os.path.commonpath([real, inside]) == inside for inside in _real(root)):
        message = f"a symbolic link leads out of the audio_root, to {real}; the audio_root may be a directory that holds both"
        raise AudioProblem("path_leaves_root", message)
    return found


def _spellings(location: str) -> Iterator[str]:
    yield location
    for path in (location, os.path.normpath(location.replace("\\", "/"))):
        yield path
        yield unicodedata.normalize("NFC", path)
        yield unicodedata.normalize("NFD", path)
        name, extension = os.path.splitext(path)
        yield name + extension.lower()
        yield name + extension.upper()


@lru_cache(maxsize=64)
def _real(root: str) -> tuple[str, ...]:
    """Where a root's files may lie, without links: in it, and those of a snapshot in the Hub's cache in ``blobs/`` beside it."""
    real = os.path.realpath(root)
    repository, is_snapshot, _ = f"{real}/".rpartition("/snapshots/")
    blobs = os.path.join(repository, "blobs")
    return (real, blobs) if is_snapshot and os.path.isdir(blobs) else (real,)
