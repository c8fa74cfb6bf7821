"""What is asked of an accent's cells, and the cells as they stand before anything is held in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipelines.plan.apportion import stable_hash
from pipelines.plan.context import PlanContext
from pipelines.plan.factors.factored import Factored
from pipelines.plan.fill.donors import DonorPool, Recording
from pipelines.plan.fill.fill import CellState, Demand
from pipelines.plan.fill.need import donor_snr_db, need_of
from pipelines.plan.gaps.obstacle import Change, Obstacle
from pipelines.plan.targets.cells import Goal, SpeakerCap, SplitTarget, largest, speaker_cap, split_goal
from pipelines.plan.targets.goals import accent_goal, cell_goal, condition_goal
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.config import ConditionConfig

CellKey = tuple[str, str]
"""A condition and a split."""


class Ask(NamedTuple):
    """What is asked of one accent in one condition.

    Attributes:
        goal: over all splits.
        targets: the same by split.
        enough: by split, what recorded rows are kept up to where the surplus is dropped.
        cap: on what one speaker's simulations may fill.
    """

    goal: Goal
    targets: Mapping[str, SplitTarget]
    enough: Mapping[str, SplitTarget]
    cap: SpeakerCap


def asks_of(accent: str, context: PlanContext, *, trying: bool) -> dict[str, Ask]:
    """What is asked of an accent, by condition.

    A cell is asked the most of what ``per_cell`` asks and what the accent was allotted of the condition's target. Caps are shares
    of that or of an even part of the accent's and the condition's targets, whichever is most.

    Args:
        accent: which.
        context: of the plan.
        trying: whether to ask for all of each condition's target, to see how much the accent can take.
    """
    config, totals = context.config, context.totals
    shares: dict[str, float] = dict(config.splits.items())
    base = cell_goal(config, totals)
    part_of_accent = accent_goal(accent, config, totals).part(len(config.conditions))
    asks = {}
    for condition in config.conditions:
        of_all = condition_goal(condition.name, config, totals)
        even = largest(base, part_of_accent, of_all.part(len(totals.accents)))
        more: Mapping[str, SplitTarget] = split_goal(of_all, shares) if trying else {}
        speakers = None
        if not trying and (accent, condition.name) in context.allotted:
            more, speakers = context.allotted[accent, condition.name][:2]
        targets = {split: own.or_more(more.get(split, SplitTarget())) for split, own in split_goal(base, shares).items()}
        rows = [each.utterances for each in targets.values() if each.utterances is not None]
        seconds = [each.seconds for each in targets.values() if each.seconds is not None]
        people = max(base.speakers or 0, speakers or 0) or None
        goal = Goal(sum(rows) if rows else None, sum(seconds) if seconds else None, people)
        enough = {split: targets[split].or_more(part) for split, part in split_goal(part_of_accent, shares).items()}
        asks[condition.name] = Ask(goal, targets, enough, speaker_cap(even, config.targets.max_share_per_speaker))
    return asks


def make_cells(
    accent: str,
    recordings: Sequence[Recording],
    asks: Mapping[str, Ask],
    context: PlanContext,
    used: Mapping[str, int],
    factored: Factored,
) -> dict[CellKey, CellState]:
    """A cell for every condition and split; none for speakers whose accent is not known, for those have no targets.

    Args:
        accent: which.
        recordings: of the accent.
        asks: by condition.
        context: of the plan.
        used: how often each recording was simulated from before, by id.
        factored: its conditions with factors.
    """
    if accent in (UNDECLARED, UNMAPPED):
        return {}
    config = context.config
    needs = [need_of(condition, config) for condition in config.conditions]
    cells: dict[CellKey, CellState] = {}
    for split in config.splits:
        donors = [recording for recording in recordings if recording.is_donor and recording.split == split]
        pool = DonorPool(donors, used, config.targets.max_uses_per_recording, config.seed)
        for condition, need in zip(config.conditions, needs, strict=True):
            refusal, refusals = _refusals(condition, split, pool.by_speaker, context)
            if condition.factors is not None:
                refusal = factored.refusal(condition.name, split)
            snr_db = factored.snr_db(condition, split)
            own_need = need._replace(snr_db=donor_snr_db(snr_db))
            ask = asks[condition.name]
            demand = Demand(own_need, split, ask.targets[split], snr_db, refusals, refusal)
            seed = stable_hash(config.seed, accent, condition.name, split)
            cells[condition.name, split] = CellState(demand, pool, factored.cap(condition, ask.cap), seed)
    return cells


def _refusals(
    condition: ConditionConfig, split: str, speakers: Iterable[str], context: PlanContext
) -> tuple[Obstacle | None, dict[str, Obstacle]]:
    """Why a condition cannot be simulated in a split at all, or not from some of its speakers."""
    config = context.config
    if not condition.is_simulated:
        return Obstacle("recorded_only", f"{condition.name} names no noise, handset or room", "record it"), {}
    is_measured = condition.room is not None and config.rooms[condition.room].responses is not None
    if is_measured and not context.banks.responses[str(condition.room)][split]:
        why, setting = f"room '{condition.room}' has no response file left for it", f"rooms.{condition.room}.responses"
        return Obstacle("no_response_file", why, "add files to it", (Change(setting),)), {}
    if condition.noise is None:
        return None, {}
    noise = config.noises[condition.noise]
    fewest = noise.fewest_talkers
    if not fewest:
        if noise.kind == "recording" and not context.banks.noises[condition.noise][split]:
            why, setting = f"noise '{condition.noise}' has no file left for it", f"noises.{condition.noise}.files"
            return Obstacle("no_noise_file", why, "add files to it", (Change(setting),)), {}
        return None, {}
    what = "babble" if noise.kind == "babble" else "noise"
    refusals = {}
    for speaker in speakers:
        others = len(context.talkers[split].without(speaker))
        if others < fewest:
            why = f"{what} '{condition.noise}' takes {fewest} talkers beside the speaker where it has {others}"
            more = f"record more speakers of any accent in {' or '.join(config.donors)}"
            if others and noise.talkers is not None:
                talkers = f"[{others}, {max(others, noise.talkers[1])}]"
                lower = f"lower its 'talkers' to start at {others}, or {more}"
                change = Change(f"noises.{condition.noise}.talkers", talkers, -others)
                refusals[speaker] = Obstacle("too_few_talkers", why, lower, (change,))
            else:
                refusals[speaker] = Obstacle("too_few_talkers", why, more)
    return None, refusals
