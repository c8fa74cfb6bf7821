"""The plan of one accent: which of its recordings are written, and what is simulated from them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.ingest.condition import UNASSIGNED
from pipelines.plan.apportion import stable_hash
from pipelines.plan.banks import Banks
from pipelines.plan.cells import speaker_cap, split_targets
from pipelines.plan.donors import CellState, Demand, Recording, Use, UseCounts, fill_cells
from pipelines.plan.gaps import Gap, find_gap
from pipelines.simulate.draw import TalkerPool, draw
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.config import ConditionConfig, CorpusConfig
from schemas.tables import RECIPE

DEALT = ("version", "shard", "shards", "weight")
"""Columns of a recipe that are known only once all accents are planned."""


@dataclass(frozen=True)
class PlanContext:
    """What the plans of all accents share.

    Attributes:
        config: of the corpus.
        splits: split by speaker.
        banks: noises and responses by split.
        talkers: recordings for babble by split.
    """

    config: CorpusConfig
    splits: Mapping[str, str]
    banks: Banks
    talkers: Mapping[str, TalkerPool]


@dataclass(frozen=True)
class Block:
    """Recipes of one cell in one split, as far as an accent alone can tell them.

    Attributes:
        table: recipes without the columns :data:`DEALT`, ordered by a hash of their ids.
    """

    split: str
    accent: str
    condition: str
    table: pa.Table

    @property
    def seconds(self) -> float:
        """Length of all its audio."""
        return float(np.sum(self.table.column("duration_s").to_numpy()))


def plan_accent(accent: str, manifest: pa.Table, earlier: pa.Table, context: PlanContext) -> tuple[list[Block], list[Gap]]:
    """Plan one accent.

    Args:
        accent: its code.
        manifest: the rows of the manifest that have it, in any order.
        earlier: the recipes of it that earlier versions of the corpus wrote.
        context: what all accents share.
    """
    config = context.config
    recordings = list(_recordings(manifest, context))
    cells = _make_cells(accent, recordings, context)
    written = set(earlier.column("id").to_pylist())
    _hold_earlier(earlier, cells)
    kept = [recording for recording in _in_turns(recordings, config.seed) if recording.recording_id not in written]
    chosen: dict[tuple[str, str], list[tuple[Recording, Use | None]]] = defaultdict(list)
    for recording in kept:
        cell = cells.get((recording.condition, recording.split))
        if cell is not None:
            if config.targets.surplus == "drop" and cell.is_met and _has_size(config):
                continue
            cell.hold(recording.speaker_id, recording.duration_s, simulated=False)
        chosen[recording.split, recording.condition].append((recording, None))
    target = config.targets.per_cell
    if target is not None:
        limit = config.targets.max_uses_per_recording
        fill_cells(cells.values(), _count_uses(earlier), speaker_cap(config.targets), limit, target.speakers)
    for cell in cells.values():
        chosen[cell.demand.split, cell.demand.condition].extend((use.recording, use) for use in cell.uses)
    blocks = [
        Block(split, accent, condition, _recipes(rows, condition, split, manifest, context))
        for (split, condition), rows in sorted(chosen.items())
        if rows
    ]
    return blocks, list(_find_gaps(accent, cells, config, len({recording.speaker_id for recording in recordings})))


def _has_size(config: CorpusConfig) -> bool:
    cell = config.targets.per_cell
    return cell is not None and (cell.utterances is not None or cell.hours is not None)


def _recordings(manifest: pa.Table, context: PlanContext) -> Iterator[Recording]:
    columns = ("recording_id", "speaker_id", "condition", "duration_s", "snr_db")
    rows = zip(*(manifest.column(name).to_pylist() for name in columns), strict=True)
    for index, (recording_id, speaker_id, condition, duration_s, snr_db) in enumerate(rows):
        is_donor = condition in context.config.donors
        yield Recording(index, recording_id, speaker_id, context.splits[speaker_id], condition, duration_s, snr_db, is_donor)


def _in_turns(recordings: Sequence[Recording], seed: int) -> list[Recording]:
    """The recordings in turns over their speakers, so that the first of them stand for as many people as can be."""
    turns: dict[tuple[str, str], int] = defaultdict(int)
    ordered = sorted(recordings, key=lambda recording: stable_hash(seed, "turn", recording.recording_id))
    keyed = []
    for recording in ordered:
        turn = turns[recording.speaker_id, recording.condition]
        turns[recording.speaker_id, recording.condition] += 1
        keyed.append((turn, recording))
    keyed.sort(key=lambda pair: pair[0])
    return [recording for _, recording in keyed]


def _make_cells(accent: str, recordings: Sequence[Recording], context: PlanContext) -> dict[tuple[str, str], CellState]:
    """A cell for every condition and split; none for speakers whose accent is not known, for those have no targets."""
    if accent in (UNDECLARED, UNMAPPED):
        return {}
    config = context.config
    targets = split_targets(config.targets, config.splits)
    donors: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        if recording.is_donor:
            donors[recording.split].append(recording)
    cells = {}
    for condition in config.conditions:
        for split in config.splits:
            speakers = {donor.speaker_id for donor in donors[split]}
            refusal, refusals = _refusals(condition, split, speakers, context)
            demand = Demand(condition.name, split, targets[split], condition.snr_db, refusals, refusal)
            # A recording is not simulated into the condition that it is in.
            fit = [donor for donor in donors[split] if donor.condition != condition.name]
            cells[condition.name, split] = CellState(demand, fit, stable_hash(config.seed, accent, condition.name, split))
    return cells


def _refusals(
    condition: ConditionConfig, split: str, speakers: set[str], context: PlanContext
) -> tuple[str | None, dict[str, str]]:
    """Why a condition cannot be simulated in a split at all, or not from some of its speakers."""
    config = context.config
    if not condition.is_simulated:
        return f"{condition.name} names no noise, handset or room, so it can only be recorded", {}
    if condition.room is not None and config.rooms[condition.room].responses is not None:
        if not context.banks.responses[condition.room][split]:
            return f"room '{condition.room}' has no response left for this split: add files to it", {}
    if condition.noise is None:
        return None, {}
    talkers = config.noises[condition.noise].talkers
    if talkers is None:
        if not context.banks.noises[condition.noise][split]:
            return f"noise '{condition.noise}' has no file left for this split: add files to it", {}
        return None, {}
    refusals = {}
    for speaker in sorted(speakers):
        others = len(context.talkers[split].without(speaker))
        if others < talkers[0]:
            refusals[speaker] = (
                f"babble '{condition.noise}' needs {talkers[0]} other talkers and this split has {others}: "
                "lower talkers, or record more speakers"
            )
    return None, refusals


def _hold_earlier(earlier: pa.Table, cells: Mapping[tuple[str, str], CellState]) -> None:
    columns = ("condition", "split", "speaker_id", "duration_s", "origin")
    for condition, split, speaker, duration_s, origin in zip(*(earlier.column(name).to_pylist() for name in columns), strict=True):
        cell = cells.get((condition, split))
        if cell is not None:
            cell.hold(speaker, duration_s, simulated=origin == "simulated")


def _count_uses(earlier: pa.Table) -> UseCounts:
    counts = UseCounts()
    columns = ("source_id", "condition", "origin")
    for source_id, condition, origin in zip(*(earlier.column(name).to_pylist() for name in columns), strict=True):
        if origin == "simulated":
            counts.by_recording[source_id] += 1
            counts.by_recording_and_condition[source_id, condition] += 1
    return counts


def _find_gaps(
    accent: str, cells: Mapping[tuple[str, str], CellState], config: CorpusConfig, speakers: int
) -> Iterator[Gap]:
    if not cells:
        return
    for condition in config.conditions:
        gap = find_gap(accent, condition.name, [cells[condition.name, split] for split in config.splits], config, speakers)
        if gap is not None:
            yield gap


def _recipes(
    rows: Sequence[tuple[Recording, Use | None]], condition: str, split: str, manifest: pa.Table, context: PlanContext
) -> pa.Table:
    """The recipes of one cell in one split, ordered by a hash of their ids."""
    seed = context.config.seed
    ordered = sorted(rows, key=lambda row: stable_hash(seed, "order", _id_of(*row)))
    taken = manifest.take(pa.array([recording.index for recording, _ in ordered], pa.int64()))
    asked = [None if use is None else _draw(use, split, context) for _, use in ordered]
    made: dict[str, Any] = {
        "id": [_id_of(*row) for row in ordered],
        "split": [split] * len(ordered),
        "condition": [condition] * len(ordered),
        "origin": ["recorded" if use is None else "simulated" for _, use in ordered],
        "source_id": taken.column("recording_id"),
        "asked": [None if each is None else json.dumps(each, sort_keys=True, ensure_ascii=False) for each in asked],
        **_condition_columns(context.config.condition(condition) if condition != UNASSIGNED else None, asked),
    }
    names = [name for name in RECIPE.names if name not in DEALT]
    schema = pa.schema([RECIPE.schema().field(name) for name in names])
    return pa.table([made.get(name, taken.column(name) if name in taken.column_names else None) for name in names], schema=schema)


def _id_of(recording: Recording, use: Use | None) -> str:
    return recording.recording_id if use is None else use.id


def _condition_columns(condition: ConditionConfig | None, asked: Sequence[dict[str, Any] | None]) -> dict[str, list[Any]]:
    """What the shards' columns of these names hold: nothing for recorded rows."""

    def when(simulated: Any) -> list[Any]:
        return [None if each is None else simulated for each in asked]

    return {
        "noise": when(condition.noise if condition else None),
        "handset": when(condition.handset if condition else None),
        "room": when(condition.room if condition else None),
        "snr_db": [None if each is None else each.get("snr_db") for each in asked],
        "t60_s": [None if each is None else (each.get("room") or {}).get("t60_s") for each in asked],
    }


def _draw(use: Use, split: str, context: PlanContext) -> dict[str, Any]:
    config = context.config
    condition = config.condition(use.condition)
    return draw(
        condition,
        config,
        seed=stable_hash(config.seed, "use", use.id),
        quantiles=use.quantiles,
        noise=context.banks.noises[condition.noise][split] if condition.noise in context.banks.noises else (),
        response=context.banks.responses[condition.room][split] if condition.room in context.banks.responses else (),
        talkers=context.talkers[split].without(use.recording.speaker_id),
        duration_s=use.recording.duration_s,
    )
