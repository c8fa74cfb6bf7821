"""Why a cell misses its target and what to do about it: in columns a program can act on, and in words a data team can."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipelines.plan.fill.fill import CellState
from pipelines.plan.gaps.collect import AccentNeeds, Collection, collection
from pipelines.plan.gaps.obstacle import Change, Obstacle
from pipelines.plan.gaps.refusal import find_refusal
from pipelines.plan.gaps.relax import relaxed
from pipelines.plan.gaps.words import count, listed, named
from pipelines.plan.targets.cells import SpeakerCap
from schemas.config import CorpusConfig


class Remedy(NamedTuple):
    """What a gap takes; the fields are columns of :data:`schemas.tables.GAPS`."""

    cause: str
    remedy: str
    splits: str = ""
    setting: str = ""
    value: str = ""
    record_in: str = ""
    speakers_to_collect: int | None = None
    speakers_for_target: int | None = None
    existing_to_record: int | None = None
    minutes_each: float | None = None
    assumptions: str = ""
    reason: str = ""


class _Lack(NamedTuple):
    """What one split lacks, and why.

    Attributes:
        missing: how much, in words.
        new_speakers: how many people to record.
        existing: speakers of the corpus who could be recorded again.
        obstacle: what is in the way.
    """

    missing: str
    new_speakers: int
    existing: Sequence[str]
    obstacle: Obstacle

    @property
    def collect(self) -> bool:
        """Whether recording is all that helps."""
        return self.obstacle.collect


def remedy_of(accent: str, cells: Sequence[CellState], config: CorpusConfig, whole: AccentNeeds, missing_speakers: int) -> Remedy:
    """What the gap of a cell takes.

    Args:
        accent: the cell's accent.
        cells: the cell in each split, as the planner left it.
        config: of the corpus.
        whole: what is the same for all cells of the accent.
        missing_speakers: distinct speakers that the cell lacks.
    """
    condition = config.condition(cells[0].demand.condition)
    recorded_in = " or ".join(config.donors) if condition.is_simulated else condition.name
    lacks = {cell.demand.split: _lack(cell, config, whole, recorded_in) for cell in cells if not cell.is_met}
    outside = [
        (cell, [name for name in whole.people[cell.demand.split] if name not in cell.speakers])
        for cell in cells
        if missing_speakers
    ]
    for_target = max(
        sum(lack.new_speakers for lack in lacks.values()), missing_speakers - sum(len(names) for _, names in outside)
    )
    absent = [(cell, names) for cell, names in outside if names and cell.demand.split not in lacks]
    others = [_absent(cell, config, names, condition.is_simulated, recorded_in) for cell, names in absent]
    again = Counter({split: len(lack.existing) for split, lack in lacks.items() if lack.collect})
    for (cell, _), lack in zip(absent, others, strict=True):
        again[cell.demand.split] += len(lack.existing) if lack.collect else 0
    collect = for_target > 0 or any(lack.collect for lack in (*lacks.values(), *others))
    people = collection(cells, config, whole, for_target, again) if collect else Collection()
    sentences = []
    if not condition.is_simulated:
        sentences.append(f"{condition.name} names no noise, handset or room, so it can only be recorded")
    if people.new_speakers:
        sentences.append(f"record {_wanted(people, whole)} of {accent} in {recorded_in}{people.why}")
    told: dict[tuple[str, str], list[str]] = {}
    for split, lack in lacks.items():
        told.setdefault((f"{lack.missing}{lack.obstacle.why}", lack.obstacle.remedy), []).append(split)
    sentences += [f"{listed(splits)}: {why}" + (f": {remedy}" if remedy else "") for (why, remedy), splits in told.items()]
    sentences += [f"{lack.obstacle.why}: {lack.obstacle.remedy}" for lack in others]
    main = _main_obstacle(cells, lacks, others)
    changes = _joined(lack.obstacle for lack in (*lacks.values(), *others))
    return Remedy(
        splits=" ".join(lacks),
        cause=main.cause,
        remedy="collect" if collect else "simulate",
        setting="; ".join(change.setting for change in changes),
        value="; ".join(change.value for change in changes),
        record_in=recorded_in if collect else "",
        speakers_to_collect=people.new_speakers if collect else None,
        speakers_for_target=for_target if collect else None,
        existing_to_record=again.total() if collect else None,
        minutes_each=people.minutes_each,
        assumptions=people.assumptions,
        reason=". ".join(sentences),
    )


def _main_obstacle(cells: Sequence[CellState], lacks: dict[str, _Lack], others: Sequence[_Lack]) -> Obstacle:
    """That of the split that lacks most."""
    short = [cell for cell in cells if cell.demand.split in lacks]
    if short:
        return lacks[max(short, key=lambda cell: cell.demand.target.missing(cell.utterances, cell.seconds)).demand.split].obstacle
    return others[0].obstacle if others else Obstacle("too_few_speakers", "", "")


def _joined(obstacles: Iterable[Obstacle]) -> list[Change]:
    """The changes that clear all obstacles: of each setting the one that reaches furthest."""
    furthest: dict[str, Change] = {}
    for change in (change for obstacle in obstacles for change in obstacle.changes):
        furthest[change.setting] = max(change, furthest.get(change.setting, change), key=lambda each: each.reach)
    return list(furthest.values())


def _lack(cell: CellState, config: CorpusConfig, whole: AccentNeeds, recorded_in: str) -> _Lack:
    """Why a split does not hold what it should."""
    lacking = f"{_missing(cell)} short"
    people = whole.people[cell.demand.split]
    if not people:
        return _Lack(lacking, _speakers_for(cell, config), (), Obstacle("no_speaker", ", no speaker", ""))
    if not config.condition(cell.demand.condition).is_simulated:
        return _Lack(lacking, 0, people, Obstacle("recorded_only", "", f"record them with {named(people)}"))
    if not cell.pool.by_speaker:
        obstacle = Obstacle("no_donor", f", no recording in {recorded_in}", f"record {named(people)} in {recorded_in}")
        return _Lack(lacking, 0, people, obstacle)
    refusal = find_refusal(cell, config)
    if refusal is not None:
        return _Lack(lacking, 0, people, refusal._replace(why=f"; {refusal.why}"))
    return _used_up(cell, config, whole, lacking, recorded_in)


def _absent(cell: CellState, config: CorpusConfig, names: Sequence[str], is_simulated: bool, recorded_in: str) -> _Lack:
    """Why speakers whom the corpus has are not in a cell that could do with them."""
    unrecorded = [name for name in names if name not in cell.pool.by_speaker]
    if unrecorded or not is_simulated:
        who = unrecorded or names
        why = f"{named(who)} could stand in it"
        cause = "no_donor" if is_simulated else "recorded_only"
        return _Lack("", 0, who, Obstacle(cause, why, f"record them in {recorded_in}"))
    refusal = find_refusal(cell, config)
    if refusal is not None:
        return _Lack("", 0, names, refusal._replace(why=f"{named(names)} could stand in it, but {refusal.why}"))
    used = f"their recordings in {recorded_in} are used up over all conditions or do not serve it"
    uses = config.targets.max_uses_per_recording
    return _Lack(
        "",
        0,
        names,
        Obstacle(
            "recording_cap",
            f"{named(names)} could stand in it, but {used}",
            f"raise max_uses_per_recording from {uses} to {uses + 1}, or record more in {recorded_in} with them",
            (Change("targets.max_uses_per_recording", str(uses + 1), uses + 1),),
        ),
    )


def _used_up(cell: CellState, config: CorpusConfig, whole: AccentNeeds, lacking: str, recorded_in: str) -> _Lack:
    """Donors there are, but caps keep them from being used more."""
    targets, split = config.targets, cell.demand.split
    people, donors = whole.people[split], cell.donor_speakers
    max_uses, max_share = targets.max_uses_per_recording, targets.max_share_per_speaker
    caps = relaxed(cell, whole.missing_uses[split], whole.together.get(split, 1), whole.utterance_s, max_uses, max_share)
    cause, why, ways, changes = "recording_cap", [], [], []
    if caps.share is not None or caps.is_impossible:
        cause = "speaker_cap"
        capped = [speaker for speaker in donors if cell.is_capped(speaker)] or donors
        why.append(f"{named(capped)} may give no more under max_share_per_speaker")
    if caps.share is not None:
        ways.append(f"raise max_share_per_speaker from {max_share:g} to {caps.share:g}")
        changes.append(Change("targets.max_share_per_speaker", f"{caps.share:g}", caps.share))
    if caps.uses is not None:
        recordings = count(sum(len(cell.pool.by_speaker[speaker]) for speaker in donors), "recording")
        why.append(f"its {recordings} in {recorded_in} are used up over all conditions")
        ways.append(f"raise max_uses_per_recording from {max_uses} to {caps.uses}")
        changes.append(Change("targets.max_uses_per_recording", str(caps.uses), caps.uses))
    idle = [name for name in people if name not in cell.pool.by_speaker]
    new = _speakers_for(cell, config)
    if cause == "recording_cap":
        record = f"record more in {recorded_in} with {named(people)}"
    else:
        record = f"record {named(idle) if idle else count(new, 'more speaker')} in {recorded_in}"
    obstacle = Obstacle(
        cause, f"; {', and '.join(why)}", ", or ".join([*([" and ".join(ways)] if ways else []), record]), tuple(changes)
    )
    return _Lack(lacking, 0 if changes or idle else new, people if cause == "recording_cap" else idle, obstacle)


def _speakers_for(cell: CellState, config: CorpusConfig) -> int:
    """How many new speakers a split needs for what it lacks, each giving as much as the cap allows."""
    cap: SpeakerCap = cell.cap
    target = cell.demand.target
    if not config.condition(cell.demand.condition).is_simulated:
        return 1  # caps limit simulation only
    rows = 0 if target.utterances is None else math.ceil((target.utterances - cell.utterances) / cap.utterances)
    lengths = 0 if target.seconds is None else math.ceil((target.seconds - cell.seconds) / cap.seconds)
    return max(1, rows, lengths)


def _missing(cell: CellState) -> str:
    target = cell.demand.target
    if target.utterances is not None and target.utterances > cell.utterances:
        return count(target.utterances - cell.utterances, "utterance")
    minutes = ((target.seconds or 0.0) - cell.seconds) / 60
    return f"{math.ceil(10 * minutes) / 10:g} minutes"


def _wanted(people: Collection, whole: AccentNeeds) -> str:
    return count(people.new_speakers, "more speaker" if any(whole.people.values()) else "speaker")
