"""The plan stage as a Beam pipeline: the manifest to recipes, one file a shard, and to the gaps.

    manifest ─▶ speakers ─ splits ─┐
        └────▶ talkers ────────────┼─▶ accents ─ plan each ─▶ blocks ─ deal ─▶ recipes of a shard
    banks ─────────────────────────┘        └─▶ gaps

Rows move as Arrow tables, whole accents and then what each gives a shard, so that moving them costs little a row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, read_table, write_json, write_table
from pipelines.plan.accent import PlanContext, plan_accent
from pipelines.plan.apportion import stable_hash
from pipelines.plan.banks import Banks
from pipelines.plan.deal import BlockSize, Layout, lay_out, rows_of_shard
from pipelines.plan.earlier import EARLIER_COLUMNS, WRITTEN_COLUMNS, Earlier, assignments
from pipelines.plan.gaps import Gap, gaps_csv
from pipelines.plan.left_out import list_left_out
from pipelines.plan.people import described, weigh_people
from pipelines.plan.raking import Raked
from pipelines.plan.recipes import SEPARATOR, Block
from pipelines.plan.sealing import find_sealed
from pipelines.plan.speakers import assign_speakers
from pipelines.plan.talkers import SHORTEST_TALKER_S, RankedTalker, choose_talkers, rank_talker
from pipelines.settings import Settings
from pipelines.simulate.draw import Talker, TalkerPool
from schemas.tables import MANIFEST, RECIPE

GAPS, PRESENT, LEFT = "gaps", "present", "left"


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
    talkers = (
        parts
        | "talkers of a part" >> beam.FlatMap(_part_talkers, settings, split_of)
        | "talkers of a split" >> beam.GroupByKey()
        | "choose talkers"
        >> beam.MapTuple(lambda split, groups: (split, choose_talkers(each for group in groups for each in group)))
    )
    earlier_parts = pipeline | "earlier parts" >> beam.Create(list(earlier.recipes))
    of_accents = [
        parts | "by accent" >> beam.FlatMap(_by_accent, MANIFEST_KEY, _MANIFEST_COLUMNS),
        pipeline | "known accents" >> beam.Create([(code, (MANIFEST_KEY, None)) for code in settings.accents.codes]),
        earlier_parts | "earlier by accent" >> beam.FlatMap(_by_accent, EARLIER_KEY, EARLIER_COLUMNS),
    ]
    if config.evaluation.seal_transcripts:
        sealed = find_sealed(parts, earlier_parts, split_of, config)
        of_accents.append(sealed | "sealed of an accent" >> beam.MapTuple(lambda accent, table: (accent, (LEFT_KEY, table))))
    accents = (
        of_accents
        | "all of an accent" >> beam.Flatten()
        | "per accent" >> beam.GroupByKey()
        | "plan accents"
        >> beam.ParDo(
            _PlanAccent(settings, banks),
            split_of,
            beam.pvalue.AsDict(talkers),
            beam.pvalue.AsList(parts | "ids like uses" >> beam.FlatMap(_ids_like_uses)),
        ).with_outputs(GAPS, PRESENT, LEFT, main="blocks")
    )
    not_written = accents[LEFT] | "per left-out part" >> beam.GroupByKey() | "write left-out" >> beam.Map(_write_left_out, output)
    sizes = beam.pvalue.AsList(accents.blocks | "sizes" >> beam.Map(_size))
    layouts = beam.pvalue.AsSingleton(
        pipeline
        | "one layout" >> beam.Create([None])
        | "lay out" >> beam.Map(lambda _, sizes: lay_out(sizes, config.shards.target_mb, config.audio.sample_rate), sizes)
    )
    shares, raked = None, None
    if config.population is not None:
        of_people, of_splits = weigh_people(parts, accents.blocks, config.population)
        shares, raked = beam.pvalue.AsDict(of_people), beam.pvalue.AsSingleton(of_splits)
    _ = (
        accents.blocks
        | "deal" >> beam.FlatMap(_deal, layouts, earlier.version, shares)
        | "per shard" >> beam.GroupByKey()
        | "write recipes" >> beam.Map(_write_recipes, output, earlier.version)
    )
    _ = (
        pipeline
        | "once" >> beam.Create([None])
        | "write plan"
        >> beam.Map(
            _write_result,
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
        )
    )


def result_file(corpus: Corpus) -> str:
    """Where the pipeline leaves what it planned, in figures."""
    return corpus.path(".work", "plan-result.json")


MANIFEST_KEY, EARLIER_KEY, LEFT_KEY = "manifest", "earlier", "left"
_LEFT_OUT_PARTS = 16

_WRITTEN = [name for name in RECIPE.names if name in MANIFEST.names]
_MANIFEST_COLUMNS = list(dict.fromkeys(["recording_id", "snr_db", *_WRITTEN, *WRITTEN_COLUMNS]))
"""What planning an accent needs of the manifest; more would only be carried about."""


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


def _by_accent(part: str, key: str, columns: Sequence[str]) -> Iterator[tuple[str, tuple[str, pa.Table | None]]]:
    table = read_table(part, columns)
    for accent in pc.unique(table.column("accent")).to_pylist():
        yield accent, (key, table.filter(pc.equal(table.column("accent"), accent)))


class _PlanAccent(beam.DoFn):
    """Plans one accent after the other."""

    def __init__(self, settings: Settings, banks: Banks) -> None:
        self._settings = settings
        self._banks = banks

    def process(
        self,
        element: tuple[str, Iterable[tuple[str, pa.Table | None]]],
        splits: Mapping[str, str],
        talkers: Mapping[str, Sequence[RankedTalker]],
        taken: Sequence[str],
    ) -> Iterator[Any]:
        accent, tables = element
        parts: dict[str, list[pa.Table]] = {
            MANIFEST_KEY: [MANIFEST.schema().empty_table().select(_MANIFEST_COLUMNS)],
            EARLIER_KEY: [RECIPE.schema().empty_table().select(EARLIER_COLUMNS)],
            LEFT_KEY: [MANIFEST.schema().empty_table().select(["recording_id"])],
        }
        for key, table in tables:
            if table is not None:
                parts[key].append(table)
        # Beam hands the parts over in any order; a line of rows that is always the same makes everything after it so.
        manifest = pa.concat_tables(parts[MANIFEST_KEY]).sort_by("recording_id")
        earlier = pa.concat_tables(parts[EARLIER_KEY]).sort_by("id")
        sealed = pa.concat_tables(parts[LEFT_KEY]).column("recording_id").combine_chunks()
        is_sealed = pc.is_in(manifest.column("recording_id"), sealed)
        free = manifest.filter(pc.invert(is_sealed))
        config = self._settings.config
        pools: dict[str, TalkerPool] = {
            split: TalkerPool(each.talker for each in talkers.get(split, ())) for split in config.splits
        }
        context = PlanContext(config, splits, self._banks, pools, frozenset(taken))
        blocks, gaps = plan_accent(accent, free, earlier, context)
        yield from blocks
        left = list_left_out({"transcript": manifest.filter(is_sealed), "surplus": free}, blocks, earlier, splits)
        if left.num_rows:
            yield beam.pvalue.TaggedOutput(LEFT, (stable_hash("left out", accent) % _LEFT_OUT_PARTS, left))
        present = {block.split for block in blocks} | set(pc.unique(earlier.column("split")).to_pylist())
        yield beam.pvalue.TaggedOutput(PRESENT, (accent, tuple(sorted(present))))
        for gap in gaps:
            yield beam.pvalue.TaggedOutput(GAPS, gap)


def _size(block: Block) -> BlockSize:
    return BlockSize(block.split, block.accent, block.cells, block.seconds)


def _deal(
    block: Block, layouts: Mapping[str, Layout], version: int, shares: Mapping[str, float] | None
) -> Iterator[tuple[tuple[str, int], pa.Table]]:
    """The block's rows by shard, with the columns that depend on the whole split."""
    layout, rows = layouts[block.split], block.table.num_rows
    weight = _weights(block, layout, shares)
    for shard in range(layout.shards):
        index = rows_of_shard(shard, layout.starts[block.accent], rows, layout.shards)
        if len(index):
            own = block.table.take(pa.array(index))
            made = {
                "version": pa.repeat(pa.scalar(version, pa.int64()), len(index)),
                "shard": pa.repeat(pa.scalar(shard, pa.int64()), len(index)),
                "shards": pa.repeat(pa.scalar(layout.shards, pa.int64()), len(index)),
                "weight": weight.take(pa.array(index)),
            }
            columns = [made[name] if name in made else own.column(name) for name in RECIPE.names]
            yield (block.split, shard), pa.table(columns, schema=RECIPE.schema())


def _weights(block: Block, layout: Layout, shares: Mapping[str, float] | None) -> pa.Array:
    """The rows' weights, which average 1 over the split: each cell counts the same, or each person as the reference asks."""
    if shares is None:
        each = np.repeat([layout.rows / (layout.cells * cell.rows) for cell in block.cells], [cell.rows for cell in block.cells])
    else:
        each = np.array([layout.rows * shares[speaker] for speaker in block.table.column("speaker_id").to_pylist()])
    return pa.array(each, pa.float32())


def _write_recipes(element: tuple[tuple[str, int], Iterable[pa.Table]], output: Corpus, version: int) -> None:
    (split, shard), tables = element
    table = pa.concat_tables(tables)
    keyed = sorted((stable_hash("row", each), each, index) for index, each in enumerate(table.column("id").to_pylist()))
    location = output.path("plan", "recipes", f"part-v{version:03d}-{split}-{shard:05d}.parquet")
    write_table(location, table.take(pa.array([index for *_, index in keyed], pa.int64())))


def _write_left_out(element: tuple[int, Iterable[pa.Table]], output: Corpus) -> dict[str, int]:
    """Write a part of the list; returns how many rows it has by reason."""
    part, tables = element
    table = pa.concat_tables(tables).sort_by("recording_id")
    write_table(output.path("plan", "left-out", f"part-{part:05d}.parquet"), table)
    return Counter(table.column("reason").to_pylist())


def _write_result(
    _: None,
    settings: Settings,
    output: Corpus,
    banks: Banks,
    earlier: Earlier,
    splits: Mapping[str, str],
    layouts: Mapping[str, Layout],
    sizes: list[BlockSize],
    present: list[tuple[str, tuple[str, ...]]],
    gaps: list[Gap],
    raked: Mapping[str, Raked] | None,
    left_out: list[dict[str, int]],
) -> None:
    names = list(settings.config.splits)
    storage.write_text(output.gaps_file, gaps_csv(gaps))
    write_table(output.assignments_file, assignments(splits, banks, earlier))
    result = {
        "recipes": sum(size.rows for size in sizes),
        "recorded": sum(cell.recorded for size in sizes for cell in size.cells),
        "simulated": sum(cell.simulated for size in sizes for cell in size.cells),
        "seconds": {split: round(layouts[split].seconds, 3) if split in layouts else 0.0 for split in names},
        "rows": {split: layouts[split].rows if split in layouts else 0 for split in names},
        "shards": {split: layouts[split].shards for split in names if split in layouts},
        "absent_accents": {split: sorted(accent for accent, where in present if where and split not in where) for split in names},
        "gaps": len(gaps),
        "left_out": dict(sorted(sum(map(Counter, left_out), Counter()).items())),
        "notes": list(banks.notes),
        "raking": None if raked is None else described(raked),
    }
    write_json(result_file(output), result)
