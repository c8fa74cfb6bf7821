"""Levels in dBov: RMS, and the active speech level of ITU-T P.56 method B.

0 dBov is the RMS of a full-scale square wave (ITU-T G.100.1), that is 20·log10(rms) of samples in [-1, 1).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
HALVINGS = 5
"""How often the 6 dB between two thresholds are halved before interpolating; see :func:`active_level`."""

NEGLIGIBLE_OFFSET = 1e-3
"""Share of the power that a constant offset may have; see :func:`without_offset`."""

_BLOCKS_AT_ONCE = 8000  # of 1 ms: the running sum grows by e^(1/30) a block, to 1e116, well inside float64

SILENCE_DBOV = -math.inf


class ActiveLevel(NamedTuple):
    """Active speech level in dBov, and the share of the time that speech is active (0 to 1)."""

    level_dbov: float
    activity: float


def rms_dbov(x: NDArray[Any]) -> float:
    """RMS level of ``x`` (n,) in dBov over its whole length; -inf for silence or nothing."""
    return power_db(mean_square(x))


def mean_square(x: NDArray[Any]) -> float:
    """Mean of the squared samples of ``x`` (n,), summed in float64 from runs of 64 samples; 0 for an empty array."""
    return _sum_of_squares(x, 64) / len(x) if len(x) else 0.0


def power_db(power: float) -> float:
    """10·log10 of a power; -inf for 0."""
    return 10 * math.log10(power) if power > 0 else SILENCE_DBOV


def without_offset(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """``x`` (n,) less its mean, for a constant offset is no sound and must not count in a level.

    It is left alone where its offset is more than 30 dB below it, as in most recordings, and so counts for less than 0.005 dB.
    """
    offset = float(np.add.reduce(x, dtype=np.float64)) / len(x) if len(x) else 0.0
    return x - np.float32(offset) if offset**2 > NEGLIGIBLE_OFFSET * mean_square(x) else x


def gain_of_db(db: float) -> float:
    """Linear amplitude gain of ``db``."""
    return float(10 ** (db / 20))


def active_level(x: NDArray[Any], sample_rate: int) -> ActiveLevel:
    """Active speech level of ``x`` (n,) by ITU-T P.56 method B; (-inf, 0) for silence or nothing.

    The envelope is the rectified signal through two one-pole filters of 30 ms. For a threshold c, the active time is the time
    that the envelope is at least c, plus a hang-over of at most 200 ms after each fall below it; the level A(c) is the whole
    energy over that time. The answer is A where A(c) - c = 15.9 dB.

    Two things differ from the recommendation's text, and bring the answer nearer to its definition. The envelope is computed
    exactly at every millisecond and taken as linear between, with fractional crossing times. And the thresholds, an octave apart,
    hang from the envelope's peak instead of full scale, and the octave in which the margin is met is halved five times before
    interpolating: interpolation over 6 dB makes a reading depend on the gain by up to 0.2 dB, this one on nothing but the signal.
    """
    block = max(1, sample_rate // 1000)
    envelope = _envelope(x, sample_rate, block)
    peak = float(envelope.max())
    if not peak > 0:
        return ActiveLevel(SILENCE_DBOV, 0.0)
    energy = _sum_of_squares(x, block)
    length = len(x) / block
    hangover = HANGOVER_S * sample_rate / block

    def level_at(threshold: float) -> tuple[float, float]:
        """A(c) in dBov, and by how much A(c) - c is above the margin."""
        active = max(_active_blocks(envelope, threshold, length, hangover), min(1.0, length)) * block
        level = power_db(energy / active)
        return level, level - 20 * math.log10(threshold) - MARGIN_DB

    # A(c) is at least the level over the whole length: up to that level less the margin, no threshold can meet the margin
    surely_below = gain_of_db(power_db(energy / len(x)) - MARGIN_DB) / peak
    below = peak * 2.0 ** min(math.floor(math.log2(surely_below)), 0)
    level_below, excess_below = level_at(below)
    above, level_above, excess_above = below, level_below, excess_below
    while excess_above > 0 and above < peak:
        below, level_below, excess_below = above, level_above, excess_above
        above = below * 2
        level_above, excess_above = level_at(above)
    if excess_above > 0:
        # a click: too short for the envelope to follow, so that no threshold up to its peak is within the margin
        return ActiveLevel(level_above, _activity(energy, len(x), level_above))
    for _ in range(HALVINGS):
        middle = math.sqrt(below * above)
        level, excess = level_at(middle)
        if excess > 0:
            below, level_below, excess_below = middle, level, excess
        else:
            above, level_above, excess_above = middle, level, excess
    level = level_below + excess_below / (excess_below - excess_above) * (level_above - level_below)
    return ActiveLevel(level, _activity(energy, len(x), level))


def _activity(energy: float, length: int, level_dbov: float) -> float:
    return min(1.0, energy / length / 10 ** (level_dbov / 10))


def _sum_of_squares(x: NDArray[Any], block: int) -> float:
    whole = len(x) - len(x) % block
    rows, rest = x[:whole].reshape(-1, block), x[whole:]
    of_rows = np.add.reduce(np.einsum("ij,ij->i", rows, rows), dtype=np.float64)
    return float(of_rows + np.add.reduce(rest * rest, dtype=np.float64))


@lru_cache(maxsize=16)
def _block_weights(sample_rate: int, block: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each sample of a block adds to the outputs of the first and of both one-pole filters at the block's end."""
    g = math.exp(-1 / (TIME_CONSTANT_S * sample_rate))
    decay = g ** np.arange(block - 1, -1, -1.0)
    return (1 - g) * decay, (1 - g) ** 2 * np.arange(block, 0, -1.0) * decay


@lru_cache(maxsize=16)
def _growth(sample_rate: int, block: int) -> NDArray[np.float64]:
    """How much a filter's memory has shrunk after 1, 2, … blocks."""
    return np.exp(-np.arange(1.0, _BLOCKS_AT_ONCE + 1) * block / (TIME_CONSTANT_S * sample_rate))


def _envelope(x: NDArray[Any], sample_rate: int, block: int) -> NDArray[np.float64]:
    """P.56's envelope before the first sample and at the last sample of every block of ``block``, the last block padded."""
    rectified = np.abs(x)
    whole = len(x) - len(x) % block
    first, both = (weights.astype(rectified.dtype) for weights in _block_weights(sample_rate, block))
    rows = rectified[:whole].reshape(-1, block)
    one = np.einsum("ij,j->i", rows, first).astype(np.float64)
    two = np.einsum("ij,j->i", rows, both).astype(np.float64)
    if whole < len(x):
        rest = rectified[whole:]
        one = np.append(one, np.add.reduce(rest * first[: len(rest)], dtype=np.float64))
        two = np.append(two, np.add.reduce(rest * both[: len(rest)], dtype=np.float64))

    shrink = _growth(sample_rate, block)
    g = math.exp(-1 / (TIME_CONSTANT_S * sample_rate))
    handed_on = block * (1 - g) * float(shrink[0])
    envelope = np.zeros(len(one) + 1)
    p_state = q_state = 0.0
    for start in range(0, len(one), _BLOCKS_AT_ONCE):
        part = slice(start, min(start + _BLOCKS_AT_ONCE, len(one)))
        decay = shrink[: part.stop - part.start]
        p = _one_pole(one[part], decay, p_state)
        added = two[part]
        added[0] += handed_on * p_state
        added[1:] += handed_on * p[:-1]
        q = _one_pole(added, decay, q_state)
        envelope[part.start + 1 : part.stop + 1] = q
        p_state, q_state = float(p[-1]), float(q[-1])
    return envelope


def _one_pole(added: NDArray[np.float64], decay: NDArray[np.float64], state: float) -> NDArray[np.float64]:
    """y[k] = decay[0]·y[k-1] + added[k]; as one running sum, which loses nothing because every term is positive."""
    return (np.cumsum(added / decay) + state) * decay


def _active_blocks(envelope: NDArray[np.float64], threshold: float, length: float, hangover: float) -> float:
    """Active time, in blocks, of an envelope given at every block's end: time above the threshold, and hang-over after it.

    ``length`` is the signal's, in blocks, where counting ends.
    """
    above = envelope >= threshold
    changes = np.flatnonzero(above[1:] != above[:-1])
    before, after = envelope[changes], envelope[changes + 1]
    times = np.minimum(changes + (threshold - before) / (after - before), length)
    if len(times) % 2:
        times = np.append(times, length)  # still above where the signal ends
    rises, falls = times[::2], times[1::2]
    pauses = np.append(rises[1:], length) - falls
    return float(np.add.reduce(falls - rises) + np.add.reduce(np.minimum(pauses, hangover)))
