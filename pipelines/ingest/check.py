"""From a record as it was read to a row of the manifest that lacks only what is measured, or to quarantine."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from pipelines.audio.decode import WHOLE_FILE, Span
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.audio_root import AudioRoot
from pipelines.ingest.cells import Broken, as_number, as_text, at_offset, check_id, refuse_null_characters, short
from pipelines.ingest.hide import SpeakerHider
from pipelines.ingest.layouts import RawRecord, Unit
from pipelines.ingest.reading.json_text import to_json
from pipelines.ingest.record import WITHHELD, Candidate, Place, Rejection, Row, withheld
from pipelines.ingest.terms import judge_terms
from pipelines.people.ids import composed
from pipelines.people.withdrawn import NOBODY, Withdrawn
from pipelines.settings import Settings
from schemas.accents import UNDECLARED, Mapped
from schemas.config import NUMBER_FIELDS, TEXT_FIELDS
from schemas.provenance import IMPUTED, PROVENANCE_FIELDS, PROVENANCES, UNKNOWN, ProvenanceField, as_provenance
from schemas.rules import RULES
from schemas.splits import SPLIT_WORDS


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
        self._withdrawn, self._has_withdrawn = withdrawn, bool(withdrawn)
        self._source_file = settings.relative(unit.location)
        self._id_prefix = config.id_prefix
        self._require_text = settings.config.accept.require_text
        self._conditions = {condition.name for condition in settings.config.conditions}
        self._splits = frozenset(settings.config.splits)
        self._root = AudioRoot(unit.root, settings.base)
        accents = settings.accents.in_layout(config.layout)
        self._map_accent = lru_cache(maxsize=65_536)(lambda declared: _accent_columns(accents.map(declared)))
        self._columns = unit.columns
        self._id_may_be_absent = not config.columns
        self._blank: Row = dict.fromkeys(_COLUMNS)  # every key at once, for a dict that grows is built twice
        self._blank |= {field: config.defaults.get(field) or None for field in TEXT_FIELDS}
        self._blank |= {"source": source, "source_file": self._source_file}
        pseudonyms = settings.open_pseudonyms()
        self._hider = None if pseudonyms is None else SpeakerHider(pseudonyms, self._columns, config.speaker_prefix)
        self._speaker_prefix = config.speaker_prefix if self._hider is None else ""  # a pseudonym has it in it
        if self._hider is not None and self._blank["speaker_id"] is not None:
            self._blank["speaker_id"] = self._hider.pseudonym(self._blank["speaker_id"])
        texts = [(field, column) for field, column in self._columns.items() if field in TEXT_FIELDS]
        first = {column: field for field, column in reversed(texts)}
        self._text_of = dict.fromkeys(self._columns.values(), "") | first  # what is mapped and no text is nobody's
        self._also_text_of = [each for each in texts if first[each[1]] != each[0]]
        provenance = [(field, f"{field}_provenance", config.provenance.get(field, UNKNOWN)) for field in PROVENANCE_FIELDS]
        said = self._columns.keys() | {field for field, default in config.defaults.items() if default}
        self._provenance = [each for each in provenance if not said.isdisjoint(each[:2])]
        policy = settings.config.policy
        self._has_terms = policy.licences is not None or policy.consent is not None
        self._judge_terms = lru_cache(maxsize=4096)(partial(judge_terms, policy))
        self._refuses_imputed = policy.imputed == "refuse"
        self._numbers = [(field, self._columns.get(field, _NOWHERE), config.defaults.get(field)) for field in NUMBER_FIELDS]
        self._may_be_segments = any(field in self._columns or default for field, _, default in self._numbers)

    def check(self, raw: RawRecord) -> Candidate | Rejection:
        """Check a record as a layout read it."""
        cells, text = raw.cells, raw.text
        is_named = False
        if cells is not None and self._hider is not None:
            try:
                cells, is_named = self._hide(cells, self._hider)
            except Broken as broken:
                unnamed = {**cells, self._columns["speaker_id"]: None}
                if met := self._met(unnamed, ""):
                    return self._withheld(raw, cells, met)
                return self._rejection(raw, WITHHELD, broken.rule, "the speaker's id is no text; nothing of the record is kept")
            text = ""
        if met := self._met(cells, text):
            return self._withheld(raw, cells, met)
        if cells is None:
            assert raw.rule is not None
            if self._hider is not None:
                told = f"{RULES[raw.rule[0]].doc}; what it holds is not kept, for it may name a speaker"
                return self._rejection(raw, WITHHELD, raw.rule[0], told)
            return self._rejection(raw, to_json({"unparsed": text}), *raw.rule)
        record_json = text or to_json(cells)
        try:
            row, span = self._fill_row(cells, raw.row_number)
            if "\\" in record_json and "\\u0000" in record_json:  # the first is found or not in a tenth of the time
                refuse_null_characters(cells)
        except (Broken, AudioProblem) as broken:
            rejection = self._rejection(raw, record_json, broken.rule, broken.message)
            return replace(rejection, is_named=is_named, audio=self._named_audio(cells))
        candidate = Candidate(self._file, record_json, row, span, is_named)
        if self._has_withdrawn:
            met = self._withdrawn.met((), (row["recording_id"],))
        return candidate.withhold(met) if met else candidate

    def _rejection(self, raw: RawRecord, record_json: str, rule: str, message: str) -> Rejection:
        return Rejection(Place(self._source, self._file, raw.row_number), self._source_file, record_json, rule, message)

    def _withheld(self, raw: RawRecord, cells: dict[str, Any] | None, met: frozenset[str]) -> Rejection:
        place = Place(self._source, self._file, raw.row_number)
        return withheld(place, self._source_file, self._named_audio(cells), met)

    def _hide(self, cells: dict[str, Any], hider: SpeakerHider) -> tuple[dict[str, Any], bool]:
        """The cells with a pseudonym for their speaker, and whether they still name the speaker."""
        speaker = as_text("speaker_id", self._cell("speaker_id", cells))
        return (cells, False) if speaker is None else hider.hide(cells, speaker)

    def _named_audio(self, cells: dict[str, Any] | None) -> str | None:
        """The audio file that a rejected record names; None where it names none that could be read."""
        try:
            audio = self._readable("audio", cells or {})
            return None if audio is None else self._root.name(audio)
        except AudioProblem:
            return None

    def _met(self, cells: dict[str, Any] | None, text: str | None) -> frozenset[str]:
        """What of a record is on the list of who withdrew, as digests."""
        if not self._has_withdrawn:
            return frozenset()
        if cells is None:
            if self._hider is not None:
                return self._withdrawn.met(self._hider.pseudonyms_in(text or ""), ())
            return self._withdrawn.met_in(text or "", self._speaker_prefix, self._id_prefix)
        # What else is wrong with a record must not keep it from being known: quarantine would hold it.
        named = self._cell("speaker_id", cells)
        if isinstance(named, (dict, list)) and (met := self._withdrawn.met_in(to_json(named), self._speaker_prefix)):
            return met
        speaker = self._readable("speaker_id", cells) or self._blank["speaker_id"]
        recording, audio = self._readable("recording_id", cells), self._readable("audio", cells)
        if recording is None and audio is not None:
            try:
                recording = _implied_id(audio, self._span(cells))
            except Broken:
                recording = audio
        ids = () if recording is None else (recording, self._id_prefix + recording)
        return self._withdrawn.met(() if speaker is None else (self._speaker_prefix + speaker,), ids)

    def _cell(self, field: str, cells: dict[str, Any]) -> Any:
        return cells.get(self._columns.get(field, _NOWHERE))

    def _readable(self, field: str, cells: dict[str, Any]) -> str | None:
        """A field's text; None where there is none, or what is there is no text."""
        try:
            return as_text(field, self._cell(field, cells))
        except Broken:
            return None

    def _given(self, cells: dict[str, Any]) -> tuple[Row, dict[str, Any]]:
        """What the cells and the source's defaults say of each field that is text, and the cells that mean nothing to panvox."""
        row, extra, text_of = self._blank.copy(), {}, self._text_of
        # Here the time of reading metadata goes.
        for column, value in cells.items():
            field = text_of.get(column)
            if field is None:
                extra[column] = value
            elif field and value is not None:
                # Nearly all cells are plain text.
                text = value.strip() if type(value) is str and value.isascii() else as_text(field, value)
                if text:
                    row[field] = text
        for field, column in self._also_text_of:
            row[field] = as_text(field, cells.get(column)) or row[field]
        return row, extra

    def _fill_row(self, cells: dict[str, Any], row_number: int) -> tuple[Row, Span]:
        row, extra = self._given(cells)
        audio = row["audio"]
        if audio is None:
            raise Broken("missing_audio_path", self._missing("audio", "audio file"))
        span = self._span(cells) if self._may_be_segments else WHOLE_FILE
        recording_id = row["recording_id"]
        if recording_id is None:
            if "recording_id" in self._columns and not (self._id_may_be_absent and "recording_id" not in cells):
                raise Broken("missing_id", self._missing("recording_id", "recording id"))
            recording_id = _implied_id(audio, span)
        check_id(recording_id)
        if row["speaker_id"] is None:
            raise Broken("missing_speaker", self._missing("speaker_id", "speaker"))
        row["speaker_id"] = self._speaker_prefix + composed(row["speaker_id"])
        if row["text"] is None and self._require_text:
            raise Broken("missing_text", self._missing("text", "transcript"))
        condition = row["condition"]
        if condition is not None and condition not in self._conditions:
            raise Broken("unknown_condition", f"the configuration has no condition {condition!r}")
        split = row.pop("split")
        split_declared = None if split is None else SPLIT_WORDS.get(split.casefold())
        if split is not None and split_declared not in self._splits:
            raise Broken("unknown_split", f"the configuration has no split {split!r}")
        if self._has_terms:
            self._judge_terms(row["licence"], row["consent"])
        refused = self._settle_provenance(row)
        for field in refused:
            if field != "accent":  # whose words stay in accent_raw
                extra[self._columns.get(field, field)], row[field] = row[field], None
        row["recording_id"] = self._id_prefix + recording_id
        row["row_number"] = row_number
        row["audio"] = self._root.name(audio)
        row["offset_s"] = None if span.is_whole else span.offset_s or 0.0
        row["accent_raw"] = declared = row["accent"]
        row |= _NO_ACCENT if "accent" in refused else self._map_accent(declared)
        row["condition_declared"] = condition is not None
        row["split_declared"] = split_declared
        row["extra"] = to_json(extra) if extra else "{}"
        return row, span

    def _settle_provenance(self, row: Row) -> list[ProvenanceField]:
        """Say of each value where it comes from; returns the fields whose values count as not given."""
        refused: list[ProvenanceField] = []
        for field, column, default in self._provenance:
            if row[field] is None:
                row[column] = None
                continue
            word = row[column]
            known = default if word is None else as_provenance(word)
            if known is None:
                raise Broken("unknown_provenance", f"{column} is {short(word)}, expected {', '.join(PROVENANCES)}")
            row[column] = known
            if known == IMPUTED and self._refuses_imputed:
                refused.append(field)
        return refused

    def _missing(self, field: str, what: str) -> str:
        column = self._columns.get(field)
        return f"no {what} is given" + (f" in column {column!r}" if column is not None else "")

    def _span(self, cells: dict[str, Any]) -> Span:
        numbers = []
        for field, column, default in self._numbers:
            value = cells.get(column)
            given = None if value is None else as_number(field, value)
            numbers.append(as_number(field, default) if given is None and default is not None else given)
        offset_s, duration_s, end_s = numbers
        if offset_s is None and duration_s is None and end_s is None:
            return WHOLE_FILE
        if offset_s is not None and offset_s < 0:
            raise Broken("impossible_segment", f"the segment starts at {offset_s:g} s")
        if duration_s is None and end_s is not None:
            duration_s = end_s - (offset_s or 0.0)
        if duration_s is not None and duration_s <= 0:
            raise Broken("impossible_segment", f"the segment is {duration_s:g} s long")
        return Span(offset_s, duration_s)


_NOWHERE = "\0 no column"
"""What no record calls a cell: tables may have a column without a name."""


def _implied_id(audio: str, span: Span) -> str:
    """The id of a recording that is given none."""
    return audio if span.is_whole else at_offset(audio, span.offset_s or 0.0)


def _accent_columns(accent: Mapped) -> Row:
    return accent._asdict() | {"accent_all": list(accent.accent_all)}


_NO_ACCENT = _accent_columns(Mapped(UNDECLARED))

_COLUMNS = (
    *("source", "source_file", "row_number", "offset_s", *TEXT_FIELDS, "accent_raw", *Mapped._fields),
    *("condition_declared", "split_declared", "extra"),
)
"""The manifest's columns that are known before the audio is."""
