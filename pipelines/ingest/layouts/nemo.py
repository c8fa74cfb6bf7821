"""NeMo manifests: JSON Lines with ``audio_filepath``, ``duration`` and ``text``."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.text import first_line
from pipelines.ingest.layouts.tree import Finder, stem

_KEY = "audio_filepath"
_SPELLINGS = {"language": ("lang", "language"), "speaker": ("speaker", "speaker_id"), "accent": ("accent", "accents", "dialect")}


def find(root: str) -> list[str]:
    """Every file of JSON Lines that names audio as NeMo does."""
    found = [storage.join(directory, name) for directory, files in storage.walk(root) for name in files]
    return [each for each in found if each.lower().endswith((".json", ".jsonl")) and f'"{_KEY}"' in first_line(each)[:10_000]]


@layout(
    "nemo",
    find=find,
    fields={
        "recording_id": ("id",),
        "audio": ("audio",),
        "offset": ("offset",),
        "duration": ("length",),
        "text": ("text",),
        "language": ("language",),
        "speaker_id": ("speaker",),
        "gender": ("gender",),
        "age_band": ("age",),
        "accent": ("accent",),
    },
    expects=f"a manifest (.json, .jsonl) whose lines have '{_KEY}'",
    caveats=("NeMo's manifests need name no speaker, and panvox takes no recording without one",),
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """NeMo manifest: JSON Lines with audio_filepath, duration and text."""
    folder = storage.parent(unit.location)
    find_audio = Finder(unit, [folder, unit.root])
    for record in table.read(unit):
        if record.cells is not None:
            record = record._replace(cells=_cells(record.cells, find_audio))
        yield record


def _cells(cells: dict[str, object], find_audio: Finder) -> dict[str, object]:
    found = dict(cells)
    for field, spellings in _SPELLINGS.items():
        found[field] = next((cells[name] for name in spellings if cells.get(name)), None)
    path = cells.get(_KEY)
    if isinstance(path, str) and path.strip():
        found["audio"] = find_audio(path.strip())
        if not cells.get("id"):
            offset = cells.get("offset")
            found["id"] = stem(path) if not offset else f"{stem(path)}@{offset}"
    if cells.get("offset") is not None:
        found["length"] = cells.get("duration")  # without an offset it is the whole file's
    return found
