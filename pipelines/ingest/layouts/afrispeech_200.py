"""AfriSpeech-200: ``transcripts/train.csv`` and ``audio/``, unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.tree import place_of
from pipelines.ingest.reading.lines import first_given, first_line

_PATHS = ("audio_paths", "path", "audio_path")
_SPEAKERS = ("user_ids", "speaker_id")
_ITS_OWN = {"user_ids", "audio_paths", "audio_ids", "audio_id", "nchars", "domain"}
"""Columns of which one at least tells its tables from anybody's with a path, a speaker, a transcript and an accent."""

_PACKED = "AfriSpeech-100"
"""The directory that the published tables' paths begin with."""

_LOOKED_AT = 100
"""Rows whose files are looked for at the most: after so many that are nowhere, the archives were not unpacked."""


def find(root: str) -> list[str]:
    """The tables of transcripts, of every split."""
    found = [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(".csv")]
    return [location for location in found if _fits(first_line(location).split(","))]


def _fits(names: list[str]) -> bool:
    found = {name.strip('" \ufeff') for name in names}
    return found >= {"transcript", "accent"} and not any(map(found.isdisjoint, (_PATHS, _SPEAKERS, _ITS_OWN)))


def columns(unit: Unit) -> list[str] | None:
    """The table's columns and the audio file's path under the root."""
    names = table.columns(unit)
    return None if names is None else [*names, "audio"]


@layout(
    "afrispeech_200",
    columns=columns,
    find=find,
    fields={
        "recording_id": ("audio_ids", "audio_id"),
        "audio": ("audio",),
        "text": ("transcript",),
        "speaker_id": _SPEAKERS,
        "gender": ("gender",),
        "age_band": ("age_group",),
        "accent": ("accent",),
    },
    defaults={"language": "en", "licence": "CC-BY-NC-SA-4.0", "speaker_type": "volunteer"},
    expects="transcripts/train.csv (dev.csv, test.csv) and the unpacked audio/",
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """AfriSpeech-200: transcripts/*.csv and the unpacked audio/."""
    find_audio = _Places(unit)
    for record in table.read(unit):
        cells = record.cells
        if cells is not None:
            path = str(first_given(cells, _PATHS) or "").strip().lstrip("/")
            cells["audio"] = find_audio(cells, path) if path else ""
        yield record


_IN_AN_ACCENT = ("{split}/{file}", "{split}/{name}", "{said}/{file}", "{said}/{name}", "{path}", "{file}")
_FORMS = (
    *("{short}", "{path}", "audio/{short}", "audio/{path}", "data/{short}"),
    *(f"audio/{directory}/{form}" for directory in ("{accent}", "{folder}") for form in _IN_AN_ACCENT),
    *("audio/{file}", "audio/{name}", "{name}"),
)
"""Where a file may lie, by how the archives were unpacked; each accent may have tables and archives of its own."""


class _Places:
    """Says where a row's file is; the first row whose file is found decides for all of the table.

    Args:
        unit: the table.
    """

    def __init__(self, unit: Unit) -> None:
        tables = storage.parent(unit.location)
        self._folder = storage.name(tables)
        self._unit = unit
        self._to_look = _LOOKED_AT
        self._tops = list(dict.fromkeys((_top(tables), unit.root)))
        self._choose(self._tops[0], _FORMS[0])

    def _choose(self, top: str, form: str) -> None:
        self._start = place_of(top, self._unit)
        self._form = form

    def __call__(self, cells: dict[str, Any], path: str) -> str:
        """A path of the table as one of the source's audio paths."""
        short = path.removeprefix(f"{_PACKED}/")
        parts = short.split("/")
        found = {"short": short, "path": path, "file": "/".join(parts[-2:]), "name": parts[-1], "split": parts[0]}
        # Not all that lies in dev/, by the path, is of the split ``dev`` by its column.
        found |= {"accent": cells.get("accent") or "", "folder": self._folder, "said": cells.get("split") or ""}
        if self._to_look:
            self._look(found)
        return self._start + self._form.format_map(found)

    def _look(self, found: dict[str, Any]) -> None:
        self._to_look -= 1
        for form in _FORMS:
            for top in self._tops:
                if _is_there(storage.join(top, form.format_map(found))):
                    self._to_look = 0
                    self._choose(top, form)
                    return


def _is_there(place: str) -> bool:
    start, dot, extension = place.rpartition(".")
    return any(storage.kind(f"{start}{dot}{each}") == "file" for each in (extension, extension.upper()))


def _top(tables: str) -> str:
    """The directory above ``transcripts/``, in which each accent may have tables of its own (``transcripts/yoruba/``)."""
    for base in (tables, storage.parent(tables)):
        if storage.name(base) == "transcripts":
            return storage.parent(base)
    return tables
