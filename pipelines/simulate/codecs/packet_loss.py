"""Packet loss in bursts: the two-state model of Gilbert (1960); the good state loses nothing, the bad one everything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def lost_packets(count: int, rate: float, mean_burst: float, seed: int) -> NDArray[np.bool_]:
    """Which of ``count`` packets are lost, (count,): a share of ``rate`` in runs of ``mean_burst`` packets on average.

    The chain leaves the bad state with probability r = 1/mean_burst and the good one with p = r·rate/(1 - rate), and
    starts in its stationary state. Raises ValueError where no such p exists.
    """
    if not 0 <= rate < 1 or mean_burst < max(1.0, rate / (1 - rate)):
        raise ValueError(f"no loss of {rate:g} comes in bursts of {mean_burst:g} packets")
    if rate == 0:
        return np.zeros(count, dtype=np.bool_)
    generator = np.random.Generator(np.random.PCG64(seed))
    leave = {True: 1 / mean_burst, False: rate / (1 - rate) / mean_burst}
    first = bool(generator.random() < rate)
    lengths = np.zeros(0, dtype=np.int64)
    while lengths.sum() < count:
        pairs = 16 + count // 64
        runs = np.stack([generator.geometric(leave[first], pairs), generator.geometric(leave[not first], pairs)], axis=1)
        lengths = np.concatenate([lengths, runs.reshape(-1)])
    states = np.resize([first, not first], len(lengths))
    return np.repeat(states, lengths)[:count]


def loss_figures(lost: NDArray[np.bool_]) -> tuple[float, float | None]:
    """The share of packets that ``lost`` (n,) marks, and the mean length of their runs; None where there is none."""
    bursts = int(np.count_nonzero(lost & ~np.concatenate([[False], lost[:-1]])))
    return float(np.mean(lost)), float(np.count_nonzero(lost)) / bursts if bursts else None
