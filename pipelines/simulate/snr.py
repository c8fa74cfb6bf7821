"""Signal-to-noise ratios, in dB, of a clean speech stem over a noise stem of the same length.

panvox means the active SNR wherever it says ``snr_db``; the others are reported beside it, for comparison with other tools.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from pipelines.simulate.level import active_level, gain_of_db, power_db, rms_dbov

SEGMENT_S = 0.02
SEGMENT_RANGE_DB = (-10.0, 35.0)
A_WEIGHTING_HZ = (20.599, 107.653, 737.862, 12194.217)
A_WEIGHTING_AT_1_KHZ_DB = 2.0


def active_snr_db(speech: NDArray[Any], noise: NDArray[Any], sample_rate: int) -> float:
    """Active speech level (ITU-T P.56) of ``speech`` (n,) minus RMS level of ``noise`` (n,)."""
    return active_level(speech, sample_rate).level_dbov - rms_dbov(noise)


def noise_gain(speech_level_dbov: float, noise_level_dbov: float, snr_db: float) -> float:
    """Linear gain that brings noise of that RMS level to ``snr_db`` under speech of that active level."""
    return gain_of_db(speech_level_dbov - snr_db - noise_level_dbov)


def clip_snr_db(speech: NDArray[Any], noise: NDArray[Any]) -> float:
    """RMS level of ``speech`` over its whole length, pauses included, minus that of ``noise``."""
    return rms_dbov(speech) - rms_dbov(noise)


def segmental_snr_db(speech: NDArray[Any], noise: NDArray[Any], sample_rate: int) -> float:
    """Mean over 20 ms segments of each one's SNR, limited to -10…35 dB, as is usual in speech enhancement (Hansen & Pellom 1998).

    Segments in which both are silent do not count; nan where none is left.
    """
    speech_energy, noise_energy = (_segment_energies(x, max(1, round(SEGMENT_S * sample_rate))) for x in (speech, noise))
    heard = (speech_energy > 0) | (noise_energy > 0)
    if not heard.any():
        return math.nan
    with np.errstate(divide="ignore"):
        snr = 10 * (np.log10(speech_energy[heard]) - np.log10(noise_energy[heard]))
    return float(np.mean(np.clip(snr, *SEGMENT_RANGE_DB)))


def a_weighted_snr_db(speech: NDArray[Any], noise: NDArray[Any], sample_rate: int, activity: float) -> float:
    """A-weighted level of ``speech`` over its active time minus that of ``noise``; ``activity`` is P.56's, of the speech."""
    if activity <= 0:
        return -math.inf
    speech_power, noise_power = (_a_weighted_power(x, sample_rate) for x in (speech, noise))
    return power_db(speech_power / activity) - power_db(noise_power)


def a_weighting(frequency_hz: NDArray[Any]) -> NDArray[np.float64]:
    """A-weighting of IEC 61672-1 at each frequency (k,): a gain of power, 1 at 1 kHz."""
    f2 = np.square(frequency_hz, dtype=np.float64)
    poles = [f * f for f in A_WEIGHTING_HZ]
    gain = f2**4 / ((f2 + poles[0]) ** 2 * (f2 + poles[1]) * (f2 + poles[2]) * (f2 + poles[3]) ** 2)
    return np.asarray(gain * 10 ** (A_WEIGHTING_AT_1_KHZ_DB / 10) * poles[3] ** 2)


def _a_weighted_power(x: NDArray[Any], sample_rate: int) -> float:
    length = scipy.fft.next_fast_len(max(len(x), 1), real=True)
    spectrum = scipy.fft.rfft(x, length)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    weighted = power * a_weighting(np.arange(len(spectrum)) * (sample_rate / length))
    # The sum is doubled, for the spectrum's other half is the same.
    return float(2 * np.add.reduce(weighted) / length / max(len(x), 1))


def _segment_energies(x: NDArray[Any], length: int) -> NDArray[np.float64]:
    rows = x[: len(x) - len(x) % length].reshape(-1, length) if len(x) >= length else x[np.newaxis]
    return np.asarray(np.einsum("ij,ij->i", rows, rows), dtype=np.float64)
