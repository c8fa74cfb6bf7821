"""Which of the records that share an id or the same audio stays."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.duplicates import Claim, settle
from pipelines.ingest.record import Place


def claims(*pairs: tuple[str, str]) -> list[Claim]:
    return [Claim(Place(0, 0, number), *pair) for number, pair in enumerate(pairs, 1)]


def told(*pairs: tuple[str, str]) -> list[tuple[int, str, int]]:
    return [(loss.place.row_number, loss.rule, loss.winner.place.row_number) for loss in settle(claims(*pairs))]


def test_same_id() -> None:
    assert told(("a", "1"), ("a", "2"), ("a", "3")) == [(2, "duplicate_id", 1), (3, "duplicate_id", 1)]


def test_same_audio() -> None:
    assert told(("a", "1"), ("b", "1")) == [(2, "duplicate_audio", 1)]


def test_a_record_that_loses_by_its_audio_leaves_its_id() -> None:
    assert told(("a", "1"), ("b", "1"), ("b", "2")) == [(2, "duplicate_audio", 1)]


def test_a_record_that_loses_by_its_id_leaves_its_audio() -> None:
    assert told(("a", "1"), ("a", "2"), ("b", "2")) == [(2, "duplicate_id", 1)]


def test_sources_come_before_rows() -> None:
    first, second = Claim(Place(0, 1, 9), "a", "1"), Claim(Place(1, 0, 1), "a", "2")
    assert [loss.winner for loss in settle([second, first])] == [first]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("1234")), max_size=30), st.randoms(use_true_random=False))
def test_what_stays_is_unique_and_every_loss_has_a_reason(pairs: list[tuple[str, str]], order: random.Random) -> None:
    all_claims = claims(*pairs)
    shuffled = all_claims.copy()
    order.shuffle(shuffled)
    losses = {loss.place: loss for loss in settle(shuffled)}
    stay = [claim for claim in all_claims if claim.place not in losses]
    assert len({claim.recording_id for claim in stay}) == len({claim.audio_sha256 for claim in stay}) == len(stay)
    for claim in all_claims:
        if claim.place in losses:
            winner, field = losses[claim.place].winner, 1 if losses[claim.place].rule == "duplicate_id" else 2
            assert winner in stay
            assert winner.place < claim.place
            assert winner[field] == claim[field]
