"""The plan stage as a Beam pipeline: the manifest to recipes, one file a shard, and to the gaps.

    manifest ─▶ speakers ─ splits ─┐
        └────▶ talkers ────────────┼─▶ accents ─ plan each ─▶ blocks ─ deal ─▶ recipes of a shard
    banks ─────────────────────────┘        └─▶ gaps

Rows move as compressed Arrow tables, whole accents and then what each gives a few shards, so that moving them costs little a
row. What each simulation is asked to be is drawn last, where its recipe is written, so that a large accent holds up nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, read_table, write_json, write_table
from pipelines.plan.accent import plan_accent, try_accent
from pipelines.plan.apportion import stable_hash
from pipelines.plan.banks import Banks
from pipelines.plan.by_accent import (
    LEFT_KEY,
    MANIFEST_KEY,
    OfAccent,
    PackedAccent,
    carried_by_accent,
    earlier_by_accent,
    manifest_by_accent,
    runs,
)
from pipelines.plan.carried import lines_of
from pipelines.plan.context import PlanContext
from pipelines.plan.crossing import combine_conditions
from pipelines.plan.deal import BlockSize, Layout, lay_out, shards_of
from pipelines.plan.earlier import Earlier, assignments
from pipelines.plan.gaps import Gap, gaps_csv, join_conditions
from pipelines.plan.goals import Allotted, Room, allot
from pipelines.plan.left_out import list_left_out
from pipelines.plan.moved import FindMoved, describe_moved
from pipelines.plan.parcel import pack, unpack
from pipelines.plan.people import described, weigh_people
from pipelines.plan.raking import Raked
from pipelines.plan.recipes import SEPARATOR, Piece, draw_recipes
from pipelines.plan.sealing import find_sealed
from pipelines.plan.speakers import assign_speakers
from pipelines.plan.talkers import SHORTEST_TALKER_S, RankedTalker, choose_talkers, rank_talker
from pipelines.plan.totals import add_up
from pipelines.settings import Settings
from pipelines.simulate.draw import Talker, TalkerPool
from schemas.config import CorpusConfig
from schemas.tables import RECIPE
from schemas.targets import OTHERS

SIZES, GAPS, PRESENT, LEFT = "sizes", "gaps", "present", "left"


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
        rooms = whole_accents | "try accents" >> beam.ParDo(_TryAccent(settings, banks, earlier.retired), *shared)
        allotted = (
            pipeline
            | "one allotment" >> beam.Create([None])
            | "allot" >> beam.Map(lambda _, rooms, totals: allot(rooms, config, totals), beam.pvalue.AsList(rooms), totals)
        )
    accents = whole_accents | "plan accents" >> beam.ParDo(
        _PlanAccent(settings, banks, earlier.retired), *shared, beam.pvalue.AsSingleton(allotted)
    ).with_outputs(SIZES, GAPS, PRESENT, LEFT, main="pieces")
    not_written = accents[LEFT] | "per left-out part" >> beam.GroupByKey() | "write left-out" >> beam.Map(_write_left_out, output)
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
        | "deal" >> beam.FlatMap(_deal, layouts, earlier.version, shares)
        | "per shards" >> beam.GroupByKey()
        | "write recipes" >> beam.Map(_write_recipes, settings, output, banks, talkers)
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
            moved,
        )
    )


def result_file(corpus: Corpus) -> str:
    """Where the pipeline leaves what it planned, in figures."""
    return corpus.path(".work", "plan-result.json")


def _known_accents(settings: Settings) -> list[str]:
    """Accents that have targets although nobody may have recorded them."""
    return sorted({*settings.accents.wanted, *settings.config.targets.per_accent} - {OTHERS})


_LEFT_OUT_PARTS = 16

GROUP_ROWS = 20_000
"""Rows of the shards that are drawn and written together, or a little more: small tables cost much a row to move."""


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


class _OnAccents(beam.DoFn):
    """Does something with one accent after the other."""

    def __init__(self, settings: Settings, banks: Banks, retired: frozenset[str]) -> None:
        self._retired = retired
        self._settings = settings
        self._banks = banks

    def _context(self, shared: Sequence[Any], allotted: Mapping[tuple[str, str], Allotted]) -> PlanContext:
        splits, talkers, taken, combined, totals = shared
        config = self._settings.config
        pools = _pools(talkers, config)
        return PlanContext(config, splits, self._banks, pools, self._retired.union(taken), combined, totals, allotted)


class _TryAccent(_OnAccents):
    """Tells how much each accent could hold in the conditions that have targets over all accents."""

    def process(self, element: PackedAccent, *shared: Any) -> Iterator[Room]:
        accent, tables = element
        of_accent = OfAccent(tables)
        yield from try_accent(accent, of_accent.free, of_accent.earlier, self._context(shared, {}))


class _PlanAccent(_OnAccents):
    """Plans one accent after the other."""

    def process(self, element: PackedAccent, *shared: Any) -> Iterator[Any]:
        accent, tables = element
        of_accent, context = OfAccent(tables), self._context(shared[:-1], shared[-1])
        manifest, carried, earlier, free = of_accent.manifest, of_accent.carried, of_accent.earlier, of_accent.free
        config, splits = context.config, context.splits
        blocks, gaps = plan_accent(accent, free, earlier, context)
        lines = list(lines_of(blocks, accent, carried, free, config))
        for line in lines:
            yield beam.pvalue.TaggedOutput(SIZES, BlockSize(line.split, line.accent, line.cells, line.seconds))
            first = 0
            for rows in line.pieces:
                yield Piece(line.split, line.accent, line.cells, first, pack(rows))
                first += rows.num_rows
        left = list_left_out({"transcript": manifest.filter(of_accent.is_sealed), "surplus": free}, blocks, earlier, splits)
        if left.num_rows:
            yield beam.pvalue.TaggedOutput(LEFT, (stable_hash("left out", accent) % _LEFT_OUT_PARTS, pack(left)))
        present = {line.split for line in lines} | set(pc.unique(earlier.column("split")).to_pylist())
        yield beam.pvalue.TaggedOutput(PRESENT, (accent, tuple(sorted(present))))
        for gap in gaps:
            yield beam.pvalue.TaggedOutput(GAPS, gap)


def _pools(talkers: Mapping[str, Sequence[RankedTalker]], config: CorpusConfig) -> dict[str, TalkerPool]:
    return {split: TalkerPool(each.talker for each in talkers.get(split, ())) for split in config.splits}


def _deal(
    piece: Piece, layouts: Mapping[str, Layout], version: int, shares: Mapping[str, float] | None
) -> Iterator[tuple[tuple[str, int], bytes]]:
    """The piece's rows by group of shards, with the columns that depend on the whole split."""
    layout, table = layouts[piece.split], unpack(piece.rows)
    shard = shards_of(layout.starts[piece.accent] + piece.first, table.num_rows, layout.shards)
    made = {
        "version": pa.repeat(pa.scalar(version, pa.int64()), table.num_rows),
        "shard": pa.array(shard),
        "shards": pa.repeat(pa.scalar(layout.shards, pa.int64()), table.num_rows),
        "weight": _weights(piece, table, layout, shares),
    }
    for name, column in made.items():
        table = table.append_column(name, column)
    groups = max(1, layout.rows // GROUP_ROWS)
    for group, rows in runs(table, shard * groups // layout.shards):
        yield (piece.split, int(group)), pack(rows)


def _weights(piece: Piece, table: pa.Table, layout: Layout, shares: Mapping[str, float] | None) -> pa.Array:
    """The rows' weights, which average 1 over the split: each cell counts the same, or each person as the reference asks."""
    if shares is None:
        of_cell = {cell.condition: layout.rows / (layout.cells * cell.rows) for cell in piece.cells}
        return pa.array([of_cell[condition] for condition in table.column("condition").to_pylist()], pa.float32())
    return pa.array([layout.rows * shares[speaker] for speaker in table.column("speaker_id").to_pylist()], pa.float32())


def _write_recipes(
    element: tuple[tuple[str, int], Iterable[bytes]],
    settings: Settings,
    output: Corpus,
    banks: Banks,
    talkers: Mapping[str, Sequence[RankedTalker]],
) -> None:
    """Draw the rows of a few shards, and write a file for each."""
    together = pa.concat_tables(map(unpack, element[1]))
    pools = _pools(talkers, settings.config)
    for shard, rows in runs(together, together.column("shard").to_numpy()):
        keyed = sorted((stable_hash("row", each), each, index) for index, each in enumerate(rows.column("id").to_pylist()))
        in_order = rows.take(pa.array([index for *_, index in keyed], pa.int64()))
        split, version = (in_order.column(name)[0].as_py() for name in ("split", "version"))
        location = output.path("plan", "recipes", f"part-v{version:03d}-{split}-{shard:05d}.parquet")
        write_table(location, draw_recipes(in_order, settings.config, banks, pools).cast(RECIPE.schema()))


def _write_left_out(element: tuple[int, Iterable[bytes]], output: Corpus) -> dict[str, int]:
    """Write a part of the list; returns how many rows it has by reason."""
    part, parcels = element
    table = pa.concat_tables(map(unpack, parcels)).sort_by("recording_id")
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
    moved: list[pa.Table],
) -> None:
    names = list(settings.config.splits)
    gaps = join_conditions(sorted(gaps, key=lambda gap: (gap.accent, gap.condition)))
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
        "optimal": settings.config.targets.is_filled_best,
        "notes": [*banks.notes, *describe_moved(moved)],
        "raking": None if raked is None else described(raked),
    }
    write_json(result_file(output), result)
