"""The reverberation's tail: Gaussian noise that decays exponentially, in each octave at a rate of its own (Polack 1993)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

DECAY = 6 * math.log(10)
"""Nepers of energy that T60 stands for."""

DEFAULT_T60_RATIOS = {125: 1.1, 250: 1.05, 500: 1.0, 1000: 1.0, 2000: 1.0, 4000: 0.9, 8000: 0.8}
"""T60 by octave, Hz, re its middle where only one is asked: walls absorb less below, the air more above."""

FRAME_S = 0.016


class Tail:
    """Decaying noise (n,), beginning ``begin_s`` after the direct sound, ready to be given one rate of decay after another.

    ``t60_s`` by octave, Hz, is interpolated over the logarithm of frequency. The noise is split into overlapping frames once;
    a frame's spectrum is weighted by what each frequency's decay differs from that of the whole, which the samples get.
    A diffuse field's density does not depend on its decay at first, so that all frequencies start alike.
    """

    def __init__(self, length: int, begin_s: float, t60_s: Mapping[int, float], seed: int, sample_rate: int) -> None:
        noise = np.random.Generator(np.random.PCG64(seed)).standard_normal(length, dtype=np.float32)
        self._length = length
        self._time = (np.arange(length) / sample_rate).astype(np.float32)
        half = max(1, round(FRAME_S * sample_rate / 2))
        self._half = half
        self._window = np.sin(math.pi * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
        count = -(-length // half) + 1
        padded = np.zeros((count + 1) * half, dtype=np.float32)
        padded[half : half + length] = noise
        self._spectra = scipy.fft.rfft(sliding_window_view(padded, 2 * half)[::half] * self._window)
        octaves = sorted(t60_s)
        frequency = np.maximum(np.arange(half + 1) * (sample_rate / 2 / half), 1.0)
        by_frequency = np.interp(np.log2(frequency), np.log2(octaves), [t60_s[octave] for octave in octaves])
        self._middle_rate = DECAY / middle_t60_s(t60_s)
        slower = self._middle_rate - DECAY / by_frequency
        frame_time = begin_s + np.arange(count) * (half / sample_rate)
        self._differences = np.multiply.outer(frame_time / 2, slower).astype(np.float32)

    def at(self, speed: float) -> NDArray[np.float64]:
        """The tail (n,) with all its rates times ``speed``, at unit energy."""
        frames = scipy.fft.irfft(self._spectra * np.exp(self._differences * np.float32(speed)), 2 * self._half) * self._window
        count = len(frames)
        joined = np.zeros((count + 1) * self._half, dtype=np.float32)
        joined[: count * self._half] += frames[:, : self._half].reshape(-1)
        joined[self._half :] += frames[:, self._half :].reshape(-1)
        tail = joined[self._half : self._half + self._length] * np.exp(np.float32(-self._middle_rate * speed / 2) * self._time)
        return np.asarray(tail / math.sqrt(float(np.add.reduce(np.square(tail, dtype=np.float64)))), dtype=np.float64)


def middle_t60_s(t60_s: Mapping[int, float]) -> float:
    """The mean of the octaves of 500 and 1000 Hz (T_mid of ISO 3382-2), as interpolated where they are not given."""
    octaves = sorted(t60_s)
    return float(np.mean(np.interp(np.log2([500, 1000]), np.log2(octaves), [t60_s[octave] for octave in octaves])))
