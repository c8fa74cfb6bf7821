"""Sealed splits: which split each speaker belongs to, for good.

Speakers who share an audio file are one unit. Each split gets its share of all units; over the accents that share is spread by
largest remainder, so that many accents of one or two speakers fill dev and test together instead of none of them doing so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.plan.apportion import bounded_remainder, largest_remainder, stable_hash
from schemas.accents import UNDECLARED, UNMAPPED


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
    speakers: Iterable[SpeakerFacts], shares: Mapping[str, float], seed: int, frozen: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The split of every speaker.

    Args:
        speakers: all speakers, in any order.
        shares: of each split, adding up to 1.
        seed: of the corpus.
        frozen: splits given out before; they never change, and a unit with a member in one follows it there.

    Returns:
        Split by speaker_id. The speakers of each split are within one of its share of the whole, as far as units of one
        speaker and frozen assignments allow, and within each accent dev and test are within one of theirs.
    """
    frozen = frozen or {}
    units = join_units(speakers)
    placed: dict[str, str] = {}
    waiting: dict[str, list[str]] = defaultdict(list)
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for key, members in units.items():
        accent = main_accent(sum((Counter(member.accents) for member in members), Counter()))
        fixed = sorted({frozen[member.speaker_id] for member in members if member.speaker_id in frozen})
        if fixed:
            placed[key] = fixed[0]
            held[accent][fixed[0]] += 1
        else:
            waiting[accent].append(key)
    accents = sorted(set(waiting) | set(held))
    sizes = [len(waiting[accent]) + held[accent].total() for accent in accents]
    quotas = largest_remainder(sum(sizes), shares)
    # The smallest splits choose first, and each time the shares so far are rounded together: what an accent gave too much to
    # test it holds back from dev, so that the largest split stays within one of its share as well.
    ascending = sorted(shares, key=lambda split: (shares[split], split))
    free = {accent: sorted(waiting[accent], key=lambda key: stable_hash(seed, "speaker", key)) for accent in accents}
    taken = [0] * len(accents)
    share_so_far = 0.0
    for split in ascending[:-1]:
        share_so_far += shares[split]
        before = [held[accent][split] for accent in accents]
        parts = bounded_remainder(
            quotas[split],
            [share_so_far * size - given for size, given in zip(sizes, taken, strict=True)],
            before,
            [have + len(free[accent]) for have, accent in zip(before, accents, strict=True)],
            [stable_hash(seed, "accent", split, accent) for accent in accents],
        )
        for index, accent in enumerate(accents):
            count = parts[index] - before[index]
            chosen, free[accent] = free[accent][:count], free[accent][count:]
            placed.update(dict.fromkeys(chosen, split))
            taken[index] += parts[index]
    for rest in free.values():
        placed.update(dict.fromkeys(rest, ascending[-1]))
    return {
        member.speaker_id: frozen.get(member.speaker_id, placed[key]) for key, members in units.items() for member in members
    }
