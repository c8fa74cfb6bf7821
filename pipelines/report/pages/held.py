"""What a place of a published table holds."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str, str]
"""Row and column; ``*`` for the total."""


@dataclass(frozen=True)
class Held:
    """What a cell or total holds: rows, and distinct speakers."""

    utterances: int
    speakers: int
