"""The factors that a corpus is counted by, and which combinations of their values could be in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pipelines.combinations.constraints import Constraints, Forbidden, forbid
from pipelines.combinations.space import feasible_tuples
from schemas.combinations import ASSIGNABLE, NONE, Value, counted_bands, values_of
from schemas.config import CorpusConfig


class Measured:
    """The factors of a corpus: observed ones with the values that occur, assignable ones with those that conditions name.

    Where conditions have ``factors``, those are counted; else every simulated condition's noise, handset and room.

    Attributes:
        factors: their names, observed ones first.
        values: of each, in order.
        observed: how many of them are observed.
    """

    def __init__(self, config: CorpusConfig, seen: Mapping[str, Iterable[str]]) -> None:
        """With the values of observed factors that occur, or should: by factor."""
        names = config.combinations.observed
        simulated = [condition for condition in config.conditions if condition.is_simulated]
        combined = [condition for condition in simulated if condition.factors is not None]
        assignable: dict[str, list[Value]] = {
            factor: list(dict.fromkeys(value for each in combined or simulated for value in values_of(each, factor)))
            for factor in ASSIGNABLE
        }
        bands: list[Value] = [*counted_bands(config)] if any(value != NONE for value in assignable["noise"]) else []
        assignable["snr_db"] = [*bands, *([NONE] if NONE in assignable["noise"] else [])]
        self.factors = (*names, *(factor for factor in ASSIGNABLE if assignable[factor]))
        self.values: tuple[tuple[Value, ...], ...] = (
            *(tuple(dict.fromkeys(seen.get(name, ()))) for name in names),
            *(tuple(assignable[factor]) for factor in ASSIGNABLE if assignable[factor]),
        )
        self.observed = len(names)
        self._numbers = [{value: number for number, value in enumerate(values)} for values in self.values]
        self._constraints = Constraints([len(values) for values in self.values], self._forbidden(config))

    def _forbidden(self, config: CorpusConfig) -> Iterator[Forbidden]:
        bands = [value for value in self._of("snr_db") if value != NONE]
        noises = [value for value in self._of("noise") if value != NONE]
        own = [condition.exclude for condition in config.conditions if condition.factors is not None]
        everywhere = [each for each in own[0] if all(each in others for others in own)] if own else []
        implied: list[Mapping[str, Sequence[Value]]] = [
            {"noise": [NONE], "snr_db": bands},
            {"noise": noises, "snr_db": [NONE]},
        ]
        for combination in (*implied, *config.combinations.exclude, *everywhere):
            numbers = {
                self.factors.index(factor): self._known(factor, values)
                for factor, values in combination.items()
                if factor in self.factors
            }
            if len(numbers) == len(combination) and all(numbers.values()):
                yield forbid(numbers)

    def _of(self, factor: str) -> tuple[Value, ...]:
        return self.values[self.factors.index(factor)] if factor in self.factors else ()

    def _known(self, factor: str, values: Iterable[Value]) -> list[int]:
        numbers = self._numbers[self.factors.index(factor)]
        return [numbers[value] for value in values if value in numbers]

    def number(self, factor: int, value: Value) -> int | None:
        """The number of a factor's value; None where the factor does not have it."""
        return self._numbers[factor].get(value)

    def sets(self, strength: int) -> Iterator[tuple[int, ...]]:
        """Every choice of so many factors."""
        return combinations(range(len(self.factors)), strength)

    def feasible(self, factors: Sequence[int]) -> NDArray[np.bool_]:
        """Which tuples of some factors can occur: an array with one axis a factor."""
        return feasible_tuples(self._constraints.allow, [len(values) for values in self.values], factors)

    def allows(self, row: Sequence[int]) -> bool:
        """Whether a row, with OPEN for what is not chosen, can be completed."""
        return self._constraints.allow(row)
