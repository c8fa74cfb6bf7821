"""Uniform draws by name, some of which the planner may fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DECIMALS = 6

_64_BITS = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


class Uniform:
    """Values in [0, 1) by name: the caller's where given, else of the seed; the others do not depend on which are given.

    The generator is SplitMix64 (Steele, Lea, Flood 2014): a plan makes millions of them for a dozen values each, and this one
    costs nothing to make.
    """

    def __init__(self, seed: int, quantiles: Mapping[str, float]) -> None:
        self._state = seed
        self._quantiles = quantiles

    def _next(self) -> int:
        """64 bits."""
        self._state = (self._state + _STEP) & _64_BITS
        mixed = ((self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64_BITS
        return mixed ^ (mixed >> 31)

    def __call__(self, name: str) -> float:
        drawn = (self._next() >> 11) * 2.0**-53
        return self._quantiles.get(name, drawn)

    def within(self, name: str, bounds: Sequence[float]) -> float:
        """A value between the bounds, both included."""
        return round(bounds[0] + self(name) * (bounds[1] - bounds[0]), DECIMALS)

    def between(self, low: float, high: float) -> float:
        """A value between the bounds that has no name and is not rounded."""
        return low + (self._next() >> 11) * 2.0**-53 * (high - low)

    def index(self, name: str, count: int) -> int:
        """One of the first ``count`` indices."""
        return min(int(self(name) * count), count - 1)

    def integer(self, count: int) -> int:
        """One of the first ``count`` whole numbers; without a name."""
        return self._next() * count >> 64

    def seed(self) -> int:
        """A seed of 32 bits for what is drawn when the record is applied."""
        return self._next() >> 32
