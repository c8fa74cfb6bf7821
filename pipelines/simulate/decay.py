"""What an impulse response says about its room: reverberation time, direct-to-reverberant ratio, clarity (ISO 3382-1).

Responses here begin at their direct path: sample 0 is its arrival (see :func:`pipelines.simulate.room.measured_response`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIRECT_S = 0.0025
EARLY_S = 0.05
T30_RANGE_DB = (-5.0, -35.0)
T20_RANGE_DB = (-5.0, -25.0)


def decay_curve_db(response: NDArray[Any], beyond: float = 0.0) -> NDArray[np.float64]:
    """Energy still to come at each sample of ``response`` (m,), dB re the whole energy: Schroeder's backward integration.

    ``beyond`` is energy that would have come after the response's end (the constant C of ISO 3382-1).
    """
    energy = _energy_to_come(response) + beyond
    with np.errstate(divide="ignore"):
        return np.asarray(10 * np.log10(energy / energy[0]))


def t60_s(response: NDArray[Any], sample_rate: int) -> float | None:
    """Reverberation time by T30: the slope of the decay curve from -5 to -35 dB, carried to 60 dB.

    What a response that ends early leaves out is estimated from its end. Where that is more than -35 dB, T20 (-5 to -25 dB)
    serves; None where it is more than -25 dB too, or where there is no decay.
    """
    curve = decay_curve_db(response, _energy_beyond(response))
    upper, lower = T30_RANGE_DB if curve[-1] < T30_RANGE_DB[1] else T20_RANGE_DB
    begin, end = np.searchsorted(-curve, [-upper, -lower])
    if curve[-1] >= lower or end - begin < 2:
        return None
    time = np.arange(begin, end) / sample_rate
    time -= time.mean()
    slope = np.add.reduce(time * curve[begin:end]) / np.add.reduce(time * time)
    return float(-60 / slope)


def _energy_to_come(response: NDArray[Any]) -> NDArray[np.float64]:
    return np.cumsum(np.square(response[::-1], dtype=np.float64))[::-1]


def _energy_beyond(response: NDArray[Any]) -> float:
    """Energy after the end of ``response`` if it went on as its last twentieth, decaying as it does from -5 to -15 dB."""
    energy = _energy_to_come(response)
    begin, end = np.searchsorted(-energy, -energy[0] * 10 ** np.array([-0.5, -1.5]))
    last = max(1, len(response) // 20)
    return float(energy[-last] / last * (end - begin) / math.log(10))


def drr_db(response: NDArray[Any], sample_rate: int) -> float | None:
    """Energy up to 2.5 ms after the direct path over all that follows; None where nothing does."""
    return _early_to_late_db(response, round(DIRECT_S * sample_rate) + 1)


def with_drr(response: NDArray[Any], sample_rate: int, asked_db: float) -> NDArray[Any]:
    """``response`` (m,) with its direct sound, up to 2.5 ms after the direct path, scaled so that :func:`drr_db` is ``asked_db``.

    One without any reverberation is left as it is.
    """
    found_db = drr_db(response, sample_rate)
    if found_db is None:
        return response
    boundary = round(DIRECT_S * sample_rate) + 1
    scaled: NDArray[Any] = response.copy()
    scaled[:boundary] *= 10 ** ((asked_db - found_db) / 20)
    return scaled


def c50_db(response: NDArray[Any], sample_rate: int) -> float | None:
    """Clarity: energy of the first 50 ms over all that follows (ISO 3382-1); None where nothing does."""
    return _early_to_late_db(response, round(EARLY_S * sample_rate))


def _early_to_late_db(response: NDArray[Any], boundary: int) -> float | None:
    energy = np.square(response, dtype=np.float64)
    early, late = float(np.add.reduce(energy[:boundary])), float(np.add.reduce(energy[boundary:]))
    return 10 * math.log10(early / late) if early > 0 and late > 0 else None
