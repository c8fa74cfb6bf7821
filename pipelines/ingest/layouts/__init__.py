"""Layouts: how a corpus's metadata is read, one module each.

A module registers its reader by decorating it with :func:`layout`, and says with it what the corpus calls panvox's fields;
every module of this package is found by its being here. ``docs/layouts/`` has a page for each.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.config import RECORD_FIELDS, TEXT_FIELDS, SourceConfig
from schemas.errors import ConfigError
from schemas.provenance import Provenance, ProvenanceField


@dataclass(slots=True)
class RawRecord:
    """A record as it was read. Not frozen, which would double what making one costs; layouts complete what a table says.

    Attributes:
        row_number: in its unit, from 1, header excluded, without a gap.
        cells: value by column; None where the row could not be read.
        text: the row's own text where it is JSON that every reader takes, or where it could not be read.
        rule: the rule it broke, with its message, where it could not be read.
    """

    row_number: int
    cells: dict[str, Any] | None
    text: str = ""
    rule: tuple[str, str] | None = None


@dataclass(frozen=True)
class Unit:
    """What is read at a time: a metadata file, or a directory where the corpus keeps a file of text beside each recording.

    Attributes:
        location: of the file or directory.
        root: the source's ``audio_root``, absolute or remote.
        config: of the source.
    """

    location: str
    root: str
    config: SourceConfig

    @property
    def columns(self) -> dict[str, str]:
        """Column by field; where nothing is mapped, columns are taken to carry our own names."""
        return self.config.columns or {field: field for field in RECORD_FIELDS}

    @property
    def text_columns(self) -> frozenset[str]:
        """Columns whose cells are text even where they look like numbers."""
        return frozenset(column for field, column in self.columns.items() if field in TEXT_FIELDS)


Reader = Callable[[Unit], Iterator[RawRecord]]
"""Reads one unit, streaming. Raises schemas.errors.PanvoxError with name and line where it cannot be read."""

Columns = Callable[[Unit], "list[str] | None"]
"""Names the columns of a unit's records; None where only the rows can tell. Raises ConfigError where it cannot be read."""

Find = Callable[[str], "list[str]"]
"""The units under a directory, sorted; none where it does not hold the corpus."""

SideFiles = Callable[[Unit], "Iterable[str]"]
"""Files that are read together with a unit: speaker tables, transcripts. Not all of them need to exist."""


def _no_columns(_: Unit) -> None:
    return None


def _no_files(_: Unit) -> list[str]:
    return []


@dataclass(frozen=True)
class Layout:
    """A way to read metadata.

    Attributes:
        name: as it stands in the configuration.
        doc: what it reads, in a line.
        read: reads a unit.
        columns: names a unit's columns.
        find: finds the units under ``audio_root`` where the configuration names no ``metadata``; None where it has to.
        side_files: what else is read with a unit.
        fields: what the corpus calls panvox's fields; of several names the first that a unit has.
        defaults: what holds for every recording of the corpus.
        provenance: where its demographic fields come from, as its makers describe it.
        quoting: whether quotation marks are special in its tables.
        expects: what stands in its directory, for messages.
        caveats: what a user has to know before trusting the numbers.
        is_corpus: whether it is one corpus's own form, rather than a format of many.
        is_tree: whether its units are directories.
        holds_audio: whether the metadata files hold the audio as well.
        is_partial: whether it reads a choice of records, so that audio files that none of them names mean nothing.
    """

    name: str
    doc: str
    read: Reader
    columns: Columns = _no_columns
    find: Find | None = None
    side_files: SideFiles = _no_files
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[ProvenanceField, Provenance] = field(default_factory=dict)
    quoting: bool = True
    expects: str = ""
    caveats: tuple[str, ...] = ()
    is_corpus: bool = False
    is_tree: bool = False
    holds_audio: bool = False
    is_partial: bool = False

    def open(self, location: str, root: str, source: SourceConfig) -> Unit:
        """A unit ready to be read: the source's settings with those of the layout for whatever the user left open."""
        quoting = self.quoting if source.quoting is None else source.quoting
        defaults = {**self.defaults, **source.defaults}
        provenance = {**self.provenance, **source.provenance}
        settled = {"quoting": quoting, "defaults": defaults, "provenance": provenance}
        unit = Unit(location, root, source.model_copy(update=settled))
        mapped = self._mapped(self.columns(unit)) | source.columns
        if "end" in source.columns:  # which says how long a recording is in place of what the layout knows
            mapped.pop("duration", None)
        return Unit(location, root, unit.config.model_copy(update={"columns": mapped}))

    def _mapped(self, columns: list[str] | None) -> dict[str, str]:
        """Column by field, of those that are there."""
        found = {}
        for name, spellings in self.fields.items():
            column = next((each for each in spellings if columns is None or each in columns), None)
            if column is not None:
                found[name] = column
        return found


_LAYOUTS: dict[str, Layout] = {}


def layout(name: str, **about: Any) -> Callable[[Reader], Reader]:
    """Register a reader under a name; the first line of its docstring is what users are told of it.

    Args:
        name: of the layout.
        about: further attributes of :class:`Layout`.
    """

    def register(read: Reader) -> Reader:
        _LAYOUTS[name] = Layout(name, (read.__doc__ or "").strip().splitlines()[0], read, **about)
        return read

    return register


@functools.cache
def _import_modules() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def layouts() -> dict[str, Layout]:
    """Every layout by name."""
    _import_modules()
    return dict(sorted(_LAYOUTS.items()))


def find_layout(name: str) -> Layout:
    """The layout of that name. Raises ConfigError where there is none."""
    _import_modules()
    if name not in _LAYOUTS:
        raise ConfigError(f"there is no layout {name!r}; known: {', '.join(layouts())}")
    return _LAYOUTS[name]
