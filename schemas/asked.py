"""The part ``asked`` of a recipe, checked before it is replayed: the file may be anyone's, and may have been edited.

What a row's recipe holds, key by key, is told in :data:`schemas.documents.RECIPE`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationError, model_validator

from schemas.acoustics import OCTAVES_HZ
from schemas.config_file import path_and_message
from schemas.handset import AgcConfig, HandsetConfig, PacketLossConfig
from schemas.names import MICROPHONES
from schemas.setting_types import Section, mistake, show

Seed = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Metres = Annotated[float, Field(ge=0)]
Place = Annotated[list[Metres], Field(min_length=3, max_length=3)]


def _of_kind(*kinds: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if value is not None and (not isinstance(value, dict) or value.get("kind") not in kinds):
            raise mistake(f"expected null, or a mapping whose 'kind' is one of {', '.join(kinds)}, found {show(value)}")
        return value

    return BeforeValidator(check)


_by_kind = Discriminator(lambda value: f"<{value['kind']}>")


class _MeasuredRoom(Section):
    kind: Literal["measured"]
    name: str
    file: str
    sha256: str
    drr_db: float | None = None


class _GeneratedRoom(Section):
    kind: Literal["generated"]
    name: str
    t60_s: Positive | None
    t60_octaves_s: dict[str, Positive] | None = None
    distance_m: Positive
    dimensions_m: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    source_m: Place
    receiver_m: Place
    drr_db: float | None = None
    seed: Seed

    @model_validator(mode="after")
    def _possible(self) -> _GeneratedRoom:
        octaves = self.t60_octaves_s
        if (self.t60_s is None) == (octaves is None):
            raise mistake("expected either 't60_s' or 't60_octaves_s'")
        if octaves is not None and (not octaves or not set(octaves) <= set(map(str, OCTAVES_HZ))):
            raise mistake(f"expected octave bands of {', '.join(map(str, OCTAVES_HZ))} Hz", ["t60_octaves_s"])
        for name in ("source_m", "receiver_m"):
            if any(at > size for at, size in zip(getattr(self, name), self.dimensions_m, strict=True)):
                raise mistake("lies outside the room", [name])
        if self.source_m == self.receiver_m:
            raise mistake("talker and microphone stand at the same place", ["source_m"])
        return self


_Room = Annotated[
    Annotated[Annotated[_MeasuredRoom, Tag("<measured>")] | Annotated[_GeneratedRoom, Tag("<generated>")], _by_kind] | None,
    _of_kind("measured", "generated"),
]


class _Noise(Section):
    bank: str
    room: _Room = None


class _Recording(_Noise):
    kind: Literal["recording"]
    file: str
    sha256: str
    span_s: Annotated[list[Seconds], Field(min_length=2, max_length=2)]
    start_s: Seconds


class _Talker(Section):
    recording_id: str
    speaker_id: str
    audio: str
    audio_sha256: str
    offset_s: Seconds | None
    duration_s: Positive


class _TalkerInBabble(_Talker):
    start_s: Seconds


class _Babble(_Noise):
    kind: Literal["babble"]
    talkers: Annotated[list[_TalkerInBabble], Field(min_length=1)]

    @model_validator(mode="after")
    def _of_different_people(self) -> _Babble:
        if len({talker.speaker_id for talker in self.talkers}) < len(self.talkers):
            raise mistake("two talkers are the same speaker", ["talkers"])
        return self


class _Machine(_Noise):
    kind: Literal["machine"]
    fundamental_hz: Positive
    harmonics_db: Annotated[list[float], Field(min_length=1)]
    repetition_hz: Positive | None
    duty: Annotated[float, Field(gt=0, le=1)]
    jitter: Annotated[float, Field(ge=0, le=0.5)]
    ramp_s: Seconds
    start_s: Seconds
    seed: Seed


class _Coloured(_Noise):
    kind: Literal["coloured"]
    colour: Literal["white", "pink", "brown", "speech_shaped"]
    talkers: list[_Talker] = Field(default_factory=list)
    seed: Seed

    @model_validator(mode="after")
    def _with_a_spectrum(self) -> _Coloured:
        if self.colour == "speech_shaped" and not self.talkers:
            raise mistake("speech-shaped noise needs talkers", ["talkers"])
        return self


def _one_number_each(value: Any) -> Any:
    """Drawn settings have their names and limits, but no ranges."""
    for key, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, list) and key not in ("microphone", "codecs"):
            raise mistake(f"expected one number, found {show(each)}", [key])
    return value


class _Agc(AgcConfig):
    _drawn = model_validator(mode="before")(_one_number_each)


class _PacketLoss(PacketLossConfig):
    seed: Seed
    _drawn = model_validator(mode="before")(_one_number_each)


class _Handset(HandsetConfig):
    name: str
    seed: Seed
    agc: _Agc | None = None
    packet_loss: _PacketLoss | None = None
    _drawn = model_validator(mode="before")(_one_number_each)

    @model_validator(mode="after")
    def _holds_its_response(self) -> _Handset:
        if isinstance(self.microphone, str) and self.microphone not in MICROPHONES:
            raise mistake("expected the name of a response, or its points", ["microphone"])
        return self


class _Transform(Section):
    name: str
    parameters: dict[str, Any]
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class _Asked(Section):
    condition: str
    seed: Seed
    level_dbov: Annotated[float, Field(ge=-60, le=0)]
    snr_db: float | None
    room: _Room
    noise: Annotated[
        Annotated[
            Annotated[_Recording, Tag("<recording>")]
            | Annotated[_Babble, Tag("<babble>")]
            | Annotated[_Machine, Tag("<machine>")]
            | Annotated[_Coloured, Tag("<coloured>")],
            _by_kind,
        ]
        | None,
        _of_kind("recording", "babble", "machine", "coloured"),
    ]
    handset: _Handset | None
    transforms: list[_Transform] = Field(default_factory=list)

    @model_validator(mode="after")
    def _at_a_ratio(self) -> _Asked:
        if self.noise is not None and self.snr_db is None:
            raise mistake("expected a number, since there is noise", ["snr_db"])
        return self


def asked_problem(asked: dict[str, Any]) -> str | None:
    """What is wrong with a recipe's ``asked``, beginning with the key; None for one that can be replayed."""
    try:
        _Asked.model_validate_json(json.dumps(asked), strict=True)
    except ValidationError as error:
        path, message = path_and_message(dict(error.errors()[0]))
        return f"{'.'.join(['asked', *map(str, path)])}: {message}"
    return None
