"""Raking: weights of people that make the margins of a sample those of a population (Deming & Stephan 1940).

Of all weights that do so, raking gives those nearest to equal ones in Kullback and Leibler's sense. People of the same groups get
the same weight, so it is the combinations of groups that are raked, however many people there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_ROUNDS = 1000
TOLERANCE = 1e-9
"""A margin fits when no group's share of the people is off by more."""

STUCK_ROUNDS, STUCK = 10, 0.999
"""Margins that contradict each other: so many rounds in a row leave more than this share of the error. To go on would only
drive weights to nothing."""

Groups = tuple[str | None, ...]
"""Somebody's group in each margin; None where it is not known or the population has no such group."""


class Trimming(NamedTuple):
    """What trimming did.

    Attributes:
        people: whose weight was cut.
        share: of all weight that was cut off them and spread over the others.
    """

    people: int
    share: float


@dataclass(frozen=True)
class Raked:
    """Weights of people, on average 1.

    Attributes:
        weights: of one person of these groups.
        people: how many there are.
        rounds: it took.
        error: the largest difference left, before trimming, between a group's share of the people and the one it should have.
        trimming: None where nobody's weight was cut.
    """

    weights: Mapping[Groups, float]
    people: int
    rounds: int
    error: float
    trimming: Trimming | None

    @property
    def converged(self) -> bool:
        """Whether the margins were met before anything was trimmed."""
        return self.error <= TOLERANCE


def rake(people: Mapping[Groups, int], margins: Sequence[Mapping[str, float]], trim: float | None = None) -> Raked:
    """Weights that make people stand for a population.

    People without a group in a margin keep, together, the share of the people that they are: they count 1 on average as far as
    this margin goes. A population's group that nobody is in is left out, and the others share what is left in their proportions.

    Args:
        people: how many there are of each combination of groups.
        margins: each group's share of the population.
        trim: the most a weight may be, as a multiple of their mean; more than 1.

    Returns:
        The weights. Where no weights can meet all margins at once, those of the last round, with the error that is left.
    """
    kinds = sorted(people, key=lambda groups: [(group is None, group or "") for group in groups])
    counts = np.array([people[groups] for groups in kinds], float)
    weights = np.ones(len(kinds))
    coded = [_code([groups[index] for groups in kinds], counts, margin) for index, margin in enumerate(margins)] if kinds else []
    rounds, stuck, error = 0, 0, _error(weights * counts, coded)
    while error > TOLERANCE and rounds < MOST_ROUNDS and stuck < STUCK_ROUNDS:
        for codes, wanted in coded:
            weights *= (wanted / np.bincount(codes, weights * counts, len(wanted)))[codes]
        before, error = error, _error(weights * counts, coded)
        rounds += 1
        stuck = stuck + 1 if error > STUCK * before else 0
    trimming = None
    if trim is not None:
        weights, trimming = _trim(weights, counts, trim)
    return Raked(dict(zip(kinds, weights.tolist(), strict=True)), sum(people.values()), rounds, error, trimming)


_Margin = tuple[NDArray[np.int64], NDArray[np.float64]]
"""The group of each kind of people as a number, and how much all people of each group should weigh."""


def _code(groups: Sequence[str | None], counts: NDArray[np.float64], margin: Mapping[str, float]) -> _Margin:
    present = sorted({group for group in groups if group is not None})
    place = {group: index for index, group in enumerate(present)}
    codes = np.array([len(present) if group is None else place[group] for group in groups], np.int64)
    held = np.bincount(codes, counts, len(present) + 1)
    shares = np.array([margin[group] for group in present])
    wanted = np.append(shares * (held[:-1].sum() / shares.sum()) if present else shares, held[-1])
    return codes, wanted if held[-1] else wanted[:-1]


def _error(held: NDArray[np.float64], coded: Sequence[_Margin]) -> float:
    differences = [np.abs(np.bincount(codes, held, len(wanted)) - wanted).max() for codes, wanted in coded]
    return float(max(differences) / held.sum()) if differences else 0.0


def _trim(weights: NDArray[np.float64], counts: NDArray[np.float64], most: float) -> tuple[NDArray[np.float64], Trimming | None]:
    """Cut what is above ``most`` and raise the others in proportion, until nothing is above it."""
    cut = np.zeros(len(weights), bool)
    trimmed = weights
    while (above := (trimmed > most * (1 + TOLERANCE)) & ~cut).any():
        cut |= above
        rest = counts.sum() - most * counts[cut].sum()
        trimmed = np.where(cut, most, weights * (rest / (weights * counts)[~cut].sum()))
    if not cut.any():
        return weights, None
    share = ((weights - trimmed) * counts)[cut].sum() / counts.sum()
    return trimmed, Trimming(int(counts[cut].sum()), float(share))
