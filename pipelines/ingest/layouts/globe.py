"""GLOBE: Parquet files with an Audio column, as its authors publish them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.ingest.layouts import RawRecord, Unit, hf_parquet, layout
from pipelines.ingest.layouts.table import open_parquet
from schemas.provenance import IMPUTED

_COLUMNS = (
    {"speaker_id", "transcript", "accent", "gender"},
    {"speaker_id", "transcript", "accent", "age"},
    {"transcript", "predicted_accent", "predicted_gender"},
    {"common_voice_sentence", "predicted_accent"},
)
"""Of the first two versions, and of the third, which says by its names that speakers are described by a model."""

_OTHERS = {
    *("language", "lang", "locale", "licence", "license"),
    *("age_group", "audio_id", "country", "domain", "path", "client_id", "native_language", "first_language"),
}
"""Columns that GLOBE has not, so that a table with one of them is somebody else's: AfriSpeech-200's, for one."""

_THIRD = {"accent": "accents", "gender": "gender", "age": "age"}
"""What the third version's ``predicted_*`` columns describe, and what Common Voice calls it: ``common_voice_*``."""

_NOT_GIVEN = ("", "nan")
"""How the third version writes what a speaker did not say."""


def find(root: str) -> list[str]:
    """Parquet files with audio and GLOBE's columns."""
    return [location for location in hf_parquet.find(root) if _fits(location)]


def _fits(location: str) -> bool:
    with open_parquet(location) as file:
        names = set(file.schema_arrow.names)
    return any(names >= columns for columns in _COLUMNS) and names.isdisjoint(_OTHERS)


def columns(unit: Unit) -> list[str]:
    """The columns beside the audio's; of the third version also what is known of the speaker, and where it comes from."""
    names = hf_parquet.columns(unit)
    if "common_voice_accents" not in names:
        return names
    return [*names, *(column for name in _THIRD for column in (name, f"{name}_from"))]


@layout(
    "globe",
    columns=columns,
    find=find,
    fields={
        "recording_id": ("utterance_id", "id", "common_voice_path"),
        "audio": ("audio_name",),
        "text": ("transcript", "common_voice_sentence"),
        "speaker_id": ("speaker_id", "common_voice_client_id"),
        "gender": ("gender", "predicted_gender"),
        "age_band": ("age", "predicted_age"),
        "accent": ("accent", "predicted_accent"),
        "gender_provenance": ("gender_from",),
        "age_band_provenance": ("age_from",),
        "accent_provenance": ("accent_from",),
    },
    provenance={"gender": "imputed", "age_band": "imputed", "accent": "imputed"},
    defaults={"language": "en", "licence": "CC0-1.0", "speaker_type": "volunteer"},
    expects="*.parquet with audio, speaker_id, transcript and accent, or with audio, common_voice_sentence and predicted_accent",
    caveats=(
        "made from Common Voice: speakers are its client_ids, and the audio was enhanced",
        (
            "its makers filled in every age, gender and accent that was missing; the first two versions do not say which, so all "
            "of theirs are imputed; what is imputed counts as not given unless policy.imputed is mark"
        ),
    ),
    is_corpus=True,
    holds_audio=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """GLOBE: Parquet with an Audio column, speaker_id, transcript and accent."""
    for record in hf_parquet.read(unit):
        if record.cells is not None and "common_voice_accents" in record.cells:
            record.cells.update(_known(record.cells))
        yield record


def _known(cells: dict[str, Any]) -> dict[str, Any]:
    """Of the third version what the speaker said, or else what a model did; and which of the two."""
    found = {}
    for name, called in _THIRD.items():
        said = str(cells.get(f"common_voice_{called}") or "").strip()
        is_said = said.lower() not in _NOT_GIVEN
        found[name] = said if is_said else cells.get(f"predicted_{name}")
        found[f"{name}_from"] = "self_reported" if is_said else IMPUTED
    return found
