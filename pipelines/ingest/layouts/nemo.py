"""NeMo manifests: JSON Lines with ``audio_filepath``, ``duration`` and ``text``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipelines import storage
from pipelines.audio.packed import split_packed
from pipelines.ingest.cells import at_offset
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.nemo_tars import TarredAudio
from pipelines.ingest.layouts.tree import Finder
from pipelines.ingest.reading.lines import EMPTY, first_given, first_line
from schemas.provenance import PROVENANCE_COLUMNS

_KEY = "audio_filepath"
_SPELLINGS = {
    "language": ("lang", "language", "source_lang"),
    "speaker": ("speaker", "speaker_id"),
    "gender": ("gender", "sex"),
    "age": ("age", "age_band", "age_group"),
    "first_language": ("first_language", "native_language", "l1"),
    "accent": ("accent_raw", "accent", "accents", "dialect"),
    "licence": ("licence", "license"),
}


def find(root: str) -> list[str]:
    """Every file of JSON Lines that names audio as NeMo does; of a tarred data set the whole manifest goes before its parts."""
    names = [storage.join(directory, name) for directory, files in storage.walk(root) for name in files]
    found = [each for each in names if each.lower().endswith((".json", ".jsonl")) and f'"{_KEY}"' in first_line(each)[:10_000]]
    folders = {storage.parent(each) for each in found}
    return [each for each in found if not _is_part(each) or storage.parent(storage.parent(each)) not in folders]


def _is_part(location: str) -> bool:
    return storage.name(storage.parent(location)) == "sharded_manifests"


@layout(
    "nemo",
    columns=table.columns,
    find=find,
    fields={
        "recording_id": ("id",),
        "audio": ("audio",),
        "offset": ("offset",),
        "duration": ("segment_length",),
        "text": ("text",),
        "language": ("language",),
        "speaker_id": ("speaker",),
        "gender": ("gender",),
        "age_band": ("age",),
        "first_language": ("first_language",),
        "accent": ("accent",),
        "speaker_type": ("speaker_type",),
        **{column: (column,) for column in PROVENANCE_COLUMNS},
        "licence": ("licence",),
    },
    expects=f"a manifest (.json, .jsonl) whose lines have '{_KEY}'",
    caveats=("NeMo's manifests need name no speaker, and panvox takes no recording without one",),
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """NeMo manifest: JSON Lines with audio_filepath, duration and text."""
    folder = storage.parent(unit.location)
    find_audio = Finder(unit, [folder, unit.root])
    tarred = TarredAudio(folder)

    def locate(path: str, shard: object) -> str:
        packed = None if shard is None else tarred.get(shard, path)
        return find_audio(path) if packed is None else storage.relative(packed, unit.root)

    for record in table.read(unit):
        if record.cells is not None:
            record.cells = _cells(record.cells, locate)
        yield record


def _cells(cells: dict[str, object], locate: Callable[[str, object], str]) -> dict[str, object]:
    found = dict(cells)
    for field, spellings in _SPELLINGS.items():
        found[field] = first_given(cells, spellings)
    path, offset = cells.get(_KEY), cells.get("offset")
    if isinstance(path, str) and path.strip():
        audio = locate(path.strip(), cells.get("shard_id"))
        found["audio"] = audio
        if cells.get("id") in EMPTY:
            name = audio if split_packed(audio) is None else path.strip()
            found["id"] = name if offset is None else at_offset(name, offset)
    if offset is not None:
        found["segment_length"] = cells.get("duration")  # without an offset it is the whole file's
    return found
