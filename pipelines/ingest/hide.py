"""Hiding a speaker's id in a record before anything of it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pipelines.people.ids import composed
from pipelines.people.pseudonyms import Pseudonyms
from pipelines.people.withdrawn import words_of

_LEAST_ANYWHERE = 4
"""Characters from which an id counts as named wherever it stands; a shorter one has to stand by itself."""


class SpeakerHider:
    """Puts pseudonyms for speakers' ids.

    Args:
        pseudonyms: the key.
        columns: of the metadata, by field.
        prefix: what an id of this source is known by in the corpus.
    """

    def __init__(self, pseudonyms: Pseudonyms, columns: Mapping[str, str], prefix: str = "") -> None:
        self._is_hidden = pseudonyms.made
        self.pseudonym = lru_cache(maxsize=65_536)(lambda name: name if pseudonyms.made(name) else pseudonyms.of(prefix + name))
        ids = {columns.get(field) for field in ("speaker_id", "recording_id")}
        self._kept = frozenset(columns.values()) - ids
        self._names = [columns[field] for field in ("recording_id", "audio") if field in columns]

    def hide(self, cells: Mapping[str, Any], speaker_id: str) -> tuple[dict[str, Any], bool]:
        """The cells with the pseudonym for each that is the speaker's id, and whether a recording's id or path names the speaker.

        What is mapped to other fields stays: a transcript, an accent or a time that reads as the id does says something else.
        """
        pseudonym = self.pseudonym(speaker_id)
        hidden = {
            column: value if column in self._kept else _replaced(value, speaker_id, pseudonym) for column, value in cells.items()
        }
        is_named = not self._is_hidden(speaker_id) and any(_names(hidden.get(column), speaker_id) for column in self._names)
        return hidden, is_named

    def pseudonyms_in(self, text: str) -> set[str]:
        """Pseudonyms of everything in a record that cannot be read that may be an id."""
        return set(map(self.pseudonym, words_of(text)))


def _replaced(value: Any, speaker_id: str, pseudonym: str) -> Any:
    if isinstance(value, dict):
        return {_replaced(key, speaker_id, pseudonym): _replaced(each, speaker_id, pseudonym) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(each, speaker_id, pseudonym) for each in value]
    if isinstance(value, str):
        return pseudonym if composed(value.strip()) == composed(speaker_id) else value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return pseudonym if is_number and speaker_id in (str(value), str(value).removesuffix(".0")) else value


def _names(value: Any, speaker_id: str) -> bool:
    text, speaker_id = composed(str(value or "")), composed(speaker_id)
    if len(speaker_id) >= _LEAST_ANYWHERE:
        return speaker_id in text
    return re.search(rf"(?<![^\W_]){re.escape(speaker_id)}(?![^\W_])", text) is not None
