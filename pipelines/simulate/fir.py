"""Filtering with a finite impulse response whose spectrum is computed once and kept: overlap-save in float32."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

_TYPICAL_LENGTH = 100_000  # samples of an utterance, 6 s at 16 kHz, that the block length is chosen for


class BlockFilter:
    """A filter of fixed ``taps`` (m,), applied block by block in the frequency domain.

    ``delay`` samples of latency (of a linear-phase filter, half its length) are taken out of the output.
    Output and input have the same length.
    """

    def __init__(self, taps: NDArray[Any], delay: int = 0) -> None:
        if not 0 <= delay < len(taps):
            raise ValueError(f"a delay of {delay} samples is not inside a response of {len(taps)}")
        self.taps = np.ascontiguousarray(taps, dtype=np.float32)
        self.delay = delay
        self._block = _block_length(len(taps))
        self._spectrum = scipy.fft.rfft(self.taps, self._block)

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """``x`` (n,) filtered, (n,)."""
        before = len(self.taps) - 1
        hop = self._block - before
        blocks = max(1, -(-len(x) // hop))
        padded = np.zeros((blocks - 1) * hop + self._block, dtype=np.float32)
        start = before - self.delay
        padded[start : start + len(x)] = x
        frames = as_strided(padded, (blocks, self._block), (hop * padded.itemsize, padded.itemsize), writeable=False)
        spectra = scipy.fft.rfft(frames)
        spectra *= self._spectrum
        filtered = scipy.fft.irfft(spectra, self._block, overwrite_x=True)
        return np.ascontiguousarray(filtered[:, before:]).reshape(-1)[: len(x)]


def _block_length(taps: int) -> int:
    """The power of two that costs least on a typical utterance, the last block's padding included."""

    def cost(block: int) -> float:
        return (_TYPICAL_LENGTH / (block - taps + 1) + 0.5) * block * math.log2(block)

    smallest = math.ceil(math.log2(taps + 1))
    return min((1 << power for power in range(smallest, smallest + 4)), key=cost)
