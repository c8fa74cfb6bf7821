"""The section ``handsets`` of the configuration: the stages between the microphone and the file."""

from __future__ import annotations

import itertools
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from schemas.names import MICROPHONES, codec_problem, handset_presets
from schemas.setting_types import Range, Section, as_list, mistake, suggest, within


def _known_codec(name: str) -> str:
    if (problem := codec_problem(name)) is not None:
        raise mistake(problem)
    return name


def _a_curve(points: list[list[float]]) -> list[list[float]]:
    if len(points) < 2 or any(len(point) != 2 for point in points):
        raise mistake("a response is at least two points, each a frequency in Hz and a gain in dB")
    if points[0][0] <= 0 or any(low[0] >= high[0] for low, high in itertools.pairwise(points)):
        raise mistake("the frequencies of a response are positive and rise from point to point")
    return points


Codec = Annotated[str, AfterValidator(_known_codec)]
Curve = Annotated[list[list[float]], AfterValidator(_a_curve)]
"""Points of a response: frequency, Hz, and gain, dB."""

Microphone = Annotated[
    Annotated[str, Tag("<name>")] | Annotated[Curve, Tag("<curve>")],
    Discriminator(lambda value: "<curve>" if isinstance(value, list) else "<name>"),
]


class AgcConfig(Section):
    """Automatic gain control: ``ratio`` dB of level become one, both ways from the target, at most so much gain or loss."""

    target_dbov: Annotated[Range, within(-60, 0)] = Field((-26.0, -26.0), description="level that passes unchanged, dBov")
    ratio: Annotated[Range, within(1, 1000)] = Field(
        (4.0, 4.0), description="compression: dB at the input that become one at the output"
    )
    max_gain_db: Annotated[Range, within(0, 60)] = Field((12.0, 12.0), description="the most it raises what is quieter, dB")
    max_loss_db: Annotated[Range, within(0, 60)] = Field((24.0, 24.0), description="the most it lowers what is louder, dB")
    attack_ms: Annotated[Range, within(0.1, 10000)] = Field(
        (5.0, 5.0), description="time constant of the level when it rises, ms"
    )
    release_ms: Annotated[Range, within(0.1, 60000)] = Field(
        (200.0, 200.0), description="time constant of the level when it falls, ms"
    )


class PacketLossConfig(Section):
    """Lost packets of the last codec, in bursts (Gilbert's model)."""

    rate: Annotated[Range, within(0, 0.9)] = Field(description="share of packets lost")
    mean_burst: Annotated[Range, within(1, 1000)] = Field((1.0, 1.0), description="mean length of a run of lost packets")

    @model_validator(mode="after")
    def _possible(self) -> PacketLossConfig:
        rate, burst = self.rate[1], self.mean_burst[0]
        if burst < rate / (1 - rate):
            raise mistake(f"a loss of {rate:g} comes in bursts of {rate / (1 - rate):.3g} packets at least, not of {burst:g}")
        return self


class HandsetConfig(Section):
    """What the speech passes on its way from the microphone to the file; every stage may be left out."""

    preset: str | None = Field(None, description="name of a handset that comes with panvox; keys given beside it replace its own")
    microphone: Microphone = Field("flat", description="name of a response, a CSV file of Hz and dB, or such points themselves")
    noise_floor_dbov: Annotated[Range, within(-140, 0)] | None = Field(
        None, description="level of the electronic (white) noise behind the microphone, dBov"
    )
    agc: AgcConfig | None = None
    clipping_dbov: Annotated[Range, within(-60, 0)] | None = Field(
        None, description="level at which the converter clips, dB re full scale; by default nothing clips"
    )
    dc: Annotated[Range, within(-0.5, 0.5)] | None = Field(None, description="constant that the converter adds, full scale = 1")
    band_filter: Literal["g712"] | None = Field(None, description="band of the channel before the codecs")
    codecs: Annotated[list[Codec], BeforeValidator(as_list)] = Field(
        default_factory=list, description="speech codecs passed one after the other"
    )
    packet_loss: PacketLossConfig | None = None
    clock_offset_ppm: Annotated[Range, within(-10000, 10000)] | None = Field(
        None, description="how much faster than its name the sampling clock runs, parts per million"
    )

    @model_validator(mode="before")
    @classmethod
    def _over_a_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("preset") is None:
            return given
        presets = handset_presets()
        if given["preset"] not in presets:
            raise mistake(f"there is no preset {given['preset']!r}; {suggest(str(given['preset']), presets)}", ["preset"])
        return presets[given["preset"]]["handset"] | given

    @model_validator(mode="after")
    def _stages_fit(self) -> HandsetConfig:
        named = isinstance(self.microphone, str) and not self.microphone.lower().endswith(".csv")
        if named and self.microphone not in MICROPHONES:
            name = str(self.microphone)
            raise mistake(f"there is no microphone {name!r}; {suggest(name, MICROPHONES)}", ["microphone"])
        if self.packet_loss is not None and not self.codecs:
            raise mistake("packets are a codec's: name one under 'codecs'", ["packet_loss"])
        return self
