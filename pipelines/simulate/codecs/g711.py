"""ITU-T G.711: 8-bit companded PCM at 8 kHz, 64 kbit/s."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.codecs.codec import Codec, Samples, cut, to_pcm16

FRAME = 160
"""Samples of a packet: 20 ms, RFC 3551's default for RTP."""


def g711(law: str) -> Codec:
    """The codec of a ``law``: ``mu`` or ``a``."""
    return Codec(
        sample_rate=8000,
        frame=FRAME,
        delay=0,
        bit_rate=64000,
        encode=lambda x: cut(_codes(law)[to_pcm16(x).view(np.uint16)].tobytes(), FRAME),
        decode=lambda packets: _decoded(law, packets),
        transcode=lambda x: _transcoded(law)[to_pcm16(x).view(np.uint16)],
    )


def _decoded(law: str, packets: Sequence[bytes]) -> Samples:
    return _values(law)[np.frombuffer(b"".join(packets), dtype=np.uint8)]


@lru_cache(maxsize=2)
def _transcoded(law: str) -> Samples:
    """The decoded sample of every 16-bit one, indexed by its two's complement as an unsigned number."""
    return _values(law)[_codes(law)]


@lru_cache(maxsize=2)
def _steps(law: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Decision values (129,) and decoded values (128,) of positive samples, in 16-bit units.

    From the decision values of G.711's Tables 1 (A-law, of 13-bit samples) and 2 (µ-law, of 14-bit samples): of the segments of
    16 steps each has steps twice as wide as the one before, but the A-law's first two are alike, and the µ-law's
    first step is half a one. A decoded value is the middle of its step.
    """
    if law == "a":
        scale, widths = 8, np.repeat([2, 2, 4, 8, 16, 32, 64, 128], 16)
    else:
        scale, widths = 4, np.concatenate([[1], np.repeat([2, 4, 8, 16, 32, 64, 128, 256], 16)[1:]])
    decisions = np.concatenate([[0], np.cumsum(widths)])
    decoded = (decisions[:-1] + decisions[1:]) * (scale / 2)
    if law == "mu":
        decoded[0] = 0  # the half step round zero
    return decisions * scale, decoded


@lru_cache(maxsize=2)
def _codes(law: str) -> NDArray[np.uint8]:
    """The character signal of every 16-bit sample (65536,): sign, then step, before the inversion of bits for the line.

    A sample on a decision value goes to the outer step.
    """
    decisions, _ = _steps(law)
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int64)
    step = np.minimum(np.searchsorted(decisions, np.abs(samples), side="right") - 1, 127)
    return np.asarray(np.where(samples < 0, 128, 0) + step, dtype=np.uint8)


@lru_cache(maxsize=2)
def _values(law: str) -> Samples:
    """The sample that each character signal is decoded to (256,)."""
    _, decoded = _steps(law)
    return np.asarray(np.concatenate([decoded, -decoded]) / 32768, dtype=np.float32)
