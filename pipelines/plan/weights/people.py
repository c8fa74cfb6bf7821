"""The weight of each row where the corpus has a reference population.

People are raked, split by split, and share their weight among their rows. A person counts once, whatever number of rows repeats
their voice, so simulation changes nobody's part of a split.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from pipelines.corpus import read_table
from pipelines.plan.parcel import unpack
from pipelines.plan.shards.recipes import Piece
from pipelines.plan.weights.raking import Groups, Raked, rake
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.population import PopulationConfig

Said = Counter[tuple[str | None, ...]]
"""How many of a speaker's recordings report which values, one a margin."""


class Person(NamedTuple):
    """A speaker who has rows in a split.

    Attributes:
        speaker_id: who.
        split: which.
        groups: of the reference, one a margin.
        rows: recorded and simulated.
    """

    speaker_id: str
    split: str
    groups: Groups
    rows: int


def values_of(said: Mapping[tuple[str | None, ...], int], fields: Sequence[str]) -> tuple[str | None, ...]:
    """What a speaker reports in each field: the value most of their recordings give; None where none gives one.

    Args:
        said: how many recordings report which values, one a field.
        fields: which; accents that are undeclared or unmapped count as not given.
    """
    found = []
    for index, name in enumerate(fields):
        counts: Counter[str] = Counter()
        for values, count in said.items():
            value = values[index]
            if value is not None and not (name == "accent" and value in (UNDECLARED, UNMAPPED)):
                counts[value] += count
        found.append(min(counts, key=lambda each: (-counts[each], each), default=None))
    return tuple(found)


def groups_of(values: Sequence[str | None], population: PopulationConfig) -> Groups:
    """The reference's group of somebody who reports these values, one a margin; None where it has none."""
    return tuple(
        None if value is None else margin.group_of.get(value) for value, margin in zip(values, population.margins, strict=True)
    )


def rake_splits(people: Iterable[tuple[tuple[str, Groups], int]], population: PopulationConfig) -> dict[str, Raked]:
    """Weights of people in each split, from how many there are of each split and combination of groups, in any order."""
    of_split: dict[str, dict[Groups, int]] = defaultdict(dict)
    for (split, groups), count in people:
        of_split[split][groups] = count
    margins = [margin.known.proportions for margin in population.margins]
    return {split: rake(of_split[split], margins, population.trim) for split in sorted(of_split)}


def described(raked: Mapping[str, Raked]) -> dict[str, dict[str, Any]]:
    """What raking came to in each split, as JSON holds it."""
    return {
        split: {
            "rounds": each.rounds,
            "error": each.error,
            "converged": each.converged,
            "trimmed_people": each.trimming.people if each.trimming else 0,
            "trimmed_share": each.trimming.share if each.trimming else 0.0,
        }
        for split, each in raked.items()
    }


def weigh_people(parts: Any, pieces: Any, population: PopulationConfig) -> tuple[Any, Any]:
    """Weigh the people of a version on Beam's workers.

    Args:
        parts: locations of the manifest's parts.
        pieces: of the version's blocks, whose rows share the weights.
        population: the reference.

    Returns:
        Two collections: each speaker's id and the part of all weight in the split that each of their rows gets; and one element,
        the :class:`~pipelines.plan.weights.raking.Raked` of each split.
    """
    said = parts | "what people say" >> beam.FlatMap(_said, population.fields) | "all they say" >> beam.CombinePerKey(_add)
    rows = pieces | "people of a piece" >> beam.FlatMap(_speakers) | "rows of a person" >> beam.CombinePerKey(sum)
    people = (
        {SAID: said, ROWS: rows | "by person" >> beam.MapTuple(lambda key, count: (key[1], (key[0], count)))}
        | "what they say and have" >> beam.CoGroupByKey()
        | "people" >> beam.FlatMap(_people, population)
    )
    kinds = (
        people
        | "kind of a person" >> beam.Map(lambda person: ((person.split, person.groups), 1))
        | "people of a kind" >> beam.CombinePerKey(sum)
    )
    raked = (
        parts.pipeline
        | "one raking" >> beam.Create([None])
        | "rake" >> beam.Map(lambda _, counts: rake_splits(counts, population), beam.pvalue.AsList(kinds))
    )
    return people | "weigh" >> beam.Map(_weigh, beam.pvalue.AsSingleton(raked)), raked


SAID, ROWS = "said", "rows"


def _weigh(person: Person, raked: Mapping[str, Raked]) -> tuple[str, float]:
    of_split = raked[person.split]
    return person.speaker_id, of_split.weights[person.groups] / of_split.people / person.rows


def _said(part: str, fields: Sequence[str]) -> Iterator[tuple[str, Said]]:
    columns = list(dict.fromkeys(["speaker_id", *fields]))
    counts = read_table(part, columns).group_by(columns).aggregate([([], "count_all")])
    for row in counts.to_pylist():
        yield row["speaker_id"], Counter({tuple(row[name] for name in fields): row["count_all"]})


def _add(said: Iterable[Said]) -> Said:
    return sum(said, Counter())


def _speakers(piece: Piece) -> Iterator[tuple[tuple[str, str], int]]:
    for row in unpack(piece.rows).column("speaker_id").value_counts().to_pylist():
        yield (piece.split, row["values"]), row["counts"]


def _people(found: tuple[str, Mapping[str, Any]], population: PopulationConfig) -> Iterator[Person]:
    speaker, given = found
    values = values_of(_add(given[SAID]), population.fields)
    for split, count in given[ROWS]:
        yield Person(speaker, split, groups_of(values, population), count)
