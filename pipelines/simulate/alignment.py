"""How far one signal comes after another, by cross-correlation."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

LONGEST_S = 0.1


def delay_left_ms(before: NDArray[np.float32], after: NDArray[np.float32], sample_rate: int) -> float | None:
    """By how much ``after`` (n,) is later than ``before`` (n,): the lag of their correlation's peak; None for silence.

    Within 100 ms, and to the sample. A codec that does not keep waveforms moves the peak by up to a pitch period without
    being later.
    """
    reach = min(round(LONGEST_S * sample_rate), max(len(before) - 1, 0))
    size = scipy.fft.next_fast_len(len(before) + reach + 1, real=True)
    spectrum = scipy.fft.rfft(after, size) * np.conj(scipy.fft.rfft(before, size))
    correlation = scipy.fft.irfft(spectrum, size)
    around = np.concatenate([correlation[size - reach :], correlation[: reach + 1]])
    if not around.max(initial=0) > 0:
        return None
    return 1000 * (int(np.argmax(around)) - reach) / sample_rate
