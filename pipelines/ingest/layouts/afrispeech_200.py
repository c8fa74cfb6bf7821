"""AfriSpeech-200: ``transcripts/train.csv`` and ``audio/``, unpacked."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.text import first_line
from pipelines.ingest.layouts.tree import inside

_PATHS = ("audio_paths", "path", "audio_path")
_SPEAKERS = ("user_ids", "speaker_id")
_PACKED = "AfriSpeech-100"
"""The directory that the published tables' paths begin with."""

_LOOKED_AT = 100
"""Rows whose files are looked for at the most: after so many that are nowhere, the archives were not unpacked."""


def find(root: str) -> list[str]:
    """The tables of transcripts, of every split."""
    found = [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(".csv")]
    return [location for location in found if _fits(first_line(location).split(","))]


def _fits(names: list[str]) -> bool:
    names = [name.strip('" \ufeff') for name in names]
    return all(any(name in names for name in needed) for needed in (_PATHS, _SPEAKERS, ("transcript",))) and "accent" in names


def columns(unit: Unit) -> list[str] | None:
    """The table's columns, the audio file's path under the root, and the accent that was declared."""
    names = table.columns(unit)
    return None if names is None else [*names, "audio", "declared"]


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
        "accent": ("declared",),
    },
    defaults={"language": "en", "licence": "CC-BY-NC-SA-4.0", "speaker_type": "volunteer"},
    expects="transcripts/train.csv (dev.csv, test.csv) and the unpacked audio/",
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """AfriSpeech-200: transcripts/*.csv and the unpacked audio/."""
    form: int | None = None
    to_look = _LOOKED_AT
    for record in table.read(unit):
        cells = record.cells
        if cells is not None:
            path = next((str(cells[name]) for name in _PATHS if cells.get(name)), "")
            places = _places(unit, cells, path.strip().lstrip("/")) if path.strip() else []
            if form is None and places and to_look:
                to_look -= 1
                form = next((index for index, place in enumerate(places) if _is_there(place)), None)
            cells["audio"] = inside(places[form or 0], unit) if places else ""
            cells["declared"] = _declared(cells)
        yield record


def _declared(cells: dict[str, object]) -> str:
    """The accent; ``english`` with its country, for alone the word would be taken for the English of England."""
    accent = str(cells.get("accent") or "").strip()
    if accent.lower() != "english":
        return accent
    return f"{accent} ({str(cells.get('country') or '').strip() or 'country not given'})"


def _places(unit: Unit, cells: dict[str, object], path: str) -> list[str]:
    """Where the file may lie, by how the archives were unpacked; the first row whose file is found decides for all."""
    tables = storage.parent(unit.location)
    short = path.removeprefix(f"{_PACKED}/")
    file = "/".join(short.split("/")[-2:])
    forms = [short, path, f"audio/{short}", f"audio/{path}", f"data/{short}"]
    for accent in (str(cells.get("accent") or ""), storage.name(tables)):
        # Not all that lies in dev/, by the path, is of the split ``dev`` by its column.
        for split in (short.split("/")[0], str(cells.get("split") or "")):
            forms += [f"audio/{accent}/{split}/{file}", f"audio/{accent}/{split}/{storage.name(short)}"]
        forms += [f"audio/{accent}/{path}", f"audio/{accent}/{file}"]
    forms += [f"audio/{file}", f"audio/{storage.name(short)}", storage.name(short)]
    return [storage.join(top, form) for form in forms for top in (_top(tables), unit.root)]


def _is_there(place: str) -> bool:
    start, dot, extension = place.rpartition(".")
    return any(storage.exists(f"{start}{dot}{each}") for each in (extension, extension.upper()))


def _top(tables: str) -> str:
    """The directory above ``transcripts/``, in which each accent may have tables of its own (``transcripts/yoruba/``)."""
    for base in (tables, storage.parent(tables)):
        if storage.name(base) == "transcripts":
            return storage.parent(base)
    return tables
