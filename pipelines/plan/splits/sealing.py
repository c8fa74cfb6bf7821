"""Sealed transcripts as Beam steps: sentences meet in buckets of their hash, never all in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import read_table
from pipelines.plan.splits.transcripts import left_out, sealing_order, sentences
from schemas.config import CorpusConfig


def find_sealed(
    parts: beam.PCollection[str], earlier: beam.PCollection[str], splits: beam.pvalue.AsSingleton, config: CorpusConfig
) -> beam.PCollection[tuple[str, pa.Table]]:
    """By accent, tables of the recordings (``recording_id``) whose sentence belongs to another split.

    Args:
        parts: of the manifest.
        earlier: parts of the recipes that earlier versions wrote.
        splits: split by speaker.
        config: of the corpus.
    """
    return (
        (
            parts | "sentences" >> beam.FlatMap(_sentences, splits),
            earlier | "earlier sentences" >> beam.FlatMap(_earlier_sentences),
        )
        | "all sentences" >> beam.Flatten()
        | "per sentence bucket" >> beam.GroupByKey()
        | "seal sentences" >> beam.FlatMap(_seal_sentences, config)
    )


def _sentences(part: str, splits: Mapping[str, str]) -> Iterator[tuple[int, pa.Table]]:
    rows = read_table(part, ["recording_id", "accent", "text", "speaker_id"])
    yield from _by_bucket(sentences(rows, [splits[each] for each in rows.column("speaker_id").to_pylist()], written=False))


def _earlier_sentences(part: str) -> Iterator[tuple[int, pa.Table]]:
    rows = read_table(part, ["accent", "text", "split"])
    yield from _by_bucket(sentences(rows, rows.column("split").to_pylist(), written=True))


def _by_bucket(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    for bucket in pc.unique(table.column("bucket")).to_pylist():
        yield bucket, table.filter(pc.equal(table.column("bucket"), bucket))


def _seal_sentences(element: tuple[int, Iterable[pa.Table]], config: CorpusConfig) -> Iterator[tuple[str, pa.Table]]:
    left = left_out(pa.concat_tables(element[1]), dict(config.splits.items()), sealing_order(config), config.seed)
    for accent in pc.unique(left.column("accent")).to_pylist():
        yield accent, left.filter(pc.equal(left.column("accent"), accent)).select(["recording_id"])
