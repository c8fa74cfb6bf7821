"""Audio files that no record names. They are no records, so they are counted and a few are shown; nothing is quarantined.

Names are brought together by hash, a share at a time, so no process holds all of them.
"""

from __future__ import annotations

import posixpath
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import apache_beam as beam

from pipelines import storage
from pipelines.ingest.layouts import find_layout
from pipelines.ingest.layouts.tree import is_audio, matching
from pipelines.ingest.reading.lines import is_unicode, show_damage
from pipelines.ingest.record import Candidate, Rejection
from pipelines.settings import Settings

SHARES = 256
SHOWN = 5
"""Files that are shown of each root, the first by their names."""


class Unnamed(NamedTuple):
    """Files of one root that no record names: how many, and the first of them by name."""

    files: int
    examples: tuple[str, ...]


def listed_roots(settings: Settings) -> dict[str, dict[str, list[str]]]:
    """The directories whose audio files are held against the records, each with the names that sources ask for, by their root.

    A source whose metadata hold the audio needs no files, and corrected records are a choice: their roots are left out. So is a
    directory that holds the configuration: noise, rooms and what was exported lie there as well. A root inside another is listed
    with that.
    """
    asked: dict[str, list[str]] = {}
    for source in settings.config.sources:
        layout = find_layout(source.layout)
        root = settings.audio_root(source).rstrip("/")
        root = root if storage.is_remote(root) else posixpath.normpath(root)
        if not (layout.holds_audio or layout.is_partial or _lies_in(settings.base, root)):
            asked.setdefault(root, []).extend(source.files or ["*"])
    outermost = sorted(root for root in asked if not any(root != other and _lies_in(root, other) for other in asked))
    return {root: {inner: patterns for inner, patterns in asked.items() if _lies_in(inner, root)} for root in outermost}


def _lies_in(location: str, root: str) -> bool:
    return f"{location.rstrip('/')}/".startswith(f"{root}/")


def find_unnamed(
    pipeline: beam.Pipeline, records: beam.PCollection[Candidate | Rejection], settings: Settings, *, are_shown: bool
) -> beam.PCollection[tuple[str, Unnamed]]:
    """The files that no record names, by their root as the tables would write it; roots without any are left out.

    Args:
        pipeline: to add to.
        records: every record that was read.
        settings: of the run.
        are_shown: whether files may be told by name; those of a row that could not be read may name a speaker who is hidden.
    """
    banks = [file for bank in (*settings.noises.values(), *settings.rooms.values()) for file in bank]
    named = (
        records | "names in records" >> beam.FlatMap(_named),
        pipeline | "names of banks" >> beam.Create([_key(settings.relative(file)) for file in banks]),
    ) | "all names" >> beam.Flatten()
    files = (
        pipeline
        | "audio roots" >> beam.Create(listed_roots(settings), reshuffle=True)
        | "list audio" >> beam.FlatMap(_list_audio, settings)
    )
    return (
        {"named": named, "files": files}
        | "per share" >> beam.CoGroupByKey()
        | "unnamed of a share" >> beam.FlatMap(_unnamed, are_shown)
        | "unnamed of a root" >> beam.CombinePerKey(_together)
    )


def _key(name: str) -> tuple[int, bytes]:
    """A name's share and hash.

    They are alike for the spellings that :func:`pipelines.ingest.audio_root.find_audio` takes for one file, and for copies in
    another container that keep the name whole: ``SA1.WAV.wav``, as copies of TIMIT have it, is ``SA1.WAV``.
    """
    stem, extension = posixpath.splitext(name.replace("\\", "/"))
    while is_audio(stem):
        stem, extension = posixpath.splitext(stem)
    spelling = unicodedata.normalize("NFC", posixpath.normpath(stem + extension.lower())).encode(errors="surrogatepass")
    return zlib.crc32(spelling) % SHARES, blake2b(spelling, digest_size=12).digest()


def _named(record: Candidate | Rejection) -> Iterator[tuple[int, bytes]]:
    audio = record.audio if isinstance(record, Rejection) else record.row["audio"]
    if audio is not None:
        yield _key(audio)


def _list_audio(listed: tuple[str, dict[str, list[str]]], settings: Settings) -> Iterator[tuple[int, tuple[bytes, str, str]]]:
    root, asked = listed
    for directory, files in storage.walk(root):
        patterns = [pattern for inner, its in asked.items() if _lies_in(directory, inner) for pattern in its]
        start = settings.relative(directory)
        for file in matching(filter(is_audio, files), patterns):
            name = file if start == "." else f"{start}/{file}"
            share, digest = _key(name)
            yield share, (digest, settings.relative(root), name if is_unicode(name) else show_damage(name))


def _unnamed(share: tuple[int, dict[str, Iterable[Any]]], are_shown: bool) -> Iterator[tuple[str, Unnamed]]:
    _, joined = share
    named = set(joined["named"])
    for digest, root, name in joined["files"]:
        if digest not in named:
            yield root, Unnamed(1, (name,) if are_shown else ())


def _together(found: Iterable[Unnamed]) -> Unnamed:
    files, examples = 0, list[str]()
    for each in found:
        files += each.files
        examples = sorted((*examples, *each.examples))[:SHOWN]
    return Unnamed(files, tuple(examples))
