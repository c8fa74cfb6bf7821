"""Every target that is missed: what is missing, why, and what to do about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pipelines.plan.cells import SplitTarget
from pipelines.plan.donors import SNR_HEADROOM_DB, CellState
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


def find_gap(accent: str, condition: str, cells: Sequence[CellState], config: CorpusConfig, speakers: int) -> Gap | None:
    """The gap of one cell, or None where its target is met.

    Args:
        accent: the cell's accent.
        condition: the cell's condition.
        cells: the cell in each split, as the planner left it.
        config: of the corpus.
        speakers: distinct speakers of the accent in the whole corpus.
    """
    target = config.targets.per_cell
    if target is None:
        return None
    missing_rows = sum(max(0, (cell.demand.target.utterances or 0) - cell.utterances) for cell in cells)
    missing_s = sum(_missing_seconds(cell.demand.target, cell.seconds) for cell in cells)
    have_speakers = len({speaker for cell in cells for speaker in cell.speakers})
    missing_speakers = max(0, (target.speakers or 0) - have_speakers)
    if not missing_rows and not missing_s and not missing_speakers:
        return None
    collect, reason = _why(accent, condition, cells, config, speakers, missing_speakers)
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
        remedy="collect" if collect else "simulate",
        reason=reason,
    )


def _missing_seconds(target: SplitTarget, seconds: float) -> float:
    return 0.0 if target.seconds is None or target.is_met(0, seconds) else target.seconds - seconds


def _why(
    accent: str, condition: str, cells: Sequence[CellState], config: CorpusConfig, speakers: int, missing_speakers: int
) -> tuple[bool, str]:
    """Whether people are missing, and the reason with what to do, in words."""
    if not speakers:
        wanted = config.targets.per_cell.speakers if config.targets.per_cell else None
        return True, f"no recording declares {accent}: record {f'at least {wanted} speakers' if wanted else 'speakers'} of it"
    if not config.condition(condition).is_simulated:
        return True, f"{condition} cannot be simulated: record it with speakers of {accent}"
    reasons: dict[str, list[str]] = {}
    collect = missing_speakers > 0
    for cell in cells:
        if cell.is_met:
            continue
        people, why = _why_in_split(cell, config)
        collect = collect or people
        reasons.setdefault(why, []).append(cell.demand.split)
    parts = [f"{', '.join(splits)}: {why}" for why, splits in reasons.items()]
    if missing_speakers:
        parts.insert(0, f"{missing_speakers} more speaker(s) of {accent} needed with clean recordings")
    return collect, "; ".join(parts)


def _why_in_split(cell: CellState, config: CorpusConfig) -> tuple[bool, str]:
    demand, targets = cell.demand, config.targets
    if demand.refusal is not None:
        return False, demand.refusal
    donors = cell.donors
    if demand.refusals and not donors:
        return False, next(iter(demand.refusals.values()))
    if not donors:
        return True, f"no donor: no recording in {' or '.join(config.donors)} from this split's speakers; record some"
    if demand.snr_db is not None:
        needed = demand.snr_db[1] + SNR_HEADROOM_DB
        if not any(donor.snr_db >= needed for donor in donors):
            return False, f"no donor has an SNR of {needed:g} dB or more, which snr_db needs: lower it, or record cleaner speech"
    if cell.capped_speakers:
        share = f"max_share_per_speaker ({targets.max_share_per_speaker:g})"
        return True, f"{len(cell.capped_speakers)} of {len({donor.speaker_id for donor in donors})} speaker(s) reached {share}: record more speakers, or raise it"
    return False, f"all {len(donors)} donor(s) reached max_uses_per_recording ({targets.max_uses_per_recording}): raise it, or record more"


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
        amounts = [
            f"{row[f'missing_{what}']} {what}" for what in ("utterances", "hours", "speakers") if float(row[f"missing_{what}"] or 0)
        ]
        grouped.setdefault((row["accent"], f"{row['remedy']}: {row['reason']}", ", ".join(amounts)), []).append(row["condition"])
    if not grouped:
        console.print("No gaps: every target is met.")
    accent_before = None
    for (accent, what, amounts), conditions in grouped.items():
        if accent != accent_before:
            console.print(f"[bold]{escape(accent)}[/bold]")
            accent_before = accent
        console.print(f"  {escape(', '.join(conditions))}: missing {amounts}{' each' if len(conditions) > 1 else ''}", highlight=False)
        console.print(f"    {escape(what)}", highlight=False)
