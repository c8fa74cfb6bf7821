"""What a plain table's columns are likely to mean, by what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.ingest.layouts.hf_parquet import FIELDS as SPELLINGS

_TIME = re.compile(
    r"(start|begin|onset|offset|end|stop)([ _-]?(time|s|secs?|seconds?|ms|msecs?|samples?|frames?))*", re.IGNORECASE
)
_MORE_SPELLINGS = {
    "recording_id": ("recording_id", "id", "utterance_id", "utt_id", "recording", "utterance", "take"),
    "audio": (
        "audio",
        "file",
        "path",
        "audio_file",
        "audio_path",
        "filename",
        "file_name",
        "filepath",
        *("wav", "wav_path", "wav_file", "wav_filename", "audio_filepath", "audio_filename", "sound_file"),
        *("clip", "clip_path", "recording", "recording_path"),
    ),
    "text": (
        *(*SPELLINGS["text"], "txt", "raw_text", "raw_transcription", "orthography", "utterance_text"),
        *("prompt", "words", "said"),
    ),
    "speaker_id": (
        *(*SPELLINGS["speaker_id"], "spk", "spk_id", "spkr", "spkr_id", "speakerid", "speaker_name"),
        *("participant", "participant_id", "person_id", "subject", "subject_id", "contributor", "contributor_id"),
        *("talker", "talker_id", "reader", "reader_id", "who", "user", "voice_id"),
    ),
    "age_band": (*SPELLINGS["age_band"], "age_range", "age_bracket"),
    "first_language": (*SPELLINGS["first_language"], "native_lang", "mother_tongue", "home_language"),
    "accent": (*SPELLINGS["accent"], "accent_label", "declared_accent", "native_accent", "variety"),
    "offset": ("offset", "offset_s", "start", "start_s", "start_time", "begin", "begin_s", "begin_time", "onset"),
    "duration": ("duration", "duration_s", "length", "length_s", "dur"),
    "end": ("end", "end_s", "end_time", "stop", "stop_s", "stop_time"),
    "split": ("panvox_split",),
}


def _key(column: str) -> str:
    return column.strip().lower().replace(" ", "_").replace("-", "_")


def mapped_columns(names: list[str]) -> dict[str, str]:
    """Column by field, of those that are likely to mean one."""
    by_key = {_key(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for field_name, spellings in ({**SPELLINGS, **_MORE_SPELLINGS}).items():
        for spelling in spellings:
            column = by_key.get(spelling)
            if column is not None and (column not in found.values() or field_name == "audio"):
                found[field_name] = column
                break
    if "offset" not in found or found.keys().isdisjoint(("duration", "end")):
        # Half of a segment is none: a length by itself is mostly the whole file's, and with a start alone a record ran on.
        unwanted = {"offset", "duration", "end"}
    else:
        unwanted = {"duration"} if "end" in found else set[str]()
    return {field_name: column for field_name, column in found.items() if field_name not in unwanted}


def times_among(columns: Iterable[str]) -> list[str]:
    """Columns that are likely to say which part of a file a record is."""
    return [column for column in columns if _TIME.fullmatch(column.strip())]


def rivals_of(field: str, columns: Iterable[str]) -> list[str]:
    """Columns that are likely to mean a field as well."""
    spellings = {**SPELLINGS, **_MORE_SPELLINGS}[field]
    return [column for column in columns if _key(column) in spellings]
