"""What a simulation may be drawn from - noise recordings, room responses, talkers - and what is said where that is not enough."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.simulate.uniform import Uniform
from schemas.errors import PanvoxError


@dataclass(frozen=True)
class NoiseFile:
    """A noise recording and the span of it, s, that the split may use."""

    file: str
    sha256: str
    span_s: tuple[float, float]
    duration_s: float


@dataclass(frozen=True)
class ResponseFile:
    """A measured impulse response."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Talker:
    """A recording of the corpus that may be heard in babble, and where in its file it is."""

    recording_id: str
    speaker_id: str
    audio: str
    offset_s: float | None
    duration_s: float
    audio_sha256: str


class TalkerPool:
    """The talkers of a split by speaker; made once, it is drawn from in time that does not depend on its size.

    Attributes:
        left_out: speakers that are there, but not to be drawn.
    """

    def __init__(self, talkers: Iterable[Talker]) -> None:
        self._recordings: dict[str, list[Talker]] = {}
        for talker in sorted(talkers, key=lambda talker: (talker.speaker_id, talker.recording_id)):
            self._recordings.setdefault(talker.speaker_id, []).append(talker)
        self._speakers = list(self._recordings)
        self.left_out: frozenset[str] = frozenset()

    def without(self, *speaker_ids: str) -> TalkerPool:
        """The same talkers but these speakers; nothing is copied."""
        other = copy.copy(self)
        other.left_out = self.left_out | (set(speaker_ids) & self._recordings.keys())
        return other

    def __len__(self) -> int:
        """How many speakers there are."""
        return len(self._speakers) - len(self.left_out)

    def draw(self, count: int, uniform: Uniform) -> list[Talker]:
        """A recording each of ``count`` distinct speakers, all as likely, however much there is of each."""
        if count > len(self):
            raise TooFewTalkers(f"{count} talkers are asked for; there are {len(self)}")
        chosen: dict[str, Talker] = {}
        while len(chosen) < count:
            speaker = self._speakers[uniform.integer(len(self._speakers))]
            if speaker not in chosen and speaker not in self.left_out:
                recordings = self._recordings[speaker]
                chosen[speaker] = recordings[uniform.integer(len(recordings))]
        return list(chosen.values())


class DrawError(PanvoxError):
    """What a condition asks for cannot be drawn from what there is."""


class TooFewTalkers(DrawError):
    """Babble asks for more speakers than the split has beside the target speaker."""


class NoCandidates(DrawError):
    """The split has no file of the noise or of the room responses that the condition names."""


class RoomTooSmall(DrawError):
    """Talker and microphone cannot stand that far apart in the room."""
