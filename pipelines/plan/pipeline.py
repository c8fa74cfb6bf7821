"""The plan stage as a Beam pipeline: the manifest to recipes, one file a shard, and to the gaps.

    manifest ─▶ speakers ─ splits ─┐
        └────▶ talkers ────────────┼─▶ accents ─ plan each ─▶ blocks ─ deal ─▶ recipes of a shard
    banks ─────────────────────────┘        └─▶ gaps

Rows move as Arrow tables, one an accent and then one a block, so that the cost of moving them does not grow with their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, read_table, write_json, write_table
from pipelines.plan.accent import Block, PlanContext, plan_accent
from pipelines.plan.apportion import stable_hash
from pipelines.plan.banks import Banks
from pipelines.plan.deal import cell_offsets, deal, estimated_bytes, shard_count
from pipelines.plan.gaps import Gap, gaps_csv
from pipelines.plan.splits import SpeakerFacts, assign_splits
from pipelines.plan.talkers import SHORTEST_TALKER_S, RankedTalker, choose_talkers, rank_talker
from pipelines.settings import Settings
from pipelines.simulate.draw import Talker, TalkerPool
from schemas.tables import ASSIGNMENT, MANIFEST, RECIPE

GAPS = "gaps"


class BlockSize(NamedTuple):
    """How much a block holds."""

    split: str
    accent: str
    condition: str
    origins: tuple[int, int]
    seconds: float

    @property
    def rows(self) -> int:
        """Recorded and simulated rows together."""
        return sum(self.origins)


class Earlier(NamedTuple):
    """What earlier versions of the corpus have given out.

    Attributes:
        version: the one that is being planned now.
        recipes: files with the recipes of the earlier ones.
        splits: split by speaker.
    """

    version: int
    recipes: tuple[str, ...]
    splits: Mapping[str, str]


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
    splits = (
        (parts | "speakers" >> beam.FlatMap(_speaker_counts), parts | "files" >> beam.FlatMap(_file_speakers))
        | "speakers and files" >> beam.Flatten()
        | "each once" >> beam.CombinePerKey(sum)
        | "one list" >> beam.combiners.ToList()
        | "assign splits" >> beam.Map(_assign, config.splits, config.seed, earlier.splits)
    )
    split_of = beam.pvalue.AsSingleton(splits)
    talkers = (
        parts
        | "talkers of a part" >> beam.FlatMap(_part_talkers, settings, split_of)
        | "talkers of a split" >> beam.GroupByKey()
        | "choose talkers" >> beam.MapTuple(lambda split, groups: (split, choose_talkers(each for group in groups for each in group)))
    )
    accents = (
        (
            parts | "by accent" >> beam.FlatMap(_by_accent),
            pipeline | "known accents" >> beam.Create([(code, (MANIFEST_KEY, None)) for code in settings.accents.codes]),
            pipeline | "earlier parts" >> beam.Create(list(earlier.recipes)) | "earlier by accent" >> beam.FlatMap(_earlier_by_accent),
        )
        | "all of an accent" >> beam.Flatten()
        | "per accent" >> beam.GroupByKey()
        | "plan accents" >> beam.ParDo(_PlanAccent(settings, banks), split_of, beam.pvalue.AsDict(talkers)).with_outputs(GAPS, main="blocks")
    )
    sizes = beam.pvalue.AsList(accents.blocks | "sizes" >> beam.Map(_size))
    _ = (
        accents.blocks
        | "deal" >> beam.FlatMap(_deal, sizes, config.shards.target_mb, config.audio.sample_rate, earlier.version)
        | "per shard" >> beam.GroupByKey()
        | "write recipes" >> beam.Map(_write_recipes, output, earlier.version)
    )
    _ = (
        pipeline
        | "once" >> beam.Create([None])
        | "write plan" >> beam.Map(
            _write_result,
            settings,
            output,
            banks,
            earlier,
            split_of,
            sizes,
            beam.pvalue.AsList(accents[GAPS]),
        )
    )


def result_file(corpus: Corpus) -> str:
    """Where the pipeline leaves what it planned, in figures."""
    return corpus.path(".work", "plan-result.json")


MANIFEST_KEY, EARLIER_KEY = "manifest", "earlier"
_SPEAKER, _FILE = "speaker", "file"


def _speaker_counts(part: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    table = read_table(part, ["speaker_id", "accent"])
    for row in table.group_by(["speaker_id", "accent"]).aggregate([([], "count_all")]).to_pylist():
        yield (_SPEAKER, row["speaker_id"], row["accent"]), row["count_all"]


def _file_speakers(part: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Who speaks in files that hold several recordings; a whole file that is one recording has one speaker."""
    table = read_table(part, ["speaker_id", "file_sha256", "offset_s"])
    table = table.filter(pc.is_valid(table.column("offset_s")))
    for row in table.group_by(["file_sha256", "speaker_id"]).aggregate([]).to_pylist():
        yield (_FILE, row["file_sha256"], row["speaker_id"]), 1


def _assign(
    counts: list[tuple[tuple[str, str, str], int]], shares: Mapping[str, float], seed: int, frozen: Mapping[str, str]
) -> dict[str, str]:
    accents: dict[str, dict[str, int]] = defaultdict(dict)
    people: dict[str, list[str]] = defaultdict(list)
    for (kind, key, value), count in counts:
        if kind == _SPEAKER:
            accents[key][value] = count
        else:
            people[key].append(value)
    shared: dict[str, list[str]] = defaultdict(list)
    for file, speakers in people.items():
        if len(speakers) > 1:
            for speaker in speakers:
                shared[speaker].append(file)
    facts = [SpeakerFacts(speaker, of_accent, tuple(sorted(shared[speaker]))) for speaker, of_accent in accents.items()]
    return assign_splits(facts, shares, seed, frozen)


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


def _by_accent(part: str) -> Iterator[tuple[str, tuple[str, pa.Table | None]]]:
    table = read_table(part)
    for accent in pc.unique(table.column("accent")).to_pylist():
        yield accent, (MANIFEST_KEY, table.filter(pc.equal(table.column("accent"), accent)))


def _earlier_by_accent(part: str) -> Iterator[tuple[str, tuple[str, pa.Table | None]]]:
    table = read_table(part, ["id", "accent", "split", "condition", "origin", "source_id", "speaker_id", "duration_s"])
    for accent in pc.unique(table.column("accent")).to_pylist():
        yield accent, (EARLIER_KEY, table.filter(pc.equal(table.column("accent"), accent)))


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
    ) -> Iterator[Any]:
        accent, tables = element
        parts: dict[str, list[pa.Table]] = {MANIFEST_KEY: [MANIFEST.schema().empty_table()], EARLIER_KEY: [RECIPE.schema().empty_table()]}
        for key, table in tables:
            if table is not None:
                parts[key].append(table)
        manifest = pa.concat_tables(parts[MANIFEST_KEY]).sort_by("recording_id")
        earlier = pa.concat_tables(parts[EARLIER_KEY], promote_options="default")
        config = self._settings.config
        pools = {split: TalkerPool(each.talker for each in talkers.get(split, ())) for split in config.splits}
        blocks, gaps = plan_accent(accent, manifest, earlier, PlanContext(config, splits, self._banks, pools))
        yield from blocks
        for gap in gaps:
            yield beam.pvalue.TaggedOutput(GAPS, gap)


def _size(block: Block) -> BlockSize:
    simulated = pc.sum(pc.equal(block.table.column("origin"), "simulated")).as_py()
    rows = block.table.num_rows
    return BlockSize(block.split, block.accent, block.condition, (rows - simulated, simulated), block.seconds)


def shard_counts(sizes: Iterable[BlockSize], target_mb: float, sample_rate: int) -> dict[str, int]:
    """How many shards each split is cut into; splits without rows are left out."""
    rows: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for size in sorted(sizes):
        rows[size.split] += size.rows
        seconds[size.split] += size.seconds
    return {split: shard_count(estimated_bytes(seconds[split], rows[split], sample_rate), rows[split], target_mb) for split in rows}


def _deal(
    block: Block, sizes: list[BlockSize], target_mb: float, sample_rate: int, version: int
) -> Iterator[tuple[tuple[str, int], pa.Table]]:
    """The block's rows by shard, with the columns that depend on the whole split."""
    counts = {(size.accent, size.condition): size.rows for size in sizes if size.split == block.split}
    shards = shard_counts(sizes, target_mb, sample_rate)[block.split]
    rows = block.table.num_rows
    dealt = np.asarray(deal(cell_offsets(counts)[block.accent, block.condition], rows, shards))
    # Weights even the cells of a split: each cell counts the same, and a split's weights average 1.
    weight = sum(counts.values()) / (len(counts) * rows)
    made = {
        "version": pa.array([version] * rows, pa.int64()),
        "shard": pa.array(dealt, pa.int64()),
        "shards": pa.array([shards] * rows, pa.int64()),
        "weight": pa.array([weight] * rows, pa.float32()),
    }
    table = pa.table([made.get(name, block.table.column(name) if name not in made else None) for name in RECIPE.names], schema=RECIPE.schema())
    for shard in np.unique(dealt):
        yield (block.split, int(shard)), table.filter(pa.array(dealt == shard))


def _write_recipes(element: tuple[tuple[str, int], Iterable[pa.Table]], output: Corpus, version: int) -> None:
    (split, shard), tables = element
    table = pa.concat_tables(tables)
    order = sorted(range(table.num_rows), key=lambda index: stable_hash("row", table.column("id")[index].as_py()))
    location = output.path("plan", "recipes", f"part-v{version:03d}-{split}-{shard:05d}.parquet")
    write_table(location, table.take(pa.array(order, pa.int64())))


def _write_result(
    _: None,
    settings: Settings,
    output: Corpus,
    banks: Banks,
    earlier: Earlier,
    splits: Mapping[str, str],
    sizes: list[BlockSize],
    gaps: list[Gap],
) -> None:
    config = settings.config
    storage.write_text(output.gaps_file, gaps_csv(gaps))
    speakers = [
        {"kind": "speaker", "key": speaker, "split": split, "version": earlier.version} for speaker, split in splits.items()
    ]
    files = [{**vars(allotment), "version": earlier.version} for allotment in banks.allotments]
    rows = sorted(speakers + files, key=lambda row: (row["kind"], row["key"], row["split"]))
    write_table(output.assignments_file, pa.Table.from_pylist(rows, schema=ASSIGNMENT.schema()))
    counts = shard_counts(sizes, config.shards.target_mb, config.audio.sample_rate)
    by_split: dict[str, list[BlockSize]] = {split: [] for split in config.splits}
    for size in sorted(sizes):
        by_split[size.split].append(size)
    known = {size.accent for size in sizes}
    result = {
        "recipes": sum(size.rows for size in sizes),
        "recorded": sum(size.origins[0] for size in sizes),
        "simulated": sum(size.origins[1] for size in sizes),
        "seconds": {split: round(sum(size.seconds for size in held), 3) for split, held in by_split.items()},
        "rows": {split: sum(size.rows for size in held) for split, held in by_split.items()},
        "shards": counts,
        "absent_accents": {split: sorted(known - {size.accent for size in held}) for split, held in by_split.items()},
        "gaps": len(gaps),
        "notes": list(banks.notes),
    }
    write_json(result_file(output), result)
