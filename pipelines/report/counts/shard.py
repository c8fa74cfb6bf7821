"""What one shard adds to the report: its share of every count, and a clip a cell to listen to."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import WORK, Corpus, iterate_tables
from pipelines.report.counts.count import COLUMNS, SpeakerCells, Tallies, add_counted, as_table, count_batch, count_by
from pipelines.report.counts.dimensions import MARKED, columns_of, count_dimensions, marked
from pipelines.report.counts.people import PersonCount, count_people
from schemas.config import CorpusConfig
from schemas.dimensions import SNR_EDGES_DB
from schemas.provenance import PROVENANCE_COLUMNS

FACETS = ("language", "gender", "age_band", "first_language", "speaker_type", "licence", "consent", *PROVENANCE_COLUMNS)
"""Columns whose values are counted one by one, recorded and simulated apart; null is a value. Imputed values are marked."""

Candidate = tuple[str, str, int]
"""SHA-256 of the row's id, its shard, and its place there from 0. The smallest is the cell's clip."""

ClipCell = tuple[str, str, str]
"""Accent, condition, origin."""


@dataclass
class ShardCount:
    """What was counted in one shard, or in several.

    Attributes:
        tallies: of the (split, accent, condition, origin) cells, of the ((facet, value), origin) cells, and of the cells of the
            tables asked for: (number, value, …, origin).
        speakers: the cells of all kinds each speaker is in.
        clips: the smallest candidate of each (accent, condition, origin).
        snr_db: simulated rows by their measured SNR, rounded down, dB.
        people: the rows of each speaker.
    """

    tallies: Tallies = field(default_factory=dict)
    speakers: SpeakerCells = field(default_factory=dict)
    clips: dict[ClipCell, Candidate] = field(default_factory=dict)
    snr_db: Counter[int] = field(default_factory=Counter)
    people: dict[str, PersonCount] = field(default_factory=dict)


def counts_file(corpus: Corpus) -> str:
    """Where a corpus keeps what was counted beside its coverage: facets, clips and SNRs, as JSON."""
    return corpus.path(WORK, "counted.json")


@dataclass(frozen=True)
class Asked:
    """What is counted beside the coverage.

    Attributes:
        tables: the dimensions of each further table.
        edges_db: of the SNR bands, dB.
        fields: of the reference population.
    """

    tables: tuple[tuple[str, ...], ...] = ()
    edges_db: tuple[float, ...] = SNR_EDGES_DB
    fields: tuple[str, ...] = ()

    @classmethod
    def of_config(cls, config: CorpusConfig) -> Asked:
        """What a configuration asks for: first, always, accent by source."""
        tables = tuple(map(tuple, config.coverage.tables))
        fields = tuple(config.population.fields) if config.population else ()
        return cls((BY_SOURCE, *tables), tuple(config.coverage.snr_edges_db), fields)

    @property
    def columns(self) -> list[str]:
        """The shards' columns it is read from."""
        return [*columns_of(name for table in self.tables for name in table), *self.fields, "weight"]


BY_SOURCE = ("accent", "source")


def count_shard(location: str, asked: Asked) -> ShardCount:
    """Count a shard, reading everything but its audio, a batch of rows at a time."""
    counted = ShardCount()
    start = 0
    for _, batch in iterate_tables([location], list(dict.fromkeys([*COLUMNS, "id", "recipe", *FACETS, *asked.columns]))):
        table = as_table(batch)
        add_counted(count_batch(table), counted.tallies, counted.speakers)
        for facet in FACETS:
            values = marked(table, facet) if facet in MARKED else table[facet]
            of_facet = table.set_column(table.column_names.index(facet), facet, values)
            add_counted(count_by(of_facet, (facet, "origin")), counted.tallies, counted.speakers, kind=facet)
        for number, names in enumerate(asked.tables):
            of_table = count_dimensions(table, names, asked.edges_db)
            add_counted(of_table, counted.tallies, counted.speakers, kind=number)
        for speaker, rows in count_people(table, asked.fields):
            counted.people[speaker] = counted.people.get(speaker, Counter()) + rows
        _add_clips(counted.clips, table, location, start)
        recipes = table.filter(pc.equal(table["origin"], "simulated"))["recipe"].to_pylist()
        counted.snr_db.update(snr_bins(recipes))
        start += table.num_rows
    return counted


def _add_clips(clips: dict[ClipCell, Candidate], table: pa.Table, location: str, start: int) -> None:
    columns = [table[column].to_pylist() for column in ("accent", "condition", "origin", "id")]
    for place, (accent, condition, origin, row_id) in enumerate(zip(*columns, strict=True), start):
        candidate = (hashlib.sha256(row_id.encode()).hexdigest(), location, place)
        cell = (accent, condition, origin)
        clips[cell] = min(clips.get(cell, candidate), candidate)


def snr_bins(recipes: Iterable[str | None]) -> Counter[int]:
    """How many recipes measured which SNR, rounded down to whole dB; those without added noise are left out."""
    measured = (json.loads(recipe).get("measured") or {} for recipe in recipes if recipe is not None)
    return Counter(math.floor(values["snr_db"]) for values in measured if values.get("snr_db") is not None)
