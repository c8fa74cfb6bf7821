"""Why a cell misses its target and what to do about it, in words a data team can act on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from pipelines.plan.cells import speaker_cap
from pipelines.plan.donors import SNR_HEADROOM_DB
from pipelines.plan.fill import CellState
from schemas.config import CorpusConfig


class Remedy(NamedTuple):
    """What a gap takes.

    Attributes:
        collect: whether recordings are missing; otherwise a setting is in the way of simulation.
        words: the reason and the remedy.
    """

    collect: bool
    words: str


class _Lack(NamedTuple):
    """What one split lacks, and why.

    Attributes:
        new_speakers: how many people to record.
        collect: whether recordings are missing.
        why: in words, without the name of the split.
        remedy: in words; empty where new speakers are all it takes.
    """

    new_speakers: int
    collect: bool
    why: str
    remedy: str


def remedy_of(
    accent: str,
    condition: str,
    cells: Sequence[CellState],
    config: CorpusConfig,
    speakers: Mapping[str, AbstractSet[str]],
    missing_speakers: int,
) -> Remedy:
    """What the gap of a cell takes.

    Args:
        accent: the cell's accent.
        condition: the cell's condition.
        cells: the cell in each split, as the planner left it.
        config: of the corpus.
        speakers: the speakers of the accent, by split.
        missing_speakers: distinct speakers that the cell lacks.
    """
    is_simulated = config.condition(condition).is_simulated
    recorded_in = " or ".join(config.donors) if is_simulated else condition
    people = {cell.demand.split: sorted(speakers.get(cell.demand.split, ())) for cell in cells}
    lacks = {cell.demand.split: _lack(cell, config, people[cell.demand.split], recorded_in) for cell in cells if not cell.is_met}
    outside = [
        (cell, [name for name in people[cell.demand.split] if name not in cell.speakers]) for cell in cells if missing_speakers
    ]
    new_speakers = max(
        sum(lack.new_speakers for lack in lacks.values()), missing_speakers - sum(len(names) for _, names in outside)
    )
    sentences = [] if is_simulated else [f"{condition} names no noise, handset or room, so it can only be recorded"]
    if new_speakers:
        more = "more speaker" if any(people.values()) else "speaker"
        sentences.append(f"record {_count(new_speakers, more)} of {accent} in {recorded_in}")
    told: dict[tuple[str, str], list[str]] = {}
    for split, lack in lacks.items():
        told.setdefault((lack.why, lack.remedy), []).append(split)
    sentences += [f"{_listed(splits)}: {why}" + (f": {remedy}" if remedy else "") for (why, remedy), splits in told.items()]
    others = [
        _absent(cell, config, names, is_simulated, recorded_in)
        for cell, names in outside
        if names and cell.demand.split not in lacks
    ]
    sentences += [f"{lack.why}: {lack.remedy}" for lack in others]
    collect = new_speakers > 0 or any(lack.collect for lack in (*lacks.values(), *others))
    return Remedy(collect, ". ".join(sentences))


def _lack(cell: CellState, config: CorpusConfig, people: Sequence[str], recorded_in: str) -> _Lack:
    """Why a split does not hold what it should."""
    demand, lacking = cell.demand, f"{_missing(cell)} short"
    if not people:
        return _Lack(_speakers_for(cell, config), True, f"{lacking}, no speaker", "")
    if not config.condition(demand.condition).is_simulated:
        return _Lack(0, True, lacking, f"record them with {_named(people)}")
    if not cell.pool.by_speaker:
        return _Lack(0, True, f"{lacking}, no recording in {recorded_in}", f"record {_named(people)} in {recorded_in}")
    refusal = _refusal(cell, config)
    if refusal is not None:
        return _Lack(0, False, f"{lacking}; {refusal[0]}", refusal[1])
    return _used_up(cell, config, lacking, people, recorded_in)


def _absent(cell: CellState, config: CorpusConfig, names: Sequence[str], is_simulated: bool, recorded_in: str) -> _Lack:
    """Why speakers whom the corpus has are not in a cell that could do with them."""
    unrecorded = [name for name in names if name not in cell.pool.by_speaker]
    if unrecorded or not is_simulated:
        return _Lack(0, True, f"{_named(unrecorded or names)} could stand in it", f"record them in {recorded_in}")
    refusal = _refusal(cell, config)
    if refusal is not None:
        return _Lack(0, False, f"{_named(names)} could stand in it, but {refusal[0]}", refusal[1])
    used = f"their recordings in {recorded_in} are used up over all conditions or too noisy"
    uses = config.targets.max_uses_per_recording
    remedy = f"raise max_uses_per_recording above {uses}, or record more in {recorded_in} with them"
    return _Lack(0, False, f"{_named(names)} could stand in it, but {used}", remedy)


def _refusal(cell: CellState, config: CorpusConfig) -> tuple[str, str] | None:
    """Why no donor may be put in the condition, caps apart, and the remedy; None where one may."""
    if cell.demand.refusal is not None:
        return cell.demand.refusal
    if cell.donor_speakers:
        return None
    if cell.demand.refusals:
        return cell.demand.refusals[min(cell.demand.refusals)]
    if cell.demand.snr_db is None:
        donors = " or ".join(config.donors)
        return f"its only recordings in {donors} are in this condition already", "record it, or name further donor_conditions"
    best = max(donor.snr_db for own in cell.pool.by_speaker.values() for donor in own)
    reachable_db = math.floor(10 * (best - SNR_HEADROOM_DB)) / 10
    return (
        f"its cleanest recording has an SNR of {best:.1f} dB where {cell.demand.least_snr_db:g} dB are needed",
        f"lower snr_db of {cell.demand.condition} to start at {reachable_db:g}, or record cleaner speech",
    )


def _used_up(cell: CellState, config: CorpusConfig, lacking: str, people: Sequence[str], recorded_in: str) -> _Lack:
    """Donors there are, but caps keep them from being used more."""
    targets = config.targets
    donors = cell.donor_speakers
    idle = [name for name in people if name not in cell.pool.by_speaker]
    capped = [speaker for speaker in donors if cell.is_capped(speaker)]
    if not capped:
        recordings = _count(sum(len(cell.pool.by_speaker[speaker]) for speaker in donors), "recording")
        why = f"{lacking}; its {recordings} in {recorded_in} are used up over all conditions"
        raised = f"raise max_uses_per_recording above {targets.max_uses_per_recording}"
        return _Lack(0, False, why, f"{raised}, or record more in {recorded_in} with {_named(people)}")
    record = _named(idle) if idle else _count(_speakers_for(cell, config), "more speaker")
    share = _share_needed(cell, config, donors)
    raised = f"raise max_share_per_speaker from {targets.max_share_per_speaker:g} to {share:g}, or " if share <= 1 else ""
    return _Lack(
        0,
        not raised,
        f"{lacking}; {_named(capped)} may give no more under max_share_per_speaker",
        f"{raised}record {record} in {recorded_in}",
    )


def _share_needed(cell: CellState, config: CorpusConfig, donors: Sequence[str]) -> float:
    """The ``max_share_per_speaker`` with which a split's donors could fill the cell, to two decimals upwards."""
    target = config.targets.per_cell
    assert target is not None
    if target.utterances is not None:
        missing = (cell.demand.target.utterances or 0) - cell.utterances
        each = math.ceil((sum(cell.simulated(speaker) for speaker in donors) + missing) / len(donors))
        return math.ceil(100 * each / target.utterances - 1e-9) / 100
    seconds = (target.hours or 0.0) * 3600
    longest_s = max(donor.duration_s for speaker in donors for donor in cell.pool.by_speaker[speaker])
    each_s = (cell.demand.target.seconds or 0.0) / len(donors) + longest_s  # the last recording may go beyond the target
    return math.ceil(100 * each_s / seconds) / 100


def _speakers_for(cell: CellState, config: CorpusConfig) -> int:
    """How many new speakers a split needs for what it lacks, each giving as much as the cap allows."""
    cap = speaker_cap(config.targets)
    target = cell.demand.target
    if not config.condition(cell.demand.condition).is_simulated:
        return 1  # caps limit simulation only
    if target.utterances is not None:
        return max(1, math.ceil((target.utterances - cell.utterances) / cap.utterances))
    return max(1, math.ceil(((target.seconds or 0.0) - cell.seconds) / cap.seconds))


def _missing(cell: CellState) -> str:
    target = cell.demand.target
    if target.utterances is not None:
        return _count(target.utterances - cell.utterances, "utterance")
    minutes = ((target.seconds or 0.0) - cell.seconds) / 60
    return f"{math.ceil(10 * minutes) / 10:g} minutes"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _named(people: Sequence[str]) -> str:
    """Some speakers by name, and how many more."""
    return _listed(people) if len(people) <= 3 else f"{', '.join(people[:2])} or {len(people) - 2} others"
