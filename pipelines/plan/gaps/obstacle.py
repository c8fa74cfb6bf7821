"""What is in the way of a cell's target: why, and which setting, if any, would clear it."""

from __future__ import annotations

from typing import NamedTuple


class Obstacle(NamedTuple):
    """Why a cell cannot hold more.

    Attributes:
        cause: one of :data:`schemas.names.CAUSES`.
        why: in words.
        remedy: in words.
        setting: of ``corpus.yaml`` to change, with its path; empty where recording is all that helps.
        value: what to set it to; empty where what it takes is no value but, say, a file.
    """

    cause: str
    why: str
    remedy: str
    setting: str = ""
    value: str = ""

    @property
    def collect(self) -> bool:
        """Whether recordings are all that helps."""
        return not self.setting
