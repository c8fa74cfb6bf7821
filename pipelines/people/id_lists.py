"""Lists of people: the id of a speaker or of a recording a line."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from schemas.errors import ConfigError


def read_ids(location: str, name: str) -> Iterator[tuple[int, str]]:
    """The ids of a list, each with the number of its line; blank lines aside.

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
