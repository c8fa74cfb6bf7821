"""Looking over a source before it is run: what its metadata hold, give and lack. Audio files are looked for, not opened."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from pipelines import storage
from pipelines.audio.packed import split_packed
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.audio_root import find_audio
from pipelines.ingest.read import open_unit, read_file
from pipelines.ingest.record import Candidate, Rejection
from pipelines.settings import Settings
from schemas.errors import ConfigError

MAX_RECORDS = 100_000
"""Records that are looked at; in a larger corpus the first of them stand for all."""

MAX_AUDIO_FILES = 500
"""Audio files that are looked for."""

FIELDS = {
    "text": "text",
    "language": "language",
    "speaker_id": "speaker_id",
    "gender": "gender",
    "age_band": "age_band",
    "first_language": "first_language",
    "speaker_type": "speaker_type",
    "accent": "accent_raw",
    "licence": "licence",
    "consent": "consent",
}
"""Columns of the manifest by panvox's fields, of those that a corpus may leave out."""


@dataclass
class Survey:
    """What was found.

    Attributes:
        units: metadata files, or directories.
        records: how many were looked at.
        is_whole: whether that was all of them.
        columns: column by field, as they are mapped.
        given: records that give a field.
        kept: columns that are not mapped.
        broken: records by the rule they break without their audio having been opened.
        first_broken: where the first that breaks a rule stands, and what is wrong with it, by the rule.
        ids: of recordings, distinct ones.
        repeated: records whose id an earlier one has.
        first_repeated: the first of these ids.
        speakers: distinct ones.
        accents: records by declared words.
        languages: records by language.
        audio_looked_for: files.
        audio_missing: of those, files that cannot be read there.
        first_missing: the first of these, and why.
    """

    units: int
    records: int = 0
    is_whole: bool = True
    columns: dict[str, str] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)
    kept: dict[str, None] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    first_broken: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    repeated: int = 0
    first_repeated: str = ""
    speakers: set[str] = field(default_factory=set)
    accents: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    audio_looked_for: int = 0
    audio_missing: int = 0
    first_missing: str = ""


def survey(settings: Settings, source: int) -> Survey:
    """Look over a source. Raises ConfigError where one of its files cannot be read."""
    files = settings.metadata[source]
    found = Survey(len(files))
    for number, location in enumerate(files):
        layout, unit = open_unit(source, location, settings)
        found.columns |= unit.config.columns
        if layout.columns(unit) is not None:
            found.kept |= dict.fromkeys(layout.columns(unit) or ())
        for record in read_file(source, number, location, settings):
            if found.records == MAX_RECORDS:
                found.is_whole = False
                break
            found.records += 1
            if isinstance(record, Candidate):
                _count(found, record, settings, unit.root)
            else:
                found.broken[record.rule] += 1
                where = f"row {record.place.row_number} of {record.source_file}"
                found.first_broken.setdefault(record.rule, f"{where}: {record.message}")
                found.kept |= dict.fromkeys(_cells_of(record))
        if not found.is_whole:
            break
    for column in found.columns.values():
        found.kept.pop(column, None)
    return found


def _cells_of(record: Rejection) -> list[str]:
    """What the cells of a record that was read are called."""
    cells = json.loads(record.record_json)
    return [] if "unparsed" in cells else list(cells)


def _count(found: Survey, record: Candidate, settings: Settings, root: str) -> None:
    row = record.row
    for name, column in FIELDS.items():
        if row.get(column) is not None or row.get(f"{name}_provenance") is not None:  # what is imputed is given, and refused
            found.given[name] += 1
    if row["recording_id"] in found.ids:
        found.repeated += 1
        found.first_repeated = found.first_repeated or row["recording_id"]
    found.ids.add(row["recording_id"])
    found.speakers.add(row["speaker_id"])
    found.accents[row["accent_raw"] or ""] += 1
    found.languages[row["language"] or ""] += 1
    found.kept |= dict.fromkeys(json.loads(row["extra"]))
    if found.audio_looked_for < MAX_AUDIO_FILES:
        found.audio_looked_for += 1
        problem = _not_there(settings.resolve(row["audio"]), root)
        if problem:
            found.audio_missing += 1
            found.first_missing = found.first_missing or f"{row['audio']}: {problem}"


def _not_there(location: str, root: str) -> str:
    """Why a file cannot be read where it is looked for; empty where it is there."""
    try:
        place = find_audio(location, root)
        packed = split_packed(place)
        return "" if storage.kind(place if packed is None else packed.file) == "file" else "there is no such file"
    except AudioProblem as problem:
        return problem.message
    except ConfigError as error:  # a location of a kind that nobody reads
        return str(error)
