"""A sampling clock that does not run at its nominal rate."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray


def resampled(x: NDArray[np.float32], rate: float, new_rate: float) -> NDArray[np.float32]:
    """``x`` (n,) at ``rate`` Hz as it is at ``new_rate`` (soxr HQ, linear phase); the first sample stays where it is."""
    return x if rate == new_rate else np.asarray(soxr.resample(x, rate, new_rate, quality="HQ"), dtype=np.float32)


def of_length(x: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """``x`` cut, or filled up with silence."""
    return x[:length] if len(x) >= length else np.concatenate([x, np.zeros(length - len(x), dtype=np.float32)])


def on_clock(x: NDArray[np.float32], sample_rate: int, offset_ppm: float) -> NDArray[np.float32]:
    """``x`` (n,) as a converter samples it whose clock is ``offset_ppm`` parts per million faster than ``sample_rate``, (n,).

    Played at the nominal rate it is slower and lower by as much: what no longer fits in is cut, what is missing is silence.
    """
    return of_length(resampled(x, sample_rate, sample_rate * (1 + offset_ppm * 1e-6)), len(x))
