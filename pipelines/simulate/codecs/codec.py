"""What every codec is here, and how samples pass one: frames, packets that may be lost, concealment, no delay left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.codecs.concealment import conceal

Samples = NDArray[np.float32]
Lost = NDArray[np.bool_]


@dataclass(frozen=True)
class Codec:
    """A codec at its own sampling rate.

    Attributes:
        sample_rate: Hz.
        frame: samples that a packet stands for.
        delay: samples by which what is decoded comes late: the encoder's look-ahead and both sides' filters, a constant.
        bit_rate: what it is specified to send, bit/s.
        encode: (k·frame,) float32 in [-1, 1] to packets, at least k of them.
        decode: packets to (packets·frame,) float32; packets that never arrived are not given to it.
        transcode: both at once, where that is possible without packets and without delay.
    """

    sample_rate: int
    frame: int
    delay: int
    bit_rate: float
    encode: Callable[[Samples], list[bytes]]
    decode: Callable[[Sequence[bytes]], Samples]
    transcode: Callable[[Samples], Samples] | None = None


def through(codec: Codec, x: Samples, draw_lost: Callable[[int], Lost] | None = None) -> tuple[Samples, Lost | None]:
    """``x`` (n,) encoded and decoded, (n,), the codec's delay taken out, and which of its packets were lost.

    ``draw_lost`` tells which of that many packets do not arrive: the decoder goes on with the next one that does, with the memory
    it had, and what is missing is concealed (:func:`~pipelines.simulate.codecs.concealment.conceal`).
    """
    if draw_lost is None and codec.transcode is not None:
        return codec.transcode(x), None
    frames = max(1, math.ceil((len(x) + codec.delay) / codec.frame))
    padded = np.zeros(frames * codec.frame, dtype=np.float32)
    padded[: len(x)] = x
    packets = codec.encode(padded)[:frames]
    lost = np.zeros(frames, dtype=np.bool_) if draw_lost is None else draw_lost(frames)
    arrived = [packet for packet, is_lost in zip(packets, lost.tolist(), strict=True) if not is_lost]
    decoded = np.zeros((frames, codec.frame), dtype=np.float32)
    if arrived:
        decoded[~lost] = codec.decode(arrived).reshape(len(arrived), codec.frame)
    y = decoded.reshape(-1)
    if lost.any():
        conceal(y, lost, codec.frame, codec.sample_rate)
    return y[codec.delay : codec.delay + len(x)], None if draw_lost is None else lost


def to_pcm16(x: Samples) -> NDArray[np.int16]:
    """``x`` (n,) as 16-bit samples, limited to their range."""
    pcm = x * np.float32(32768)
    np.rint(pcm, out=pcm)
    np.clip(pcm, -32768, 32767, out=pcm)
    return np.asarray(pcm, dtype=np.int16)


def of_pcm16(pcm: NDArray[np.int16]) -> Samples:
    """16-bit samples (n,) as float32 in [-1, 1)."""
    return np.asarray(pcm * np.float32(1 / 32768), dtype=np.float32)


def cut(stream: bytes, size: int) -> list[bytes]:
    """A stream of bytes as packets of ``size``; a rest that fills none is left out."""
    return [stream[start : start + size] for start in range(0, len(stream) - size + 1, size)]
