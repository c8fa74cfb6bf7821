from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan.splits.talkers import POOL_SIZE, RECORDINGS_PER_SPEAKER, choose_talkers, rank_talker
from pipelines.simulate.draw import Talker


def ranked(counts: list[int]):
    return [
        rank_talker(7, Talker(f"{speaker}-{n}", f"s{speaker}", "x.wav", 0.0, 3.0, f"{speaker}-{n}"))
        for speaker, count in enumerate(counts)
        for n in range(count)
    ]


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 5), st.randoms(use_true_random=False))
def test_choosing_among_chosen_ones_gives_what_choosing_among_all_would(counts, parts, random) -> None:
    everyone = ranked(counts)
    random.shuffle(everyone)
    chosen = choose_talkers(everyone)
    in_parts = [each for part in range(parts) for each in choose_talkers(everyone[part::parts])]
    assert choose_talkers(in_parts) == chosen
    held = Counter(each.talker.speaker_id for each in chosen)
    assert held == Counter({f"s{n}": min(count, RECORDINGS_PER_SPEAKER) for n, count in enumerate(counts) if count})


def test_a_pool_is_of_bounded_size() -> None:
    chosen = choose_talkers(ranked([4] * 300))
    assert len(chosen) == POOL_SIZE
    assert chosen == sorted(chosen)
