"""From a record as it was read to a row of the manifest that lacks only what is measured, or to quarantine."""

from __future__ import annotations

import json
import math
import os
import posixpath
import unicodedata
from dataclasses import dataclass
from typing import Any

from pipelines import storage
from pipelines.audio.decode import Span
from pipelines.ingest.layouts import RawRecord
from pipelines.ingest.layouts.table import JsonNumber
from pipelines.settings import Settings
from schemas.config import RECORD_FIELDS
from schemas.rules import EXPECTATION_STAGE, RULES

MAX_ID_LENGTH = 256
Row = dict[str, Any]


@dataclass(frozen=True, order=True)
class Place:
    """Where a record stands: the order of places is the order in which records count as first."""

    source: int
    file: int
    row_number: int


@dataclass(frozen=True)
class Rejection:
    """A record on its way to quarantine; its fields are the columns of :data:`schemas.tables.QUARANTINE`."""

    place: Place
    source_file: str
    record_json: str
    rule: str
    message: str

    def as_row(self) -> Row:
        """The quarantine's row."""
        stage = RULES[self.rule].stage if self.rule in RULES else EXPECTATION_STAGE
        return {
            "source": self.source_file,
            "row_number": self.place.row_number,
            "record_json": self.record_json,
            "stage": stage,
            "rule": self.rule,
            "message": self.message,
        }


@dataclass(frozen=True)
class Candidate:
    """A record that may be accepted.

    Attributes:
        place: where it stands.
        record_json: as it was read.
        row: the manifest's row as far as it is known.
        span: the part of the audio file that is the recording.
    """

    place: Place
    record_json: str
    row: Row
    span: Span

    def reject(self, rule: str, message: str) -> Rejection:
        """Send it to quarantine."""
        return Rejection(self.place, self.row["source_file"], self.record_json, rule, message)


class _Broken(Exception):
    """A rule is broken: its name and message."""


def check_record(raw: RawRecord, place: Place, source_file: str, settings: Settings) -> Candidate | Rejection:
    """Check everything that can be told without opening the audio file.

    Args:
        raw: as a layout read it.
        place: where it stands.
        source_file: the metadata file's name for the tables.
        settings: of the run.
    """
    if raw.cells is None:
        assert raw.rule is not None
        return Rejection(place, source_file, _to_json({"unparsed": raw.unparsed}), *raw.rule)
    record_json = _to_json(raw.cells)
    try:
        row, span = _fill_row(raw.cells, place, settings)
    except _Broken as broken:
        rule, message = broken.args
        return Rejection(place, source_file, record_json, rule, message)
    row["source_file"] = source_file
    return Candidate(place, record_json, row, span)


def _fill_row(cells: dict[str, Any], place: Place, settings: Settings) -> tuple[Row, Span]:
    source = settings.config.sources[place.source]
    # Without a mapping the columns are taken to carry our own names.
    columns = source.columns or {field: field for field in RECORD_FIELDS if field in cells}
    given = {field: cells.get(column) for field, column in columns.items()}

    def text_of(field: str) -> str | None:
        value = _as_text(field, given.get(field))
        return value if value is not None else source.defaults.get(field) or None

    def number_of(field: str) -> float | None:
        value = given.get(field)
        return _as_number(field, value if not _is_blank(value) else source.defaults.get(field))

    speaker_id, text = text_of("speaker_id"), text_of("text")
    audio = text_of("audio")
    if audio is None:
        raise _Broken("missing_audio_path", "no audio file is named")
    span = _span(number_of("offset"), number_of("duration"))
    recording_id = text_of("recording_id")
    if recording_id is None and "recording_id" not in columns:
        recording_id = audio if span.is_whole else f"{audio}@{span.offset_s or 0:g}"
    _check_id(recording_id)
    if speaker_id is None:
        raise _Broken("missing_speaker", "no speaker is given")
    if text is None and settings.config.accept.require_text:
        raise _Broken("missing_text", "no transcript is given")
    condition = text_of("condition")
    if condition is not None and condition not in {each.name for each in settings.config.conditions}:
        raise _Broken("unknown_condition", f"no condition is named {condition!r}")
    accent_raw = text_of("accent")
    accent, accent_all = settings.accents.map(accent_raw)
    extra = {key: value for key, value in cells.items() if key not in columns.values()}
    return {
        "recording_id": source.id_prefix + str(recording_id),
        "source": place.source,
        "row_number": place.row_number,
        "audio": settings.relative(_audio_location(audio, settings.audio_root(source))),
        "offset_s": None if span.is_whole else span.offset_s or 0.0,
        "text": text,
        "language": text_of("language"),
        "speaker_id": speaker_id,
        "gender": text_of("gender"),
        "age_band": text_of("age_band"),
        "first_language": text_of("first_language"),
        "speaker_type": text_of("speaker_type"),
        "accent": accent,
        "accent_raw": accent_raw,
        "accent_all": list(accent_all),
        "condition": condition,
        "condition_declared": condition is not None,
        "licence": text_of("licence"),
        "consent": text_of("consent"),
        "extra": _to_json(extra),
    }, span


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _as_text(field: str, value: Any) -> str | None:
    if _is_blank(value):
        return None
    if isinstance(value, str):
        if not _is_unicode(value):
            raise _Broken("bad_encoding", f"{field} holds half a surrogate pair, which is no character")
        return value.strip()
    if isinstance(value, bool):
        raise _Broken("wrong_type", f"{field} is {value!r}, expected text")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, JsonNumber):
        return value.text
    raise _Broken("wrong_type", f"{field} is {_short(value)}, expected text")


def _as_number(field: str, value: Any) -> float | None:
    if _is_blank(value):
        return None
    try:
        if isinstance(value, (bool, list, dict)):
            raise ValueError
        number = float(value)
    except ValueError:
        raise _Broken("wrong_type", f"{field} is {_short(value)}, expected a number of seconds") from None
    if not math.isfinite(number):
        raise _Broken("impossible_segment", f"{field} is {_short(value)}")
    return number


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _to_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if _is_unicode(text) else json.dumps(value, default=str)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _span(offset_s: float | None, duration_s: float | None) -> Span:
    if offset_s is not None and offset_s < 0:
        raise _Broken("impossible_segment", f"the segment starts at {offset_s:g} s")
    if duration_s is not None and duration_s <= 0:
        raise _Broken("impossible_segment", f"the segment is {duration_s:g} s long")
    return Span(offset_s, duration_s)


def _check_id(recording_id: str | None) -> None:
    if recording_id is None:
        raise _Broken("missing_id", "no recording id is given")
    if len(recording_id) > MAX_ID_LENGTH:
        raise _Broken("bad_id", f"the id is {len(recording_id)} characters long; at most {MAX_ID_LENGTH} are allowed")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in recording_id):
        raise _Broken("bad_id", f"the id {recording_id!r} holds control characters")


def _audio_location(audio: str, root: str) -> str:
    """Where the audio file lies. Symbolic links count by where they lead."""
    if "\0" in audio:
        raise _Broken("path_leaves_root", "the path holds a null character")
    if storage.is_remote(audio) or storage.is_remote(root):
        location = storage.join(root, audio)
        inside = posixpath.normpath(location.removeprefix(root.rstrip("/") + "/"))
        if not location.startswith(root.rstrip("/") + "/") or inside.startswith(".."):
            raise _Broken("path_leaves_root", f"{audio!r} leads out of {root}")
        return location
    location = os.path.normpath(os.path.join(root, audio))
    if not os.path.exists(location):
        # macOS stores names decomposed, other systems as they are typed.
        for form in ("NFC", "NFD"):
            other = os.path.normpath(os.path.join(root, unicodedata.normalize(form, audio)))  # type: ignore[arg-type]
            location = other if os.path.exists(other) else location
    real_root = os.path.realpath(root)
    if os.path.commonpath([os.path.realpath(location), real_root]) != real_root:
        raise _Broken("path_leaves_root", f"{audio!r} leads out of the audio_root")
    return location
