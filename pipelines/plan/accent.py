"""The plan of one accent: which of its recordings are written, and what is simulated from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from pipelines.combinations.design import Variant
from pipelines.plan.apportion import stable_hash
from pipelines.plan.context import PlanContext
from pipelines.plan.factors.factored import Factored
from pipelines.plan.fill.donors import Recording
from pipelines.plan.fill.fill import CellState, fill_cells
from pipelines.plan.fill.strata import draw_quantiles, reach
from pipelines.plan.gaps.accent_gaps import accent_gaps
from pipelines.plan.gaps.gap import Gap
from pipelines.plan.growth.earlier import check_unchanged
from pipelines.plan.shards.recipes import Block, Use, Utterance, is_paired, make_block, use_id, use_number
from pipelines.plan.targets.asks import Ask, CellKey, asks_of, make_cells
from pipelines.plan.targets.cells import Goal, SplitTarget, split_goal
from pipelines.plan.targets.goals import Room, accent_goal, condition_goal, rooms
from schemas.config import ConditionConfig, CorpusConfig


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
    filled = _fill(accent, manifest, earlier, context, trying=False)
    config, cells, utterances = context.config, filled.cells, list(filled.recorded)
    for condition in config.conditions:
        of_condition = [cells[condition.name, split] for split in config.splits if cells]
        utterances.extend(_simulations(accent, condition, of_condition, filled.factored, filled.before, context))
    utterances.extend(_missing_originals(utterances, filled.before, cells, config))
    by_split: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        by_split[utterance.recording.split].append(utterance)
    blocks = [make_block(split, accent, by_split[split], config.seed) for split in config.splits if by_split[split]]
    return blocks, list(accent_gaps(accent, cells, filled.asks, filled.recordings, filled.factored, context))


def try_accent(accent: str, manifest: pa.Table, earlier: pa.Table, context: PlanContext) -> list[Room]:
    """How much an accent could contribute to each condition that has a target over all accents; arguments as above."""
    filled = _fill(accent, manifest, earlier, context, trying=True)
    wanted = [name for name in filled.asks if condition_goal(name, context.config, context.totals) != Goal()]
    return rooms(accent, [cell for (name, _), cell in filled.cells.items() if name in wanted], filled.held)


class _Filled(NamedTuple):
    """An accent whose cells are filled.

    Attributes:
        recordings: of the accent.
        before: what earlier versions wrote.
        factored: its conditions with factors.
        asks: what is asked, by condition.
        cells: by condition and split.
        recorded: rows to write as they are.
        held: rows, seconds and speakers of each cell before anything was simulated into it.
    """

    recordings: Sequence[Recording]
    before: _Earlier
    factored: Factored
    asks: Mapping[str, Ask]
    cells: Mapping[CellKey, CellState]
    recorded: Sequence[Utterance]
    held: Mapping[CellKey, tuple[int, float, int]]


def _fill(accent: str, manifest: pa.Table, earlier: pa.Table, context: PlanContext, *, trying: bool) -> _Filled:
    config = context.config
    before = _read_earlier(earlier)
    recordings = list(_recordings(manifest, context, before.conditions))
    factored = Factored(accent, manifest, earlier, config, context.combined, context.banks, context.talkers)
    asks = asks_of(accent, context, trying=trying)
    cells = make_cells(accent, recordings, asks, context, before.uses, factored)
    _hold_earlier(earlier, cells)
    chosen = [recording for recording in _in_turns(recordings, config.seed) if recording.recording_id not in before.conditions]
    recorded, surplus = _hold_recorded(chosen, cells, asks, drop=config.targets.surplus == "drop" and not trying)
    factored.place(cells)
    held = {key: (cell.utterances, cell.seconds, len(cell.speakers)) for key, cell in cells.items()}
    totals = split_goal(accent_goal(accent, config, context.totals), dict(config.splits.items())) if cells else {}
    speakers = {name: ask.goal.speakers for name, ask in asks.items()}
    if any(ask.goal != Goal() for ask in asks.values()) or any(total.has_size for total in totals.values()):
        fill_cells(cells.values(), speakers, {} if trying else totals)
    recorded += _take_back(surplus, cells, totals)
    return _Filled(recordings, before, factored, asks, cells, recorded, held)


def _take_back(
    surplus: Iterable[Recording], cells: Mapping[CellKey, CellState], totals: Mapping[str, SplitTarget]
) -> list[Utterance]:
    """Surplus recordings that the accent's total cannot do without after all."""
    taken = []
    for recording in surplus:
        own = [cell for (_, split), cell in cells.items() if split == recording.split]
        if not totals[recording.split].is_met(sum(cell.utterances for cell in own), sum(cell.seconds for cell in own)):
            cells[recording.condition, recording.split].hold(recording.speaker_id, recording.duration_s)
            taken.append(Utterance(recording, recording.condition, None))
    return taken


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


def _hold_recorded(
    recordings: Iterable[Recording], cells: Mapping[CellKey, CellState], asks: Mapping[str, Ask], *, drop: bool
) -> tuple[list[Utterance], list[Recording]]:
    """Count the recordings in their cells; with ``drop`` those above what a cell is asked are left out, and returned apart."""
    kept, surplus = [], []
    for recording in recordings:
        cell = cells.get((recording.condition, recording.split))
        if cell is not None:
            enough = asks[recording.condition].enough[recording.split]
            if drop and enough.has_size and enough.is_met(cell.utterances, cell.seconds):
                surplus.append(recording)
                continue
            cell.hold(recording.speaker_id, recording.duration_s)
        kept.append(Utterance(recording, recording.condition, None))
    return kept, surplus


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
