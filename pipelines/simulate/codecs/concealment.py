"""Concealment of lost packets, in the manner of ITU-T G.711 Appendix I: the last pitch period, repeated and faded out.

Here it stands behind every decoder, so that all codecs conceal alike. The appendix delays its output by 3.75 ms to overlap
the last received samples with the repetition; done on a whole recording, this takes no delay.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

PITCH_S = (0.005, 0.015)
"""Shortest and longest pitch period looked for: 66 to 200 Hz; of a higher voice two periods are repeated together."""

MATCHED_S = 0.02
HOLD_S = 0.01
SILENT_AFTER_S = 0.06
OVERLAP_S = 0.004


def conceal(x: NDArray[np.float32], lost: NDArray[np.bool_], frame: int, sample_rate: int) -> None:
    """Fill the ``lost`` frames (k,) of ``x`` (k·frame,) in place from what was received before each run of them.

    The last pitch period goes on for 10 ms as it was, then fades linearly and is silent from 60 ms on. Over 4 ms after
    the run it gives way to what is received again. A run that begins the recording is silence.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]])))
    heard_from = 0
    for first, last in (edges.reshape(-1, 2) * frame).tolist():
        _fill(x, first, last, heard_from, sample_rate)
        heard_from = last


def _fill(x: NDArray[np.float32], begin: int, end: int, heard_from: int, sample_rate: int) -> None:
    """Fill ``x[begin:end]`` and fade over into what follows."""
    overlap = min(round(OVERLAP_S * sample_rate), len(x) - end)
    silent_after = round(SILENT_AFTER_S * sample_rate)
    longest = round(PITCH_S[1] * sample_rate)
    x[begin:end] = 0
    if begin < 2 * longest:
        return
    period = _pitch_period(x[:begin], sample_rate)
    cycle = x[begin - period : begin].copy()
    blend = period // 4
    rise = ((np.arange(blend) + 0.5) / blend).astype(np.float32)
    cycle[period - blend :] = cycle[period - blend :] * (1 - rise) + x[begin - period - blend : begin - period] * rise
    if begin - heard_from >= blend:
        x[begin - blend : begin] = cycle[period - blend :]
    length = end - begin + overlap
    hold = HOLD_S * sample_rate
    gain = np.clip((silent_after - np.arange(length)) / (silent_after - hold), 0, 1).astype(np.float32)
    filled = np.resize(cycle, length) * gain
    x[begin:end] = filled[: end - begin]
    fade_in = ((np.arange(overlap) + 0.5) / max(overlap, 1)).astype(np.float32)
    x[end : end + overlap] = x[end : end + overlap] * fade_in + filled[end - begin :] * (1 - fade_in)


def _pitch_period(history: NDArray[np.float32], sample_rate: int) -> int:
    """The lag, samples, at which the last 20 ms of ``history`` are most like what was before them (normalised correlation)."""
    shortest, longest = (round(period * sample_rate) for period in PITCH_S)
    window = min(round(MATCHED_S * sample_rate), len(history) - longest)
    recent = history[len(history) - window :]
    before = sliding_window_view(history[len(history) - window - longest : len(history) - shortest], window)  # longest lag first
    likeness = np.einsum("ij,j->i", before, recent, dtype=np.float64)
    energy = np.einsum("ij,ij->i", before, before, dtype=np.float64)
    return longest - int(np.argmax(likeness / np.sqrt(np.maximum(energy, 1e-12))))
