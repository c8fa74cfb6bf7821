"""Microphone responses: a table of frequency and gain made into a linear-phase filter without delay."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from pipelines.simulate.fir import BlockFilter

Table = Sequence[tuple[float, float]]
"""Frequency in Hz, rising, and gain in dB re 1 kHz."""

RESPONSES: dict[str, Table | None] = {
    "flat": None,
    # ITU-T P.48 Table 1, nominal sending sensitivity of the intermediate reference system; beyond it the fall goes on
    "irs_send": (
        (50, -62.0),
        (100, -42.1),
        (125, -32.4),
        (160, -21.9),
        (200, -15.5),
        (250, -10.6),
        (300, -7.6),
        (315, -7.1),
        (400, -4.7),
        (500, -3.2),
        (630, -2.4),
        (800, -1.2),
        (1000, 0.0),
        (1250, 1.4),
        (1600, 3.1),
        (2000, 4.0),
        (2500, 5.5),
        (3000, 5.2),
        (3150, 5.5),
        (3500, -3.6),
        (4000, -33.5),
        (4500, -62.0),
    ),
}
"""Name (of :data:`schemas.names.MICROPHONES`) to table; None passes everything."""

LENGTH_S = 0.064
GRID_HZ = 2.0
CORRECTIONS = 3


@lru_cache(maxsize=32)
def microphone(name: str, sample_rate: int) -> BlockFilter | None:
    """The filter of the response of that ``name``, linear-phase and delay-compensated; None where it changes nothing.

    Raises KeyError for a name that is not in :data:`RESPONSES`.
    """
    table = RESPONSES[name]
    if table is None:
        return None
    taps = linear_phase_taps(table, sample_rate)
    return BlockFilter(taps, delay=len(taps) // 2)


def linear_phase_taps(table: Table, sample_rate: int) -> NDArray[np.float64]:
    """Taps (m,), m odd and symmetric, of the magnitude response in ``table``.

    Gain is interpolated in dB over the logarithm of frequency, constant beyond the table's ends, sampled every 2 Hz
    and windowed (Hann) to 64 ms. What the window blurs of a steep slope is put right in a few rounds.
    """
    half = round(LENGTH_S * sample_rate / 2)
    size = 2 * scipy.fft.next_fast_len(max(round(sample_rate / GRID_HZ / 2), 4 * half), real=True)
    frequency = np.arange(size // 2 + 1) * (sample_rate / size)
    hz, db = (np.array(column) for column in zip(*table, strict=True))
    wanted = 10 ** (np.interp(np.log(np.maximum(frequency, 1e-3)), np.log(hz), db) / 20)
    window = np.hanning(2 * half + 3)[1:-1]
    gain = wanted
    for _ in range(CORRECTIONS + 1):
        impulse = scipy.fft.irfft(gain, size)
        taps = np.concatenate([impulse[-half:], impulse[: half + 1]]) * window
        gain = gain * wanted / np.abs(scipy.fft.rfft(taps, size))
    return taps
