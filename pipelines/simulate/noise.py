"""Noise recordings: an excerpt of the span of a file that a split may use, looped without a seam where the span is short."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.level import rms_dbov, without_offset

CROSSFADE_S = 0.05
SILENT_DBOV = -90.0


class SilentNoiseError(ValueError):
    """No part of the span that a recipe names holds a sound, so that no signal-to-noise ratio can be met."""


def excerpt(recording: NDArray[np.float32], start: int, length: int, crossfade: int) -> NDArray[np.float32]:
    """``length`` samples of ``recording`` (m,) from ``start`` (0 ≤ start < m) on.

    Where the recording ends first it goes on from its beginning: its last ``crossfade`` samples (at most half of it) fade into
    its first ones at equal power, so that level and waveform go on unbroken. A recording that is long enough is only cut.
    """
    if not 0 <= start < len(recording):
        raise ValueError(f"an excerpt cannot start at sample {start} of {len(recording)}")
    if start + length <= len(recording):
        return recording[start : start + length]
    fade = min(crossfade, len(recording) // 2)
    ring = recording[: len(recording) - fade].copy()
    if fade:
        angle = (np.arange(fade) + 0.5) * (math.pi / 2 / fade)
        ring[:fade] = ring[:fade] * np.sin(angle) + recording[len(ring) :] * np.cos(angle)
    first = recording[start : len(ring)] if start < len(ring) else ring[start - len(ring) :]
    missing = length - len(first)
    return np.concatenate([first, np.resize(ring, missing)]) if missing > 0 else first[:length]


def noise_excerpt(
    recording: NDArray[np.float32], sample_rate: int, span_s: tuple[float, float], start_s: float, length: int
) -> tuple[NDArray[np.float32], float]:
    """``length`` samples of noise from within ``span_s`` (begin, end) of ``recording`` (m,), and where in it, s, they start.

    Their offset is taken away. They start at ``start_s`` unless it is silent there (below -90 dBov): then at the first later
    place, in steps of the excerpt's length and round the span's end, where it is not. Raises :class:`SilentNoiseError` where
    there is none.
    """
    begin, end = (min(max(0, round(edge * sample_rate)), len(recording)) for edge in span_s)
    span = recording[begin:end]
    if not len(span):
        raise SilentNoiseError(f"the noise has no sample between {span_s[0]:g} and {span_s[1]:g} s")
    position = min(max(0, round(start_s * sample_rate) - begin), len(span) - 1)
    for _ in range(1 + len(span) // max(length, 1)):
        # round its end an offset would swell with the cross-fade, so it goes before; else what the excerpt has of it is enough
        source = span if position + length <= len(span) else without_offset(span)
        found = without_offset(excerpt(source, position, length, round(CROSSFADE_S * sample_rate)))
        if rms_dbov(found) > SILENT_DBOV:
            return found, (begin + position) / sample_rate
        position = (position + length) % len(span)
    raise SilentNoiseError(f"the noise is silent between {span_s[0]:g} and {span_s[1]:g} s")
