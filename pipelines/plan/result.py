"""What a plan came to: gaps, assignments, and its figures for the stages after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus, write_json, write_table
from pipelines.plan.gaps.claim import claim_of
from pipelines.plan.gaps.gap import Gap, gaps_csv, join_conditions
from pipelines.plan.growth.earlier import Earlier, assignments
from pipelines.plan.growth.moved import describe_moved
from pipelines.plan.shards.deal import BlockSize, Layout
from pipelines.plan.splits.banks import Banks
from pipelines.plan.weights.people import described
from pipelines.plan.weights.raking import Raked
from pipelines.settings import Settings


def result_file(corpus: Corpus) -> str:
    """Where the pipeline leaves what it planned, in figures."""
    return corpus.path(".work", "plan-result.json")


def write_result(
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
    """Write ``gaps.csv``, the assignments, and the figures that :func:`result_file` keeps.

    Args:
        settings: of the run.
        output: where to.
        banks: what noises and responses were given out, with notes for the report.
        earlier: what earlier versions gave out.
        splits: split by speaker.
        layouts: of each split's shards.
        sizes: of every block of rows.
        present: the splits in which each accent has rows.
        gaps: in any order.
        raked: how the weights of a reference population came out, by split; None without one.
        left_out: recordings that no shard holds, by reason, a count a part.
        moved: recordings whose accent was written before its words were known.
    """
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
        **claim_of(settings.config.targets, gaps)._asdict(),
        "notes": [*banks.notes, *describe_moved(moved)],
        "raking": None if raked is None else described(raked),
    }
    write_json(result_file(output), result)
