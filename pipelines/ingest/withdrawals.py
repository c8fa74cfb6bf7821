"""The lists of ``policy.withdrawn``: who stands in them, and whom no record named."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from pipelines.people.ids import read_ids
from pipelines.people.withdrawn import Withdrawn
from pipelines.settings import Settings

SHOWN = 5
"""Lines that are told of, the first."""


class _Entry(NamedTuple):
    line: str
    ids: frozenset[str]


def _entries(settings: Settings) -> Iterator[_Entry]:
    """Of each line where it stands, and the ids it may be meant as: with pseudonyms, an entry may be hidden or not."""
    pseudonyms = settings.open_pseudonyms()
    for file in settings.withdrawn:
        name = settings.relative(file)
        for number, entry in read_ids(file, name):
            yield _Entry(f"{name}:{number}", frozenset({entry} if pseudonyms is None else {entry, pseudonyms.of(entry)}))


def listed_ids(settings: Settings) -> set[str]:
    """Who stands in the lists: ids of speakers and recordings, and their pseudonyms.

    Raises:
        ConfigError: a list is no UTF-8 text, or the key of the pseudonyms is not there.
    """
    return {each for entry in _entries(settings) for each in entry.ids}


def unmet(settings: Settings, withdrawn: Withdrawn, met: Collection[str]) -> str | None:
    """In words, which lines of the lists no record fits, by their numbers; None where each fits one.

    Args:
        settings: of the run.
        withdrawn: the corpus's list, with everybody in these.
        met: digests of the ids by which records were withheld.
    """
    entries = list(_entries(settings))
    lines = [entry.line for entry in entries if not any(withdrawn.digest(each) in met for each in entry.ids)]
    if not lines:
        return None
    shown = ", ".join(lines[:SHOWN]) + (", …" if len(lines) > SHOWN else "")
    told = f"{len(lines):,} of the {len(entries):,} ids in policy.withdrawn stand in no record: {shown}"
    has_prefix = any(source.speaker_prefix for source in settings.config.sources)
    return f"{told}; a speaker's id is listed with the speaker_prefix of its source" if has_prefix else told
