"""Layouts: how a corpus's metadata is read, one module each.

A module registers itself by decorating its reader with :func:`layout`; every module of this package is found by its being here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.config import SourceConfig
from schemas.errors import ConfigError


class RawRecord(NamedTuple):
    """A record as it was read.

    Attributes:
        row_number: in its file, from 1, header excluded.
        cells: value by column; None where the row could not be read.
        text: the row's own text where it is JSON, or where it could not be read.
        rule: the rule it broke, with its message, where it could not be read.
    """

    row_number: int
    cells: dict[str, Any] | None
    text: str = ""
    rule: tuple[str, str] | None = None


Reader = Callable[[str, SourceConfig], Iterator[RawRecord]]
"""Reads one metadata file, streaming. Raises schemas.errors.PanvoxError with name and line where the file cannot be read."""

Columns = Callable[[str, SourceConfig], "list[str] | None"]
"""Names the columns of a metadata file; None where only the rows can tell. Raises ConfigError where the file cannot be read."""


@dataclass(frozen=True)
class Layout:
    """A way to read metadata."""

    name: str
    doc: str
    read: Reader
    columns: Columns


_LAYOUTS: dict[str, Layout] = {}


def layout(name: str, columns: Columns) -> Callable[[Reader], Reader]:
    """Register a reader under a name; the first line of its docstring is what users are told of it."""

    def register(read: Reader) -> Reader:
        _LAYOUTS[name] = Layout(name, (read.__doc__ or "").strip().splitlines()[0], read, columns)
        return read

    return register


def layouts() -> dict[str, Layout]:
    """Every layout by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(_LAYOUTS.items()))


def find_layout(name: str) -> Layout:
    """The layout of that name. Raises ConfigError where there is none."""
    known = layouts()
    if name not in known:
        raise ConfigError(f"there is no layout {name!r}; known: {', '.join(known)}")
    return known[name]
