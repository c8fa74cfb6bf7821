"""Machine noise: a tone with harmonics that comes and goes in a rhythm, as of a scanner, a fan or an alarm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOUNDING = 0.5
"""Of a burst's full level: an excerpt in which nothing reaches it would be a pause."""


def machine_noise(machine: dict[str, Any], sample_rate: int, length: int) -> NDArray[np.float32]:
    """``length`` samples of a ``machine`` as :mod:`pipelines.simulate.draw_noise` draws it.

    The tone runs on through the pauses, so that each burst goes on at the phase that it would have had: harmonics at
    ``harmonics_db`` (first the fundamental) in phases drawn from ``seed``, those at or above half the sampling rate left out.
    With a ``repetition_hz`` it sounds for ``duty`` of each period, every burst up to ``jitter`` periods early or late, swelling
    and dying away over ``ramp_s`` as a raised cosine. The excerpt begins ``start_s`` into a period, or where the next burst
    begins if it would hold nothing but a pause.
    """
    generator = np.random.Generator(np.random.PCG64(machine["seed"]))
    tone = _tone(machine["fundamental_hz"], machine["harmonics_db"], generator, sample_rate, length)
    if machine["repetition_hz"] is None:
        return tone
    return tone * _gate(machine, generator, sample_rate, length)


def _tone(
    fundamental_hz: float, harmonics_db: list[float], generator: np.random.Generator, sample_rate: int, length: int
) -> NDArray[np.float32]:
    """The sum of the harmonics: the imaginary part of a polynomial in the fundamental's phasor, by Horner's rule."""
    phases = generator.uniform(0, 2 * math.pi, len(harmonics_db))
    amplitudes = 10 ** (np.array(harmonics_db) / 20) * np.exp(1j * phases)
    amplitudes[np.arange(1, len(amplitudes) + 1) * fundamental_hz >= sample_rate / 2] = 0
    phasor = np.exp(2j * math.pi * (np.arange(length) * (fundamental_hz / sample_rate) % 1))
    total = np.zeros(length, dtype=np.complex128)
    for amplitude in amplitudes[::-1]:
        total += amplitude
        total *= phasor
    return total.imag.astype(np.float32)


def _gate(machine: dict[str, Any], generator: np.random.Generator, sample_rate: int, length: int) -> NDArray[np.float32]:
    """The envelope (n,) of the bursts, 0 to 1."""
    period_s = 1 / machine["repetition_hz"]
    count = math.ceil((machine["start_s"] + length / sample_rate) / period_s) + 3
    onsets = (np.arange(-1, count - 1) + generator.uniform(-machine["jitter"], machine["jitter"], count)) * period_s
    burst_s, ramp_s = machine["duty"] * period_s, machine["ramp_s"]
    envelope = _bursts(machine["start_s"] + np.arange(length) / sample_rate, onsets, burst_s, ramp_s)
    if length and envelope.max() < SOUNDING:
        following = onsets[np.searchsorted(onsets, machine["start_s"])]
        envelope = _bursts(following + np.arange(length) / sample_rate, onsets, burst_s, ramp_s)
    return envelope


def _bursts(time: NDArray[np.float64], onsets: NDArray[np.float64], burst_s: float, ramp_s: float) -> NDArray[np.float32]:
    since = time - onsets[np.searchsorted(onsets, time, side="right") - 1]
    inside = np.minimum(since, burst_s - since)
    if ramp_s <= 0 or burst_s >= onsets[1] - onsets[0]:
        return (inside >= 0).astype(np.float32)
    return (0.5 - 0.5 * np.cos(math.pi * np.clip(inside / ramp_s, 0, 1))).astype(np.float32)
