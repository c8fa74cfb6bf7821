"""Why a cell misses its target and what to do about it: in columns a program can act on, and in words a data team can."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pipelines.plan.fill.fill import CellState
from pipelines.plan.fill.need import SNR_HEADROOM_DB, is_dry_enough
from pipelines.plan.gaps.collect import AccentNeeds, Collection, collection
from pipelines.plan.gaps.obstacle import Obstacle
from pipelines.plan.targets.cells import Goal, SpeakerCap
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


def remedy_of(
    accent: str, cells: Sequence[CellState], goal: Goal, config: CorpusConfig, whole: AccentNeeds, missing_speakers: int
) -> Remedy:
    """What the gap of a cell takes.

    Args:
        accent: the cell's accent.
        cells: the cell in each split, as the planner left it.
        goal: of the cell over all splits.
        config: of the corpus.
        whole: what is the same for all cells of the accent.
        missing_speakers: distinct speakers that the cell lacks.
    """
    condition = config.condition(cells[0].demand.condition)
    recorded_in = " or ".join(config.donors) if condition.is_simulated else condition.name
    lacks = {cell.demand.split: _lack(cell, goal, config, whole, recorded_in) for cell in cells if not cell.is_met}
    outside = [
        (cell, [name for name in whole.people[cell.demand.split] if name not in cell.speakers])
        for cell in cells
        if missing_speakers
    ]
    for_target = max(
        sum(lack.new_speakers for lack in lacks.values()), missing_speakers - sum(len(names) for _, names in outside)
    )
    others = [
        _absent(cell, config, names, condition.is_simulated, recorded_in)
        for cell, names in outside
        if names and cell.demand.split not in lacks
    ]
    existing = [name for lack in (*lacks.values(), *others) if lack.collect for name in lack.existing]
    collect = for_target > 0 or any(lack.collect for lack in (*lacks.values(), *others))
    people = collection(cells, config, whole, for_target, len(existing)) if collect else Collection()
    sentences = []
    if not condition.is_simulated:
        sentences.append(f"{condition.name} names no noise, handset or room, so it can only be recorded")
    if people.new_speakers:
        sentences.append(f"record {_wanted(people, whole)} of {accent} in {recorded_in}{people.why}")
    told: dict[tuple[str, str], list[str]] = {}
    for split, lack in lacks.items():
        told.setdefault((f"{lack.missing}{lack.obstacle.why}", lack.obstacle.remedy), []).append(split)
    sentences += [f"{_listed(splits)}: {why}" + (f": {remedy}" if remedy else "") for (why, remedy), splits in told.items()]
    sentences += [f"{lack.obstacle.why}: {lack.obstacle.remedy}" for lack in others]
    main = _main_obstacle(cells, lacks, others)
    setting = next((lack.obstacle for lack in (*lacks.values(), *others) if lack.obstacle.setting), main)
    return Remedy(
        splits=" ".join(lacks),
        cause=main.cause,
        remedy="collect" if collect else "simulate",
        setting=setting.setting,
        value=setting.value,
        record_in=recorded_in if collect else "",
        speakers_to_collect=people.new_speakers if collect else None,
        speakers_for_target=for_target if collect else None,
        existing_to_record=len(existing) if collect else None,
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


def _lack(cell: CellState, goal: Goal, config: CorpusConfig, whole: AccentNeeds, recorded_in: str) -> _Lack:
    """Why a split does not hold what it should."""
    lacking = f"{_missing(cell)} short"
    people = whole.people[cell.demand.split]
    if not people:
        return _Lack(lacking, _speakers_for(cell, config), (), Obstacle("no_speaker", ", no speaker", ""))
    if not config.condition(cell.demand.condition).is_simulated:
        return _Lack(lacking, 0, people, Obstacle("recorded_only", "", f"record them with {_named(people)}"))
    if not cell.pool.by_speaker:
        obstacle = Obstacle("no_donor", f", no recording in {recorded_in}", f"record {_named(people)} in {recorded_in}")
        return _Lack(lacking, 0, people, obstacle)
    refusal = find_refusal(cell, config)
    if refusal is not None:
        return _Lack(lacking, 0, people, refusal._replace(why=f"; {refusal.why}"))
    return _used_up(cell, goal, config, whole, lacking, recorded_in)


def _absent(cell: CellState, config: CorpusConfig, names: Sequence[str], is_simulated: bool, recorded_in: str) -> _Lack:
    """Why speakers whom the corpus has are not in a cell that could do with them."""
    unrecorded = [name for name in names if name not in cell.pool.by_speaker]
    if unrecorded or not is_simulated:
        who = unrecorded or names
        why = f"{_named(who)} could stand in it"
        cause = "no_donor" if is_simulated else "recorded_only"
        return _Lack("", 0, who, Obstacle(cause, why, f"record them in {recorded_in}"))
    refusal = find_refusal(cell, config)
    if refusal is not None:
        return _Lack("", 0, names, refusal._replace(why=f"{_named(names)} could stand in it, but {refusal.why}"))
    used = f"their recordings in {recorded_in} are used up over all conditions or do not serve it"
    uses = config.targets.max_uses_per_recording
    return _Lack(
        "",
        0,
        names,
        Obstacle(
            "recording_cap",
            f"{_named(names)} could stand in it, but {used}",
            f"raise max_uses_per_recording above {uses}, or record more in {recorded_in} with them",
            "targets.max_uses_per_recording",
            str(uses + 1),
        ),
    )


def find_refusal(cell: CellState, config: CorpusConfig) -> Obstacle | None:
    """Why no donor may be put in the condition, caps apart, and the remedy; None where one may."""
    if cell.demand.refusal is not None:
        return cell.demand.refusal
    if cell.donor_speakers:
        return None
    need, donors = cell.demand.need, [donor for own in cell.pool.by_speaker.values() for donor in own]
    condition = config.condition(need.condition)
    others = [donor for donor in donors if donor.condition != need.condition]
    names = " or ".join(config.donors)
    if not others:
        why = f"its only recordings in {names} are in this condition already"
        return Obstacle("no_donor", why, "record it, or name further donor_conditions")
    dry = [donor for donor in others if is_dry_enough(donor.condition, condition, config)]
    if not dry:
        wet = " and ".join(sorted({donor.condition for donor in others}))
        return Obstacle("too_reverberant", f"{wet} is more reverberant than this condition", "record drier speech for it")
    wide = [donor for donor in dry if donor.bandwidth_hz >= need.bandwidth_hz]
    if not wide:
        best_hz = math.floor(max(donor.bandwidth_hz for donor in dry))
        return Obstacle(
            "too_narrow",
            f"its widest recording has a bandwidth of {best_hz} Hz where {need.bandwidth_hz:g} Hz are needed",
            f"record wide-band speech, or lower donor_bandwidth_hz of {condition.name} to {best_hz}",
            f"conditions.{condition.name}.donor_bandwidth_hz",
            str(best_hz),
        )
    clean = [donor for donor in wide if donor.snr_db >= need.snr_db]
    if not clean and cell.demand.snr_db is not None:
        best_db = max(donor.snr_db for donor in wide)
        low = math.floor(10 * (best_db - SNR_HEADROOM_DB)) / 10
        return Obstacle(
            "too_noisy",
            f"its cleanest recording has an SNR of {best_db:.1f} dB where {need.snr_db:g} dB are needed",
            f"lower snr_db of {condition.name} to start at {low:g}, or record cleaner speech",
            f"conditions.{condition.name}.snr_db",
            f"[{low:g}, {max(low, cell.demand.snr_db[1]):g}]",
        )
    return cell.demand.refusals[min(cell.demand.refusals)]


def _used_up(cell: CellState, goal: Goal, config: CorpusConfig, whole: AccentNeeds, lacking: str, recorded_in: str) -> _Lack:
    """Donors there are, but caps keep them from being used more."""
    targets, people = config.targets, whole.people[cell.demand.split]
    donors = cell.donor_speakers
    idle = [name for name in people if name not in cell.pool.by_speaker]
    capped = [speaker for speaker in donors if cell.is_capped(speaker)]
    if not capped:
        need = cell.demand.need
        serving = sum(donor.serves(need, need.snr_db) for speaker in donors for donor in cell.pool.by_speaker[speaker])
        uses = targets.max_uses_per_recording
        recordings = _count(sum(len(cell.pool.by_speaker[speaker]) for speaker in donors), "recording")
        obstacle = Obstacle(
            "recording_cap",
            f"; its {recordings} in {recorded_in} are used up over all conditions",
            f"raise max_uses_per_recording above {uses}, or record more in {recorded_in} with {_named(people)}",
            "targets.max_uses_per_recording",
            str(uses + math.ceil(whole.missing_uses[cell.demand.split] / serving)),
        )
        return _Lack(lacking, 0, people, obstacle)
    record = _named(idle) if idle else _count(_speakers_for(cell, config), "more speaker")
    share = _share_needed(cell, goal, donors)
    raised = f"raise max_share_per_speaker from {targets.max_share_per_speaker:g} to {share:g}, or " if share <= 1 else ""
    obstacle = Obstacle(
        "speaker_cap",
        f"; {_named(capped)} may give no more under max_share_per_speaker",
        f"{raised}record {record} in {recorded_in}",
        "targets.max_share_per_speaker" if raised else "",
        f"{share:g}" if raised else "",
    )
    return _Lack(lacking, 0 if raised or idle else _speakers_for(cell, config), idle, obstacle)


def _share_needed(cell: CellState, goal: Goal, donors: Sequence[str]) -> float:
    """The ``max_share_per_speaker`` with which a split's donors could fill the cell, to two decimals upwards."""
    target, shares = cell.demand.target, [0.0]
    if target.utterances is not None and goal.utterances:
        missing = target.utterances - cell.utterances
        each = math.ceil((sum(cell.simulated(speaker) for speaker in donors) + missing) / len(donors))
        shares.append(math.ceil(100 * each / goal.utterances - 1e-9) / 100)
    if target.seconds is not None and goal.seconds:
        longest_s = max(donor.duration_s for speaker in donors for donor in cell.pool.by_speaker[speaker])
        each_s = target.seconds / len(donors) + longest_s  # the last recording may go beyond the target
        shares.append(math.ceil(100 * each_s / goal.seconds) / 100)
    return max(shares)


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
        return _count(target.utterances - cell.utterances, "utterance")
    minutes = ((target.seconds or 0.0) - cell.seconds) / 60
    return f"{math.ceil(10 * minutes) / 10:g} minutes"


def _wanted(people: Collection, whole: AccentNeeds) -> str:
    return _count(people.new_speakers, "more speaker" if any(whole.people.values()) else "speaker")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _named(people: Sequence[str]) -> str:
    """Some speakers by name, and how many more."""
    return _listed(people) if len(people) <= 3 else f"{', '.join(people[:2])} or {len(people) - 2} others"
