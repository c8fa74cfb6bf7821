"""Which combinations of values may occur: a small solver for forbidden combinations.

A partial row is allowed if it can be extended to a whole row that breaks nothing, which is more than that it breaks nothing
itself: where noise `none` forbids every SNR but `none`, and a handset forbids SNR `none`, the pair of both is impossible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

OPEN = -1
"""Stands in a row for a factor whose value is not chosen."""

Forbidden = tuple[tuple[int, frozenset[int]], ...]
"""Factors with values that must not all occur in one row: by the factors' numbers, each once."""


def forbid(values: Mapping[int, Iterable[int]]) -> Forbidden:
    """A forbidden combination: every factor named has one of its values."""
    return tuple((factor, frozenset(barred)) for factor, barred in sorted(values.items()))


class Constraints:
    """Forbidden combinations of factors with values 0 to size − 1 each."""

    def __init__(self, sizes: Sequence[int], forbidden: Iterable[Forbidden]) -> None:
        self._sizes = tuple(sizes)
        self._forbidden = tuple(dict.fromkeys(forbidden))
        self._touched = tuple(sorted({factor for each in self._forbidden for factor, _ in each}))
        self._known: dict[tuple[int, ...], bool] = {}

    def allow(self, row: Sequence[int]) -> bool:
        """Whether a row, with :data:`OPEN` for what is not chosen, can be completed without a forbidden combination."""
        key = tuple(row[factor] for factor in self._touched)
        known = self._known.get(key)
        if known is None:
            domains = {
                factor: frozenset(range(self._sizes[factor])) if value == OPEN else frozenset([value])
                for factor, value in zip(self._touched, key, strict=True)
            }
            known = self._known[key] = self._solve(domains)
        return known

    def _solve(self, domains: dict[int, frozenset[int]]) -> bool:
        """Whether values can be chosen from the domains: propagate what is forced, then try the values of one factor."""
        left = self._propagate(domains)
        if left is None:
            return False
        if not left:
            return True
        factor = min((factor for each in left for factor, _ in each if len(domains[factor]) > 1), key=lambda f: len(domains[f]))
        return any(self._solve(domains | {factor: frozenset([value])}) for value in sorted(domains[factor]))

    def _propagate(self, domains: dict[int, frozenset[int]]) -> list[Forbidden] | None:
        """Take from ``domains`` what is forced out of them; the combinations that may still occur, None where one must."""
        while True:
            forced = False
            left = []
            for each in self._forbidden:
                if any(domains[factor].isdisjoint(barred) for factor, barred in each):
                    continue
                free = [(factor, barred) for factor, barred in each if not domains[factor] <= barred]
                if not free:
                    return None
                if len(free) == 1:
                    factor, barred = free[0]
                    domains[factor] -= barred
                    forced = True
                else:
                    left.append(each)
            if not forced:
                return left
