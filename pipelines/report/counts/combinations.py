"""Counting combinations on Beam's workers: the rows and distinct speakers of every tuple, and who has which observed values.

Rows are counted by speaker in each shard; all that is known of a speaker then meets in one of a fixed number of buckets, where
distinct speakers can be counted for good. What is joined in one place is as large as the tuples, whatever the size of the corpus.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.combinations.bands import band_numbers
from pipelines.combinations.measured import Measured
from pipelines.corpus import Corpus, iterate_tables
from pipelines.plan.parcel import pack, unpack
from pipelines.report.counts.count import ALL, UNTARGETED_ACCENTS
from pipelines.report.counts.tuples import People, TupleCounts, write_tuples
from schemas.combinations import ASSIGNABLE, NONE, Band, counted_bands, shown
from schemas.config import CorpusConfig

BUCKETS = 64

FactorNames = tuple[str, ...]


def write_combinations(pipeline: beam.Pipeline, corpus: Corpus, config: CorpusConfig, accents: Sequence[str]) -> None:
    """Count the combinations in a corpus's shards and write them to ``coverage/``.

    Args:
        pipeline: to add the steps to.
        corpus: whose shards are there.
        config: of the corpus.
        accents: every code of the taxonomy, in its order.
    """
    names = Measured(config, {}).factors
    buckets = (
        pipeline
        | "shards to combine" >> beam.Create(corpus.shard_files(), reshuffle=True)
        | "rows by speaker" >> beam.FlatMap(_count_shard, config)
        | "all of a bucket" >> beam.GroupByKey()
        | "join a bucket" >> beam.Map(lambda bucket: pack(_joined(map(unpack, bucket[1]))))
    )
    tuples = (
        buckets
        | "tuples of a bucket" >> beam.FlatMap(_count_tuples, names, config.combinations.strength)
        | "all of some factors" >> beam.GroupByKey()
        | "add tuples" >> beam.MapTuple(_add)
    )
    people = (
        buckets
        | "people of a bucket" >> beam.FlatMap(_people, tuple(config.combinations.observed))
        | "add people" >> beam.CombinePerKey(sum)
    )
    _ = (
        pipeline
        | "combinations once" >> beam.Create([None])
        | "write combinations"
        >> beam.Map(_write, corpus, config, tuple(accents), beam.pvalue.AsList(tuples), beam.pvalue.AsList(people))
    )


def _count_shard(location: str, config: CorpusConfig) -> Iterator[tuple[int, bytes]]:
    """A shard's rows counted by speaker and by the values of all factors, in buckets of speakers."""
    columns = [*config.combinations.observed, *ASSIGNABLE, "split", "speaker_id", "origin", "condition"]
    bands = counted_bands(config)
    counted = [
        _count_batch(pa.Table.from_batches([batch]), bands, config.donors) for _, batch in iterate_tables([location], columns)
    ]
    if not counted:
        return
    table = _joined(counted)
    bucket = np.array([zlib.crc32(speaker.encode()) % BUCKETS for speaker in table.column("speaker_id").to_pylist()])
    for number in np.unique(bucket).tolist():
        yield number, pack(table.filter(pa.array(bucket == number)))


def _count_batch(table: pa.Table, bands: Sequence[Band], donors: Sequence[str]) -> pa.Table:
    known = pc.invert(pc.is_in(table.column("accent"), pa.array(UNTARGETED_ACCENTS)))
    made = {name: pc.fill_null(table.column(name), NONE) for name in ("noise", "handset", "room")}
    made["accent"] = pc.if_else(known, table.column("accent"), pa.scalar(None, pa.string()))
    snr_db = table.column("snr_db")
    labels = pa.array([*map(shown, bands), NONE, None], pa.string())
    numbers = band_numbers(pc.fill_null(snr_db, float("nan")).to_numpy(), bands)
    places = np.where(snr_db.is_null().to_numpy(), len(bands), np.where(numbers < 0, len(bands) + 1, numbers))
    made["snr_db"] = labels.take(pa.array(places))
    is_recorded = pc.equal(table.column("origin"), "recorded")
    is_donor = pc.is_in(table.column("condition"), pa.array(list(donors), pa.string()))
    by = [name for name in table.column_names if name not in ("origin", "condition")]
    counts = {
        "utterances": pa.repeat(pa.scalar(1), table.num_rows),
        "recorded": pc.cast(is_recorded, pa.int64()),
        "donors": pc.cast(pc.or_(pc.invert(is_recorded), is_donor), pa.int64()),
    }
    return _joined([pa.table({name: made.get(name, table.column(name)) for name in by} | counts)])


def _joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Counts of several tables with the same columns added up."""
    table = pa.concat_tables(tables)
    sums = [name for name in table.column_names if name in ("utterances", "recorded", "donors", "speakers")]
    by = [name for name in table.column_names if name not in sums]
    added = table.group_by(by).aggregate([(name, "sum") for name in sums])
    return added.select([*by, *(f"{name}_sum" for name in sums)]).rename_columns([*by, *sums])


def _count_tuples(bucket: bytes, names: FactorNames, strength: int) -> Iterator[tuple[FactorNames, bytes]]:
    """Rows and distinct speakers of every tuple, by split and over all of them."""
    table = unpack(bucket)
    for size in range(2, strength + 1):
        for factors in combinations(names, size):
            given = table
            for name in factors:
                given = given.filter(pc.is_valid(given.column(name)))
            for split in (given.column("split"), pa.repeat(pa.scalar(ALL), given.num_rows)):
                scoped = given.set_column(given.schema.get_field_index("split"), "split", split)
                counted = scoped.group_by(["split", *factors]).aggregate(
                    [("utterances", "sum"), ("recorded", "sum"), ("speaker_id", "count_distinct")]
                )
                sums = ["utterances_sum", "recorded_sum", "speaker_id_count_distinct"]
                counted = counted.select(["split", *factors, *sums])
                yield factors, pack(counted.rename_columns(["split", *factors, "utterances", "recorded", "speakers"]))


def _add(factors: FactorNames, tables: Iterable[bytes]) -> tuple[FactorNames, bytes]:
    return factors, pack(_joined(map(unpack, tables)))


def _people(bucket: bytes, observed: Sequence[str]) -> Iterator[tuple[tuple[bool, People], int]]:
    """How many speakers have exactly which observed values; apart from that, how many of them who can be simulated from."""
    whole = unpack(bucket)
    for is_donor, table in ((False, whole), (True, whole.filter(pc.greater(whole.column("donors"), 0)))):
        rows = table.group_by(["speaker_id", *observed]).aggregate([])
        of_speaker: dict[str, set[tuple[str | None, ...]]] = defaultdict(set)
        for speaker, *values in zip(*(rows.column(name).to_pylist() for name in ("speaker_id", *observed)), strict=True):
            of_speaker[speaker].add(tuple(values))
        counts = Counter(tuple(sorted(profiles, key=repr)) for profiles in of_speaker.values())
        for profiles, speakers in counts.items():
            yield (is_donor, profiles), speakers


def _write(
    _: None,
    corpus: Corpus,
    config: CorpusConfig,
    accents: Sequence[str],
    tuples: Sequence[tuple[FactorNames, bytes]],
    people: Sequence[tuple[tuple[bool, People], int]],
) -> None:
    counted = {factors: unpack(table) for factors, table in tuples}
    everybody, donors = ({who: count for (is_donor, who), count in people if is_donor is wanted} for wanted in (False, True))
    write_tuples(corpus, config, accents, TupleCounts(counted, everybody, donors))
