"""Stationary Gaussian noise of a given spectrum: white, pink, brown, or as speech has it in the long run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from pipelines.simulate.level import active_level, without_offset

SLOPES = {"white": 0.0, "pink": 0.5, "brown": 1.0}
"""Amplitude falls with this power of frequency: 0, 3 and 6 dB an octave."""

LOWEST_HZ = 20.0
"""Below it pink and brown noise stay as they are there: what cannot be heard takes no share of the level."""

SPECTRUM_WINDOW_S = 0.064
SMOOTHED_OCTAVES = 1 / 3


def coloured_noise(colour: str, sample_rate: int, length: int, seed: int) -> NDArray[np.float32]:
    """``length`` samples of noise of one of the :data:`SLOPES`; its level is no one in particular."""
    frequency = _frequencies(sample_rate, length)
    return _shaped(np.maximum(frequency, LOWEST_HZ) ** -SLOPES[colour], length, seed)


def speech_shaped_noise(spectra: Sequence[NDArray[np.float64]], sample_rate: int, length: int, seed: int) -> NDArray[np.float32]:
    """``length`` samples of noise with the mean of ``spectra``, long-term spectra of as many talkers.

    Each is one of :func:`long_term_spectrum`, so that every talker counts alike.
    """
    power = np.add.reduce(np.stack(spectra)) / len(spectra)
    bins = np.linspace(0, sample_rate / 2, len(power))
    return _shaped(np.sqrt(np.interp(_frequencies(sample_rate, length), bins, power)), length, seed)


def long_term_spectrum(x: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Power (k,) from 0 Hz to half the sampling rate of the speech ``x`` (n,) at 0 dBov active level (ITU-T P.56).

    The mean over half-overlapping Hann windows of 64 ms, smoothed over a third of an octave. Zeros for silence.
    """
    window = 2 * round(SPECTRUM_WINDOW_S * sample_rate / 2)
    x = without_offset(x)
    level = active_level(x, sample_rate).level_dbov
    if level == -np.inf:
        return np.zeros(window // 2 + 1)
    padded = np.concatenate([x, np.zeros(max(0, window - len(x)), dtype=np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[:: window // 2] * np.hanning(window).astype(np.float32)
    spectra = scipy.fft.rfft(frames)
    power = np.add.reduce(np.square(spectra.real, dtype=np.float64) + np.square(spectra.imag, dtype=np.float64), axis=0)
    return np.asarray(_smoothed(power) / len(frames) / 10 ** (level / 10))


def _smoothed(power: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(power)])
    index = np.arange(len(power))
    reach = 2 ** (SMOOTHED_OCTAVES / 2)
    low = np.floor(index / reach).astype(np.int64)
    high = np.minimum(np.ceil(index * reach).astype(np.int64) + 1, len(power))
    return np.asarray((total[high] - total[low]) / (high - low))


def _frequencies(sample_rate: int, length: int) -> NDArray[np.float64]:
    size = scipy.fft.next_fast_len(max(length, 1), real=True)
    return np.asarray(np.arange(size // 2 + 1) * (sample_rate / size), dtype=np.float64)


def _shaped(amplitude: NDArray[np.float64], length: int, seed: int) -> NDArray[np.float32]:
    """White noise of that ``seed`` with its spectrum weighted, its mean taken out."""
    size = scipy.fft.next_fast_len(max(length, 1), real=True)
    white = np.random.Generator(np.random.PCG64(seed)).standard_normal(size, dtype=np.float32)
    weights = (amplitude / np.sqrt(np.add.reduce(np.square(amplitude)) / len(amplitude))).astype(np.float32)
    weights[0] = 0
    return np.asarray(scipy.fft.irfft(scipy.fft.rfft(white) * weights, size)[:length], dtype=np.float32)
