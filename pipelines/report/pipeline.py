"""The Beam pipeline that counts the shards: an element a shard file, and only counts in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus, write_json
from pipelines.report.counts.count import ALL, Cell, Tally, add_tallies, coverage_table, levels, roll_up
from pipelines.report.counts.coverage import Coverage, write_coverage
from pipelines.report.counts.crosstab import Crosstab, make_crosstab, write_crosstab
from pipelines.report.counts.dimensions import Order, order_of
from pipelines.report.counts.people import add_held, add_people, facts_of_person
from pipelines.report.counts.shard import FACETS, Asked, Candidate, ClipCell, count_shard, counts_file
from pipelines.report.statistics.statistics import PersonFact, describe, statistics_file
from schemas.config import CorpusConfig
from schemas.population import PopulationConfig


@dataclass(frozen=True)
class CountedShards:
    """What :func:`count_shards` leaves, each a collection of one element.

    Attributes:
        coverage: the coverage table.
        facets: rows, hours and speakers by facet, value and origin, as JSON holds them.
        clips: the clip of each cell: accent, condition, origin, digest, shard and row, as JSON holds them.
        snr_db: pairs of a measured SNR, rounded down, dB, and how many simulated rows have it.
        crosstabs: the further tables, in the order asked for.
        people: what the speakers add to the statistics, summed by key.
    """

    coverage: Any
    facets: Any
    clips: Any
    snr_db: Any
    crosstabs: Any
    people: Any


class CountShard(beam.DoFn):
    """From a shard's location to its tallies, and, by tag, to its speakers' cells and rows, its clips and its SNRs."""

    TAGS = SPEAKERS, CLIPS, SNR, PEOPLE = "speakers", "clips", "snr_db", "people"

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def process(self, element: str) -> Iterator[Any]:
        counted = count_shard(element, self._asked)
        yield from counted.tallies.items()
        tagged: tuple[Mapping[Any, Any], ...] = (counted.speakers, counted.clips, counted.snr_db, counted.people)
        for key, pairs in zip(self.TAGS, tagged, strict=True):
            yield from (beam.pvalue.TaggedOutput(key, pair) for pair in pairs.items())


def count_shards(
    pipeline: beam.Pipeline, shard_files: Sequence[str], accents: Sequence[str], conditions: Sequence[str], asked: Asked
) -> CountedShards:
    """Count shards on Beam's workers.

    Speakers are told apart by a combine keyed by speaker, each of whom then counts as one in each of their cells' levels; what is
    joined in one place at the end is as large as the matrix, whatever the size of the corpus.

    Args:
        pipeline: to add the steps to.
        shard_files: locations of the shards.
        accents: every code of the taxonomy, in its order.
        conditions: every configured condition, in its order.
        asked: what is counted beside accents and conditions.
    """
    counted = (
        pipeline
        | "shards" >> beam.Create(list(shard_files))
        | "spread" >> beam.Reshuffle()
        | "count" >> beam.ParDo(CountShard(asked)).with_outputs(*CountShard.TAGS, main="tallies")
    )
    tallies = beam.pvalue.AsList(counted.tallies | "add tallies" >> beam.CombinePerKey(add_tallies))
    speakers = beam.pvalue.AsList(
        counted.speakers
        | "cells of a speaker" >> beam.CombinePerKey(_union)
        | "levels of a speaker" >> beam.FlatMap(_levels_of_speaker)
        | "count speakers" >> beam.CombinePerKey(sum)
    )
    clips = beam.pvalue.AsList(counted.clips | "choose clips" >> beam.CombinePerKey(min))
    snr_db = beam.pvalue.AsList(counted.snr_db | "add SNRs" >> beam.CombinePerKey(sum))
    people = beam.pvalue.AsList(
        counted.people
        | "rows of a speaker" >> beam.CombinePerKey(add_people)
        | "facts of a speaker" >> beam.FlatMapTuple(lambda _, count: facts_of_person(count, asked.fields))
        | "add facts" >> beam.CombinePerKey(add_held)
    )
    order = [order_of(names, accents, conditions, asked.edges_db) for names in asked.tables]
    once = pipeline | "once" >> beam.Create([None])
    return CountedShards(
        coverage=once | "coverage" >> beam.Map(_coverage, tallies, speakers, list(accents), list(conditions)),
        facets=once | "facets" >> beam.Map(_facets, tallies, speakers),
        clips=once | "clips" >> beam.Map(_clips, clips),
        snr_db=once | "SNRs" >> beam.Map(lambda _, pairs: sorted(pairs), snr_db),
        crosstabs=once | "crosstabs" >> beam.Map(_crosstabs, tallies, speakers, asked.tables, order),
        people=once | "people" >> beam.Map(lambda _, facts: facts, people),
    )


def write_counts(pipeline: beam.Pipeline, corpus: Corpus, config: CorpusConfig, accents: Sequence[str]) -> None:
    """Count a corpus's shards, write its coverage files, and leave the rest in :func:`.counts.shard.counts_file`."""
    conditions = [condition.name for condition in config.conditions]
    counted = count_shards(pipeline, corpus.shard_files(), accents, conditions, Asked.of_config(config))
    _ = counted.coverage | "write coverage" >> beam.Map(lambda table: write_coverage(corpus, table))
    crosstabs, people = beam.pvalue.AsSingleton(counted.crosstabs), beam.pvalue.AsSingleton(counted.people)
    _ = counted.crosstabs | "write crosstabs" >> beam.Map(_write_crosstabs, corpus)
    _ = counted.coverage | "write statistics" >> beam.Map(_write_statistics, crosstabs, people, corpus, config.population)
    rest = [beam.pvalue.AsSingleton(each) for each in (counted.facets, counted.clips, counted.snr_db)]
    _ = pipeline | "rest" >> beam.Create([corpus]) | "write rest" >> beam.Map(_write_rest, *rest)


def _union(sets: Iterable[set[Cell]]) -> set[Cell]:
    return set().union(*sets)


def _levels_of_speaker(speaker: tuple[str, set[Cell]]) -> Iterator[tuple[Cell, int]]:
    return ((level, 1) for level in levels(speaker[1]))


def _coverage(
    _: None,
    tallies: list[tuple[tuple[Cell, int], Tally]],
    speakers: list[tuple[Cell, int]],
    accents: Sequence[str],
    conditions: Sequence[str],
) -> pa.Table:
    # Facets and tables travel in the same collections; only the coverage's cells begin with a text.
    cells = {key: tally for key, tally in tallies if isinstance(key[0][0], str)}
    return coverage_table(cells, dict(speakers), accents, conditions)


def _facets(_: None, tallies: list[tuple[tuple[Cell, int], Tally]], speakers: list[tuple[Cell, int]]) -> list[dict[str, Any]]:
    counts = roll_up({key: tally for key, tally in tallies if isinstance(key[0][0], tuple)})
    distinct = dict(speakers)
    rows: list[dict[str, Any]] = []
    for cell, (utterances, hours) in counts.items():
        if cell[0] != ALL:
            (facet, value), origin = cell
            measures = {"utterances": utterances, "hours": hours, "speakers": distinct[cell]}
            rows.append({"facet": facet, "value": value, "origin": origin, **measures})
    return sorted(rows, key=lambda row: (FACETS.index(row["facet"]), -row["utterances"], row["value"] or "", row["origin"]))


def _crosstabs(
    _: None,
    tallies: list[tuple[tuple[Cell, int], Tally]],
    speakers: list[tuple[Cell, int]],
    tables: Sequence[Sequence[str]],
    orders: Sequence[Order],
) -> list[Crosstab]:
    made = []
    for number, (names, order) in enumerate(zip(tables, orders, strict=True)):
        own = {(cell[1:], rate): tally for (cell, rate), tally in tallies if _is_of(cell, number)}
        distinct = {cell[1:]: count for cell, count in speakers if _is_of(cell, number)}
        made.append(make_crosstab(names, own, distinct, order))
    return made


def _is_of(cell: Cell, number: int) -> bool:
    return isinstance(cell[0], int) and cell[0] == number


def _write_crosstabs(crosstabs: Sequence[Crosstab], corpus: Corpus) -> None:
    for crosstab in crosstabs[1:]:  # the first, by source, is for the statistics alone
        write_crosstab(corpus, crosstab)


def _write_statistics(
    coverage: pa.Table,
    crosstabs: Sequence[Crosstab],
    people: Sequence[PersonFact],
    corpus: Corpus,
    population: PopulationConfig | None,
) -> None:
    write_json(statistics_file(corpus), describe(Coverage(coverage), crosstabs[0], people, population))


def _clips(_: None, clips: list[tuple[ClipCell, Candidate]]) -> list[list[str | int]]:
    return sorted([*cell, *candidate] for cell, candidate in clips)


def _write_rest(corpus: Corpus, facets: list[Any], clips: list[list[Any]], snr_db: list[tuple[int, int]]) -> None:
    inside = [[*clip[:4], storage.relative(clip[4], corpus.root), clip[5]] for clip in clips]
    write_json(counts_file(corpus), {"facets": facets, "clips": inside, "snr_db": snr_db})
