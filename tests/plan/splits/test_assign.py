from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.plan.splits.assign import SpeakerFacts, assign_splits, join_units, main_accent
from schemas.errors import ConfigError
from tests.plan.corpus import SHARES

splits_shares = st.sampled_from(
    [
        SHARES,
        {"train": 0.6, "dev": 0.2, "test": 0.2},
        {"train": 0.9, "test": 0.1},
        {"train": 1.0},
        {"train": 0.1, "dev": 0.3, "test": 0.6},
    ]
)
accent_sizes = st.lists(st.integers(1, 25), min_size=1, max_size=15)


def people(sizes: list[int]) -> list[SpeakerFacts]:
    return [
        SpeakerFacts(f"{accent}-{number}", {f"accent-{accent}": 3}) for accent, size in enumerate(sizes) for number in range(size)
    ]


@given(accent_sizes, splits_shares, st.integers(0, 100), st.randoms(use_true_random=False))
def test_every_split_is_within_one_of_its_share_in_any_order(sizes, shares, seed, random) -> None:
    speakers = people(sizes)
    assigned = assign_splits(speakers, shares, seed)
    counts = Counter(assigned.values())
    assert all(abs(counts[split] - share * len(speakers)) <= 1 for split, share in shares.items())
    random.shuffle(speakers)
    assert assign_splits(speakers, shares, seed) == assigned


@given(accent_sizes, st.integers(0, 100))
def test_accents_are_spread_over_the_splits(sizes, seed) -> None:
    speakers = people(sizes)
    assigned = assign_splits(speakers, SHARES, seed)
    by_accent: dict[str, Counter[str]] = defaultdict(Counter)
    for speaker in speakers:
        by_accent[main_accent(speaker.accents)][assigned[speaker.speaker_id]] += 1
    for counts in by_accent.values():
        assert all(abs(counts[split] - share * counts.total()) < 2 for split, share in SHARES.items())
        assert all(counts[split] >= int(share * counts.total() + 1e-9) for split, share in SHARES.items())


def test_an_accent_that_has_people_for_every_split_is_in_every_split() -> None:
    """Three accents of seven: 1.4 people each for dev and test, so one of them could have two in one and none in the other."""
    for seed in range(20):
        assigned = assign_splits(people([7, 7, 7]), {"train": 0.6, "dev": 0.2, "test": 0.2}, seed)
        assert len({(who.partition("-")[0], split) for who, split in assigned.items()}) == 9


def test_accents_of_one_speaker_fill_dev_and_test_together() -> None:
    counts = Counter(assign_splits(people([1] * 30), SHARES, 7).values())
    assert counts == {"train": 24, "dev": 3, "test": 3}


def test_another_seed_gives_another_assignment() -> None:
    speakers = people([40])
    assert len({tuple(sorted(assign_splits(speakers, SHARES, seed).items())) for seed in range(5)}) == 5


files = st.lists(st.sampled_from("abcdefgh"), max_size=2, unique=True).map(tuple)


@given(st.lists(st.tuples(st.integers(0, 3), files), min_size=1, max_size=30), splits_shares)
def test_speakers_who_share_a_file_stay_together(drawn, shares) -> None:
    speakers = [SpeakerFacts(f"s{number:02}", {f"a{accent}": 1}, shared) for number, (accent, shared) in enumerate(drawn)]
    assigned = assign_splits(speakers, shares, 1)
    for file in "abcdefgh":
        assert len({assigned[speaker.speaker_id] for speaker in speakers if file in speaker.shared_files}) <= 1
    units = join_units(speakers)
    assert sorted(member.speaker_id for members in units.values() for member in members) == sorted(assigned)


@given(st.lists(st.integers(2, 4), max_size=12), st.integers(40, 80))
def test_pairs_and_groups_leave_the_quotas_whole(groups, singles) -> None:
    speakers = people([singles // 2, singles - singles // 2])
    for number, size in enumerate(groups):
        speakers += [SpeakerFacts(f"group-{number}-{member}", {"accent-0": 1}, (f"file-{number}",)) for member in range(size)]
    counts = Counter(assign_splits(speakers, SHARES, 1).values())
    assert all(abs(counts[split] - share * len(speakers)) <= 1 for split, share in SHARES.items())


@settings(max_examples=60)
@given(accent_sizes, accent_sizes, splits_shares)
@example([1, 1], [1, 1, 1, 7], {"train": 0.1, "dev": 0.3, "test": 0.6})
def test_what_was_given_out_stays_and_newcomers_even_it_out(before, more, shares) -> None:
    first = assign_splits(people(before), shares, 1)
    grown = [one + other for one, other in zip(before, more, strict=False)] + before[len(more) :] + more[len(before) :]
    second = assign_splits(people(grown), shares, 1, first)
    assert first.items() <= second.items()
    counts = Counter(second.values())
    assert all(abs(counts[split] - share * sum(grown)) <= 1 for split, share in shares.items())


@settings(max_examples=60)
@given(accent_sizes, st.integers(0, 40), splits_shares.filter(lambda shares: len(shares) > 1), st.booleans())
def test_pinned_people_stay_and_the_others_keep_their_proportion(sizes, pinned, shares, is_closed) -> None:
    speakers = people(sizes)
    split = list(shares)[-1]
    pins = {speaker.speaker_id: split for speaker in speakers[:pinned]}
    assigned = assign_splits(speakers, shares, 1, pins, [split] if is_closed else [])
    assert pins.items() <= assigned.items()
    counts = Counter(assigned.values())
    if is_closed:
        assert counts[split] == len(pins)
    if is_closed or len(pins) > shares[split] * len(speakers) + 1:
        left = len(speakers) - counts[split]
        ideal = {other: left * share / (1 - shares[split]) for other, share in shares.items() if other != split}
    else:
        ideal = {other: share * len(speakers) for other, share in shares.items()}
    assert all(abs(counts[other] - wanted) <= 1 for other, wanted in ideal.items())


def test_a_newcomer_goes_to_the_split_that_lacks_the_accent() -> None:
    speakers = [*people([10] * 3), SpeakerFacts("new-0", {"small": 1}), SpeakerFacts("new-1", {"small": 1})]
    first = assign_splits(speakers, {"train": 0.6, "dev": 0.2, "test": 0.2}, 7)
    missing = {"train", "dev", "test"} - {first["new-0"], first["new-1"]}
    second = assign_splits([*speakers, SpeakerFacts("new-2", {"small": 1})], {"train": 0.6, "dev": 0.2, "test": 0.2}, 7, first)
    assert second["new-2"] in missing


def test_a_newcomer_in_a_shared_file_follows() -> None:
    first = assign_splits(people([20]), SHARES, 1)
    old = next(speaker for speaker, split in first.items() if split == "test")
    speakers = [speaker for speaker in people([20]) if speaker.speaker_id != old]
    speakers += [SpeakerFacts(old, {"accent-0": 1}, ("tape",)), SpeakerFacts("new", {"accent-0": 1}, ("tape",))]
    assert assign_splits(speakers, SHARES, 1, first)["new"] == "test"


def test_a_file_that_joins_two_splits_is_refused() -> None:
    frozen = {"a": "train", "b": "test"}
    speakers = [SpeakerFacts("a", {"x": 1}, ("tape",)), SpeakerFacts("b", {"x": 1}, ("tape",))]
    with pytest.raises(ConfigError, match=r"speakers 'b' \(test\) and 'a' \(train\) share an audio file"):
        assign_splits(speakers, SHARES, 1, frozen)


def test_a_speaker_counts_under_the_accent_most_declared() -> None:
    assert main_accent({"undeclared": 9, "b": 2, "a": 2}) == "a"
    assert main_accent({"undeclared": 1}) == "undeclared"
