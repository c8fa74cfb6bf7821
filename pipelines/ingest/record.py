"""A record on its way through ingest: a candidate for the manifest, or a rejection for quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.audio.decode import Span
from schemas.rules import EXPECTATION_STAGE, RULES

WITHHELD = "{}"
"""What quarantine holds of the record of somebody who was forgotten."""

Row = dict[str, Any]


class Place(NamedTuple):
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
        met: what of it is on the list of who withdrew, as digests.
    """

    place: Place
    source_file: str
    record_json: str
    rule: str
    message: str
    is_named: bool = False
    audio: str | None = None
    met: frozenset[str] = frozenset()

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


@dataclass(slots=True)
class Candidate:
    """A record that may be accepted. Not frozen, which would double what making one costs; nobody changes one.

    Attributes:
        file: which of its source's files it stands in.
        record_json: as it was read.
        row: the manifest's row as far as it is known.
        span: the part of the audio file that is the recording.
        is_named: whether its id or its file's path holds the id of a speaker that is hidden elsewhere.
    """

    file: int
    record_json: str
    row: Row
    span: Span
    is_named: bool = False

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.row["source"], self.file, self.row["row_number"])

    def reject(self, rule: str, message: str) -> Rejection:
        """Send it to quarantine."""
        return Rejection(self.place, self.row["source_file"], self.record_json, rule, message, self.is_named, self.row["audio"])

    def withhold(self, met: frozenset[str] = frozenset()) -> Rejection:
        """Note that there is a record, and nothing of it but what of it was on the list."""
        return withheld(self.place, self.row["source_file"], self.row["audio"], met)


def withheld(place: Place, source_file: str, audio: str | None, met: frozenset[str]) -> Rejection:
    """Of a record of somebody who was forgotten, that there is one."""
    message = "it was withdrawn, or its speaker was forgotten"
    return Rejection(place, source_file, WITHHELD, "withdrawn", message, audio=audio, met=met)
