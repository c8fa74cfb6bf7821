"""How many kinds, or how many people, a corpus amounts to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

Histogram = Sequence[tuple[float, int]]
"""Sizes, each with how many there are of it."""


def hill_numbers(sizes: Histogram) -> tuple[float, float, float]:
    """Hill numbers of order 0, 1 and 2 (Hill 1973): how many kinds there are, equally large ones of which would be as diverse.

    Order 0 counts the kinds, order 1 is e to the power of Shannon's entropy, order 2 the inverse of Simpson's concentration; for
    people, order 2 is Kish's effective sample size.

    Args:
        sizes: how large kinds are, each with how many kinds are so large; zeros are no kinds. All zero where there is none.
    """
    there = sorted((size, count) for size, count in sizes if size > 0 and count)
    if not there:
        return 0.0, 0.0, 0.0
    total = math.fsum(size * count for size, count in there)
    entropy = -math.fsum(count * (size / total) * math.log(size / total) for size, count in there)
    return float(sum(count for _, count in there)), math.exp(entropy), kish(there)


def kish(weights: Histogram) -> float:
    """Kish's effective sample size (Σw)² / Σw² of weights, each with how many have it (Kish 1965); 0 for none."""
    weights = sorted(weights)
    squares = math.fsum(weight * weight * count for weight, count in weights)
    return math.fsum(weight * count for weight, count in weights) ** 2 / squares if squares else 0.0


def total_variation(sample: Mapping[str, float], reference: Mapping[str, float]) -> float:
    """Half the sum of the differences between two distributions: the part of the one that is elsewhere in the other."""
    groups = sorted(sample.keys() | reference.keys())
    return math.fsum(abs(sample.get(group, 0.0) - reference.get(group, 0.0)) for group in groups) / 2


def kullback_leibler(sample: Mapping[str, float], reference: Mapping[str, float]) -> float:
    """Divergence of the sample from the reference, Σ sample·ln(sample/reference), nats; infinite outside the reference."""
    terms: Iterable[float] = (
        share * math.log(share / reference[group]) if reference.get(group) else math.inf
        for group, share in sorted(sample.items())
        if share > 0
    )
    return max(0.0, math.fsum(terms))
