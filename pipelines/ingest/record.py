"""From a record as it was read to a row of the manifest that lacks only what is measured, or to quarantine."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipelines.audio.decode import Span
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.audio_root import AudioRoot
from pipelines.ingest.hide import SpeakerHider
from pipelines.ingest.layouts import RawRecord, Unit
from pipelines.ingest.layouts.text import JsonNumber, is_unicode
from pipelines.people.withdrawn import NOBODY, Withdrawn
from pipelines.settings import Settings
from schemas.accents import UNDECLARED, Mapped
from schemas.config import RECORD_FIELDS
from schemas.licences import as_pattern, fits
from schemas.provenance import IMPUTED, PROVENANCE_FIELDS, PROVENANCES, UNKNOWN, ProvenanceField, as_provenance
from schemas.rules import EXPECTATION_STAGE, RULES
from schemas.splits import SPLIT_WORDS

MAX_ID_LENGTH = 256
WITHHELD = "{}"
"""What quarantine holds of the record of somebody who was forgotten."""

Row = dict[str, Any]


@dataclass(frozen=True, order=True)
class Place:
    """Where a record stands: the order of places is the order in which records count as first."""

    source: int
    file: int
    row_number: int


@dataclass(frozen=True)
class Rejection:
    """A record on its way to quarantine; its first fields are the columns of :data:`schemas.tables.QUARANTINE`.

    Attributes:
        is_named: whether it names its speaker where pseudonyms do not hide it.
        audio: the file that it names, as the manifest would write it; None where that is not known.
    """

    place: Place
    source_file: str
    record_json: str
    rule: str
    message: str
    is_named: bool = False
    audio: str | None = None

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
        is_named: whether its id or its file's path holds the id of a speaker that is hidden elsewhere.
    """

    place: Place
    record_json: str
    row: Row
    span: Span
    is_named: bool = False

    def reject(self, rule: str, message: str) -> Rejection:
        """Send it to quarantine."""
        return Rejection(self.place, self.row["source_file"], self.record_json, rule, message, self.is_named, self.row["audio"])

    def withhold(self) -> Rejection:
        """Note that there is a record, and nothing of it."""
        return _withheld(self.place, self.row["source_file"], self.row["audio"])


def _withheld(place: Place, source_file: str, audio: str | None) -> Rejection:
    message = "it was withdrawn, or its speaker was forgotten"
    return Rejection(place, source_file, WITHHELD, "withdrawn", message, audio=audio)


class _Broken(Exception):
    """A rule is broken: its name and message."""


class RecordChecker:
    """Checks the records of one metadata file as far as that goes without their audio.

    Args:
        settings: of the run.
        unit: the file, with its source's settings completed by its layout's.
        source: which of the run's sources it belongs to.
        file: which of the source's files it is.
        withdrawn: who was forgotten.
    """

    def __init__(self, settings: Settings, unit: Unit, source: int, file: int, withdrawn: Withdrawn = NOBODY) -> None:
        config = unit.config
        self._source, self._file = source, file
        self._withdrawn = withdrawn
        self._source_file = settings.relative(unit.location)
        self._id_prefix = config.id_prefix
        self._require_text = settings.config.accept.require_text
        self._conditions = {condition.name for condition in settings.config.conditions}
        self._splits = frozenset(settings.config.splits)
        self._root = AudioRoot(unit.root, settings.base)
        self._map_accent = lru_cache(maxsize=65_536)(lambda declared: _accent_columns(settings.accents.map(declared)))
        # Without a mapping the columns are taken to carry our own names.
        self._columns = config.columns or {field: field for field in RECORD_FIELDS}
        self._id_may_be_absent = not config.columns
        self._mapped = frozenset(self._columns.values())
        self._texts = {field: config.defaults.get(field) or None for field in _TEXT_FIELDS}
        pseudonyms = settings.open_pseudonyms()
        self._hider = None if pseudonyms is None else SpeakerHider(pseudonyms, self._columns, config.speaker_prefix)
        self._speaker_prefix = config.speaker_prefix if self._hider is None else ""  # a pseudonym has it in it
        if self._hider is not None and self._texts["speaker_id"] is not None:
            self._texts["speaker_id"] = self._hider.pseudonym(self._texts["speaker_id"])
        self._text_columns = [(field, column) for field, column in self._columns.items() if field in _TEXT_FIELDS]
        self._provenance = [(field, f"{field}_provenance", config.provenance.get(field, UNKNOWN)) for field in PROVENANCE_FIELDS]
        self._policy = settings.config.policy
        self._admits = lru_cache(maxsize=4096)(self._judge_terms)
        self._refuses_imputed = settings.config.policy.imputed == "refuse"
        self._numbers = [(field, self._columns.get(field, ""), config.defaults.get(field)) for field in _NUMBER_FIELDS]

    def check(self, raw: RawRecord) -> Candidate | Rejection:
        """Check a record as a layout read it."""
        place = Place(self._source, self._file, raw.row_number)
        cells, text = raw.cells, raw.text
        is_named = False
        if cells is not None and self._hider is not None:
            try:
                cells, is_named = self._hide(cells, self._hider)
            except _Broken as broken:
                hidden = _to_json({**cells, self._columns["speaker_id"]: None})
                return Rejection(place, self._source_file, hidden, broken.args[0], "the speaker's id is no text")
            text = ""
        if self._withdrawn and self._is_withdrawn(cells, text):
            return _withheld(place, self._source_file, self._named_audio(cells))
        if cells is None:
            assert raw.rule is not None
            if self._hider is not None:
                told = f"{RULES[raw.rule[0]].doc}; what it holds is not kept, for it may name a speaker"
                return Rejection(place, self._source_file, WITHHELD, raw.rule[0], told)
            return Rejection(place, self._source_file, _to_json({"unparsed": text}), *raw.rule)
        record_json = text if text and "NaN" not in text and "Infinity" not in text else _to_json(cells)
        try:
            row, span = self._fill_row(cells, raw.row_number)
            if "\\u0000" in record_json:
                _refuse_null_characters(cells)
        except _Broken as broken:
            rule, message = broken.args
            return Rejection(place, self._source_file, record_json, rule, message, is_named, self._named_audio(cells))
        if self._withdrawn.is_listed(row["recording_id"]):
            return _withheld(place, self._source_file, row["audio"])
        return Candidate(place, record_json, row, span, is_named)

    def _hide(self, cells: dict[str, Any], hider: SpeakerHider) -> tuple[dict[str, Any], bool]:
        """The cells with a pseudonym for their speaker, and whether they still name the speaker."""
        speaker = _as_text("speaker_id", cells.get(self._columns.get("speaker_id", "")))
        return (cells, False) if speaker is None else hider.hide(cells, speaker)

    def _named_audio(self, cells: dict[str, Any] | None) -> str | None:
        """The audio file that a rejected record names; None where it names none that could be read."""
        try:
            audio = _as_text("audio", (cells or {}).get(self._columns.get("audio", "")))
            return None if audio is None else self._audio_name(audio)
        except _Broken:
            return None

    def _is_withdrawn(self, cells: dict[str, Any] | None, text: str | None) -> bool:
        if cells is None:
            if self._hider is not None:
                return any(map(self._withdrawn.has_speaker, self._hider.pseudonyms_in(text or "")))
            return self._withdrawn.names(text or "", self._speaker_prefix)
        try:
            recording = _as_text("recording_id", cells.get(self._columns.get("recording_id", "")))
            if recording is not None and any(map(self._withdrawn.is_listed, (recording, self._id_prefix + recording))):
                return True
            speaker = _as_text("speaker_id", cells.get(self._columns.get("speaker_id", ""))) or self._texts["speaker_id"]
        except _Broken:
            return False
        return speaker is not None and self._withdrawn.has_speaker(self._speaker_prefix + speaker)

    def _fill_row(self, cells: dict[str, Any], row_number: int) -> tuple[Row, Span]:
        texts = self._texts.copy()
        for field, column in self._text_columns:
            value = cells.get(column)
            text = value.strip() or None if isinstance(value, str) and value.isascii() else _as_text(field, value)
            if text is not None:
                texts[field] = text
        audio = texts.pop("audio")
        if audio is None:
            raise _Broken("missing_audio_path", self._missing("audio", "audio file"))
        span = self._span(cells)
        recording_id = texts.pop("recording_id")
        if recording_id is None:
            if "recording_id" in self._columns and not (self._id_may_be_absent and "recording_id" not in cells):
                raise _Broken("missing_id", self._missing("recording_id", "recording id"))
            recording_id = audio if span.is_whole else f"{audio}@{span.offset_s or 0:g}"
        _check_id(recording_id)
        if texts["speaker_id"] is None:
            raise _Broken("missing_speaker", self._missing("speaker_id", "speaker"))
        texts["speaker_id"] = self._speaker_prefix + texts["speaker_id"]
        if texts["text"] is None and self._require_text:
            raise _Broken("missing_text", self._missing("text", "transcript"))
        condition = texts["condition"]
        if condition is not None and condition not in self._conditions:
            raise _Broken("unknown_condition", f"the configuration has no condition {condition!r}")
        split = texts.pop("split")
        split_declared = None if split is None else SPLIT_WORDS.get(split.casefold())
        if split is not None and split_declared not in self._splits:
            raise _Broken("unknown_split", f"the configuration has no split {split!r}")
        self._admits(texts["licence"], texts["consent"])
        refused = self._settle_provenance(texts)
        declared = texts.pop("accent")
        accent = _accent_columns(Mapped(UNDECLARED)) if "accent" in refused else self._map_accent(declared)
        extra = {column: value for column, value in cells.items() if column not in self._mapped}
        for field in refused:
            if field != "accent":  # whose words stay in accent_raw
                extra[self._columns.get(field, field)], texts[field] = texts[field], None
        return {
            "recording_id": self._id_prefix + recording_id,
            "source": self._source,
            "source_file": self._source_file,
            "row_number": row_number,
            "audio": self._audio_name(audio),
            "offset_s": None if span.is_whole else span.offset_s or 0.0,
            **texts,
            "accent_raw": declared,
            **accent,
            "condition_declared": condition is not None,
            "split_declared": split_declared,
            "extra": _to_json(extra) if extra else "{}",
        }, span

    def _judge_terms(self, licence: str | None, consent: str | None) -> None:
        """Raise _Broken where the policy excludes a record by its licence or consent."""
        licences, wanted = self._policy.licences, self._policy.consent
        if licences is not None and licence is None and licences.allow is not None:
            raise _Broken("licence_excluded", "no licence is given, and 'policy.licences.allow' names those that may be used")
        if licences is not None and licence is not None:
            if fits(licence, [as_pattern(name) for name in licences.deny]):
                raise _Broken("licence_excluded", f"the licence {licence!r} stands under 'policy.licences.deny'")
            if licences.allow is not None and not fits(licence, [as_pattern(name) for name in licences.allow]):
                raise _Broken("licence_excluded", f"the licence {licence!r} does not stand under 'policy.licences.allow'")
        given = {" ".join(scope.casefold().split()) for scope in re.split("[;|,]", consent or "")}
        missing = [] if wanted is None else [scope for key, scope in wanted.scopes.items() if key not in given]
        if missing:
            found = "no consent is given" if consent is None else f"the consent is {_short(consent)}"
            raise _Broken("consent_excluded", f"{found}; 'policy.consent' requires {', '.join(missing)}")

    def _settle_provenance(self, texts: dict[str, str | None]) -> list[ProvenanceField]:
        """Say of each value where it comes from; returns the fields whose values count as not given."""
        refused: list[ProvenanceField] = []
        for field, column, default in self._provenance:
            word = texts[column]
            if texts[field] is None:
                texts[column] = None
                continue
            known = default if word is None else as_provenance(word)
            if known is None:
                raise _Broken("unknown_provenance", f"{column} is {_short(word)}, expected {', '.join(PROVENANCES)}")
            texts[column] = known
            if known == IMPUTED and self._refuses_imputed:
                refused.append(field)
        return refused

    def _missing(self, field: str, what: str) -> str:
        column = self._columns.get(field)
        return f"no {what} is given" + (f" in column {column!r}" if column is not None else "")

    def _span(self, cells: dict[str, Any]) -> Span:
        numbers = []
        for field, column, default in self._numbers:
            given = _as_number(field, cells.get(column))
            numbers.append(_as_number(field, default) if given is None else given)
        offset_s, duration_s = numbers
        if offset_s is None and duration_s is None:
            return WHOLE_FILE
        if offset_s is not None and offset_s < 0:
            raise _Broken("impossible_segment", f"the segment starts at {offset_s:g} s")
        if duration_s is not None and duration_s <= 0:
            raise _Broken("impossible_segment", f"the segment is {duration_s:g} s long")
        return Span(offset_s, duration_s)

    def _audio_name(self, audio: str) -> str:
        try:
            return self._root.name(audio)
        except AudioProblem as problem:
            raise _Broken(problem.rule, problem.message) from problem


def _accent_columns(accent: Mapped) -> Row:
    return accent._asdict() | {"accent_all": list(accent.accent_all)}


WHOLE_FILE = Span()

_NUMBER_FIELDS = ("offset", "duration")
_TEXT_FIELDS = tuple(field for field in RECORD_FIELDS if field not in _NUMBER_FIELDS)

_LISTS = ("accent", "consent", "first_language")
"""Fields of which somebody may declare several; between them stands what is read as a list again."""

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"\s*[+-]?(nan|inf|infinity)\s*", re.ASCII | re.IGNORECASE)


def _as_text(field: str, value: Any) -> str | None:
    """A cell as text; None where nothing is given."""
    if isinstance(value, str):
        if value.isascii() or is_unicode(value):
            return value.strip() or None
        raise _Broken("bad_encoding", f"{field} holds half a surrogate pair, which is no character")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None  # NaN is how data frames write what is missing
    if isinstance(value, list) and field in _LISTS and all(isinstance(each, str) for each in value):
        return _as_text(field, "; ".join(value))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value in (math.inf, -math.inf):
        raise _Broken("wrong_type", f"{field} is {_short(value)}, expected text")
    if isinstance(value, JsonNumber):
        return value.text
    # A data frame's column of whole numbers of which some are missing holds 7.0 where 7 was meant.
    return str(int(value)) if value == value // 1 else repr(value)


def _as_number(field: str, value: Any) -> float | None:
    """A cell as a finite number; None where nothing is given."""
    if value is None:
        return None
    if isinstance(value, str):
        if not value.strip():
            return None
        is_number = bool(_NUMBER.fullmatch(value) or _NOT_FINITE.fullmatch(value))
    else:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number:
        raise _Broken("wrong_type", f"{field} is {_short(value)}, expected a number of seconds")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Broken("impossible_segment", f"{field} is {_short(value)}")
    return number


def _refuse_null_characters(cells: dict[str, Any]) -> None:
    for column, value in cells.items():
        if isinstance(value, str) and "\0" in value:
            raise _Broken("bad_encoding", f"column {column!r} holds a null character, which is no text")


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=str).encode


def _to_json(value: Any) -> str:
    """JSON that every reader takes: no NaN, and half surrogate pairs as escapes."""
    try:
        text = _encode(value)
    except ValueError:
        return _to_json(_without_nan(value))
    return text if text.isascii() or is_unicode(text) else json.dumps(value, default=str)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _check_id(recording_id: str) -> None:
    if len(recording_id) > MAX_ID_LENGTH:
        raise _Broken("bad_id", f"the id is {len(recording_id)} characters long; at most {MAX_ID_LENGTH} are allowed")
    if not recording_id.isprintable() and any(unicodedata.category(each) in _CONTROL for each in recording_id):
        raise _Broken("bad_id", f"the id {recording_id!r} holds control characters")


_CONTROL = ("Cc", "Zl", "Zp")
