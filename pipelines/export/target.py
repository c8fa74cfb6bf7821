"""What a form that a corpus can be exported to has to say of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.export.source import Length, Part


@dataclass(frozen=True)
class Export:
    """From where to where.

    Attributes:
        corpus: a finished one.
        directory: where the export goes.
    """

    corpus: Corpus
    directory: str

    def path(self, *parts: str) -> str:
        """A location inside the export."""
        return storage.join(self.directory, *parts)


def _nothing(*_: object) -> None:
    """What a form does that needs no file over several parts."""


@dataclass(frozen=True)
class Target:
    """A form.

    Attributes:
        doc: what reads it, in a few words.
        files: what a part becomes, as places in the export; when all are there, the part is done.
        write: writes these, each whole or not at all.
        finish_split: writes what stands over the parts of a split, from what was written for each.
        finish: writes what stands over all the splits that are exported, with their lengths.
        local_only: whether it can only be written to a disk.
    """

    doc: str
    files: Callable[[Part], Sequence[str]]
    write: Callable[[Export, Part, IO[bytes]], None]
    finish_split: Callable[[Export, Sequence[Part]], None] = _nothing
    finish: Callable[[Export, Mapping[str, Length]], None] = _nothing
    local_only: bool = False
