"""GLOBE: Parquet files with an Audio column, as its authors publish them."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.layouts import RawRecord, Unit, hf_parquet, layout
from pipelines.ingest.layouts.table import open_parquet

_COLUMNS = ({"speaker_id", "transcript", "accent"}, {"transcript", "predicted_accent", "predicted_gender"})
"""Of the first two versions, and of the third, which says by its names that speakers are described by a model."""


def find(root: str) -> list[str]:
    """Parquet files with audio and GLOBE's columns."""
    return [location for location in hf_parquet.find(root) if _fits(location)]


def _fits(location: str) -> bool:
    with open_parquet(location) as file:
        names = set(file.schema_arrow.names)
    return any(names >= columns for columns in _COLUMNS)


@layout(
    "globe",
    columns=hf_parquet.columns,
    find=find,
    fields={
        "recording_id": ("utterance_id", "id"),
        "audio": ("audio_name",),
        "text": ("transcript",),
        "speaker_id": ("speaker_id",),
        "gender": ("gender", "predicted_gender"),
        "age_band": ("age", "predicted_age"),
        "accent": ("accent", "predicted_accent"),
    },
    provenance={"gender": "imputed", "age_band": "imputed", "accent": "imputed"},
    defaults={"language": "en", "licence": "CC0-1.0", "speaker_type": "volunteer"},
    expects="*.parquet with audio, speaker_id, transcript and accent",
    caveats=(
        "made from Common Voice: speakers are its client_ids, and the audio was enhanced",
        (
            "its makers filled in every age, gender and accent that was missing, and no row says which: all are imputed, "
            "and count as not given unless policy.imputed is mark"
        ),
    ),
    is_corpus=True,
    holds_audio=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """GLOBE: Parquet with an Audio column, speaker_id, transcript and accent."""
    return hf_parquet.read(unit)
