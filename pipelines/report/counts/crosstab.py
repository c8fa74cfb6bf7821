"""Tables of rows by any dimensions, with true distinct counts of speakers at every level."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus, read_table, write_table
from pipelines.report.counts.count import ALL, ORIGINS, Cell, Tally, roll_up
from pipelines.report.counts.coverage import HOURS_DECIMALS, MEASURES, Count
from pipelines.report.counts.dimensions import ALWAYS_THERE, Order, in_order
from schemas.dimensions import DIMENSIONS

MOST_CELLS = 100_000
"""Up to so many, every combination of the values stands in a table; above, only those that have rows."""

Measures = tuple[int, float, int]
"""Utterances, hours, distinct speakers."""

NOTHING: Measures = (0, 0.0, 0)

Values = tuple[str | None, ...]
"""One value a dimension: None where rows have none, ``*`` for all."""


@dataclass(frozen=True)
class Crosstab:
    """Rows by dimensions.

    Attributes:
        dimensions: their names.
        values: those of each dimension, in order.
        cells: utterances, hours and speakers by the values and the origin, at every level that has rows.
    """

    dimensions: tuple[str, ...]
    values: tuple[tuple[str | None, ...], ...]
    cells: Mapping[Cell, Measures] = field(repr=False)

    def value(self, measure: str, values: Sequence[str | None], origin: str = ALL) -> float:
        """One measure of one cell or margin; 0 where there are no rows."""
        return self.cells.get((*values, origin), NOTHING)[MEASURES.index(measure)]

    def count(self, measure: str, values: Sequence[str | None]) -> Count:
        """One measure of one cell or margin, recorded and simulated told apart."""
        recorded = self.value(measure, values, "recorded")
        if measure == "speakers":
            return Count(recorded, self.value(measure, values) - recorded)
        return Count(recorded, self.value(measure, values, "simulated"))

    def is_one_speaker(self, values: Sequence[str | None]) -> bool:
        """Whether all rows there are one speaker's."""
        return self.value("speakers", values) == 1

    def label(self, place: int, value: str | None) -> str:
        """A value of the dimension at ``place`` as it is shown."""
        return DIMENSIONS[self.dimensions[place]].absent if value is None else value

    def rows(self) -> list[Values]:
        """Combinations of all dimensions but the last: every one, or where they are too many those that have rows."""
        return self._combinations(self.values[:-1])

    def combinations(self) -> list[Values]:
        """Combinations of all dimensions, likewise."""
        return self._combinations(self.values)

    def _combinations(self, values: Sequence[Sequence[str | None]]) -> list[Values]:
        if self.size <= MOST_CELLS:
            return list(product(*values))
        places = [{value: place for place, value in enumerate(each)} for each in values]
        found = {cell[: len(values)] for cell in self.cells if ALL not in cell[: len(self.dimensions)]}
        return sorted(found, key=lambda each: [place[value] for place, value in zip(places, each, strict=True)])

    @property
    def size(self) -> int:
        """How many combinations of the values there are."""
        size = 1
        for values in self.values:
            size *= len(values)
        return size

    @property
    def occupied(self) -> int:
        """How many of them have rows."""
        return sum(1 for cell in self.cells if ALL not in cell[:-1] and cell[-1] == ALL)

    @property
    def of_one_speaker(self) -> int:
        """How many of them have one speaker's rows only."""
        return sum(1 for cell, each in self.cells.items() if ALL not in cell[:-1] and cell[-1] == ALL and each[2] == 1)


def make_crosstab(
    names: Sequence[str], tallies: Mapping[tuple[Cell, int], Tally], speakers: Mapping[Cell, int], order: Order
) -> Crosstab:
    """A table from what was counted.

    Args:
        names: of the dimensions.
        tallies: of the cells of (values, origin), at each sampling rate.
        speakers: distinct speakers at each level of them.
        order: of the dimensions' values.
    """
    counts = roll_up(tallies)
    values = []
    for place, name in enumerate(names):
        first, last = order[name]
        found = {cell[place] for cell, _ in tallies} | (set(first) if name in ALWAYS_THERE else set())
        values.append(tuple(in_order(found, first, last)))
    cells = {cell: (utterances, hours, speakers[cell]) for cell, (utterances, hours) in counts.items()}
    return Crosstab(tuple(names), tuple(values), cells)


def to_table(crosstab: Crosstab) -> pa.Table:
    """Every level that has rows, and every combination over all origins: ``*`` first, in the order of the values."""
    names = [*crosstab.dimensions, *([] if "origin" in crosstab.dimensions else ["origin"])]
    asked = {(*values, ALL) for values in crosstab.combinations()}
    places: list[dict[str | None, int]] = [
        {value: place for place, value in enumerate((ALL, *values))} for values in (*crosstab.values, ORIGINS)
    ]
    cells = sorted(
        asked | crosstab.cells.keys(), key=lambda cell: [place[value] for place, value in zip(places, cell, strict=True)]
    )
    if "origin" in crosstab.dimensions:
        cells = [cell for cell in cells if cell[-1] == ALL]
    columns: dict[str, pa.Array] = {
        name: pa.array([cell[place] for cell in cells], pa.string()) for place, name in enumerate(names)
    }
    found = [crosstab.cells.get(cell, NOTHING) for cell in cells]
    columns["utterances"] = pa.array([each[0] for each in found], pa.int64())
    columns["hours"] = pa.array([each[1] for each in found], pa.float64())
    columns["speakers"] = pa.array([each[2] for each in found], pa.int64())
    return pa.table(columns)


def write_crosstab(corpus: Corpus, crosstab: Crosstab) -> None:
    """Write ``coverage/by-<dimensions>.parquet`` and a CSV file of the same rows; what is not given is an empty cell there."""
    table = to_table(crosstab)
    location = crosstab_file(corpus, crosstab.dimensions)
    write_table(location, table)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(_csv_rows(table))
    storage.write_text(location.removesuffix(".parquet") + ".csv", text.getvalue())


def crosstab_file(corpus: Corpus, names: Sequence[str]) -> str:
    """Where a table stands, as Parquet."""
    return corpus.path("coverage", f"by-{'-'.join(names)}.parquet")


def read_crosstab(corpus: Corpus, names: Sequence[str]) -> Crosstab:
    """A table as it was written."""
    table = read_table(crosstab_file(corpus, names))
    columns = [table[name].to_pylist() for name in names]
    origins = [ALL] * table.num_rows if "origin" in names else table["origin"].to_pylist()
    measures = zip(*(table[measure].to_pylist() for measure in MEASURES), strict=True)
    cells = {cell: each for cell, each in zip(zip(*columns, origins, strict=True), measures, strict=True) if each[0]}
    values = tuple(tuple(value for value in dict.fromkeys(column) if value != ALL) for column in columns)
    return Crosstab(tuple(names), values, cells)


def _csv_rows(table: pa.Table) -> Iterator[list[str]]:
    for row in table.to_pylist():
        row["hours"] = f"{row['hours']:.{HOURS_DECIMALS}f}"
        yield ["" if value is None else str(value) for value in row.values()]


def headline(crosstab: Crosstab) -> str:
    """How much of a table is empty."""
    empty = crosstab.size - crosstab.occupied
    return f"{crosstab.size:,} combinations: {empty:,} empty, {crosstab.of_one_speaker:,} of one speaker"
