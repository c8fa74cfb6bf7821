"""The combinations that were counted, held against those that could be, as files under ``coverage/``."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.combinations.constraints import OPEN
from pipelines.combinations.measured import Measured
from pipelines.combinations.patterns import Pattern, count_patterns, uncovered_patterns
from pipelines.corpus import Corpus, write_table
from pipelines.report.counts.count import ALL
from schemas.combinations import OBSERVED, shown
from schemas.config import CorpusConfig
from schemas.tables import COMBINATIONS, MUPS, TUPLES, Table

People = tuple[tuple[str | None, ...], ...]
"""The observed values of a speaker: several where they declared different ones at different times."""

Row = dict[str, Any]

MOST_TUPLES = 500_000
"""Of one set of factors: where a field has thousands of values there are more, and nobody would read them one by one."""


@dataclass(frozen=True)
class TupleCounts:
    """What was counted.

    Attributes:
        tuples: by the factors' names, a table of split (``*`` for all), their values, utterances, recorded and speakers.
        people: how many speakers have exactly which observed values.
        donors: the same of those who can be simulated from.
    """

    tuples: Mapping[tuple[str, ...], pa.Table]
    people: Mapping[People, int]
    donors: Mapping[People, int]


def combinations_file(corpus: Corpus) -> str:
    """How many combinations occur, by the factors that are combined."""
    return corpus.path("coverage", "combinations.csv")


def patterns_file(corpus: Corpus) -> str:
    """The most general patterns of people that the corpus has too few of."""
    return corpus.path("coverage", "mups.csv")


def write_tuples(corpus: Corpus, config: CorpusConfig, accents: Sequence[str], counted: TupleCounts) -> None:
    """Write the three files.

    Args:
        corpus: to write to.
        config: of the corpus.
        accents: every code of the taxonomy, in its order.
        counted: from the shards.
    """
    judged = _Judged(config, accents, counted)
    summary: list[Row] = []
    missing: list[Row] = []
    for strength in range(2, config.combinations.strength + 1):
        of_strength: list[Row] = []
        for factors in judged.measured.sets(strength):
            of_set, rows = judged.tuples(factors)
            of_strength += of_set
            missing += rows
        summary += [*_totals(of_strength), *of_strength]
    storage.write_text(combinations_file(corpus), _csv(COMBINATIONS, summary))
    write_table(corpus.path("coverage", "tuples.parquet"), pa.Table.from_pylist(missing, schema=TUPLES.schema()))
    storage.write_text(patterns_file(corpus), _csv(MUPS, judged.patterns()))


class _Judged:
    """What was counted, held against what could be."""

    def __init__(self, config: CorpusConfig, accents: Sequence[str], counted: TupleCounts) -> None:
        observed = config.combinations.observed
        seen: dict[str, set[str | None]] = {
            name: {profile[place] for people in counted.people for profile in people} for place, name in enumerate(observed)
        }
        values: dict[str, list[str]] = {
            name: sorted(value for value in found if value is not None) for name, found in seen.items()
        }
        values["accent"] = [*accents, *(value for value in values["accent"] if value not in accents)]
        self.measured = Measured(config, values)
        self._splits = [ALL, *config.splits]
        self._least = config.combinations.speakers
        self._counted = counted.tuples
        self._people, self._donors = self._count(counted.people), self._count(counted.donors)

    def _count(self, people: Mapping[People, int]) -> Counter[Pattern]:
        return count_patterns((frozenset(map(self._encode, profiles)), speakers) for profiles, speakers in people.items())

    def _encode(self, profile: Sequence[str | None]) -> Pattern:
        numbers = (None if value is None else self.measured.number(factor, value) for factor, value in enumerate(profile))
        return tuple(OPEN if number is None else number for number in numbers)

    def tuples(self, factors: Sequence[int]) -> tuple[list[Row], list[Row]]:
        """How many tuples of some factors occur, by split; and every one that could be or is, over all splits."""
        measured = self.measured
        names = tuple(measured.factors[factor] for factor in factors)
        if math.prod(len(measured.values[factor]) for factor in factors) > MOST_TUPLES:
            return self._too_many(factors, names), []
        feasible = measured.feasible(factors)
        utterances = {split: np.zeros(feasible.shape, np.int64) for split in self._splits}
        recorded, speakers = (
            np.zeros(feasible.shape, np.int64),
            {split: np.zeros(feasible.shape, np.int64) for split in self._splits},
        )
        labels = [{shown(value): number for number, value in enumerate(measured.values[factor])} for factor in factors]
        table = self._counted.get(names)
        for row in table.to_pylist() if table is not None else ():
            place = tuple(of.get(row[name], OPEN) for of, name in zip(labels, names, strict=True))
            if OPEN not in place:
                utterances[row["split"]][place] = row["utterances"]
                speakers[row["split"]][place] = row["speakers"]
                if row["split"] == ALL:
                    recorded[place] = row["recorded"]
        told = []
        rows = []
        for values in np.argwhere(feasible | (utterances[ALL] > 0)).tolist():
            place = tuple(values)
            have = int(speakers[ALL][place])
            remedy = None
            if not feasible[place]:
                remedy = "excluded"
            elif have < self._least:
                remedy = self._remedy(factors, place)
            of = {name: shown(measured.values[factor][value]) for name, factor, value in zip(names, factors, place, strict=True)}
            counts = {"utterances": int(utterances[ALL][place]), "recorded": int(recorded[place]), "speakers": have}
            rows.append({"strength": len(factors), **of, **counts, "remedy": remedy})
        remedies = Counter(row["remedy"] for row in rows)
        for split in self._splits:
            is_all = split == ALL
            told.append(
                {
                    "split": split,
                    "strength": len(factors),
                    "factors": " × ".join(names),
                    "feasible": int(feasible.sum()),
                    "occurring": int((feasible & (utterances[split] > 0)).sum()),
                    "covered": int((feasible & (speakers[split] >= self._least)).sum()),
                    "to_simulate": remedies["simulate"] if is_all else None,
                    "to_collect": remedies["collect"] if is_all else None,
                }
            )
        return told, rows

    def _too_many(self, factors: Sequence[int], names: tuple[str, ...]) -> list[Row]:
        """How many tuples of some factors occur that are too many to look at one by one."""
        could_be = math.prod(len(self.measured.values[factor]) for factor in factors)
        table = self._counted.get(names)
        told = []
        for split in self._splits:
            own = [] if table is None else table.filter(pc.equal(table.column("split"), split)).column("speakers").to_pylist()
            counts = {"feasible": could_be, "occurring": len(own), "covered": sum(have >= self._least for have in own)}
            of = {"split": split, "strength": len(factors), "factors": " × ".join(names)}
            told.append({**of, **counts, "to_simulate": None, "to_collect": None})
        return told

    def _remedy(self, factors: Sequence[int], values: Sequence[int]) -> str:
        given = dict(zip(factors, values, strict=True))
        people = tuple(given.get(factor, OPEN) for factor in range(self.measured.observed))
        is_simulated = max(factors) >= self.measured.observed
        return "simulate" if is_simulated and self._donors[people] >= self._least else "collect"

    def patterns(self) -> list[Row]:
        """The rows of ``mups.csv``."""
        measured = self.measured
        observed = range(measured.observed)
        anything = (OPEN,) * (len(measured.factors) - measured.observed)
        found = uncovered_patterns(
            self._people,
            [len(measured.values[factor]) for factor in observed],
            self._least,
            lambda each: measured.allows((*each, *anything)),
        )
        rows = []
        for pattern in found:
            values = {
                measured.factors[factor]: str(measured.values[factor][number])
                for factor, number in zip(observed, pattern, strict=True)
                if number != OPEN
            }
            have = self._people[pattern]
            of = {name: values.get(name, ALL) for name in OBSERVED}
            rows.append({**of, "speakers": have, "needed": self._least, "missing": self._least - have, "remedy": "collect"})
        return rows


def _totals(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of all sets of factors together, by split."""
    by_split: dict[str, list[Row]] = {}
    for row in rows:
        by_split.setdefault(row["split"], []).append(row)
    for split, own in by_split.items():
        sums = {
            name: None if all(row[name] is None for row in own) else sum(row[name] or 0 for row in own)
            for name in ("feasible", "occurring", "covered", "to_simulate", "to_collect")
        }
        yield {"split": split, "strength": own[0]["strength"], "factors": ALL, **sums}


def _csv(table: Table, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, table.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
