"""Speech codecs: real encodings, applied and undone, each at its own sampling rate and without delay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Codec:
    """A codec by what it does to samples: ``transcode`` encodes and decodes (n,) float32 in [-1, 1) at ``sample_rate`` Hz."""

    sample_rate: int
    transcode: Callable[[NDArray[np.float32]], NDArray[np.float32]]


def g711(x: NDArray[np.float32], law: str) -> NDArray[np.float32]:
    """``x`` (n,) through ITU-T G.711, ``law`` ``mu`` or ``a``: what the receiver hears of its 16-bit samples."""
    pcm = x * np.float32(32768)
    np.rint(pcm, out=pcm)
    np.clip(pcm, -32768, 32767, out=pcm)
    decoded: NDArray[np.float32] = _g711_table(law)[pcm.astype(np.int16).view(np.uint16)]
    return decoded


@lru_cache(maxsize=2)
def _g711_table(law: str) -> NDArray[np.float32]:
    """The decoded sample of every 16-bit one, indexed by its two's complement as an unsigned number.

    From the decision values of G.711's Tables 1 (A-law, of 13-bit samples) and 2 (µ-law, of 14-bit samples): of the segments of
    16 steps each has steps twice as wide as the one before, but the A-law's first two are alike, and the µ-law's
    first step is half a one. A decoded value is the middle of its step; a sample on a decision value goes to the outer one.
    """
    if law == "a":
        scale, widths = 8, np.repeat([2, 2, 4, 8, 16, 32, 64, 128], 16)
    else:
        scale, widths = 4, np.concatenate([[1], np.repeat([2, 4, 8, 16, 32, 64, 128, 256], 16)[1:]])
    decisions = np.concatenate([[0], np.cumsum(widths)])
    decoded = (decisions[:-1] + decisions[1:]) * (scale / 2)
    if law == "mu":
        decoded[0] = 0  # the half step round zero
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int64)
    interval = np.searchsorted(decisions * scale, np.abs(samples), side="right") - 1
    interval = np.minimum(interval, len(decoded) - 1)
    return np.asarray(np.where(samples < 0, -1, 1) * decoded[interval] / 32768, dtype=np.float32)


CODECS: dict[str, Codec] = {
    "g711_ulaw": Codec(8000, lambda x: g711(x, "mu")),
    "g711_alaw": Codec(8000, lambda x: g711(x, "a")),
}
"""Name (of :data:`schemas.names.CODECS`) to codec."""
