"""Automatic gain control: a compressor with a stated curve, and time constants for rising and falling levels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_S = 0.001


def static_gain_db(level_dbov: float, agc: dict[str, Any]) -> float:
    """The gain of a lasting level: of each dB away from the target 1 - 1/ratio is taken back, within limits."""
    gain = (agc["target_dbov"] - level_dbov) * (1 - 1 / agc["ratio"])
    return float(min(max(gain, -agc["max_loss_db"]), agc["max_gain_db"]))


def agc_gain(x: NDArray[np.float32], sample_rate: int, agc: dict[str, Any]) -> NDArray[np.float32]:
    """The gain (n,) that ``agc`` gives each sample of ``x`` (n,).

    Its power, block by block of 1 ms, goes through a one-pole filter of ``attack_ms`` where it rises and of ``release_ms``
    where it falls, and from there through the static curve. It starts at the target level. Between blocks the gain in dB is
    linear.
    """
    block = max(1, round(BLOCK_S * sample_rate))
    count = -(-len(x) // block)
    padded = np.zeros(count * block, dtype=np.float32)
    padded[: len(x)] = x
    rows = padded.reshape(count, block)
    powers = np.einsum("ij,ij->i", rows, rows, dtype=np.float64) / block
    step_ms = 1000 * block / sample_rate
    attack, release = (1 - math.exp(-step_ms / agc[name]) for name in ("attack_ms", "release_ms"))
    state = 10 ** (agc["target_dbov"] / 10)
    gains_db = [static_gain_db(agc["target_dbov"], agc)]
    for power in powers.tolist():
        state += (attack if power > state else release) * (power - state)
        gains_db.append(static_gain_db(10 * math.log10(max(state, 1e-20)), agc))
    smooth = np.interp(np.arange(1, len(x) + 1), np.arange(count + 1) * block, gains_db)
    return (10 ** (smooth / 20)).astype(np.float32)
