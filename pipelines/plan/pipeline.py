"""The plan stage as a Beam pipeline: the manifest to recipes, one file a shard, and to the gaps.

    manifest ─▶ speakers ─ splits ─┐
        └────▶ talkers ────────────┼─▶ accents ─ plan each ─▶ blocks ─ deal ─▶ recipes of a shard
    banks ─────────────────────────┘        └─▶ gaps

Rows move as compressed Arrow tables, whole accents and then what each gives a few shards, so that moving them costs little a
row. What each simulation is asked to be is drawn last, where its recipe is written, so that a large accent holds up nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import apache_beam as beam
import pyarrow.compute as pc

from pipelines.corpus import Corpus, read_table
from pipelines.plan.by_accent import (
    LEFT_KEY,
    MANIFEST_KEY,
    carried_by_accent,
    earlier_by_accent,
    manifest_by_accent,
)
from pipelines.plan.each_accent import GAPS, LEFT, PRESENT, SIZES, PlanAccent, TryAccent
from pipelines.plan.factors.crossing import combine_conditions
from pipelines.plan.growth.earlier import Earlier
from pipelines.plan.growth.moved import FindMoved
from pipelines.plan.parcel import pack
from pipelines.plan.result import write_result
from pipelines.plan.shards.deal import lay_out
from pipelines.plan.shards.recipes import SEPARATOR
from pipelines.plan.shards.write import deal_rows, write_left_out, write_recipes
from pipelines.plan.splits.banks import Banks
from pipelines.plan.splits.sealing import find_sealed
from pipelines.plan.splits.speakers import assign_speakers
from pipelines.plan.splits.talkers import SHORTEST_TALKER_S, RankedTalker, choose_talkers, rank_talker
from pipelines.plan.targets.goals import allot
from pipelines.plan.targets.totals import add_up
from pipelines.plan.weights.people import weigh_people
from pipelines.settings import Settings
from pipelines.simulate.draw import Talker
from schemas.targets import OTHERS


def build_plan(
    pipeline: beam.Pipeline, settings: Settings, corpus: Corpus, output: Corpus, banks: Banks, earlier: Earlier
) -> None:
    """Add the whole stage to a pipeline.

    Args:
        pipeline: to add to.
        settings: of the run.
        corpus: whose manifest is planned.
        output: where recipes, gaps and ``.work/plan-result.json`` are written; another directory for a dry run.
        banks: noises and responses by split.
        earlier: what must not change.
    """
    config = settings.config
    parts = pipeline | "manifest parts" >> beam.Create(corpus.manifest_files(), reshuffle=True)
    split_of = beam.pvalue.AsSingleton(assign_speakers(parts, settings, corpus, earlier.splits))
    talkers = beam.pvalue.AsDict(
        parts
        | "talkers of a part" >> beam.FlatMap(_part_talkers, settings, split_of)
        | "talkers of a split" >> beam.GroupByKey()
        | "choose talkers"
        >> beam.MapTuple(lambda split, groups: (split, choose_talkers(each for group in groups for each in group)))
    )
    earlier_parts = pipeline | "earlier parts" >> beam.Create(list(earlier.recipes))
    carried_parts = pipeline | "carried parts" >> beam.Create(list(earlier.carried))
    written_parts = (earlier_parts, carried_parts) | "parts of earlier versions" >> beam.Flatten()
    combined = combine_conditions(pipeline, config, banks, parts, written_parts, split_of, talkers)
    moved = beam.pvalue.AsList(parts | "moved" >> FindMoved(earlier.recipes))
    moved_again = beam.pvalue.AsList(parts | "moved of the carried" >> FindMoved(earlier.carried))
    of_accents = [
        parts | "by accent" >> beam.FlatMap(manifest_by_accent, moved),
        pipeline | "known accents" >> beam.Create([(code, (MANIFEST_KEY, None)) for code in _known_accents(settings)]),
        earlier_parts | "earlier by accent" >> beam.FlatMap(earlier_by_accent),
        carried_parts | "carried by accent" >> beam.FlatMap(carried_by_accent, moved_again),
    ]
    if config.evaluation.seal_transcripts:
        sealed = find_sealed(parts, written_parts, split_of, config)
        of_accents.append(
            sealed | "sealed of an accent" >> beam.MapTuple(lambda accent, table: (accent, (LEFT_KEY, pack(table))))
        )
    whole_accents = of_accents | "all of an accent" >> beam.Flatten() | "per accent" >> beam.GroupByKey()
    totals = beam.pvalue.AsSingleton(add_up(parts, settings))
    shared = (
        split_of,
        talkers,
        beam.pvalue.AsList(parts | "ids like uses" >> beam.FlatMap(_ids_like_uses)),
        beam.pvalue.AsSingleton(combined),
        totals,
    )
    allotted = pipeline | "nothing allotted" >> beam.Create([{}])
    if config.targets.per_condition:
        rooms = whole_accents | "try accents" >> beam.ParDo(TryAccent(settings, banks, earlier.retired), *shared)
        allotted = (
            pipeline
            | "one allotment" >> beam.Create([None])
            | "allot" >> beam.Map(lambda _, rooms, totals: allot(rooms, config, totals), beam.pvalue.AsList(rooms), totals)
        )
    accents = whole_accents | "plan accents" >> beam.ParDo(
        PlanAccent(settings, banks, earlier.retired), *shared, beam.pvalue.AsSingleton(allotted)
    ).with_outputs(SIZES, GAPS, PRESENT, LEFT, main="pieces")
    not_written = accents[LEFT] | "per left-out part" >> beam.GroupByKey() | "write left-out" >> beam.Map(write_left_out, output)
    sizes = beam.pvalue.AsList(accents[SIZES])
    layouts = beam.pvalue.AsSingleton(
        pipeline
        | "one layout" >> beam.Create([None])
        | "lay out" >> beam.Map(lambda _, sizes: lay_out(sizes, config.shards.target_mb, config.audio.sample_rate), sizes)
    )
    shares, raked = None, None
    if config.population is not None:
        of_people, of_splits = weigh_people(parts, accents.pieces, config.population)
        shares, raked = beam.pvalue.AsDict(of_people), beam.pvalue.AsSingleton(of_splits)
    _ = (
        accents.pieces
        | "deal" >> beam.FlatMap(deal_rows, layouts, earlier.version, shares)
        | "per shards" >> beam.GroupByKey()
        | "write recipes" >> beam.Map(write_recipes, settings, output, banks, talkers)
    )
    _ = (
        pipeline
        | "once" >> beam.Create([None])
        | "write plan"
        >> beam.Map(
            write_result,
            settings,
            output,
            banks,
            earlier,
            split_of,
            layouts,
            sizes,
            beam.pvalue.AsList(accents[PRESENT]),
            beam.pvalue.AsList(accents[GAPS]),
            raked,
            beam.pvalue.AsList(not_written),
            moved,
        )
    )


def _known_accents(settings: Settings) -> list[str]:
    """Accents that have targets although nobody may have recorded them."""
    return sorted({*settings.accents.wanted, *settings.config.targets.per_accent} - {OTHERS})


def _part_talkers(part: str, settings: Settings, splits: Mapping[str, str]) -> Iterator[tuple[str, list[RankedTalker]]]:
    config = settings.config
    if not any(noise.fewest_talkers for noise in config.noises.values()):
        return
    columns = ["recording_id", "speaker_id", "audio", "offset_s", "duration_s", "audio_sha256", "condition"]
    by_split: dict[str, list[RankedTalker]] = defaultdict(list)
    for row in read_table(part, columns).to_pylist():
        if row.pop("condition") in config.donors and row["duration_s"] >= SHORTEST_TALKER_S:
            by_split[splits[row["speaker_id"]]].append(rank_talker(config.seed, Talker(**row)))
    for split, ranked in by_split.items():
        yield split, choose_talkers(ranked)


def _ids_like_uses(part: str) -> Iterator[str]:
    ids = read_table(part, ["recording_id"]).column("recording_id")
    pattern = f"{SEPARATOR}[A-Za-z0-9_.-]+{SEPARATOR}[0-9]+$"
    yield from ids.filter(pc.match_substring_regex(ids, pattern)).to_pylist()
