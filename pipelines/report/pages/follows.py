"""Whether a withheld number of few people follows from what is published of a table, its rows and people taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from pipelines.report.counts.count import ALL
from pipelines.report.pages.held import Held, Place

_MOST_NODES = 1000
"""A program that takes more counts as one without a solution; nodes are the same on every machine, as seconds are not."""

_Line = tuple[list[tuple[int, int]], float, float]
"""Numbers with their factors, and the least and the most that they add up to."""


def follows(table: Mapping[Place, Held], withheld: Set[Place], least: int) -> bool:
    """Whether the rows or the people of a withheld place of few people can be only what they are.

    The reader knows that rows add up, that people add up over the rows of the table where they do (few have two accents) and
    along a row are no fewer than in one of its cells and no more than in all, that everybody has a row, and that what is withheld
    is not zero, unless all cells are withheld, or all totals of rows or columns. All of that is an integer program; a solution in
    which a number is another shows that the number does not follow.

    Args:
        table: every cell, and the totals of rows ``(row, "*")`` and columns ``("*", column)``.
        withheld: its withheld places.
        least: fewest speakers of a number that is published.
    """
    places = sorted(table)
    true = np.array([held.utterances for held in map(table.__getitem__, places)] + [table[place].speakers for place in places])
    lines = list(_lines(table, places))
    entries = [(number, place, factor) for number, (terms, _, _) in enumerate(lines) for place, factor in terms]
    numbers, at, factors = zip(*entries, strict=True)
    matrix = coo_array((factors, (numbers, at)), shape=(len(lines), len(true))).tocsr()
    constraints = LinearConstraint(matrix, [low for _, low, _ in lines], [high for _, _, high in lines])
    shown = set(map(_kind, table.keys() - withheld))
    hidden = np.array([place in withheld for place in places] * 2)
    least_hidden = np.array([int(_kind(place) in shown) for place in places] * 2)
    bounds = Bounds(np.where(hidden, least_hidden, true), np.where(hidden, np.inf, true))
    few = [number for number, place in enumerate(places) if place in withheld and 0 < table[place].speakers < least]
    left = {*few, *(number + len(places) for number in few)}
    while left:
        before = len(left)
        for wanted in (sorted(left), [min(left)]):  # together most of them move at once
            for sign in (1, -1):
                found = _extreme(wanted, sign, constraints, bounds)
                if found is not None:
                    left -= set(np.flatnonzero(found != true))
            if len(left) < before:
                break
        else:
            return True
    return False


def _kind(place: Place) -> tuple[bool, bool]:
    """Whether a place is a cell, the total of a row or a column, or that of all."""
    return place[0] == ALL, place[1] == ALL


def _lines(table: Mapping[Place, Held], places: list[Place]) -> Iterator[_Line]:
    rows = {place: number for number, place in enumerate(places)}
    people = {place: number + len(places) for number, place in enumerate(places)}
    for place in places:
        yield [(rows[place], 1), (people[place], -1)], 0, np.inf
    for axis in (0, 1):
        for name in dict.fromkeys(place[axis] for place in places):
            cells = [place for place in places if place[axis] == name and place[1 - axis] != ALL]
            total = (name, ALL) if axis == 0 else (ALL, name)
            add_up = axis == 1 and sum(table[cell].speakers for cell in cells) == table[total].speakers
            yield [*((rows[cell], 1) for cell in cells), (rows[total], -1)], 0, 0
            yield [*((people[cell], 1) for cell in cells), (people[total], -1)], 0, 0 if add_up else np.inf
            yield from (([(people[total], 1), (people[cell], -1)], 0, np.inf) for cell in cells)


def _extreme(numbers: list[int], sign: int, constraints: LinearConstraint, bounds: Bounds) -> npt.NDArray[np.int64] | None:
    """A solution in which numbers add up to as little as they can, or as much; None where none is found."""
    goal = np.zeros(len(bounds.lb))
    goal[numbers] = sign
    solved = milp(
        goal, constraints=constraints, bounds=bounds, integrality=np.ones(len(goal)), options={"node_limit": _MOST_NODES}
    )
    return None if solved.x is None else np.rint(solved.x).astype(np.int64)
