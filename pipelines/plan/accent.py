"""The plan of one accent: which of its recordings are written, and what is simulated from them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.combinations.design import Variant
from pipelines.plan.apportion import stable_hash
from pipelines.plan.banks import Banks
from pipelines.plan.cells import Goal, cell_goal, speaker_cap, split_goal
from pipelines.plan.collect import UTTERANCE_S, AccentNeeds
from pipelines.plan.combined import Combined
from pipelines.plan.donors import DonorPool, Recording
from pipelines.plan.earlier import check_unchanged
from pipelines.plan.factored import Factored
from pipelines.plan.fill import CellState, Demand, fill_cells
from pipelines.plan.gaps import Gap, find_gap
from pipelines.plan.need import donor_snr_db, need_of
from pipelines.plan.obstacle import Obstacle
from pipelines.plan.recipes import Block, Use, Utterance, is_paired, make_block, use_id, use_number
from pipelines.plan.strata import draw_quantiles, reach
from pipelines.simulate.draw import TalkerPool
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.config import ConditionConfig, CorpusConfig

CellKey = tuple[str, str]
"""A condition and a split."""


@dataclass(frozen=True)
class PlanContext:
    """What the plans of all accents share.

    Attributes:
        config: of the corpus.
        splits: split by speaker.
        banks: noises and responses by split.
        talkers: recordings for babble by split.
        taken: ids of recordings that look like the id of a use, so that no use is given one of them.
        combined: the rows that each condition with factors needs.
    """

    config: CorpusConfig
    splits: Mapping[str, str]
    banks: Banks
    talkers: Mapping[str, TalkerPool]
    taken: frozenset[str] = frozenset()
    combined: Mapping[str, Combined] = field(default_factory=dict)


@dataclass
class _Earlier:
    """What earlier versions of the corpus wrote of an accent."""

    conditions: dict[str, str] = field(default_factory=dict)
    """Of each recorded row, by id: it stays in the condition it was written in."""
    uses: Counter[str] = field(default_factory=Counter)
    last_number: dict[tuple[str, str], int] = field(default_factory=dict)


def plan_accent(accent: str, manifest: pa.Table, earlier: pa.Table, context: PlanContext) -> tuple[list[Block], list[Gap]]:
    """Plan one accent.

    Args:
        accent: its code.
        manifest: the rows of the manifest that have it, in any order.
        earlier: the recipes of it that earlier versions of the corpus wrote.
        context: what all accents share.

    Raises:
        ConfigError: a recording that an earlier version wrote is gone or has changed.
    """
    check_unchanged(accent, manifest, earlier, context.taken)
    config = context.config
    before = _read_earlier(earlier)
    recordings = list(_recordings(manifest, context, before.conditions))
    factored = Factored(accent, manifest, earlier, config, context.combined, context.banks, context.talkers)
    goal = cell_goal(config.targets)
    cells = _make_cells(accent, recordings, goal, context, before.uses, factored)
    _hold_earlier(earlier, cells)
    chosen = [recording for recording in _in_turns(recordings, config.seed) if recording.recording_id not in before.conditions]
    utterances = list(_hold_recorded(chosen, cells, drop=config.targets.surplus == "drop"))
    factored.place(cells)
    if goal != Goal():
        fill_cells(cells.values(), goal.speakers)
    for condition in config.conditions:
        of_condition = [cells[condition.name, split] for split in config.splits if cells]
        utterances.extend(_simulations(accent, condition, of_condition, factored, before, context))
    utterances.extend(_missing_originals(utterances, before, cells, config))
    by_split: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        by_split[utterance.recording.split].append(utterance)
    blocks = [make_block(split, accent, by_split[split], config.seed) for split in config.splits if by_split[split]]
    return blocks, list(_find_gaps(accent, cells, goal, config, recordings, factored))


def _read_earlier(earlier: pa.Table) -> _Earlier:
    before = _Earlier()
    columns = ("id", "source_id", "condition", "origin")
    for utterance_id, source_id, condition, origin in zip(*(earlier.column(name).to_pylist() for name in columns), strict=True):
        if origin == "recorded":
            before.conditions[utterance_id] = condition
        else:
            before.uses[source_id] += 1
            number = max(use_number(utterance_id), before.last_number.get((source_id, condition), 0))
            before.last_number[source_id, condition] = number
    return before


def _recordings(manifest: pa.Table, context: PlanContext, written: Mapping[str, str]) -> Iterator[Recording]:
    columns = ("recording_id", "speaker_id", "condition", "duration_s", "snr_db", "bandwidth_hz")
    rows = zip(*(manifest.column(name).to_pylist() for name in columns), strict=True)
    for index, (recording_id, speaker_id, measured_condition, *measured) in enumerate(rows):
        condition = written.get(recording_id, measured_condition)
        is_donor = condition in context.config.donors
        duration_s, snr_db, bandwidth_hz = measured
        split = context.splits[speaker_id]
        yield Recording(index, recording_id, speaker_id, split, condition, duration_s, snr_db, bandwidth_hz, is_donor)


def _in_turns(recordings: Iterable[Recording], seed: int) -> list[Recording]:
    """The recordings in turns over their speakers, so that the first of them stand for as many people as can be."""
    turns: Counter[tuple[str, str]] = Counter()
    keyed = []
    for recording in sorted(recordings, key=lambda each: (stable_hash(seed, "turn", each.recording_id), each.recording_id)):
        turns[recording.speaker_id, recording.condition] += 1
        keyed.append((turns[recording.speaker_id, recording.condition], recording))
    keyed.sort(key=lambda pair: pair[0])
    return [recording for _, recording in keyed]


def _hold_recorded(recordings: Iterable[Recording], cells: Mapping[CellKey, CellState], *, drop: bool) -> Iterator[Utterance]:
    """Count the recordings in their cells; with ``drop`` those above a cell's target are left out."""
    for recording in recordings:
        cell = cells.get((recording.condition, recording.split))
        if cell is not None:
            if drop and cell.demand.target.has_size and cell.is_met:
                continue
            cell.hold(recording.speaker_id, recording.duration_s)
        yield Utterance(recording, recording.condition, None)


def _make_cells(
    accent: str, recordings: Sequence[Recording], goal: Goal, context: PlanContext, used: Mapping[str, int], factored: Factored
) -> dict[CellKey, CellState]:
    """A cell for every condition and split; none for speakers whose accent is not known, for those have no targets."""
    if accent in (UNDECLARED, UNMAPPED):
        return {}
    config = context.config
    targets = split_goal(goal, dict(config.splits.items()))
    cap = speaker_cap(goal, config.targets.max_share_per_speaker)
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
            demand = Demand(own_need, split, targets[split], snr_db, refusals, refusal)
            own_cap = factored.cap(condition, cap)
            cells[condition.name, split] = CellState(
                demand, pool, own_cap, stable_hash(config.seed, accent, condition.name, split)
            )
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
        return Obstacle("no_response_file", why, "add files to it", setting), {}
    if condition.noise is None:
        return None, {}
    noise = config.noises[condition.noise]
    fewest = noise.fewest_talkers
    if not fewest:
        if noise.kind == "recording" and not context.banks.noises[condition.noise][split]:
            why, setting = f"noise '{condition.noise}' has no file left for it", f"noises.{condition.noise}.files"
            return Obstacle("no_noise_file", why, "add files to it", setting), {}
        return None, {}
    what = "babble" if noise.kind == "babble" else "noise"
    refusals = {}
    for speaker in speakers:
        others = len(context.talkers[split].without(speaker))
        if others < fewest:
            why = f"{what} '{condition.noise}' takes {fewest} talkers beside the speaker where it has {others}"
            more = f"record more speakers of any accent in {' or '.join(config.donors)}"
            if others and noise.talkers is not None:
                setting, value = f"noises.{condition.noise}.talkers", f"[{others}, {max(others, noise.talkers[1])}]"
                lower = f"lower its 'talkers' to start at {others}, or {more}"
                refusals[speaker] = Obstacle("too_few_talkers", why, lower, setting, value)
            else:
                refusals[speaker] = Obstacle("too_few_talkers", why, more)
    return None, refusals


def _hold_earlier(earlier: pa.Table, cells: Mapping[CellKey, CellState]) -> None:
    columns = ("condition", "split", "speaker_id", "duration_s", "origin")
    for condition, split, speaker, duration_s, origin in zip(
        *(earlier.column(name).to_pylist() for name in columns), strict=True
    ):
        cell = cells.get((condition, split))
        if cell is not None:
            (cell.hold if origin == "recorded" else cell.hold_simulated)(speaker, duration_s)


def _simulations(
    accent: str,
    condition: ConditionConfig,
    cells: Sequence[CellState],
    factored: Factored,
    before: _Earlier,
    context: PlanContext,
) -> Iterator[Utterance]:
    """The utterances that were chosen for the cells of one condition, in all splits."""
    uses = [factored.uses(condition, cell) for cell in cells]
    if not any(uses):
        return
    reaches = [[_reach(donor, condition, variant) for donor, variant in of_split] for of_split in uses]
    # Uses of a later version are drawn anew, not in the places of the earlier ones.
    seed = stable_hash(context.config.seed, accent, condition.name, sum(cell.earlier for cell in cells))
    for of_split, quantiles in zip(uses, draw_quantiles(reaches, seed), strict=True):
        for (donor, variant), drawn in zip(of_split, quantiles, strict=True):
            number = _next_id(donor.recording_id, condition.name, before.last_number, context.taken)
            yield Utterance(donor, condition.name, Use(number, condition, drawn, variant))


def _reach(donor: Recording, condition: ConditionConfig, variant: Variant | None) -> float:
    return reach(donor.snr_db, (condition if variant is None else variant.of(condition)).snr_db)


def _missing_originals(
    utterances: Sequence[Utterance], before: _Earlier, cells: Mapping[CellKey, CellState], config: CorpusConfig
) -> list[Utterance]:
    """The originals of paired simulations that were left out as a surplus; the simulations bring them in."""
    written = before.conditions.keys() | {each.id for each in utterances if each.use is None}
    missing = {
        each.recording.recording_id: each.recording
        for each in utterances
        if each.use is not None and is_paired(config, each.recording.split) and each.recording.recording_id not in written
    }
    for recording in missing.values():
        cells[recording.condition, recording.split].hold(recording.speaker_id, recording.duration_s)
    return [Utterance(recording, recording.condition, None) for recording in missing.values()]


def _next_id(recording_id: str, condition: str, last_number: dict[tuple[str, str], int], taken: frozenset[str]) -> str:
    number = last_number.get((recording_id, condition), 0) + 1
    while use_id(recording_id, condition, number) in taken:
        number += 1
    last_number[recording_id, condition] = number
    return use_id(recording_id, condition, number)


def _find_gaps(
    accent: str,
    cells: Mapping[CellKey, CellState],
    goal: Goal,
    config: CorpusConfig,
    recordings: Sequence[Recording],
    factored: Factored,
) -> Iterator[Gap]:
    if not cells:
        return
    whole = _accent_needs(cells, config, recordings)
    for condition in config.conditions:
        of_condition = [cells[condition.name, split] for split in config.splits]
        gap = factored.gap(condition, of_condition, find_gap(accent, of_condition, goal, config, whole))
        if gap is not None:
            yield gap


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
