"""Common Voice: a directory a language, with its tables (``validated.tsv``) and ``clips/``."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.text import first_line
from pipelines.ingest.layouts.tree import inside

CLIPS = ("clips", "audios")
"""Where the recordings are: of read, and of spontaneous speech."""

_PATHS = ("path", "audio_file", "filename")
_VALIDATED = "validated.tsv"
_BUCKETS = ("train.tsv", "dev.tsv", "test.tsv")


def find(root: str) -> list[str]:
    """Of each language ``validated.tsv``, which holds what train, dev and test do, or else those three."""
    found = []
    for directory, files in storage.walk(root):
        if _VALIDATED in files:
            found.append(storage.join(directory, _VALIDATED))
        else:
            found.extend(storage.join(directory, name) for name in _BUCKETS if name in files)
    return [location for location in found if _is_common_voice(location)]


def _is_common_voice(location: str) -> bool:
    names = first_line(location).split("\t")
    return "client_id" in names and any(name in names for name in _PATHS)


def columns(unit: Unit) -> list[str] | None:
    """The table's columns, and the audio file's path under the root."""
    names = table.columns(_as_written(unit))
    return None if names is None else [*names, "audio"]


@layout(
    "common_voice",
    columns=columns,
    find=find,
    fields={
        "recording_id": _PATHS,
        "audio": ("audio",),
        "text": ("sentence", "transcription", "text"),
        "speaker_id": ("client_id",),
        "language": ("locale",),
        "gender": ("gender",),
        "age_band": ("age",),
        "accent": ("accents", "accent"),
    },
    provenance={"gender": "self_reported", "age_band": "self_reported", "accent": "self_reported"},
    defaults={"licence": "CC0-1.0", "speaker_type": "volunteer"},
    quoting=False,
    expects="directories with validated.tsv (or train.tsv, dev.tsv, test.tsv) and clips/",
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
    folder = storage.parent(unit.location)
    clips = next((name for name in CLIPS if storage.kind(storage.join(folder, name)) == "directory"), "")
    is_root = clips == "" or storage.name(unit.root) in CLIPS
    start = "" if is_root else inside(storage.join(folder, clips), unit) + "/"
    start = start.removeprefix("./")
    for record in table.read(_as_written(unit)):
        if record.cells is not None:
            path = next((record.cells[name] for name in _PATHS if record.cells.get(name)), None)
            if path:
                record.cells["audio"] = start + (path if "." in path else f"{path}.mp3")
        yield record


def _as_written(unit: Unit) -> Unit:
    """The first release's tables are CSV files, with quoting."""
    is_csv = storage.name(unit.location).lower().endswith(".csv")
    return Unit(unit.location, unit.root, unit.config.model_copy(update={"quoting": True})) if is_csv else unit
