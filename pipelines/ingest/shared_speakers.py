"""Speakers' ids that stand in several sources. They count as the same people, which only those who know the sources can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import apache_beam as beam
import pyarrow as pa

SHOWN = 5
"""Ids that are shown, the first by name."""


class SharedSpeakers(NamedTuple):
    """How many ids several sources have, and the first of them by name."""

    speakers: int
    examples: tuple[str, ...]


def find_shared_speakers(tables: beam.PCollection[pa.Table]) -> beam.PCollection[SharedSpeakers]:
    """Ids of speakers that stand in rows of more than one source, as one element.

    Args:
        tables: parts of the manifest.
    """
    return (
        tables
        | "speakers with their source" >> beam.FlatMap(_speakers)
        | "each once" >> beam.Distinct()
        | "sources of each" >> beam.combiners.Count.PerKey()
        | "several sources" >> beam.Filter(lambda found: found[1] > 1)
        | "together" >> beam.CombineGlobally(_Together())
    )


def _speakers(table: pa.Table) -> Iterator[tuple[str, int]]:
    for row in table.group_by(["speaker_id", "source"]).aggregate([]).to_pylist():
        yield row["speaker_id"], row["source"]


class _Together(beam.CombineFn):
    """Counts ids and keeps the first by name."""

    def create_accumulator(self) -> SharedSpeakers:
        return SharedSpeakers(0, ())

    def add_input(self, found: SharedSpeakers, speaker: tuple[str, int]) -> SharedSpeakers:
        return self.merge_accumulators([found, SharedSpeakers(1, (speaker[0],))])

    def merge_accumulators(self, parts: Iterable[SharedSpeakers]) -> SharedSpeakers:
        counted = list(parts)
        examples = sorted(name for part in counted for name in part.examples)
        return SharedSpeakers(sum(part.speakers for part in counted), tuple(examples[:SHOWN]))

    def extract_output(self, found: SharedSpeakers) -> SharedSpeakers:
        return found
