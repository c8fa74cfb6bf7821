"""Microphone responses and channel bands: tables of frequency and gain made into linear-phase filters without delay.

The sending sides of ITU-T P.48 (intermediate reference system), P.830 (its modified form) and P.341 (wide band), the mobile
station input of G.191, and the PCM channel of G.712.
"""

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
    # ITU-T P.48 Table 1, nominal sending sensitivity of the intermediate reference system
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
    # ITU-T P.830 Annex D, which leaves the channel's low-pass to the system under test
    "modified_irs_send": (
        (50, -46.4),
        (100, -28.0),
        (200, -9.6),
        (300, -4.8),
        (1000, 0.0),
        (2000, 3.8),
        (3150, 5.8),
        (3500, 3.4),
        (4000, 0.2),
        (8000, -16.4),
        (24000, -42.7),
    ),
    # ITU-T P.341, sending side of a wide-band telephone
    "p341": (
        (25, -9.0),
        (50, -2.6),
        (100, 0.0),
        (1000, 0.0),
        (2000, 0.2),
        (3150, 0.2),
        (3500, 0.0),
        (4000, 0.1),
        (6500, 0.1),
        (7000, -3.2),
        (7500, -62.6),
    ),
    # the high-pass of a mobile station's input (ITU-T G.191)
    "msin": ((25, -37.0), (50, -25.0), (100, -13.0), (200, -2.7), (300, -0.1), (500, 0.0)),
}
"""Name (of :data:`schemas.names.MICROPHONES`) to table; None passes everything. Beyond what is tabulated the fall goes on."""

BAND_FILTERS: dict[str, Table] = {
    # ITU-T G.712, a PCM channel from 300 to 3400 Hz
    "g712": (
        (50, -16.5), (100, -32.0), (200, -5.2), (300, -0.1), (1000, 0.0), (2000, 0.0), (3150, 0.4), (3500, -1.5), (4000, -14.5),
        (4600, -32.0), (6000, -60.0),
    ),
}  # fmt: skip
"""Name (of :data:`schemas.names.BAND_FILTERS`) to table."""

LENGTH_S = 0.064
GRID_HZ = 2.0
CORRECTIONS = 6
POINT_CORRECTIONS = 10
MOST_CORRECTED_DB = 1.0
"""A round, so that points closer together than the window can tell apart do not drive each other away."""


def microphone(response: str | Sequence[Sequence[float]], sample_rate: int) -> BlockFilter | None:
    """The filter of a named ``response``, or of points of Hz and dB; None where it changes nothing.

    It is linear-phase and its delay is compensated. Raises KeyError for a name that is not in :data:`RESPONSES`.
    """
    table = RESPONSES[response] if isinstance(response, str) else tuple((float(hz), float(db)) for hz, db in response)
    return None if table is None else _filter(tuple(table), sample_rate)


def band_filter(name: str, sample_rate: int) -> BlockFilter:
    """The filter of a channel of :data:`BAND_FILTERS`, linear-phase, its delay compensated. Raises KeyError for another name."""
    return _filter(tuple(BAND_FILTERS[name]), sample_rate)


@lru_cache(maxsize=64)
def _filter(table: tuple[tuple[float, float], ...], sample_rate: int) -> BlockFilter:
    taps = linear_phase_taps(table, sample_rate)
    return BlockFilter(taps, delay=len(taps) // 2)


def linear_phase_taps(table: Table, sample_rate: int) -> NDArray[np.float64]:
    """Taps (m,), m odd and symmetric, of the magnitude response in ``table``.

    Gain is interpolated in dB over the logarithm of frequency, constant beyond the table's ends, sampled every 2 Hz
    and windowed (Hann) to 64 ms. What the window blurs of a steep slope is put right in a few rounds, and then, in some more,
    what it leaves off at the table's own points, such as a notch narrower than itself.
    """
    half = round(LENGTH_S * sample_rate / 2)
    size = 2 * scipy.fft.next_fast_len(max(round(sample_rate / GRID_HZ / 2), 4 * half), real=True)
    frequency = np.arange(size // 2 + 1) * (sample_rate / size)
    hz, db = (np.array(column) for column in zip(*table, strict=True))
    wanted = 10 ** (np.interp(np.log(np.maximum(frequency, 1e-3)), np.log(hz), db) / 20)
    window = np.hanning(2 * half + 3)[1:-1]

    def windowed(gain: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The taps of a gain, and the gain that they really have."""
        impulse = scipy.fft.irfft(gain, size)
        taps = np.concatenate([impulse[-half:], impulse[: half + 1]]) * window
        return taps, np.abs(scipy.fft.rfft(taps, size))

    gain = wanted
    for _ in range(CORRECTIONS):
        gain = gain * wanted / windowed(gain)[1]
    for _ in range(POINT_CORRECTIONS):
        missing_db = db - np.interp(hz, frequency, 20 * np.log10(windowed(gain)[1]))
        missing_db = np.where(hz < sample_rate / 2, np.clip(missing_db, -MOST_CORRECTED_DB, MOST_CORRECTED_DB), 0)
        gain = gain * 10 ** (np.interp(np.log(np.maximum(frequency, 1e-3)), np.log(hz), missing_db) / 20)
    return windowed(gain)[0]
