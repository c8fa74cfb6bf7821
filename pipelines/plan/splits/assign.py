"""Sealed splits: which split each speaker belongs to, for good.

Speakers who share an audio file are one unit. Each split gets its share of all speakers; over the accents that share is spread by
largest remainder, so that many accents of one or two speakers fill dev and test together instead of none of them doing so.
"""

from __future__ import annotations

import math
import operator
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.plan.apportion import bounded_remainder, largest_remainder, stable_hash
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.errors import ConfigError


@dataclass(frozen=True)
class SpeakerFacts:
    """What the assignment needs to know of a speaker.

    Attributes:
        speaker_id: who.
        accents: recordings by accent code.
        shared_files: files that the speaker shares with others.
    """

    speaker_id: str
    accents: Mapping[str, int]
    shared_files: tuple[str, ...] = ()


def main_accent(accents: Mapping[str, int]) -> str:
    """The accent that a speaker counts under: the declared one with most recordings, the first by name among equals."""
    declared = {accent: count for accent, count in accents.items() if accent not in (UNDECLARED, UNMAPPED)}
    return min(declared or accents, key=lambda accent: (-accents[accent], accent))


def join_units(speakers: Iterable[SpeakerFacts]) -> dict[str, list[SpeakerFacts]]:
    """Speakers joined wherever they share a file, by the unit's key (its first speaker's id)."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while parents.setdefault(key, key) != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    known = sorted(speakers, key=lambda speaker: speaker.speaker_id)
    for speaker in known:
        own = root("speaker:" + speaker.speaker_id)
        for file in speaker.shared_files:
            parents[root("file:" + file)] = own
            own = root(own)
    units: dict[str, list[SpeakerFacts]] = defaultdict(list)
    for speaker in known:
        units[root("speaker:" + speaker.speaker_id)].append(speaker)
    return {members[0].speaker_id: members for members in units.values()}


def assign_splits(
    speakers: Iterable[SpeakerFacts],
    shares: Mapping[str, float],
    seed: int,
    given: Mapping[str, str] | None = None,
    closed: Collection[str] = (),
) -> dict[str, str]:
    """The split of every speaker.

    Args:
        speakers: all speakers, in any order.
        shares: of each split, adding up to 1.
        seed: of the corpus.
        given: splits pinned or given out before; they never change, and a unit with a member in one follows it there.
        closed: splits that take nobody else.

    Returns:
        Split by speaker_id. The speakers of each split are within one of its share of the whole, as far as units of several
        speakers and what was given leave room for it; every accent's are as near to its share as whole people can be. Where a
        split is closed, or was given more than its share, the others have what is left in the proportion of their shares.

    Raises:
        ConfigError: speakers who were given different splits share a file.
    """
    units = join_units(speakers)
    order = sorted(units, key=lambda key: (-len(units[key]), stable_hash(seed, "speaker", key)))
    placed = {key: split for key in order if (split := _given_split(units[key], given or {})) is not None}
    held: Counter[str] = Counter()
    for key, split in placed.items():
        held[split] += len(units[key])
    everybody = sum(len(members) for members in units.values())
    bound = _bound_splits(everybody, held, shares, closed)
    left = everybody - sum(held[split] for split in bound)
    if bound:  # what follows is about the others, among themselves
        whole = sum(share for split, share in shares.items() if split not in bound)
        shares = {split: share / whole for split, share in shares.items() if split not in bound}
    quotas = largest_remainder(left, shares)
    for key in order:
        # Units of several speakers go where most are missing; single ones then fill up what is left exactly.
        if key not in placed and len(units[key]) > 1:
            placed[key] = max(shares, key=lambda split: (quotas[split] - held[split], shares[split]))
            held[placed[key]] += len(units[key])
    waiting: dict[str, list[str]] = defaultdict(list)
    for key in order:
        if key not in placed:
            waiting[main_accent(units[key][0].accents)].append(key)
    by_accent: dict[str, Counter[str]] = defaultdict(Counter)
    for key, split in placed.items():
        for member in units[key] if split in shares else ():
            by_accent[main_accent(member.accents)][split] += 1
    placed |= _fill_empty(waiting, by_accent, shares)
    placed |= _place_single(waiting, by_accent, _quotas_beside(by_accent, waiting, shares), shares, seed)
    return {member.speaker_id: placed[key] for key, members in units.items() for member in members}


def _given_split(members: Iterable[SpeakerFacts], given: Mapping[str, str]) -> str | None:
    """The split that a unit was given; None where it was given none."""
    found: dict[str, str] = {}
    for member in members:
        if member.speaker_id in given:
            found.setdefault(given[member.speaker_id], member.speaker_id)
    if len(found) > 1:
        (split, speaker), (other_split, other) = sorted(found.items())[:2]
        raise ConfigError(
            f"speakers {speaker!r} ({split}) and {other!r} ({other_split}) share an audio file, but pins or an earlier version "
            "put them in different splits: leave the shared recordings out, or choose other pins or another --output"
        )
    return next(iter(found), None)


def _bound_splits(everybody: int, held: Mapping[str, int], shares: Mapping[str, float], closed: Collection[str]) -> set[str]:
    """The splits that take nobody more: closed ones, and those that were given more than one above their share.

    Each such split leaves the others less than their shares, so others may come to be above theirs; the one with most room
    always stays.
    """
    bound = set(closed)
    while True:
        free = {split: share for split, share in shares.items() if split not in bound}
        left = everybody - sum(held[split] for split in bound)
        room = {split: left * share / sum(free.values()) + 1 - held[split] for split, share in free.items()}
        over = [split for split in free if room[split] < 0]
        if not over or len(free) == 1:
            return bound
        bound.add(min(over, key=lambda split: (room[split], split)))


def _fill_empty(waiting: dict[str, list[str]], held: dict[str, Counter[str]], shares: Mapping[str, float]) -> dict[str, str]:
    """Give new people of an accent that has some already to the splits where it has none, for that is what gaps ask for.

    As long as every split stays, or can still come, within one of its share. Takes them from ``waiting`` and adds to ``held``.
    """
    total = sum(map(len, waiting.values())) + sum(counts.total() for counts in held.values())
    sums: Counter[str] = sum(held.values(), Counter())
    placed: dict[str, str] = {}
    for accent in sorted(waiting):
        for split in sorted(shares, key=lambda split: (shares[split], split)):
            if not waiting[accent] or not held[accent] or held[accent][split]:
                continue
            after = sums + Counter([split])
            wanted = sum(max(0, math.ceil(share * total - 1 - after[each])) for each, share in shares.items())
            if after[split] <= shares[split] * total + 1 and wanted < sum(map(len, waiting.values())):
                placed[waiting[accent].pop(0)] = split
                held[accent][split] += 1
                sums = after
    return placed


def _quotas_beside(
    held: Mapping[str, Counter[str]], waiting: Mapping[str, Sequence[str]], shares: Mapping[str, float]
) -> dict[str, int]:
    """Each split's people, none less than it holds: what one holds above its share the others share as a loss."""
    sums: Counter[str] = sum(held.values(), Counter())
    total = sums.total() + sum(map(len, waiting.values()))
    exact = [share * total for share in shares.values()]
    parts = bounded_remainder(total, exact, [sums[split] for split in shares], [total] * len(shares), range(len(shares)))
    return dict(zip(shares, parts, strict=True))


def _place_single(
    waiting: Mapping[str, list[str]],
    held: Mapping[str, Counter[str]],
    quotas: Mapping[str, int],
    shares: Mapping[str, float],
    seed: int,
) -> dict[str, str]:
    """Place single people so that quotas are met and accents spread over the splits.

    The smallest splits choose first, and each time the shares so far are rounded together: what an accent gave too much to test
    it holds back from dev, so that the largest split stays within one of its share as well. No accent gets less than its share
    of any split, rounded down, as far as what was given and the quotas leave room for that.
    """
    placed: dict[str, str] = {}
    accents = sorted(waiting.keys() | held.keys())
    free = {accent: list(waiting.get(accent, ())) for accent in accents}
    already = {accent: held.get(accent, Counter()) for accent in accents}
    sizes = [len(free[accent]) + already[accent].total() for accent in accents]
    ascending = sorted(shares, key=lambda split: (shares[split], split))
    taken = [0] * len(accents)
    share_so_far = 0.0
    least = {
        split: [max(int(share * size + 1e-9), already[accent][split]) for size, accent in zip(sizes, accents, strict=True)]
        for split, share in shares.items()
    }
    for number, split in enumerate(ascending[:-1], start=1):
        share_so_far += shares[split]
        before = [already[accent][split] for accent in accents]
        lows, highs = before, [have + len(free[accent]) for have, accent in zip(before, accents, strict=True)]
        for_later = [sum(of_accent) for of_accent in zip(*(least[later] for later in ascending[number:]), strict=True)]
        most = [size - given - kept for size, given, kept in zip(sizes, taken, for_later, strict=True)]
        if sum(least[split]) <= quotas[split] <= sum(most) and all(map(operator.le, least[split], most)):
            lows, highs = least[split], most
        parts = bounded_remainder(
            quotas[split],
            [share_so_far * size - given for size, given in zip(sizes, taken, strict=True)],
            lows,
            highs,
            [stable_hash(seed, "accent", split, accent) for accent in accents],
        )
        for index, accent in enumerate(accents):
            count = parts[index] - before[index]
            placed.update(dict.fromkeys(free[accent][:count], split))
            del free[accent][:count]
            taken[index] += parts[index]
    placed.update({key: ascending[-1] for rest in free.values() for key in rest})
    return placed
