"""Uniform draws by name, some of which the planner may fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

DECIMALS = 6


class Uniform:
    """Values in [0, 1) by name: the caller's where given, else of the seed; the others do not depend on which are given."""

    def __init__(self, seed: int, quantiles: Mapping[str, float]) -> None:
        self.generator = np.random.Generator(np.random.PCG64(seed))
        self._quantiles = quantiles

    def __call__(self, name: str) -> float:
        drawn = float(self.generator.random())
        return self._quantiles.get(name, drawn)

    def within(self, name: str, bounds: Sequence[float]) -> float:
        """A value between the bounds, both included."""
        return round(bounds[0] + self(name) * (bounds[1] - bounds[0]), DECIMALS)

    def index(self, name: str, count: int) -> int:
        """One of the first ``count`` indices."""
        return min(int(self(name) * count), count - 1)

    def seed(self) -> int:
        """A seed for what is drawn when the record is applied."""
        return int(self.generator.integers(2**32))
