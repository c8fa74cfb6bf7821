"""The sections ``noises`` and ``rooms`` of the configuration: what is heard beside the speech, and where."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from schemas.setting_types import Paths, PositiveRange, Range, Section, WholeRange, mistake, show, within

OCTAVES_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)
"""Octave bands in which a reverberation time may be given, centre frequencies."""

NoiseKind = Literal["recording", "babble", "machine", "coloured"]
MACHINE_KEYS = ("harmonics_db", "repetition_hz", "duty", "jitter", "ramp_s")


class NoiseConfig(Section):
    """A source of noise: a bank of files, babble of the corpus's own talkers, a machine, or coloured noise."""

    files: Paths | None = Field(None, description="noise recordings, globs allowed")
    talkers: WholeRange | None = Field(None, description="babble: how many talkers, fewest and most")
    colour: Literal["white", "pink", "brown", "speech_shaped"] | None = Field(
        None, description="stationary Gaussian noise: white, pink, brown, or speech_shaped"
    )
    fundamental_hz: PositiveRange | None = Field(None, description="a machine's tone: its fundamental, Hz")
    harmonics_db: Annotated[list[float], Field(min_length=1)] = Field(
        [0.0], description="levels of the fundamental and of each harmonic after it, dB re each other"
    )
    repetition_hz: PositiveRange | None = Field(
        None, description="how often the machine sounds in a second; by default all the time"
    )
    duty: Annotated[PositiveRange, within(0, 1)] = Field(
        (0.5, 0.5), description="share of each repetition during which it sounds"
    )
    jitter: Annotated[Range, within(0, 0.5)] = Field(
        (0.0, 0.0), description="how much earlier or later than regular it may begin, as a share of the repetition"
    )
    ramp_s: Annotated[Range, within(0, math.inf)] | None = Field(
        None, description="time in which it swells to its level, and dies away, s; by default 10 ms, of short bursts a quarter"
    )
    point_source: bool | None = Field(
        None,
        description="whether it comes from one place in the room, with a response of its own; a machine does by default",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> NoiseConfig:
        given = [key for key in ("files", "talkers", "colour", "fundamental_hz") if getattr(self, key) is not None]
        if len(given) != 1:
            raise mistake(
                "give 'files' (noise recordings), 'talkers' (babble), 'colour' (stationary) or 'fundamental_hz' (a machine)"
                + (f", not {' and '.join(map(repr, given))}" if given else "")
            )
        if self.talkers is not None and self.talkers[0] < 1:
            raise mistake(f"expected at least 1, found {self.talkers[0]}", ["talkers"])
        for key in MACHINE_KEYS:
            if self.fundamental_hz is None and key in self.model_fields_set:
                raise mistake("belongs to a machine's noise, which has a 'fundamental_hz'", [key])
        if self.repetition_hz is not None:
            self._bursts_fit(self.repetition_hz[1])
        return self

    def _bursts_fit(self, fastest_hz: float) -> None:
        if self.duty[1] + 2 * self.jitter[1] > 1:
            raise mistake(f"duty {self.duty[1]:g} and jitter {self.jitter[1]:g} let a burst begin before the last one ends")
        if self.ramp_s is not None and 2 * self.ramp_s[1] * fastest_hz > self.duty[0]:
            raise mistake(f"ramp_s {self.ramp_s[1]:g} is more than half of the shortest burst, {self.duty[0] / fastest_hz:.4g} s")

    @property
    def kind(self) -> NoiseKind:
        """What it is made from."""
        if self.files is not None:
            return "recording"
        if self.talkers is not None:
            return "babble"
        return "coloured" if self.colour is not None else "machine"

    @property
    def fewest_talkers(self) -> int:
        """How many speakers of the corpus, beside the target speaker, it cannot do without."""
        if self.talkers is not None:
            return int(self.talkers[0])
        return 1 if self.colour == "speech_shaped" else 0

    @property
    def is_point_source(self) -> bool:
        """Whether it is heard through a room response of its own where the condition has a room."""
        return self.kind == "machine" if self.point_source is None else self.point_source


def _known_octaves(value: dict[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    strange = sorted(set(value) - set(OCTAVES_HZ))
    if strange or not value:
        raise mistake(f"octave bands are {', '.join(map(str, OCTAVES_HZ))} Hz" + (f", not {strange[0]}" if strange else ""))
    return value


def _whole_keys(value: object) -> object:
    if isinstance(value, dict):
        return {int(key) if isinstance(key, str) and key.isdigit() else key: each for key, each in value.items()}
    return value


Octaves = Annotated[dict[int, PositiveRange], BeforeValidator(_whole_keys), AfterValidator(_known_octaves), Field(strict=False)]
ReverberationTime = Annotated[
    Annotated[PositiveRange, Tag("<range>")] | Annotated[Octaves, Tag("<octaves>")],
    Discriminator(lambda value: "<octaves>" if isinstance(value, dict) else "<range>"),
]


def _of_three(value: object) -> object:
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise mistake(f"expected [length, width, height], found {show(value)}")
    return tuple(value)


Place = Annotated[tuple[PositiveRange, PositiveRange, PositiveRange], BeforeValidator(_of_three)]
"""Along length, width and height, m."""


class RoomConfig(Section):
    """A room: measured responses from files, or one generated within the given ranges."""

    responses: Paths | None = Field(None, description="impulse responses, globs allowed")
    t60_s: ReverberationTime | None = Field(
        None, description="reverberation time, s: broad-band, or by octave band, e.g. {125: 0.7, 1000: 0.5, 4000: 0.4}"
    )
    distance_m: PositiveRange | None = Field(None, description="from talker to microphone, m")
    dimensions_m: Place | None = Field(None, description="length, width and height, m; each a number or a range")
    source_m: Place | None = Field(
        None, description="where the talker is, m from a corner, each a number or a range; by default anywhere"
    )
    receiver_m: Place | None = Field(
        None, description="where the microphone is, m from a corner, each a number or a range; by default anywhere"
    )
    drr_db: Range | None = Field(
        None, description="direct-to-reverberant ratio, dB; by default what geometry or the measured response gives"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> RoomConfig:
        places = self.distance_m or (self.source_m and self.receiver_m)
        generated = (self.t60_s, self.distance_m, self.dimensions_m, self.source_m, self.receiver_m)
        if self.responses is not None and any(value is not None for value in generated):
            raise mistake("give either 'responses' or 't60_s', 'distance_m' and 'dimensions_m'")
        if self.responses is None and (self.t60_s is None or self.dimensions_m is None or not places):
            raise mistake(
                "a generated room needs 't60_s', 'distance_m' and 'dimensions_m' (or 'source_m' and 'receiver_m' for it); "
                "a measured one 'responses'"
            )
        for name in ("source_m", "receiver_m"):
            place = getattr(self, name)
            if place is not None and self.dimensions_m is not None and not _inside(place, self.dimensions_m):
                raise mistake("lies outside the smallest room that 'dimensions_m' allows", [name])
        return self


def _inside(place: Iterable[tuple[float, float]], dimensions_m: Iterable[tuple[float, float]]) -> bool:
    return all(where[1] < size[0] for where, size in zip(place, dimensions_m, strict=True))
