"""Sentences that belong to one split."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan.splits.transcripts import left_out, normalise, sentence_key, sentences
from tests.plan.corpus import SHARES

SPLITS = list(SHARES)
said = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(SPLITS), st.sampled_from(["en-GB", "en-IN"])), max_size=60)


def table(recordings: list[tuple[int, str, str]], *, written: bool = False) -> pa.Table:
    columns = {
        "recording_id": [f"r{number}" for number in range(len(recordings))],
        "text": [f"Sentence {key}." for key, _, _ in recordings],
        "accent": [accent for *_, accent in recordings],
    }
    return sentences(pa.table(columns), [split for _, split, _ in recordings], written=written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello, world!", "hello world"),
        ("  Straße ", "STRASSE"),
        ("ﬁne – day", "fine day"),
        ("नमस्ते।", "नमस्ते"),
        ("e\u0301te\u0301", "été"),
        ("10 %", "10"),
    ],
)
def test_the_same_words_are_the_same_sentence(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert sentence_key(one) == sentence_key(other) is not None


def test_marks_belong_to_words_and_nothing_is_no_sentence() -> None:
    assert normalise("कि") != normalise("क")
    assert [sentence_key(text) for text in (None, "", " … ?! ")] == [None] * 3
    assert table([]).num_rows == 0


@given(said, said, st.randoms(use_true_random=False))
def test_no_sentence_is_kept_in_two_splits_and_each_is_kept_in_one(before, now, random) -> None:
    owned: dict[int, str] = {}
    earlier = [row for row in before if owned.setdefault(row[0], row[1]) == row[1]]
    rows = pa.concat_tables([table(earlier, written=True), table(now)])
    left = set(left_out(rows, SHARES, [], 7).column("recording_id").to_pylist())
    kept: dict[int, set[str]] = defaultdict(set)
    for key, split, _ in earlier:
        kept[key].add(split)
    for number, (key, split, _) in enumerate(now):
        if f"r{number}" not in left:
            kept[key].add(split)
    assert all(len(splits) == 1 for splits in kept.values())
    assert kept.keys() == {key for key, *_ in [*earlier, *now]}
    order = list(range(rows.num_rows))
    random.shuffle(order)
    assert set(left_out(rows.take(pa.array(order, pa.int64())), SHARES, [], 7).column("recording_id").to_pylist()) == left


@given(said)
def test_a_pinned_split_keeps_all_of_its_own(now) -> None:
    left = set(left_out(table(now), SHARES, ["test", "dev"], 7).column("recording_id").to_pylist())
    in_test = {key for key, split, _ in now if split == "test"}
    for number, (key, split, _) in enumerate(now):
        if split == "test":
            assert f"r{number}" not in left
        elif key in in_test:
            assert f"r{number}" in left


def test_prompts_that_everybody_reads_are_shared_out_by_the_shares() -> None:
    now = [(key, split, "en-GB") for key in range(2000) for split in SPLITS]
    left = set(left_out(table(now), SHARES, [], 7).column("recording_id").to_pylist())
    kept = {split: sum(each == split and f"r{number}" not in left for number, (_, each, _) in enumerate(now)) for split in SPLITS}
    # Three standard deviations of 2000 draws.
    assert kept["train"] == pytest.approx(1600, abs=54)
    assert kept["dev"] == pytest.approx(200, abs=41)
    assert kept["test"] == pytest.approx(200, abs=41)
