"""The Beam pipeline that counts the shards: an element a shard file, and only counts in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus, write_json
from pipelines.report.count import ALL, KEYS, Cell, Tally, add_tallies, coverage_table, levels, roll_up
from pipelines.report.coverage import write_coverage
from pipelines.report.shard import FACETS, Candidate, ClipCell, count_shard, counts_file


@dataclass(frozen=True)
class CountedShards:
    """What :func:`count_shards` leaves, each a collection of one element.

    Attributes:
        coverage: the coverage table.
        facets: rows, hours and speakers by facet, value and origin, as JSON holds them.
        clips: the clip of each cell: accent, condition, origin, digest, shard and row, as JSON holds them.
        snr_db: pairs of a measured SNR, rounded down, dB, and how many simulated rows have it.
    """

    coverage: Any
    facets: Any
    clips: Any
    snr_db: Any


class CountShard(beam.DoFn):
    """From a shard's location to its tallies, and, by tag, to its speakers' cells, its clips and its SNRs."""

    SPEAKERS, CLIPS, SNR = "speakers", "clips", "snr_db"

    def process(self, element: str) -> Iterator[Any]:
        counted = count_shard(element)
        yield from counted.tallies.items()
        for key, pairs in ((self.SPEAKERS, counted.speakers), (self.CLIPS, counted.clips), (self.SNR, counted.snr_db)):
            yield from (beam.pvalue.TaggedOutput(key, pair) for pair in pairs.items())


def count_shards(
    pipeline: beam.Pipeline, shard_files: Sequence[str], accents: Sequence[str], conditions: Sequence[str]
) -> CountedShards:
    """Count shards on Beam's workers.

    Speakers are told apart by a combine keyed by speaker, each of whom then counts as one in each of their cells' levels; what is
    joined in one place at the end is as large as the matrix, whatever the size of the corpus.

    Args:
        pipeline: to add the steps to.
        shard_files: locations of the shards.
        accents: every code of the taxonomy, in its order.
        conditions: every configured condition, in its order.
    """
    counted = (
        pipeline
        | "shards" >> beam.Create(list(shard_files))
        | "spread" >> beam.Reshuffle()
        | "count" >> beam.ParDo(CountShard()).with_outputs(CountShard.SPEAKERS, CountShard.CLIPS, CountShard.SNR, main="tallies")
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
    once = pipeline | "once" >> beam.Create([None])
    return CountedShards(
        coverage=once | "coverage" >> beam.Map(_coverage, tallies, speakers, list(accents), list(conditions)),
        facets=once | "facets" >> beam.Map(_facets, tallies, speakers),
        clips=once | "clips" >> beam.Map(_clips, clips),
        snr_db=once | "SNRs" >> beam.Map(lambda _, pairs: sorted(pairs), snr_db),
    )


def write_counts(pipeline: beam.Pipeline, corpus: Corpus, accents: Sequence[str], conditions: Sequence[str]) -> None:
    """Count a corpus's shards, write its coverage files, and leave the rest in :func:`pipelines.report.shard.counts_file`."""
    counted = count_shards(pipeline, corpus.shard_files(), accents, conditions)
    _ = counted.coverage | "write coverage" >> beam.Map(lambda table: write_coverage(corpus, table))
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
    # Facets travel in the same collections; their cells have two values.
    cells = {key: tally for key, tally in tallies if len(key[0]) == len(KEYS)}
    return coverage_table(cells, dict(speakers), accents, conditions)


def _facets(_: None, tallies: list[tuple[tuple[Cell, int], Tally]], speakers: list[tuple[Cell, int]]) -> list[dict[str, Any]]:
    counts = roll_up({key: tally for key, tally in tallies if len(key[0]) != len(KEYS)})
    distinct = dict(speakers)
    rows: list[dict[str, Any]] = []
    for cell, (utterances, hours) in counts.items():
        if cell[0] != ALL:
            (facet, value), origin = cell
            measures = {"utterances": utterances, "hours": hours, "speakers": distinct[cell]}
            rows.append({"facet": facet, "value": value, "origin": origin, **measures})
    return sorted(rows, key=lambda row: (FACETS.index(row["facet"]), -row["utterances"], row["value"] or "", row["origin"]))


def _clips(_: None, clips: list[tuple[ClipCell, Candidate]]) -> list[list[str | int]]:
    return sorted([*cell, *candidate] for cell, candidate in clips)


def _write_rest(corpus: Corpus, facets: list[Any], clips: list[list[Any]], snr_db: list[tuple[int, int]]) -> None:
    inside = [[*clip[:4], storage.relative(clip[4], corpus.root), clip[5]] for clip in clips]
    write_json(counts_file(corpus), {"facets": facets, "clips": inside, "snr_db": snr_db})
