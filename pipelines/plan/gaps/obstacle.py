"""What is in the way of a cell's target: why, and which settings, if any, would clear it."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """A setting to relax.

    Attributes:
        setting: of ``corpus.yaml``, with its path.
        value: what to set it to; empty where what it takes is no value but, say, a file.
        reach: how far that relaxes it: of several values of one setting, the one with most clears all obstacles.
    """

    setting: str
    value: str = ""
    reach: float = 0.0


class Obstacle(NamedTuple):
    """Why a cell cannot hold more.

    Attributes:
        cause: one of :data:`schemas.names.CAUSES`.
        why: in words.
        remedy: in words.
        changes: settings that clear it together; none where recording is all that helps.
    """

    cause: str
    why: str
    remedy: str
    changes: tuple[Change, ...] = ()

    @property
    def collect(self) -> bool:
        """Whether recordings are all that helps."""
        return not self.changes
