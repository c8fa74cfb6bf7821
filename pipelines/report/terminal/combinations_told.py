"""The combinations of a corpus, read for showing, and in the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.report.counts.count import ALL
from pipelines.report.counts.tuples import combinations_file, patterns_file
from schemas.combinations import OBSERVED
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

PATTERNS_SHOWN = 100
PATTERNS_PRINTED = 20


@dataclass(frozen=True)
class Factors:
    """How many combinations of some factors occur; a row of ``coverage/combinations.csv``.

    Attributes:
        split: or ``*`` for all.
        strength: how many factors are combined.
        factors: their names, or ``*`` for all sets of so many.
        feasible: combinations that nothing excludes.
        occurring: those that a row has.
        covered: those that enough speakers have.
        to_simulate: not covered although donors are there; None in a single split.
        to_collect: not covered because people are missing; None in a single split.
    """

    split: str
    strength: int
    factors: str
    feasible: int
    occurring: int
    covered: int
    to_simulate: int | None
    to_collect: int | None

    @property
    def share(self) -> float:
        """Combinations covered, as a share of the feasible ones."""
        return self.covered / self.feasible if self.feasible else 1.0


@dataclass(frozen=True)
class Lacking:
    """A most general pattern of people that the corpus has too few of: its values by factor, and how many people it lacks."""

    values: dict[str, str]
    speakers: int
    missing: int

    @property
    def told(self) -> str:
        """The pattern in words."""
        return ", ".join(f"{factor.replace('_', ' ')} {value}" for factor, value in self.values.items()) or "anybody"


@dataclass(frozen=True)
class Combinations:
    """What a report tells of combinations.

    Attributes:
        rows: of all splits, strengths and sets of factors.
        patterns: the first of the patterns.
        patterns_total: how many there are.
    """

    rows: tuple[Factors, ...]
    patterns: tuple[Lacking, ...]
    patterns_total: int

    @property
    def strengths(self) -> tuple[int, ...]:
        """How many factors are combined: 2, or 2 and 3."""
        return tuple(dict.fromkeys(row.strength for row in self.rows))

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits, without ``*``."""
        return tuple(dict.fromkeys(row.split for row in self.rows if row.split != ALL))

    def total(self, strength: int, split: str = ALL) -> Factors:
        """All sets of so many factors together."""
        return next(row for row in self.rows if (row.strength, row.split, row.factors) == (strength, split, ALL))

    def sets(self, strength: int, split: str = ALL) -> list[Factors]:
        """The sets of so many factors."""
        return [row for row in self.rows if (row.strength, row.split) == (strength, split) and row.factors != ALL]


def read_combinations(corpus: Corpus) -> Combinations:
    """What was counted; nothing where the report has not been made."""
    rows = tuple(
        Factors(
            row["split"],
            int(row["strength"]),
            row["factors"],
            *(int(row[name]) for name in ("feasible", "occurring", "covered")),
            *(int(row[name]) if row[name] else None for name in ("to_simulate", "to_collect")),
        )
        for row in _read(combinations_file(corpus))
    )
    patterns: list[Lacking] = []
    total = 0
    for row in _read(patterns_file(corpus)):
        total += 1
        if len(patterns) < PATTERNS_SHOWN:
            values = {name: row[name] for name in OBSERVED if row[name] != ALL}
            patterns.append(Lacking(values, int(row["speakers"]), int(row["missing"])))
    return Combinations(rows, tuple(patterns), total)


def _read(location: str) -> Iterator[dict[str, str]]:
    if storage.exists(location):
        with storage.open_input(location) as file:
            yield from csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))


def print_combinations(console: Console, corpus: Corpus, strength: int | None, split: str | None) -> None:
    """Print how many combinations occur, by the factors that are combined, and which people are missing.

    Raises:
        ConfigError: nothing is counted, or not in so many factors, or there is no such split.
    """
    from rich.markup import escape
    from rich.table import Table

    counted = read_combinations(corpus)
    if not counted.rows:
        raise ConfigError(f"{corpus.root}: combinations are not counted yet; run 'panvox report' (or 'panvox run') first")
    if strength is not None and strength not in counted.strengths:
        known = ", ".join(map(str, counted.strengths))
        raise ConfigError(
            f"--strength: expected {known}, found {strength}; 'combinations: {{strength: 3}}' counts three together"
        )
    if split is not None and split not in counted.splits:
        raise ConfigError(f"--split: there is no {split!r}; known: {', '.join(counted.splits)}")
    for each in counted.strengths if strength is None else [strength]:
        total = counted.total(each, split or ALL)
        where = "" if split is None else f" in {split}"
        console.print(
            f"[bold]{total.covered:,} of {total.feasible:,} combinations of {each} factors{where}[/bold]", highlight=False
        )
        table = Table("factors", box=None, pad_edge=False)
        for name in ("covered", "of", "", *(("to simulate", "to collect") if split is None else ())):
            table.add_column(name, justify="right")
        for row in sorted(counted.sets(each, split or ALL), key=lambda row: row.share):
            left = [f"{count:,}" if count else "-" for count in (row.to_simulate, row.to_collect)]
            percent = f"{int(100 * row.share)} %"
            table.add_row(row.factors, f"{row.covered:,}", f"{row.feasible:,}", percent, *(left if split is None else []))
        console.print(table, highlight=False)
        console.print()
    if counted.patterns_total and split is None:
        console.print(
            f"[bold]{counted.patterns_total:,} patterns of people too few of whom are here[/bold], the most general first"
        )
        for pattern in counted.patterns[:PATTERNS_PRINTED]:
            told = f"  {pattern.told}: {pattern.speakers} here, record {pattern.missing} more"
            console.print(escape(told), highlight=False, soft_wrap=True)
        if counted.patterns_total > PATTERNS_PRINTED:
            console.print(f"  … all of them stand in {patterns_file(corpus)}", highlight=False, soft_wrap=True)
