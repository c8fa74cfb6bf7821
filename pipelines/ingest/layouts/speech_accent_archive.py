"""Speech Accent Archive: ``speakers_all.csv`` and ``recordings/afrikaans1.mp3``; everyone reads the same passage."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.tree import Finder, is_audio

PASSAGE = (
    "Please call Stella. Ask her to bring these things with her from the store: Six spoons of fresh snow peas, five thick slabs "
    "of blue cheese, and maybe a snack for her brother Bob. We also need a small plastic snake and a big toy frog for the kids. "
    "She can scoop these things into three red bags, and we will go meet her Wednesday at the train station."
)
TABLE = "speakers_all.csv"

_SYNTHESIZED = "synthesized"
"""The native language of four voices of machines, whose age is 0."""

_MISSPELT = {"famale": "female"}
"""As the sex of ``taiwanese7`` is written."""


def find(root: str) -> list[str]:
    """The speaker table."""
    return [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower() == TABLE]


def columns(unit: Unit) -> list[str] | None:
    """The table's columns, the audio file's path under the root, what was declared that tells of the accent, and who speaks."""
    names = table.columns(unit)
    return None if names is None else [*names, "audio", "declared", "speaker_type"]


@layout(
    "speech_accent_archive",
    columns=columns,
    find=find,
    fields={
        "recording_id": ("filename",),
        "audio": ("audio",),
        "speaker_id": ("speakerid",),
        "gender": ("sex",),
        "age_band": ("age",),
        "first_language": ("native_language",),
        "speaker_type": ("speaker_type",),
        "accent": ("declared",),
    },
    provenance={
        "gender": "self_reported",
        "age_band": "self_reported",
        "first_language": "self_reported",
        "accent": "self_reported",
    },
    defaults={"text": PASSAGE, "language": "en", "licence": "CC-BY-NC-SA-2.0", "speaker_type": "volunteer"},
    expects=f"{TABLE} and recordings/*.mp3",
    caveats=("everyone reads the same passage, so a model can learn it by heart: better for testing than for training",),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """Speech Accent Archive: speakers_all.csv and recordings/*.mp3."""
    find_audio = _finder(unit)
    for record in table.read(unit):
        cells = record.cells
        if cells is not None:
            if cells.get("native_language") == _SYNTHESIZED:
                cells |= {"native_language": "", "age": "", "speaker_type": "synthetic"}
            if cells.get("sex") in _MISSPELT:
                cells["sex"] = _MISSPELT[cells["sex"]]
            name, language, country = (str(cells.get(key) or "").strip() for key in ("filename", "native_language", "country"))
            cells["audio"] = find_audio(name if is_audio(name) else f"{name}.mp3") if name else ""
            cells["declared"] = f"{language} ({country})" if language.lower() == "english" and country else language
        yield record


def _finder(unit: Unit) -> Finder:
    """Finds recordings beside the table or under the source's root, with or without the directories that archives add."""
    bases = (storage.parent(unit.location), unit.root)
    starts = [storage.join(base, *inner) for base in bases for inner in (["recordings"] * 2, ["recordings"], [])]
    return Finder(unit, [*(start for start in starts if storage.kind(start) == "directory"), unit.root], may_be_converted=True)
