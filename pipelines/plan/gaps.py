"""Every target that is missed: what is missing, why, and what to do about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pipelines.plan.fill import CellState
from pipelines.plan.remedy import Remedy, remedy_of
from schemas.config import CorpusConfig
from schemas.tables import GAPS

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Gap:
    """A row of ``gaps.csv``; the columns are documented in :data:`schemas.tables.GAPS`."""

    accent: str
    condition: str
    have_utterances: int
    target_utterances: int | None
    missing_utterances: int
    have_hours: float
    target_hours: float | None
    missing_hours: float
    have_speakers: int
    target_speakers: int | None
    missing_speakers: int
    remedy: str
    reason: str


def find_gap(
    accent: str, condition: str, cells: Sequence[CellState], config: CorpusConfig, speakers: Mapping[str, AbstractSet[str]]
) -> Gap | None:
    """The gap of one cell, or None where its target is met.

    Args:
        accent: the cell's accent.
        condition: the cell's condition.
        cells: the cell in each split, as the planner left it.
        config: of the corpus.
        speakers: the speakers of the accent, by split.
    """
    target = config.targets.per_cell
    if target is None:
        return None
    missing_rows = sum(max(0, (cell.demand.target.utterances or 0) - cell.utterances) for cell in cells)
    missing_s = (
        sum((cell.demand.target.seconds or 0) - cell.seconds for cell in cells if not cell.is_met) if target.hours else 0.0
    )
    have_speakers = sum(len(cell.speakers) for cell in cells)
    missing_speakers = max(0, (target.speakers or 0) - have_speakers)
    if not missing_rows and not missing_s and not missing_speakers:
        return None
    remedy: Remedy = remedy_of(accent, condition, cells, config, speakers, missing_speakers)
    return Gap(
        accent=accent,
        condition=condition,
        have_utterances=sum(cell.utterances for cell in cells),
        target_utterances=target.utterances,
        missing_utterances=missing_rows,
        have_hours=round(sum(cell.seconds for cell in cells) / 3600, 4),
        target_hours=target.hours,
        missing_hours=round(missing_s / 3600, 4),
        have_speakers=have_speakers,
        target_speakers=target.speakers,
        missing_speakers=missing_speakers,
        remedy="collect" if remedy.collect else "simulate",
        reason=remedy.words,
    )


def gaps_csv(gaps: Iterable[Gap]) -> str:
    """``gaps.csv``: accents and conditions in order, missing figures empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, GAPS.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted((asdict(gap) for gap in gaps), key=_cell_of))
    return text.getvalue()


def _cell_of(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["accent"]), str(row["condition"])


def print_gaps(console: Console, text: str) -> None:
    """Show a ``gaps.csv``, cells that miss the same for the same reason together."""
    from rich.markup import escape

    grouped: dict[tuple[str, str, str], list[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        counts = {what: row[f"missing_{what}"] for what in ("utterances", "hours", "speakers")}
        amounts = [f"{count} {what[:-1] if count == '1' else what}" for what, count in counts.items() if float(count or 0)]
        key = (row["accent"], f"{row['remedy']}: {row['reason']}", " and ".join(amounts))
        grouped.setdefault(key, []).append(row["condition"])
    if not grouped:
        console.print("No gaps: every target is met.")
    accent_before = None
    for (accent, what, missing), conditions in grouped.items():
        if accent != accent_before:
            console.print(f"[bold]{escape(accent)}[/bold]")
            accent_before = accent
        each = " each" if len(conditions) > 1 else ""
        console.print(f"  {escape(', '.join(conditions))}: {missing} missing{each}", highlight=False)
        console.print(f"    {escape(what)}", highlight=False)
