"""Nothing that is withheld can be worked out, held against every table that would be published alike."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from pipelines.report.pages.held import Held, Place
from pipelines.report.pages.suppress import suppressed_cells, suppressed_values

LEAST = 3


def table_of(people: list[list[tuple[int, int]]]) -> dict[Place, Held]:
    """A table of cells given as speakers, each a different one, and rows of each; and its totals."""
    cells = {(f"r{i}", f"c{j}"): (s, s * n) for i, row in enumerate(people) for j, (s, n) in enumerate(row)}
    found = {}
    for row, column in product([*sorted({r for r, _ in cells}), "*"], [*sorted({c for _, c in cells}), "*"]):
        own = [held for (r, c), held in cells.items() if row in (r, "*") and column in (c, "*")]
        found[row, column] = Held(sum(n for _, n in own), sum(s for s, _ in own))
    return found


def with_people(cells: list[list[set[int]]], each: int) -> dict[Place, Held]:
    """A table of the people in each cell, numbered within their row, with some rows of each in each cell; and its totals."""
    places = {(f"r{i}", f"c{j}"): [(i, who) for who in people] for i, row in enumerate(cells) for j, people in enumerate(row)}
    found = {}
    for row, column in product([*sorted({r for r, _ in places}), "*"], [*sorted({c for _, c in places}), "*"]):
        own = [people for (r, c), people in places.items() if row in (r, "*") and column in (c, "*")]
        found[row, column] = Held(each * sum(map(len, own)), len(set().union(*own)))
    return found


def is_whole(table: dict[Place, Held], withheld: frozenset[Place]) -> bool:
    """Whether all cells are withheld, so that an x may stand for none."""
    return all("*" in place for place in table.keys() - withheld)


def ranges(table: dict[Place, Held], withheld: frozenset[Place]) -> dict[Place, tuple[int, int]]:
    """The least and the greatest whole number that each withheld place may hold, by all that is published.

    Withheld numbers are not zero, unless all cells are withheld.
    """
    low_hidden = int(not is_whole(table, withheld))
    places = sorted(table)
    at = {place: index for index, place in enumerate(places)}
    rows, columns = ({place[axis] for place in places} - {"*"} for axis in (0, 1))
    equations = [
        *([*((at[row, column], 1) for column in columns), (at[row, "*"], -1)] for row in [*rows, "*"]),
        *([*((at[row, column], 1) for row in rows), (at["*", column], -1)] for column in [*columns, "*"]),
    ]
    matrix = np.zeros((len(equations), len(places)))
    for index, terms in enumerate(equations):
        for place, sign in terms:
            matrix[index, place] += sign
    low = [low_hidden if place in withheld else table[place].utterances for place in places]
    high = [np.inf if place in withheld else table[place].utterances for place in places]
    found = {}
    for place in withheld:
        goal = np.zeros(len(places))
        goal[at[place]] = 1
        ends = []
        for sign in (1, -1):
            solved = milp(
                sign * goal,
                constraints=LinearConstraint(matrix, 0, 0),
                bounds=Bounds(low, high),
                integrality=np.ones(len(places)),
            )
            assert solved.success
            ends.append(round(sign * solved.fun))
        found[place] = (ends[0], ends[1])
    return found


CELL = st.tuples(st.integers(0, 5), st.integers(1, 3))
MATRIX = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=4))


@settings(deadline=None, max_examples=120)
@given(MATRIX)
def test_no_withheld_number_is_given_away(people: list[list[tuple[int, int]]]) -> None:
    table = table_of(people)
    withheld = suppressed_cells(table, LEAST)
    if table["*", "*"].speakers < LEAST:
        return  # and then the grand total is withheld as well
    small = {place for place, held in table.items() if 0 < held.speakers < LEAST} - {("*", "*")}
    assert small <= withheld
    for place, (low, high) in ranges(table, withheld).items():
        assert low < high or table[place].utterances == 0 or table[place].speakers >= LEAST
    for column in {column for _, column in withheld if ("*", column) not in withheld}:
        hidden = [table[place].speakers for place in withheld if place[1] == column and place[0] != "*"]
        assert not hidden or sum(hidden) > len(hidden) or is_whole(table, withheld)  # else each would be known to be one speaker
    for row, column in table.keys() - withheld - {("*", "*")}:
        if "*" in (row, column):  # what is left over of a total is a number too
            hidden = [table[place].speakers for place in withheld if "*" not in place and (row in place or column in place)]
            assert not any(hidden) or sum(hidden) >= LEAST


def test_the_cheapest_cells_go_with_a_small_one_and_totals_stay() -> None:
    people = [[(2, 2), (4, 2), (9, 9)], [(5, 1), (5, 1), (9, 9)], [(9, 9), (9, 9), (9, 9)]]
    withheld = suppressed_cells(table_of(people), LEAST)
    assert withheld == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}


def test_a_small_row_takes_another_along_with_its_total() -> None:
    withheld = suppressed_cells(table_of([[(1, 3), (1, 3)], [(4, 2), (4, 2)], [(9, 9), (9, 9)]]), LEAST)
    assert withheld == {(row, column) for row in ("r0", "r1") for column in ("c0", "c1", "*")}


def test_nothing_is_withheld_of_enough_people_and_all_of_too_few() -> None:
    assert suppressed_cells(table_of([[(4, 1), (0, 1)], [(5, 1), (6, 1)]]), LEAST) == frozenset()
    few = table_of([[(1, 1), (0, 1)], [(0, 1), (1, 1)]])
    assert suppressed_cells(few, LEAST) == few.keys() - {("*", "*")}


def test_totals_stay_where_no_rectangle_protects_the_cells() -> None:
    table = table_of([[(2, 1), (0, 1), (0, 1)], [(0, 1), (5, 1), (0, 1)], [(0, 1), (0, 1), (6, 1)]])
    assert table.keys() - suppressed_cells(table, LEAST) == {("*", "*"), ("r2", "*"), ("*", "c2")}


def test_one_dimension_beside_its_total() -> None:
    values = {"a": Held(4, 1), "b": Held(30, 9), "c": Held(8, 3)}
    assert suppressed_values(values, LEAST) == {"a", "c"}
    assert suppressed_values({"a": Held(4, 1), "b": Held(4, 2)}, LEAST) is None


PEOPLE = st.lists(st.lists(st.sets(st.integers(0, 5), max_size=4), min_size=3, max_size=3), min_size=3, max_size=3)


def people_ranges(table: dict[Place, Held], withheld: frozenset[Place]) -> dict[Place, tuple[int, int]]:
    """The least and the greatest number of people of each withheld place, by all that is published of rows and people."""
    places = sorted(table)
    size = len(places)
    rows, people = ({place: index + shift for index, place in enumerate(places)} for shift in (0, size))
    lines: list[tuple[list[tuple[int, int]], float]] = [([(rows[place], 1), (people[place], -1)], np.inf) for place in places]
    for one, other in product(sorted({row for row, _ in places}), sorted({column for _, column in places})):
        if other == "*":
            cells = [place for place in places if place[0] == one and place[1] != "*"]
            lines += [([*((rows[cell], 1) for cell in cells), (rows[one, "*"], -1)], 0.0)]
            lines += [([*((people[cell], 1) for cell in cells), (people[one, "*"], -1)], np.inf)]
            lines += [([(people[one, "*"], 1), (people[cell], -1)], np.inf) for cell in cells]
        if one == "*":
            cells = [place for place in places if place[1] == other and place[0] != "*"]
            lines += [([*((each[cell], 1) for cell in cells), (each["*", other], -1)], 0.0) for each in (rows, people)]
    matrix = np.zeros((len(lines), 2 * size))
    for index, (terms, _) in enumerate(lines):
        for at, sign in terms:
            matrix[index, at] += sign
    # Where all cells are withheld, or all totals of rows or columns, one of them may stand for none.
    shown = {(row == "*", column == "*") for row, column in table.keys() - withheld}
    true = [held.utterances for held in map(table.__getitem__, places)] + [table[place].speakers for place in places]
    low = [
        int((place[0] == "*", place[1] == "*") in shown) if place in withheld else value
        for place, value in zip(places * 2, true, strict=True)
    ]
    high = [np.inf if place in withheld else value for place, value in zip(places * 2, true, strict=True)]
    found = {}
    for place in withheld:
        goal = np.zeros(2 * size)
        goal[people[place]] = 1
        ends = [
            milp(
                sign * goal,
                constraints=LinearConstraint(matrix, 0, [most for _, most in lines]),
                bounds=Bounds(low, high),
                integrality=np.ones(2 * size),
            )
            for sign in (1, -1)
        ]
        found[place] = (round(ends[0].fun), round(-ends[1].fun) if ends[1].status == 0 else 10**9)
    return found


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.integers(1, 2))
@example([[set(), set(), set()], [set(), set(), {0}], [set(), set(), {0, 1}]], 1)
def test_no_number_of_few_people_follows_from_those_of_people(cells: list[list[set[int]]], each: int) -> None:
    table = with_people(cells, each)
    if table["*", "*"].speakers < LEAST:
        return
    found = people_ranges(table, withheld := suppressed_cells(table, LEAST))
    for place in withheld:
        if 0 < table[place].speakers < LEAST:
            assert found[place][0] < found[place][1]


def test_people_of_a_row_with_one_cell_are_not_worked_out_down_its_column() -> None:
    cells = [[set(), {0, 1}, {0}], [{0}, set(), {0}], [{0, 1}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}]]
    table = with_people(cells, 1)
    found = people_ranges(table, withheld := suppressed_cells(table, LEAST))
    assert all(found[place][0] < found[place][1] for place in withheld if 0 < table[place].speakers < LEAST)
