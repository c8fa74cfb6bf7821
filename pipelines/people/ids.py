"""Ids of people: the form in which they are compared, and lists of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from pipelines import storage
from schemas.errors import ConfigError


def composed(text: str) -> str:
    """The text in Unicode's form NFC: a letter with an accent is one character, so that a name is one however it was typed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def read_ids(location: str, name: str) -> Iterator[tuple[int, str]]:
    """The ids of a list of speakers or recordings, one a line, each with the number of its line; blank lines aside.

    Args:
        location: of the list.
        name: what messages call it.

    Raises:
        ConfigError: it is no UTF-8 text.
    """
    try:
        lines = storage.read_bytes(location).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: is no UTF-8 text; expected the id of a speaker or a recording a line") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, line.strip()
