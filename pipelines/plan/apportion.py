"""Whole numbers in given proportions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=str)


def stable_hash(*parts: object) -> int:
    """A 63-bit number that depends on nothing but the parts' text: the same on every machine, run and worker."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "big") >> 1


def largest_remainder(total: int, shares: Mapping[Key, float]) -> dict[Key, int]:
    """``total`` divided in proportion to ``shares`` (Hare quota, largest remainder); ties go to the first.

    The parts add up to ``total`` and each is within one of its exact share.
    """
    whole = sum(shares.values())
    exact = {key: total * share / whole for key, share in shares.items()}
    parts = {key: int(value + 1e-9) for key, value in exact.items()}
    by_remainder = sorted(shares, key=lambda key: parts[key] - exact[key])
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def bounded_remainder(
    total: int, ideals: Sequence[float], lows: Sequence[int], highs: Sequence[int], ties: Sequence[int]
) -> list[int]:
    """Whole numbers near ``ideals`` that lie within ``lows`` and ``highs`` and add up to ``total`` as nearly as those allow.

    Each starts at its ideal rounded down; what is left to give (or to take back) goes one by one to where it is missed most.

    Args:
        total: what they should add up to.
        ideals: the exact shares; they may lie outside the bounds.
        lows: the least for each.
        highs: the most for each.
        ties: decide between equal claims, smallest first.
    """
    parts = [min(max(int(ideal + 1e-9), low), high) for ideal, low, high in zip(ideals, lows, highs, strict=True)]
    while (missing := total - sum(parts)) != 0:
        step = 1 if missing > 0 else -1
        open_ones = [index for index, part in enumerate(parts) if lows[index] <= part + step <= highs[index]]
        if not open_ones:
            return parts
        open_ones.sort(key=lambda index: (step * (parts[index] - ideals[index]), ties[index]))
        for index in open_ones[: abs(missing)]:
            parts[index] += step
    return parts
