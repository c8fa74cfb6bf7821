"""Common Voice: a directory a language, with its tables (``validated.tsv``) and ``clips/``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.tar_files import packed_members
from pipelines.ingest.layouts.tree import Finder, is_audio, place_of, stem
from pipelines.ingest.reading.disk_table import DiskTable
from pipelines.ingest.reading.lines import first_line

CLIPS = ("clips", "audios")
"""Where the recordings are: of read, and of spontaneous speech."""

MIRROR_TABLES, MIRROR_CLIPS = "transcript", "audio"
"""What the directories of languages stand in where the Hub has the corpus."""

_PATHS = ("path", "audio_file", "filename")
_VALIDATED = "validated.tsv"
_BUCKETS = ("train.tsv", "dev.tsv", "test.tsv")
_FIRST_RELEASE = ("cv-valid-train.csv", "cv-valid-dev.csv", "cv-valid-test.csv")
_FIRST_RELEASE_COLUMNS = {"filename", "text", "up_votes", "down_votes"}
_LOCALE = r"([A-Za-z]+(?:-[A-Za-z0-9]+)*)"
_SPONTANEOUS = re.compile(rf"ss-corpus-{_LOCALE}\.tsv")
_CLIP = re.compile(rf"(?:.*/)?common_voice_{_LOCALE}_\d+(?:\.\w+)?")
"""The name of a clip says its language where no column does: ``common_voice_pa-IN_17.mp3``."""


def find(root: str) -> list[str]:
    """The tables of validated speech.

    Of each language ``validated.tsv``, which holds what train, dev and test do, or else those three; of spontaneous speech
    ``ss-corpus-en.tsv``; of the first release the three ``cv-valid-*.csv``.
    """
    found: list[str] = []
    for directory, files in storage.walk(root):
        if _VALIDATED in files:
            chosen = [_VALIDATED]
        else:
            chosen = [name for name in files if name in (*_BUCKETS, *_FIRST_RELEASE) or _SPONTANEOUS.fullmatch(name)]
        found.extend(storage.join(directory, name) for name in chosen)
    return [location for location in found if _is_common_voice(location)]


def _is_common_voice(location: str) -> bool:
    if _is_first_release(location):
        return set(first_line(location).split(",")) >= _FIRST_RELEASE_COLUMNS
    names = first_line(location).split("\t")
    return "client_id" in names and any(name in names for name in _PATHS)


def _is_first_release(location: str) -> bool:
    return storage.name(location).lower().endswith(".csv")


def columns(unit: Unit) -> list[str] | None:
    """The table's columns, the audio file's path under the root, and the clip's language where no column has its tag."""
    names = table.columns(_as_written(unit))
    return None if names is None else [*names, "audio", *([] if "locale" in names else ["clip_locale"])]


@layout(
    "common_voice",
    columns=columns,
    find=find,
    fields={
        "recording_id": _PATHS,
        "audio": ("audio",),
        "text": ("sentence", "transcription", "text"),
        "speaker_id": ("client_id",),
        "language": ("locale", "clip_locale"),
        "gender": ("gender",),
        "age_band": ("age",),
        "accent": ("accents", "accent"),
    },
    provenance={"gender": "self_reported", "age_band": "self_reported", "accent": "self_reported"},
    defaults={"licence": "CC0-1.0", "speaker_type": "volunteer"},
    quoting=False,
    expects="directories with validated.tsv (or train.tsv, dev.tsv, test.tsv) and clips/, or ss-corpus-*.tsv and audios/",
    caveats=(
        (
            "a client_id stands for an account or a device: several people may speak under one, and one person under several, "
            "so speaker counts are estimates"
        ),
    ),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """Common Voice, every release: a TSV without quoting, and clips/."""
    place, locale = _places(unit), _locales(unit)
    for record in table.read(_as_written(unit)):
        if record.cells is not None:
            path = next((record.cells[name] for name in _PATHS if record.cells.get(name)), None)
            if path:
                record.cells["audio"] = place(path)
            if "locale" not in record.cells:
                record.cells["clip_locale"] = locale(path or "")
        yield record


def _places(unit: Unit) -> Callable[[str], str]:
    """What makes a clip's path in the table one of the source's audio paths."""
    folder = storage.parent(unit.location)
    if _is_first_release(unit.location):  # its paths begin with the directory of the clips, which some copies have twice
        if storage.name(unit.root) == stem(unit.location):
            return lambda path: storage.relative(storage.join(storage.parent(unit.root), path), unit.root)
        return Finder(unit, [folder, storage.join(folder, stem(unit.location)), unit.root])
    if storage.name(storage.parent(folder)) == MIRROR_TABLES:
        return _MirroredClips(unit)
    clips = next((name for name in CLIPS if storage.kind(storage.join(folder, name)) == "directory"), "")
    is_root = clips == "" or storage.name(unit.root) in CLIPS
    place = Finder(unit, [*([] if is_root else [storage.join(folder, clips)]), unit.root], may_be_converted=True)
    inside = f"{clips}/" if clips else ""
    return lambda path: place(_with_extension(path.removeprefix(inside)))


def _with_extension(path: str) -> str:
    return path if "." in path else f"{path}.mp3"


class _MirroredClips:
    """Clips as the Hub has them, in tar files or what was unpacked: of ``transcript/en/train.tsv`` under ``audio/en/``.

    They are listed when the first is asked for, and kept on disk: each table has many directories of them. They are known by
    their names without extension, for they may have been converted.
    """

    def __init__(self, unit: Unit) -> None:
        folder = storage.parent(unit.location)
        top = storage.parent(storage.parent(folder))
        self._unit = unit
        self._audio = storage.join(top, MIRROR_CLIPS, storage.name(folder))
        self._own = storage.join(self._audio, stem(unit.location))
        self._tables: list[DiskTable] = []

    def __call__(self, path: str) -> str:
        clip = _with_extension(path)
        return self._find(stem(clip)) or place_of(self._own, self._unit) + clip

    def _find(self, clip: str) -> str | None:
        """Where a clip is in the split's own directory, or else in the others, which are looked into when one is not there."""
        if not self._tables:
            self._tables.append(DiskTable(self._clips([self._own])))
        found = self._tables[0].get(clip)
        if found is None and len(self._tables) == 1:
            others = [each for each in storage.list_directories(self._audio) if each != self._own]
            self._tables.append(DiskTable(self._clips(others)))
        return self._tables[1].get(clip) if found is None else found

    def _clips(self, directories: list[str]) -> Iterator[tuple[str, str]]:
        for directory, names in chain.from_iterable(map(storage.walk, directories)):
            place = place_of(directory, self._unit)
            for name in names:
                location = storage.join(directory, name)
                if is_audio(name):
                    yield stem(name), place + name
                elif name.lower().endswith(".tar") and storage.kind(location[: -len(".tar")]) is None:  # is not unpacked
                    for member, packed in packed_members(location):
                        yield stem(member), storage.relative(packed, self._unit.root)


def _locales(unit: Unit) -> Callable[[str], str]:
    """What tells a clip's language from its path in the table."""
    if _is_first_release(unit.location):  # which is English only
        return lambda _: "en"
    spontaneous = _SPONTANEOUS.fullmatch(storage.name(unit.location))
    if spontaneous is not None:
        return lambda _: str(spontaneous[1])

    def of_clip(path: str) -> str:
        match = _CLIP.fullmatch(path)
        return "" if match is None else match[1]

    return of_clip


def _as_written(unit: Unit) -> Unit:
    """The first release's tables are CSV files, with quoting."""
    if not _is_first_release(unit.location):
        return unit
    return Unit(unit.location, unit.root, unit.config.model_copy(update={"quoting": True}))
