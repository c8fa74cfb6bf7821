"""Bands of SNRs: which one an SNR lies in."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.combinations import NONE, Value


def band_of(snr_db: float | None, bands: Iterable[Value]) -> Value | None:
    """The band that an SNR, dB, lies in: from its lower end to under its upper one, or to that where no other band begins there.

    Args:
        snr_db: None where there is no noise.
        bands: that do not overlap; ``none`` among them is for rows without noise.

    Returns:
        The band, ``none``, or None where none of them fits.
    """
    known = list(bands)
    if snr_db is None:
        return NONE if NONE in known else None
    spans = [band for band in known if not isinstance(band, str)]
    within = [band for band in spans if band[0] <= snr_db < band[1] or band[0] == snr_db]
    return min(within or [band for band in spans if band[1] == snr_db], key=lambda band: band[1], default=None)
