"""Every target that is missed: what is missing, why, and what to do about it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipelines.plan.fill.fill import CellState
from pipelines.plan.gaps.collect import AccentNeeds
from pipelines.plan.gaps.remedy import Remedy, remedy_of
from pipelines.plan.gaps.words import listed
from pipelines.plan.targets.cells import Goal
from schemas.config import CorpusConfig
from schemas.tables import GAPS

if TYPE_CHECKING:
    from rich.console import Console


ALL = "*"
"""Stands for all accents, or all conditions, together."""


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
    splits: str
    cause: str
    remedy: str
    setting: str
    value: str
    record_in: str
    speakers_to_collect: int | None
    speakers_for_target: int | None
    existing_to_record: int | None
    minutes_each: float | None
    assumptions: str
    reason: str
    part_of: str = ""
    """The condition that lacks this over all accents; such parts are joined by :func:`join_conditions`."""


def find_gap(
    accent: str,
    cells: Sequence[CellState],
    goal: Goal,
    config: CorpusConfig,
    whole: AccentNeeds,
    missing_speakers: int | None = None,
) -> Gap | None:
    """The gap of one cell, or None where its target is met.

    Args:
        accent: the cell's accent.
        cells: the cell in each split, as the planner left it.
        goal: of the cell over all splits.
        config: of the corpus.
        whole: what is the same for all cells of the accent.
        missing_speakers: speakers it lacks, where that is known better than from the cells.
    """
    if missing_speakers is None:
        missing_speakers = (goal.speakers or 0) - sum(len(cell.speakers) for cell in cells)
    missing_speakers = max(0, missing_speakers)
    if all(cell.is_met for cell in cells) and not missing_speakers:
        return None
    remedy = remedy_of(accent, cells, config, whole, missing_speakers)
    return replace(gap_of(accent, cells, goal, remedy), missing_speakers=missing_speakers)


def gap_of(accent: str, cells: Sequence[CellState], goal: Goal, remedy: Remedy) -> Gap:
    """What a cell has, should have and lacks, with its remedy."""
    missing = [cell.demand.target.missing(cell.utterances, cell.seconds) for cell in cells if not cell.is_met]
    have_speakers = sum(len(cell.speakers) for cell in cells)
    return Gap(
        accent=accent,
        condition=cells[0].demand.condition,
        have_utterances=sum(cell.utterances for cell in cells),
        target_utterances=goal.utterances,
        missing_utterances=sum(rows for rows, _ in missing),
        have_hours=round(sum(cell.seconds for cell in cells) / 3600, 4),
        target_hours=None if goal.hours is None else round(goal.hours, 4),
        missing_hours=math.ceil(sum(seconds for _, seconds in missing) / 0.36 - 1e-6) / 10_000,  # never none of what is missing
        have_speakers=have_speakers,
        target_speakers=goal.speakers,
        missing_speakers=max(0, (goal.speakers or 0) - have_speakers),
        **remedy._asdict(),
    )


def join_conditions(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps with one row for each condition that lacks something over all accents, told by the accent that can best help.

    That is one for which a setting is all it takes, and of those the one with the most people; the others are counted.
    """
    joined: list[Gap] = []
    parts: dict[str, list[Gap]] = {}
    for gap in gaps:
        if gap.part_of:
            parts.setdefault(gap.part_of, []).append(gap)
        else:
            joined.append(gap)
    for own in parts.values():
        best = min(own, key=lambda gap: (gap.remedy != "simulate", -gap.have_speakers, gap.accent))
        others = f". So can {len(own) - 1} other accents" if len(own) > 1 else ""
        joined.append(
            replace(
                best,
                accent=ALL,
                part_of="",
                have_utterances=sum(gap.have_utterances for gap in own),
                have_hours=round(sum(gap.have_hours for gap in own), 4),
                have_speakers=sum(gap.have_speakers for gap in own),
                reason=f"{best.accent} can help: {best.reason}{others}",
            )
        )
    return joined


def gaps_csv(gaps: Iterable[Gap]) -> str:
    """``gaps.csv``: accents and conditions in order, missing figures empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, GAPS.names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted((asdict(gap) for gap in gaps), key=_cell_of))
    return text.getvalue()


def _cell_of(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["accent"]), str(row["condition"])


def print_gaps(console: Console, text: str, claim: str = "") -> None:
    """Show a ``gaps.csv``: by accent whom to record, then the cells, those that miss the same for the same reason together.

    Args:
        console: to show it on.
        text: of the file.
        claim: what the plan says of how much it filled (:class:`~pipelines.plan.gaps.claim.Claim`).
    """
    from rich.markup import escape

    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows:
        console.print("No gaps: every target is met.")
    for accent, of_accent in groupby(rows, key=lambda row: row["accent"]):
        of_this = list(of_accent)
        console.print(f"[bold]{escape(accent)}[/bold]")
        for line in _to_record(of_this):
            console.print(f"  {escape(line)}", highlight=False)
        for (missing, remedy, setting, reason), conditions in _alike(of_this).items():
            each = " each" if len(conditions) > 1 else ""
            console.print(f"  {escape(', '.join(conditions))}: {missing} missing{each}", highlight=False)
            console.print(f"    {remedy}: {escape(reason)}", highlight=False)
            if setting:
                way = (
                    "corpus.yaml" if remedy == "simulate" else "corpus.yaml, in place of recording more with people who are there"
                )
                console.print(f"    {way}: {escape(setting)}", highlight=False)
    for assumed in sorted({row["assumptions"] for row in rows} - {""}):
        console.print(f"Speakers and minutes assume: {assumed}.", highlight=False)
    if rows and claim:
        console.print(escape(claim), highlight=False)


def _to_record(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """New people an accent needs for all its gaps together: the same people serve all."""
    minutes: dict[str, float] = {}
    people = 0
    for row in rows:
        if int(row["speakers_to_collect"] or 0):
            people = max(people, int(row["speakers_to_collect"]))
            minutes[row["record_in"]] = max(float(row["minutes_each"]), minutes.get(row["record_in"], 0.0))
    if people:
        each = listed([f"{most:g} minutes in {place}" for place, most in minutes.items()])
        yield f"record in all {people} new {'people' if people > 1 else 'person'}, each {each}"


def _alike(rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, str, str, str], list[str]]:
    """Conditions by what they miss, the remedy, the setting to change, and why."""
    grouped: dict[tuple[str, str, str, str], list[str]] = {}
    for row in rows:
        counts = {what: row[f"missing_{what}"] for what in ("utterances", "hours", "speakers")}
        amounts = [f"{count} {what[:-1] if count == '1' else what}" for what, count in counts.items() if float(count or 0)]
        values = zip(row["setting"].split("; "), row["value"].split("; "), strict=True)
        setting = "; ".join(f"{name}: {value}" for name, value in values if value)
        grouped.setdefault((" and ".join(amounts), row["remedy"], setting, row["reason"]), []).append(row["condition"])
    return grouped
