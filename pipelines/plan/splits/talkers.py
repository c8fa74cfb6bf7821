"""The talkers that babble is made of: a sample of each split's own clean recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipelines.plan.apportion import stable_hash
from pipelines.simulate.draw import Talker, TalkerPool
from schemas.config import CorpusConfig

POOL_SIZE = 400
RECORDINGS_PER_SPEAKER = 4
SHORTEST_TALKER_S = 1.0


class RankedTalker(NamedTuple):
    """A recording that may stand in babble, by the order in which it is taken."""

    rank: int
    talker: Talker


def rank_talker(seed: int, talker: Talker) -> RankedTalker:
    """Give a recording its place in the order, which depends on nothing but the recording and the corpus's seed."""
    return RankedTalker(stable_hash(seed, "talker", talker.recording_id), talker)


def choose_talkers(ranked: Iterable[RankedTalker]) -> list[RankedTalker]:
    """At most 400 recordings, at most four of a speaker. Choosing among chosen ones gives what choosing among all would."""
    held: Counter[str] = Counter()
    chosen = []
    for each in sorted(ranked):
        if held[each.talker.speaker_id] < RECORDINGS_PER_SPEAKER:
            held[each.talker.speaker_id] += 1
            chosen.append(each)
            if len(chosen) == POOL_SIZE:
                break
    return chosen


def pools_of(talkers: Mapping[str, Sequence[RankedTalker]], config: CorpusConfig) -> dict[str, TalkerPool]:
    """What babble may draw from, by split."""
    return {split: TalkerPool(each.talker for each in talkers.get(split, ())) for split in config.splits}
