"""The noise that a record asks for, from the sounds it names, and through the room from where it stands in it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.babble import babble
from pipelines.simulate.coloured import coloured_noise, speech_shaped_noise
from pipelines.simulate.machine import machine_noise
from pipelines.simulate.noise import noise_excerpt
from pipelines.simulate.room import Response, convolve

Samples = NDArray[np.float32]


class Sounds(Protocol):
    """Where a simulation gets the sounds that its asked record names: mono float32 (m,) at the simulation's sampling rate."""

    def noise(self, file: str, sha256: str) -> Samples:
        """The whole noise recording."""

    def response(self, file: str, sha256: str, drr_db: float | None) -> Response:
        """A measured room response (:func:`pipelines.simulate.room.measured_response`)."""

    def generated(self, room: dict[str, Any]) -> Response:
        """A generated one (:func:`pipelines.simulate.generated_room.generated_response`)."""

    def talker(self, talker: dict[str, Any]) -> Samples:
        """The recording of a talker, from ``offset_s`` for ``duration_s``."""

    def spectrum(self, talker: dict[str, Any]) -> NDArray[np.float64]:
        """That recording's long-term spectrum (:func:`pipelines.simulate.coloured.long_term_spectrum`)."""


def response_of_room(room: dict[str, Any], sounds: Sounds) -> Response:
    """The response of a ``room`` of an asked record."""
    if room["kind"] == "generated":
        return sounds.generated(room)
    return sounds.response(room["file"], room["sha256"], room.get("drr_db"))


def noise_in_place(
    noise: dict[str, Any] | None, sounds: Sounds, sample_rate: int, length: int
) -> tuple[Samples | None, float | None]:
    """``length`` samples of the ``noise`` of an asked record, at no level in particular, and where in its file, s, they begin.

    A noise with a ``room`` of its own has been sounding in it for as long as the room rings.
    """
    if noise is None:
        return None, None
    if noise.get("room") is None:
        return _noise(noise, sounds, sample_rate, length)
    response = response_of_room(noise["room"], sounds)
    before = len(response.samples)
    dry, start_s = _noise(noise, sounds, sample_rate, before + length)
    return convolve(dry, response)[before:], start_s


def _noise(noise: dict[str, Any], sounds: Sounds, sample_rate: int, length: int) -> tuple[Samples, float | None]:
    if noise["kind"] == "recording":
        begin_s, end_s = noise["span_s"]
        recording = sounds.noise(noise["file"], noise["sha256"])
        return noise_excerpt(recording, sample_rate, (begin_s, end_s), noise["start_s"], length)
    if noise["kind"] == "machine":
        return machine_noise(noise, sample_rate, length), None
    if noise["kind"] == "babble":
        talkers = noise["talkers"]
        if len({talker["speaker_id"] for talker in talkers}) < len(talkers):
            raise ValueError("two talkers of a babble are the same speaker")
        voices = [sounds.talker(talker) for talker in talkers]
        return babble(voices, [round(talker["start_s"] * sample_rate) for talker in talkers], sample_rate, length), None
    if noise["colour"] == "speech_shaped":
        spectra = [sounds.spectrum(talker) for talker in noise["talkers"]]
        return speech_shaped_noise(spectra, sample_rate, length, noise["seed"]), None
    return coloured_noise(noise["colour"], sample_rate, length, noise["seed"]), None
