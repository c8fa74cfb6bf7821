"""Parquet as Hugging Face's ``datasets`` writes it: a column of type Audio, whose cells hold the recordings' bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from pipelines import storage
from pipelines.audio.packed import BATCH_ROWS, cell_name
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.table import PARQUET_ROWS, open_parquet, plain, rows_of
from pipelines.ingest.reading.lines import UNSCORED
from schemas.errors import ConfigError
from schemas.provenance import PROVENANCE_COLUMNS

FIELDS = {
    "recording_id": ("id", "utterance_id", "utt_id", "segment_id", "audio_id", "recording_id"),
    "audio": ("audio_name",),
    "text": ("text", "sentence", "transcript", "transcription", "normalized_text"),
    "language": ("language", "locale", "lang"),
    "speaker_id": ("speaker_id", "speaker", "client_id", "user_id"),
    "gender": ("gender", "sex"),
    "age_band": ("age_band", "age", "age_group"),
    "first_language": ("first_language", "native_language", "l1"),
    "accent": ("accent_raw", "raw_accent", "accent", "accents", "dialect", "region"),
    "licence": ("licence", "license"),
    "consent": ("consent",),
    "speaker_type": ("speaker_type",),
    **{column: (column,) for column in PROVENANCE_COLUMNS},
}
_NAMES = ("audio", "speech", "wav", "flac", "sound", "audio_bytes", "bytes")


@dataclass(frozen=True)
class AudioColumn:
    """The column that holds the audio.

    Attributes:
        name: of the column.
        data: path of its bytes in the schema; empty where the column names files.
        path: path of the names of the files in the schema; empty where it has none.
    """

    name: str
    data: str
    path: str


def find(root: str) -> list[str]:
    """Parquet files that have a column of audio."""
    names = [storage.join(base, name) for base, files in storage.walk(root) for name in files]
    found = [location for location in names if location.lower().endswith((".parquet", ".pq"))]
    return [location for location in found if _has_audio(location)]


def _has_audio(location: str) -> bool:
    with open_parquet(location) as file:
        return audio_column(file.schema_arrow) is not None


def audio_column(schema: Any) -> AudioColumn | None:
    """The column of audio: what ``datasets`` calls Audio, else a struct of bytes and path, else bytes under a usual name.

    Of several one under a usual name.
    """
    import pyarrow as pa

    declared = [
        name for name, feature in features_of(schema).items() if isinstance(feature, dict) and feature.get("_type") == "Audio"
    ]
    ordered = sorted(schema.names, key=lambda name: (name not in declared, name not in _NAMES))
    for name in ordered:
        kind = schema.field(name).type
        if pa.types.is_struct(kind) and "bytes" in [kind.field(index).name for index in range(kind.num_fields)]:
            has_path = any(kind.field(index).name == "path" for index in range(kind.num_fields))
            return AudioColumn(name, f"{name}.bytes", f"{name}.path" if has_path else "")
        if name in declared and (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            return AudioColumn(name, "", name)
        if name in (*declared, *_NAMES) and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
            return AudioColumn(name, name, "")
    return None


def features_of(schema: Any) -> Mapping[str, Any]:
    """What ``datasets`` wrote down of each column; empty where it did not write the file."""
    written = (schema.metadata or {}).get(b"huggingface", b"{}")
    try:
        features = json.loads(written).get("info", {}).get("features", {})
    except (ValueError, AttributeError):
        return {}
    return features if isinstance(features, dict) else {}


def columns(unit: Unit) -> list[str]:
    """The columns beside the audio's, and the audio's name."""
    with open_parquet(unit.location) as file:
        audio = _audio_column(unit, file.schema_arrow)
        return [*_others(file.schema_arrow, audio), "audio_name", "audio_path"]


def _audio_column(unit: Unit, schema: Any) -> AudioColumn:
    found = audio_column(schema)
    if found is None:
        raise ConfigError(
            f"{unit.location}: has no column of audio (struct<bytes, path>); its columns: {', '.join(schema.names)}"
        )
    return found


@layout(
    "hf_parquet",
    columns=columns,
    find=find,
    fields=FIELDS,
    expects="*.parquet with a column of type Audio",
    holds_audio=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """Parquet with an Audio column, as Hugging Face datasets are published: bytes inside, or paths."""
    with open_parquet(unit.location) as file:
        schema = file.schema_arrow
        audio = _audio_column(unit, schema)
        wanted = _others(schema, audio)
        labels, text = _labels(schema), unit.config.columns.get("text", "")
        number = 0
        for group in range(file.num_row_groups):
            has_bytes = _has_bytes(file, group, audio.data)
            read_also = [audio.path] if audio.path else []
            row = 0
            for batch in file.iter_batches(PARQUET_ROWS, row_groups=[group], columns=[*wanted, *read_also]):
                for cells in rows_of(batch) if batch.num_columns else [{} for _ in range(len(batch))]:
                    number += 1
                    is_inside = next(has_bytes)
                    if cells is None:
                        problem = ("bad_encoding", "a cell holds what is no text, or no date")
                        yield RawRecord(number, None, "", problem)
                    else:
                        path = _path(cells.pop(audio.name, None))
                        name = cell_name(unit.location, group, row, audio.data) if is_inside else _beside(unit, path)
                        found = {key: _labelled(labels.get(key), plain(value)) for key, value in cells.items()}
                        if str(found.get(text)).lower() == UNSCORED:
                            found[text] = None
                        found |= {"audio_name": name and storage.relative(name, unit.root), "audio_path": path}
                        yield RawRecord(number, found)
                    row += 1


def _others(schema: Any, audio: AudioColumn) -> list[str]:
    """The columns beside the audio's, without those that hold bytes as well."""
    return [name for name in schema.names if name != audio.name and not _is_binary(schema.field(name).type)]


def _is_binary(kind: Any) -> bool:
    import pyarrow as pa

    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return is_bytes or (pa.types.is_struct(kind) and any(_is_binary(kind.field(index).type) for index in range(kind.num_fields)))


def _has_bytes(file: Any, group: int, column: str) -> Iterator[bool]:
    """Of each row of a row group whether its cell holds bytes, which are read only where the file says that some do not."""
    rows, nulls = file.metadata.row_group(group).num_rows, _count_nulls(file.metadata.row_group(group), column)
    if nulls in (0, rows):
        yield from repeat(nulls == 0, rows)
    else:
        for batch in file.iter_batches(BATCH_ROWS, row_groups=[group], columns=[column]):
            values = batch.column(0)
            if values.type.num_fields:  # a struct of which only the bytes were read
                values = values.flatten()[0]
            yield from values.is_valid().to_pylist()


def _count_nulls(group: Any, column: str) -> int | None:
    """How many cells of a row group hold no bytes; None where the file does not say it."""
    for index in range(group.num_columns):
        chunk = group.column(index)
        if chunk.path_in_schema == column:
            known = chunk.statistics is not None and chunk.statistics.has_null_count
            return int(chunk.statistics.null_count) if known else None
    return int(group.num_rows)


def _path(value: Any) -> str | None:
    path = value.get("path") if isinstance(value, dict) else value
    return path if isinstance(path, str) and path else None


def _beside(unit: Unit, path: str | None) -> str | None:
    return None if path is None else storage.join(storage.parent(unit.location), path)


def _labels(schema: Any) -> dict[str, list[str]]:
    """The names behind the numbers of columns of type ClassLabel."""
    return {
        name: feature["names"]
        for name, feature in features_of(schema).items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list)
    }


def _labelled(names: list[str] | None, value: Any) -> Any:
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None
