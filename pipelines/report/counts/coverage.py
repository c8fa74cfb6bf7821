"""The coverage table, read as matrices of accent × condition, and written beside the shards."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus, read_table, write_table
from pipelines.report.counts.count import ALL, UNTARGETED_ACCENTS, UNTARGETED_CONDITIONS
from schemas.errors import ConfigError
from schemas.publish import SUPPRESSED
from schemas.tables import COVERAGE

MEASURES = ("utterances", "hours", "speakers")
HOURS_DECIMALS = 6
"""Of ``hours.csv``: 4 ms."""

STEPS = (0.25, 0.5, 0.75, 1.0)
"""Shares of the target at which a cell changes its colour."""


@dataclass(frozen=True)
class Count:
    """What a cell holds of one measure.

    Attributes:
        recorded: in recorded rows.
        more: what simulated rows add. Of speakers, those who are heard in the cell in simulated rows only, so that
            ``recorded + more`` is the distinct count of both.
    """

    recorded: float = 0
    more: float = 0

    @property
    def total(self) -> float:
        """Of both origins together."""
        return self.recorded + self.more


@dataclass(frozen=True)
class Targets:
    """What each cell should hold.

    Attributes:
        per_cell: by measure, over all splits; a measure without a target is left out.
        shares: each split's share of it.
    """

    per_cell: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Targets:
        """The targets of a configuration as JSON gives it (``CorpusConfig.model_dump(mode="json")``)."""
        per_cell = (config.get("targets") or {}).get("per_cell") or {}
        return cls({measure: per_cell[measure] for measure in MEASURES if per_cell.get(measure)}, config.get("splits") or {})

    def of_split(self, measure: str, split: str = ALL) -> float | None:
        """What a cell should hold in a split; None where nothing is asked."""
        target = self.per_cell.get(measure)
        return target if target is None or split == ALL else target * self.shares.get(split, 0.0)


class Coverage:
    """A coverage table, looked up by cell.

    Attributes:
        accents: those of all splits and origins, in the table's order.
        conditions: likewise.
        splits: those that have rows, in the table's order.
    """

    def __init__(self, table: pa.Table) -> None:
        columns = [table[column].to_pylist() for column in COVERAGE.names]
        self._rows: dict[tuple[str, str, str, str], dict[str, float]] = {
            (split, accent, condition, origin): dict(zip(MEASURES, measures, strict=True))
            for split, accent, condition, origin, *measures in zip(*columns, strict=True)
        }
        over_all = [cell for cell in self._rows if cell[0] == ALL and cell[3] == ALL]
        self.accents = tuple(dict.fromkeys(cell[1] for cell in over_all if cell[1] != ALL))
        self.conditions = tuple(dict.fromkeys(cell[2] for cell in over_all if cell[2] != ALL))
        self.splits = tuple(dict.fromkeys(cell[0] for cell in self._rows if cell[0] != ALL))

    def value(self, measure: str, split: str = ALL, accent: str = ALL, condition: str = ALL, origin: str = ALL) -> float:
        """One measure of one cell; 0 where the table has no such row."""
        return self._rows.get((split, accent, condition, origin), {}).get(measure, 0)

    def count(self, measure: str, split: str = ALL, accent: str = ALL, condition: str = ALL) -> Count:
        """One measure of one cell, recorded and simulated told apart."""
        recorded = self.value(measure, split, accent, condition, "recorded")
        if measure == "speakers":
            return Count(recorded, self.value(measure, split, accent, condition) - recorded)
        return Count(recorded, self.value(measure, split, accent, condition, "simulated"))


@dataclass(frozen=True)
class View:
    """One measure in one split: what every way of showing the matrix shares."""

    coverage: Coverage
    targets: Targets
    measure: str
    split: str = ALL

    def count(self, accent: str = ALL, condition: str = ALL) -> Count:
        """What a cell holds."""
        return self.coverage.count(self.measure, self.split, accent, condition)

    def is_one_speaker(self, accent: str, condition: str) -> bool:
        """Whether the cell's rows are all one speaker's."""
        return self.coverage.value("speakers", self.split, accent, condition) == 1

    @property
    def target(self) -> float | None:
        """What a cell should hold; None where nothing is asked."""
        return self.targets.of_split(self.measure, self.split)

    @cached_property
    def largest(self) -> float:
        """What the fullest cell holds."""
        cells = ((accent, condition) for accent in self.coverage.accents for condition in self.coverage.conditions)
        return max((self.count(*cell).total for cell in cells), default=0)

    def share(self, accent: str, condition: str) -> float | None:
        """What the cell holds as a share of its target; None where it has none."""
        if self.target is None or accent in UNTARGETED_ACCENTS or condition in UNTARGETED_CONDITIONS:
            return None
        return self.count(accent, condition).total / self.target if self.target else 1.0

    @cached_property
    def decimals(self) -> int:
        """Decimals to show, so that the fullest cell has two or three digits; none where things are counted."""
        if self.measure != "hours" or not self.largest:
            return 0
        return min(max(2 - math.floor(math.log10(self.largest)), 0), 3 if self.largest >= 0.01 else 4)

    def format(self, value: float) -> str:
        """A value as every matrix shows it."""
        return f"{value:,.{self.decimals}f}"

    def format_target(self) -> str:
        """The target, a whole number rounded up where things are counted."""
        target = self.target or 0
        return f"{target:,.4g}" if self.measure == "hours" else f"{math.ceil(target - 1e-9):,}"


def step(share: float) -> int:
    """How near a share of the target is to it: 0 empty, then 1 to 4 under the target, 5 met."""
    return 0 if share <= 0 else 1 + sum(share >= edge for edge in STEPS)


def matrix(
    table: pa.Table, measure: str, split: str = ALL, origin: str = ALL
) -> tuple[tuple[str, ...], tuple[str, ...], list[list[float]]]:
    """Accents, conditions, and one row of values an accent; zeros where there is nothing."""
    coverage = Coverage(table)
    values = [
        [coverage.value(measure, split, accent, condition, origin) for condition in coverage.conditions]
        for accent in coverage.accents
    ]
    return coverage.accents, coverage.conditions, values


def _nothing(_: str, __: str) -> bool:
    return False


def matrix_csv(table: pa.Table, measure: str, is_withheld: Callable[[str, str], bool] = _nothing) -> str:
    """The matrix of all splits and origins as CSV: one row an accent, one column a condition, zeros written.

    Args:
        table: the coverage table.
        measure: utterances, hours or speakers.
        is_withheld: whether :data:`schemas.publish.SUPPRESSED` stands for the number of an accent and a condition.
    """
    accents, conditions, values = matrix(table, measure)
    decimals = HOURS_DECIMALS if measure == "hours" else 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["accent", *conditions])
    for accent, row in zip(accents, values, strict=True):
        cells = zip(conditions, row, strict=True)
        shown = (SUPPRESSED if is_withheld(accent, condition) else f"{value:.{decimals}f}" for condition, value in cells)
        writer.writerow([accent, *shown])
    return text.getvalue()


def write_coverage(corpus: Corpus, table: pa.Table) -> None:
    """Write ``coverage/coverage.parquet`` and a CSV file a measure."""
    write_table(corpus.coverage_file, table)
    for measure in MEASURES:
        storage.write_text(corpus.path("coverage", f"{measure}.csv"), matrix_csv(table, measure))


def read_coverage(corpus: Corpus) -> pa.Table:
    """``coverage/coverage.parquet``. Raises ConfigError where the report has not been made."""
    if not storage.exists(corpus.coverage_file):
        raise ConfigError(f"{corpus.root}: coverage is not counted yet; run 'panvox report' (or 'panvox run') first")
    return read_table(corpus.coverage_file)
