"""What the conditions with ``factors`` are crossed with, gathered from the manifest on Beam's workers.

What is joined in one place is as large as the observed values that occur together and the rows of the arrays, not as the corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.combinations.bands import band_of
from pipelines.combinations.design import Variant
from pipelines.corpus import read_table
from pipelines.plan.factors.combined import Asked, Combined, DonorGroup, People, combine
from pipelines.plan.fill.need import need_of
from pipelines.plan.splits.banks import Banks
from pipelines.plan.splits.talkers import RankedTalker
from pipelines.simulate.draw import TalkerPool
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.combinations import NONE, values_of
from schemas.config import CorpusConfig


def combine_conditions(
    pipeline: beam.Pipeline,
    config: CorpusConfig,
    banks: Banks,
    parts: Any,
    earlier_parts: Any,
    splits: Any,
    talkers: Any,
) -> Any:
    """Add to a pipeline what each condition with factors needs: a collection of one mapping, by the condition's name.

    Args:
        pipeline: to add to.
        config: of the corpus.
        banks: noises and responses by split.
        parts: collection of the manifest's parts.
        earlier_parts: collection of the files with the recipes of earlier versions.
        splits: view of split by speaker.
        talkers: view of the ranked talkers by split.
    """
    once = pipeline | "one crossing" >> beam.Create([None])
    if all(condition.factors is None for condition in config.conditions):
        return once | "nothing to cross" >> beam.Map(lambda _: {})
    groups = (
        parts
        | "donors' people" >> beam.FlatMap(_donors, config)
        | "cleanest of each" >> beam.CombinePerKey(max)
        | "their groups" >> beam.Map(_of_group, splits)
        | "per group" >> beam.CombinePerKey(_join)
        | "groups" >> beam.MapTuple(lambda key, found: DonorGroup(*key, *found))
    )
    had = earlier_parts | "earlier combinations" >> beam.FlatMap(_written, config) | "each combination once" >> beam.Distinct()
    return once | "cross" >> beam.Map(_combine, config, banks, beam.pvalue.AsList(groups), beam.pvalue.AsList(had), talkers)


def _donors(part: str, config: CorpusConfig) -> Iterator[tuple[tuple[People, str], float]]:
    """Who could be simulated from, with the SNR of their cleanest recording."""
    observed = config.combinations.observed
    needs = [need_of(condition, config) for condition in config.conditions if condition.factors is not None]
    names = ["accent", *observed, "speaker_id", "condition", "snr_db", "bandwidth_hz"]
    table = read_table(part, list(dict.fromkeys(names)))
    known = pc.invert(pc.is_in(table.column("accent"), pa.array([UNDECLARED, UNMAPPED])))
    dry = pc.is_in(table.column("condition"), pa.array(sorted({name for need in needs for name in need.donors}), pa.string()))
    wide = pc.greater_equal(table.column("bandwidth_hz"), min(need.bandwidth_hz for need in needs))
    table = table.filter(pc.and_(known, pc.and_(dry, wide)))
    grouped = table.group_by([*observed, "speaker_id"]).aggregate([("snr_db", "max")])
    for *people, speaker, snr_db in zip(
        *(grouped.column(name).to_pylist() for name in (*observed, "speaker_id", "snr_db_max")), strict=True
    ):
        yield (tuple(people), speaker), snr_db


def _of_group(
    cleanest: tuple[tuple[People, str], float], splits: Mapping[str, str]
) -> tuple[tuple[People, str], tuple[int, float]]:
    (people, speaker), snr_db = cleanest
    return (people, splits[speaker]), (1, snr_db)


def _join(found: Iterable[tuple[int, float]]) -> tuple[int, float]:
    speakers, snr_db = 0, float("-inf")
    for more, cleanest_db in found:
        speakers, snr_db = speakers + more, max(snr_db, cleanest_db)
    return speakers, snr_db


def _written(part: str, config: CorpusConfig) -> Iterator[tuple[str, Asked]]:
    """The combinations that earlier versions simulated, by condition."""
    observed = config.combinations.observed
    columns = [*observed, "noise", "snr_db", "handset", "room", "split", "condition"]
    table = read_table(part, [*columns, "origin"])
    for condition in config.conditions:
        if condition.factors is None:
            continue
        own = pc.and_(pc.equal(table.column("condition"), condition.name), pc.equal(table.column("origin"), "simulated"))
        bands = values_of(condition, "snr_db")
        for row in table.filter(own).select(columns).to_pylist():
            band = band_of(row["snr_db"], bands)
            if band is not None:
                variant = Variant(row["noise"] or NONE, band, row["handset"] or NONE, row["room"] or NONE)
                yield condition.name, Asked(tuple(row[name] for name in observed), variant, row["split"])


def _combine(
    _: None,
    config: CorpusConfig,
    banks: Banks,
    groups: Sequence[DonorGroup],
    had: Sequence[tuple[str, Asked]],
    talkers: Mapping[str, Sequence[RankedTalker]],
) -> dict[str, Combined]:
    pools: dict[str, TalkerPool] = {
        split: TalkerPool(ranked.talker for ranked in talkers.get(split, ())) for split in config.splits
    }
    return {
        condition.name: combine(condition, config, groups, [asked for name, asked in had if name == condition.name], banks, pools)
        for condition in config.conditions
        if condition.factors is not None
    }
