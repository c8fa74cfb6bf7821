from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.banks import BankFile
from pipelines.plan.splits.banks import Banks, share_banks
from tests.plan.corpus import SHARES


def noise(bank: str, content: str, duration_s: float = 30.0, problem: str = "") -> BankFile:
    return BankFile("noise", bank, f"{bank}/{content}.wav", "" if problem else content, duration_s, problem)


def response(bank: str, content: str) -> BankFile:
    return BankFile("response", bank, f"{bank}/{content}.wav", content, 1.0)


def spans(banks: Banks) -> dict[tuple[str, str], list[tuple[float, float, str]]]:
    """Start, end and split of every span given out, by the content of the file."""
    found: dict[tuple[str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for each in banks.allotments:
        found[each.kind, each.key].append((each.start_s or 0.0, float("inf") if each.end_s is None else each.end_s, each.split))
    return {key: sorted(value) for key, value in found.items()}


contents = st.sampled_from([f"content-{number}" for number in range(12)])
bank_files = st.lists(
    st.builds(
        lambda kind, bank, content: (noise if kind == "noise" else response)(bank, content),
        st.sampled_from(["noise", "response"]),
        st.sampled_from(["street", "crowd", "wind"]),
        contents,
    ),
    unique=True,
    max_size=30,
)


@given(bank_files, st.randoms(use_true_random=False), st.integers(0, 50))
def test_no_sound_stands_in_two_splits_and_order_plays_no_part(files, random, seed) -> None:
    banks = share_banks(files, SHARES, seed)
    for of_file in spans(banks).values():
        for (_, end, split), (start, _, other) in pairwise(of_file):
            assert split != other
            assert end <= start
    for kind, offered in (("noise", banks.noises), ("response", banks.responses)):
        for by_split in offered.values():
            for split, drawn in by_split.items():
                assert all(split in [each[2] for each in spans(banks)[kind, file.sha256]] for file in drawn)
    random.shuffle(files)
    assert share_banks(files, SHARES, seed) == banks


@given(bank_files, bank_files)
def test_what_was_given_out_stays(before, more) -> None:
    first = share_banks(before, SHARES, 1)
    second = share_banks([*more, *before], SHARES, 1, first.allotments)
    assert set(first.allotments) <= set(second.allotments)
    kept = {(each.kind, each.key) for each in first.allotments}
    assert {each for each in second.allotments if (each.kind, each.key) in kept} == set(first.allotments)


def test_a_bank_with_fewer_files_than_splits_is_cut_into_spans() -> None:
    banks = share_banks([noise("street", "a", 30.0), noise("street", "b", 0.9)], SHARES, 1)
    assert [file.span_s for split in SHARES for file in banks.noises["street"][split]] == [
        (0.0, 10.0),
        (0.0, 0.3),
        (10.0, 20.0),
        (0.3, 0.6),
        (20.0, 30.0),
        (0.6, 0.9),
    ]
    assert "cut into disjoint time spans: street/a.wav (30.0 s), street/b.wav (0.9 s)" in banks.notes[0]


def test_every_split_gets_a_file_before_one_gets_two_and_then_by_share() -> None:
    counts = [
        [len(share_banks([noise("street", str(n)) for n in range(size)], SHARES, 1).noises["street"][split]) for split in SHARES]
        for size in (3, 4, 10, 100)
    ]
    assert counts == [[1, 1, 1], [2, 1, 1], [8, 1, 1], [80, 10, 10]]


def test_responses_that_run_out_leave_the_later_splits_without() -> None:
    banks = share_banks([response("hall", "a"), response("hall", "b")], SHARES, 1)
    assert [len(banks.responses["hall"][split]) for split in SHARES] == [1, 1, 0]
    assert banks.notes == ("room 'hall' has no file left for split test",)


@pytest.mark.parametrize("seed", range(8))
def test_a_response_that_two_rooms_hold_serves_the_first_split_of_the_smaller(seed: int) -> None:
    files = [response("stairs", "a"), *(response("hall", content) for content in "abc")]
    banks = share_banks(files, SHARES, seed)
    assert [len(banks.responses["stairs"][split]) for split in SHARES] == [1, 0, 0]
    assert [len(banks.responses["hall"][split]) for split in SHARES] == [1, 1, 1]


def test_the_same_sound_in_two_banks_goes_the_same_way_and_counts_once_in_a_bank() -> None:
    twice = BankFile("noise", "street", "street/again.wav", "0", 30.0)
    banks = share_banks([noise(bank, str(n)) for bank in ("street", "crowd") for n in range(6)] + [twice], SHARES, 1)
    of_street, of_crowd = (
        {f.sha256: split for split in SHARES for f in banks.noises[bank][split]} for bank in ("street", "crowd")
    )
    assert of_street == of_crowd
    assert sum(len(banks.noises["street"][split]) for split in SHARES) == 6


def test_a_file_that_cannot_be_used_is_left_out_and_named() -> None:
    banks = share_banks(
        [*(noise("street", str(n)) for n in range(3)), noise("street", "bad", problem="silence: it is silent")], SHARES, 1
    )
    assert banks.notes == ("noise file street/bad.wav of 'street' is left out: silence: it is silent",)
    assert "street/bad.wav" not in {each.name for each in banks.allotments}
