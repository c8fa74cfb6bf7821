"""Pinned splits: speakers who belong to a split because a list or their own records say so."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import Corpus, iterate_tables
from pipelines.people.ids import composed, read_ids
from pipelines.settings import Settings
from schemas.errors import ConfigError


class Pin(NamedTuple):
    """A speaker's tie to a split, and what ties it, as a message names it."""

    speaker_id: str
    split: str
    where: str


Lists = Mapping[str, tuple[str, str]]
"""Split, and file and line, by an id of a speaker or of a recording."""

_FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")

PIN_COLUMNS = ["recording_id", "speaker_id", "split_declared", "source_file", "row_number"]


def read_lists(settings: Settings) -> Lists:
    """The lists of ``evaluation.pinned``: one id a line, blank lines aside.

    Raises:
        ConfigError: a list is no UTF-8 text, or an id stands in the lists of two splits.
    """
    listed: dict[str, tuple[str, str]] = {}
    pseudonyms = settings.open_pseudonyms()
    for split, files in settings.pinned.items():
        for file in files:
            name = settings.relative(file)
            for number, entry in read_ids(file, name):
                # Where ids are hidden, an entry may be a recording's id or a speaker's, hidden or not: the pseudonym is told.
                shown = composed(entry) if pseudonyms is None else pseudonyms.of(entry)
                other, where = listed.setdefault(shown, (split, f"{name}:{number}"))
                for form in _FORMS:  # recordings have their ids as they were given
                    listed.setdefault(unicodedata.normalize(form, entry), (split, where))
                if other != split:
                    raise ConfigError(f"{name}:{number}: {shown!r} is pinned to {split}, but to {other} in {where}")
    return listed


def pins_of_records(rows: pa.Table, lists: Lists) -> Iterator[Pin]:
    """The pins in some rows of the manifest: the first record of each speaker that names a split, and every recording listed.

    Args:
        rows: with :data:`PIN_COLUMNS`.
        lists: see :func:`read_lists`.
    """
    declared = rows.filter(pc.is_valid(rows.column("split_declared"))).sort_by(
        [("speaker_id", "ascending"), ("source_file", "ascending"), ("row_number", "ascending")]
    )
    seen = set()
    for row in declared.to_pylist():
        key = row["speaker_id"], row["split_declared"]
        if key not in seen:
            seen.add(key)
            yield Pin(*key, f"row {row['row_number']} of {row['source_file']}")
    if lists:
        listed = rows.filter(pc.is_in(rows.column("recording_id"), pa.array(list(lists), pa.string())))
        for row in listed.select(["recording_id", "speaker_id"]).to_pylist():
            yield Pin(row["speaker_id"], *lists[row["recording_id"]])


def settle_pins(speakers: Iterable[str], pins: Iterable[Pin], lists: Lists, given: Mapping[str, str]) -> dict[str, str]:
    """The split of every speaker who is pinned to one.

    Args:
        speakers: everybody in the manifest.
        pins: of records, as :func:`pins_of_records` finds them.
        lists: see :func:`read_lists`; those of its entries that are speakers count too.
        given: splits that earlier versions gave out.

    Raises:
        ConfigError: somebody is pinned to two splits, or to another one than an earlier version gave out.
    """
    known = set(speakers)
    listed = [Pin(entry, *pin) for entry, pin in lists.items() if entry in known]
    settled: dict[str, Pin] = {}
    for pin in sorted([*listed, *pins]):
        other = settled.setdefault(pin.speaker_id, pin)
        if other.split != pin.split:
            raise ConfigError(
                f"speaker {pin.speaker_id!r} is pinned to {other.split} by {other.where} and to {pin.split} by {pin.where}; "
                "a speaker is in one split: pin all of the speaker's recordings to the same, or leave some out"
            )
        before = given.get(pin.speaker_id, pin.split)
        if before != pin.split:
            raise ConfigError(
                f"speaker {pin.speaker_id!r} is pinned to {pin.split} by {pin.where}, but an earlier version put the speaker in "
                f"{before}: unpin, or choose another --output"
            )
    return {speaker: pin.split for speaker, pin in settled.items()}


def unknown_entries(speakers: Iterable[str], pins: Iterable[Pin], lists: Lists) -> list[str]:
    """Entries of the lists that are neither a speaker nor a recording of the manifest, in the order of the lists."""
    known = set(speakers)
    found = {pin.where for pin in pins} | {where for entry, (_, where) in lists.items() if entry in known}
    return [entry for entry, (_, where) in lists.items() if where not in found]


def refuse_unknown(entries: Sequence[str], lists: Lists, corpus: Corpus) -> None:
    """Raise ConfigError for entries that are in quarantine neither: a name that is mistyped would leave its speaker unpinned."""
    missing: dict[str, None] = dict.fromkeys(entries)
    for _, batch in iterate_tables(corpus.quarantine_files(), ["record_json"]) if missing else ():
        for record in batch.column("record_json").to_pylist():
            for entry in [entry for entry in missing if entry in record or json.dumps(entry)[1:-1] in record]:
                where = lists[entry][1]
                missing = {each: None for each in missing if lists[each][1] != where}
    if missing:
        first = next(iter(missing))
        others = len({lists[each][1] for each in missing}) - 1
        more = f" (and {others} more entries)" if others else ""
        raise ConfigError(
            f"{lists[first][1]}: {first!r}{more}: there is no such speaker or recording, in the manifest or in quarantine; "
            "correct the list, or take the line out"
        )
