"""Which numbers of a table to withhold, so that none of few people is given away, by itself or by what the others add up to.

Cells, rows and columns of fewer people than asked are withheld, and with them others (complementary suppression): every withheld
number is a corner of a rectangle of withheld ones, along which a row more here and a row less there leaves all published totals
as they are. So none can be worked out of the numbers of rows, nor bounded to a single value, even by a reader who knows that a
withheld number is not zero; what follows from those of people besides, :mod:`pipelines.report.pages.follows` finds (the hypercube
method: Repsilber 1994; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4). What the withheld
numbers beside a published total add up to follows from it, so they are about enough people together. Zeros stay: nobody is in
them, and where a corpus is empty is what its coverage is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from pipelines.report.counts.count import ALL
from pipelines.report.pages.follows import follows
from pipelines.report.pages.held import Held, Place
from schemas.accents import UNDECLARED
from schemas.dimensions import NOT_GIVEN


def suppressed_values(values: Mapping[str, Held], least: int) -> frozenset[str] | None:
    """The values of one dimension to withhold, beside a published total; None where that protects nothing, so all have to be.

    Args:
        values: of the dimension.
        least: fewest speakers of a number that is published.
    """
    small = {name for name, held in values.items() if 0 < held.speakers < least}
    if not small:
        return frozenset()
    # With somebody large among them, what all withheld ones add up to is about enough people too. How many give nothing often
    # follows from another table (where what is given comes from), so that is the last choice.
    large = sorted(
        (name in (NOT_GIVEN, UNDECLARED), held.utterances, name)
        for name, held in values.items()
        if held.speakers >= least and held.utterances >= 2
    )
    return frozenset({*small, large[0][2]}) if large else None


def suppressed_cells(table: Mapping[Place, Held], least: int) -> frozenset[Place]:
    """The cells and totals of a table to withhold; the grand total is published.

    Where rectangles cannot protect it, or numbers of people still give one away, all cells are withheld, empty ones too: then of
    each cell no more is known than that it is no larger than its row and its column, which are of enough people. Where that gives
    one away as well, so are all totals.

    Args:
        table: every cell, and the totals of rows ``(row, "*")`` and columns ``("*", column)``.
        least: fewest speakers of a number that is published.
    """
    rows = suppressed_values({row: held for (row, column), held in table.items() if column == ALL and row != ALL}, least)
    columns = suppressed_values({column: held for (row, column), held in table.items() if row == ALL and column != ALL}, least)
    found = None if rows is None or columns is None else _cells_beside_totals(table, rows, columns, least)
    if found is not None and not follows(table, found, least):
        return found
    totals = {(row, column) for row, column in table if (row == ALL) != (column == ALL)}
    kept = {(row, column) for row, column in totals if row not in (rows or ()) and column not in (columns or ())}
    kept = {(row, column) for row, column in kept if (rows if column == ALL else columns) is not None}
    whole = frozenset(table.keys() - kept - {(ALL, ALL)})
    return frozenset(table.keys() - {(ALL, ALL)}) if follows(table, whole, least) else whole


def _cells_beside_totals(
    table: Mapping[Place, Held], rows: frozenset[str], columns: frozenset[str], least: int
) -> frozenset[Place] | None:
    """The cells and totals to withhold beside totals of rows and columns; None where no rectangles protect them."""
    grid = _Grid(table, rows, columns)
    withheld = {
        (row, column)
        for (row, column), held in table.items()
        if held.utterances
        and (row, column) != (ALL, ALL)
        and (row in rows or column in columns or (ALL not in (row, column) and held.speakers < least))
    }
    protected: set[Place] = set()
    while left := sorted(withheld - protected, key=grid.cost)[:1] or grid.thin(withheld, least):
        corners = next((found for place in left if (found := grid.rectangle(place, withheld)) is not None), None)
        if corners is None:
            return None
        withheld |= corners
        protected |= corners
    return frozenset(withheld)


class _Grid:
    """A table's rectangles."""

    def __init__(self, table: Mapping[Place, Held], rows: Iterable[str], columns: Iterable[str]) -> None:
        self._table = {place: held.utterances for place, held in table.items()}
        self._speakers = {place: held.speakers for place, held in table.items()}
        self._rows = sorted({row for row, _ in table})
        self._columns = sorted({column for _, column in table})
        self._open_rows, self._open_columns = frozenset(rows), frozenset(columns)

    def cost(self, place: Place) -> tuple[int, Place]:
        """Order of places, what costs least first."""
        return self._table[place], place

    def rectangle(self, place: Place, withheld: set[Place]) -> frozenset[Place] | None:
        """The corners of the cheapest rectangle with a corner at ``place`` that protects it; None where there is none."""
        best: tuple[int, Sequence[Place]] | None = None
        row, column = place
        for other_row, other_column in product(self._rows, self._columns):
            corners = [place, (other_row, other_column), (row, other_column), (other_row, column)]
            if other_row == row or other_column == column or not self._may_move(corners):
                continue
            cost = sum(self._table[corner] for corner in corners if corner not in withheld)
            if best is None or (cost, corners) < best:
                best = (cost, corners)
        return None if best is None else frozenset(best[1])

    def thin(self, withheld: set[Place], least: int) -> list[Place]:
        """Of a line with a published total whose withheld cells are of too few people, the cells to choose another of."""
        lines = [[(row, column) for column in self._columns] for row in self._rows if row not in self._open_rows | {ALL}]
        lines += [[(row, column) for row in self._rows] for column in self._columns if column not in self._open_columns | {ALL}]
        for line in lines:
            cells = [place for place in line if ALL not in place and self._table.get(place)]
            hidden = [self._speakers[place] for place in cells if place in withheld]
            shown = sorted((place for place in cells if place not in withheld), key=self.cost)
            adds_up = sum(map(self._speakers.__getitem__, cells)) == sum(self._speakers[place] for place in line if ALL in place)
            if hidden and shown and (sum(hidden) if adds_up else max(hidden)) < least:
                return shown
        return []

    def _may_move(self, corners: Sequence[Place]) -> bool:
        """Whether a row may be added and taken away along the rectangle without a published total or zero changing."""
        (row, column), (other_row, other_column) = corners[:2]
        if ALL in (row, other_row) and ALL in (column, other_column):
            return False
        if ALL in (column, other_column) and not {row, other_row} <= self._open_rows:
            return False
        if ALL in (row, other_row) and not {column, other_column} <= self._open_columns:
            return False
        if not all(self._table.get(corner) for corner in corners):
            return False
        for one in {column, other_column} - self._open_columns:
            # Few people have two accents, so down a column speakers all but add up: of two withheld numbers none may follow.
            if self._speakers[row, one] + self._speakers[other_row, one] < 3:
                return False
        if ALL in (column, other_column):  # a total moves with its cell
            sides = [[each for each in corners if each[0] == one] for one in (row, other_row)]
        elif ALL in (row, other_row):
            sides = [[each for each in corners if each[1] == one] for one in (column, other_column)]
        else:
            sides = [list(corners[:2]), list(corners[2:])]
        return any(all(self._table[corner] >= 2 for corner in side) for side in sides)
