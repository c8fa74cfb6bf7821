"""Fair-Speech (Meta's ASR fairness set): a TSV that names recordings by their hash, and ``asr_fairness_audio/``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.tree import Finder, is_audio
from pipelines.ingest.reading.lines import first_line

FOLDER = "asr_fairness_audio"
_KEY = "hash_name"
_PEOPLE = ("age", "gender", "first_language", "socioeconomic_bkgd", "ethnicity")


def find(root: str) -> list[str]:
    """The tables that name their recordings by hash."""
    found = [storage.join(directory, name) for directory, files in storage.walk(root) for name in files if _is_table(name)]
    return [location for location in found if _KEY in _names(location)]


def _is_table(name: str) -> bool:
    return name.lower().endswith((".tsv", ".csv", ".txt"))


def _names(location: str) -> list[str]:
    line = first_line(location)
    return [name.strip('" ') for name in line.split("\t" if "\t" in line else ",")]


def columns(unit: Unit) -> list[str] | None:
    """The table's columns, the audio file's path under the root, and who may have spoken."""
    names = table.columns(_with_delimiter(unit))
    return None if names is None else [*names, "audio", "people"]


@layout(
    "fair_speech",
    columns=columns,
    find=find,
    fields={
        "recording_id": (_KEY,),
        "audio": ("audio",),
        "text": ("transcription",),
        "speaker_id": ("people",),
        "gender": ("gender",),
        "age_band": ("age",),
        "first_language": ("first_language",),
        "accent": ("first_language",),
    },
    provenance={
        "gender": "self_reported",
        "age_band": "self_reported",
        "first_language": "self_reported",
        "accent": "self_reported",
    },
    defaults={"language": "en-US", "speaker_type": "volunteer"},
    expects=f"a TSV with a column {_KEY}, and {FOLDER}/",
    caveats=(
        (
            "the corpus does not say who speaks: people who declared the same age, gender, first language, background and "
            "ethnicity count as one speaker, so speaker counts are lower bounds and no person stands in two splits"
        ),
    ),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """Fair-Speech: a TSV with hash_name, and asr_fairness_audio/."""
    folder = storage.parent(unit.location)
    tops = (folder, unit.root)
    place = Finder(
        unit, [storage.join(top, inner) for inner in (FOLDER, "", f"{FOLDER}/{FOLDER}") for top in tops], may_be_converted=True
    )
    for record in table.read(_with_delimiter(unit)):
        cells = record.cells
        if cells is not None:
            key = cells.get(_KEY)
            cells["audio"] = place(str(key) if is_audio(str(key)) else f"{key}.wav") if key else ""
            declared = "\t".join(str(cells.get(name) or "").strip() for name in _PEOPLE)
            cells["people"] = _people(declared)
        yield record


@lru_cache(maxsize=4096)
def _people(declared: str) -> str:
    return f"people-{hashlib.sha256(declared.encode(errors='surrogatepass')).hexdigest()[:12]}"


def _with_delimiter(unit: Unit) -> Unit:
    """The table comes under several names, one of them ending in .txt."""
    if unit.config.delimiter is not None or "\t" not in first_line(unit.location):
        return unit
    return Unit(unit.location, unit.root, unit.config.model_copy(update={"delimiter": "\t"}))
