"""The gaps of an accent: of its cells, of the accent as a whole, and its part in what conditions lack."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipelines.plan.context import PlanContext
from pipelines.plan.factors.factored import Factored
from pipelines.plan.fill.donors import Recording
from pipelines.plan.fill.fill import CellState
from pipelines.plan.gaps.collect import UTTERANCE_S, AccentNeeds
from pipelines.plan.gaps.gap import ALL, Gap, find_gap
from pipelines.plan.targets.asks import Ask, CellKey
from pipelines.plan.targets.cells import SplitTarget, split_goal
from pipelines.plan.targets.goals import accent_goal, condition_goal
from schemas.config import CorpusConfig


def accent_gaps(
    accent: str,
    cells: Mapping[CellKey, CellState],
    asks: Mapping[str, Ask],
    recordings: Sequence[Recording],
    factored: Factored,
    context: PlanContext,
) -> Iterator[Gap]:
    """Everything that an accent lacks; what conditions lack over all accents is told by each, for ``join_conditions`` to join.

    Args:
        accent: which.
        cells: filled.
        asks: what is asked of them, by condition.
        recordings: of the accent.
        factored: its conditions with factors.
        context: of the plan.
    """
    if not cells:
        return
    config = context.config
    whole = _accent_needs(cells, config, recordings)
    for condition in config.conditions:
        own = [cells[condition.name, split] for split in config.splits]
        gap = factored.gap(condition, own, find_gap(accent, own, asks[condition.name].goal, config, whole))
        if gap is not None:
            yield gap
        part = _part_of_condition(accent, own, config, whole, context)
        if part is not None:
            yield part
    of_accent = _gap_of_accent(accent, cells, config, whole, context)
    if of_accent is not None:
        yield of_accent


def _gap_of_accent(
    accent: str, cells: Mapping[CellKey, CellState], config: CorpusConfig, whole: AccentNeeds, context: PlanContext
) -> Gap | None:
    """What the accent's cells lack together, told by the cell of each split that could take most."""
    goal = accent_goal(accent, config, context.totals)
    told = []
    for split, total in split_goal(goal, dict(config.splits.items())).items():
        own = [cells[condition.name, split] for condition in config.conditions]
        rows, seconds = total.missing(sum(cell.utterances for cell in own), math.fsum(cell.seconds for cell in own))
        best = max(own, key=lambda cell: (len(cell.donor_speakers), config.condition(cell.demand.condition).is_simulated))
        told.append(_asked_more(best, total, rows, seconds))
        uses = max(whole.missing_uses[split], rows, math.ceil(seconds / whole.utterance_s))
        able = sum(bool(cell.donor_speakers) for cell in own)
        whole = whole._replace(missing_uses={**whole.missing_uses, split: uses}, together={**whole.together, split: max(1, able)})
    people = {name for cell in cells.values() for name in cell.speakers}
    gap = find_gap(accent, told, replace(goal, speakers=None), config, whole, missing_speakers=(goal.speakers or 0) - len(people))
    if gap is None:
        return None
    return replace(
        gap,
        condition=ALL,
        have_utterances=sum(cell.utterances for cell in cells.values()),
        have_hours=round(math.fsum(cell.seconds for cell in cells.values()) / 3600, 4),
        have_speakers=len(people),
        target_speakers=goal.speakers,
    )


def _part_of_condition(
    accent: str, cells: Sequence[CellState], config: CorpusConfig, whole: AccentNeeds, context: PlanContext
) -> Gap | None:
    """What the accent could do for a condition that lacks rows or speakers over all accents."""
    name = cells[0].demand.condition
    allotted = context.allotted.get((accent, name))
    if allotted is None or not (allotted.short_speakers or any(each.has_size for each in allotted.short.values())):
        return None
    told = []
    for cell in cells:
        rows, seconds = allotted.short.get(cell.demand.split, SplitTarget()).missing(0, 0.0)
        told.append(_asked_more(cell, cell.demand.target, rows, seconds))
        uses = whole.missing_uses[cell.demand.split] + max(rows, math.ceil(seconds / whole.utterance_s))
        whole = whole._replace(missing_uses={**whole.missing_uses, cell.demand.split: uses})
    goal = condition_goal(name, config, context.totals)
    gap = find_gap(accent, told, replace(goal, speakers=None), config, whole, missing_speakers=allotted.short_speakers)
    return None if gap is None else replace(gap, part_of=name, target_speakers=goal.speakers)


def _asked_more(cell: CellState, target: SplitTarget, rows: int, seconds: float) -> CellState:
    """The cell as if it had been asked for so much more; met where nothing more is asked."""
    asked = copy.copy(cell)
    more = SplitTarget(
        cell.utterances + rows if target.utterances is not None or rows else None,
        cell.seconds + seconds if target.seconds is not None or seconds else None,
    )
    asked.demand = replace(cell.demand, target=more)
    return asked


def _accent_needs(cells: Mapping[CellKey, CellState], config: CorpusConfig, recordings: Sequence[Recording]) -> AccentNeeds:
    people: dict[str, set[str]] = {split: set() for split in config.splits}
    for recording in recordings:
        people[recording.split].add(recording.speaker_id)
    utterance_s = math.fsum(each.duration_s for each in recordings) / len(recordings) if recordings else UTTERANCE_S
    missing: dict[str, int] = dict.fromkeys(config.splits, 0)
    for cell in cells.values():
        if cell.demand.refusal is None:
            missing[cell.demand.split] += cell.demand.target.missing_uses(cell.utterances, cell.seconds, utterance_s)
    return AccentNeeds({split: sorted(names) for split, names in people.items()}, missing, utterance_s)
