"""Bands of SNRs: which one an SNR lies in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from schemas.combinations import NONE, Band, Value


def band_numbers(snr_db: NDArray[np.float64], bands: Sequence[Band]) -> NDArray[np.int64]:
    """The number of the band each SNR, dB, lies in; -1 where it lies in none.

    A band reaches from its lower end to under its upper one, or to that where no other band begins there.

    Args:
        snr_db: of any length; not a number where there is none.
        bands: in ascending order, none of which overlap.
    """
    if not bands:
        return np.full(len(snr_db), -1, np.int64)
    lows, highs = (np.array(ends) for ends in zip(*bands, strict=True))
    number = np.searchsorted(lows, snr_db, side="right") - 1
    inside = (number >= 0) & (snr_db <= highs[number])
    return np.where(inside, number, -1)


def band_of(snr_db: float | None, values: Iterable[Value]) -> Value | None:
    """The band that an SNR, dB, lies in; ``none`` for None where that is among the values; None where nothing fits."""
    known = list(values)
    if snr_db is None:
        return NONE if NONE in known else None
    bands = sorted(band for band in known if not isinstance(band, str))
    number = int(band_numbers(np.array([snr_db]), bands)[0])
    return None if number < 0 else bands[number]
