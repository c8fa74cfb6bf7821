from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.plan.targets.cells import Goal, SpeakerCap, SplitTarget, speaker_cap, split_goal
from pipelines.plan.targets.goals import Totals
from pipelines.plan.targets.goals import goal_of as in_numbers
from schemas.targets import TargetsConfig
from tests.plan.corpus import SHARES


def goal_of(**settings: object) -> Goal:
    return in_numbers(TargetsConfig.model_validate(settings).per_cell, Totals())


@given(st.integers(1, 10_000))
def test_rows_are_apportioned_whole(utterances: int) -> None:
    parts = split_goal(goal_of(per_cell={"utterances": utterances}), SHARES)
    rows = {split: part.utterances or 0 for split, part in parts.items()}
    assert sum(rows.values()) == utterances
    assert all(abs(rows[split] - utterances * share) < 1 for split, share in SHARES.items())


def test_hours_are_apportioned_exactly() -> None:
    parts = split_goal(goal_of(per_cell={"hours": 2}), SHARES)
    assert [part.seconds for part in parts.values()] == pytest.approx([5760, 720, 720])
    assert not parts["dev"].is_met(10**6, 719.9)
    assert parts["dev"].is_met(1, 720.0)


def test_a_target_of_speakers_alone_asks_for_no_rows() -> None:
    for part in split_goal(goal_of(per_cell={"speakers": 3}), SHARES).values():
        assert part == SplitTarget()
        assert part.is_met(0, 0.0)
        assert not part.has_size


def test_the_cap_is_a_share_of_the_whole_cell_and_always_allows_one() -> None:
    assert speaker_cap(goal_of(per_cell={"utterances": 200}), 0.25).utterances == 50
    assert speaker_cap(goal_of(per_cell={"utterances": 6}), 0.1).utterances == 1
    assert speaker_cap(goal_of(per_cell={"hours": 2}), 0.25).seconds == 1800
    assert speaker_cap(goal_of(per_cell={"speakers": 2}), 0.5) == SpeakerCap()


def test_a_cap_of_seconds_lets_nothing_by_that_would_break_it() -> None:
    cap = SpeakerCap(seconds=10.0)
    assert cap.longest_next(0, 0.0) == float("inf")
    assert cap.longest_next(2, 7.5) == pytest.approx(2.5, abs=1e-3)
    assert cap.longest_next(3, 11.0) == 0.0
    assert SpeakerCap(utterances=2).longest_next(2, 1.0) == 0.0


def test_of_rows_and_seconds_the_cap_that_comes_later_counts() -> None:
    cap = SpeakerCap(utterances=2, seconds=10.0)
    assert cap.longest_next(1, 20.0) == float("inf")
    assert cap.longest_next(2, 4.0) == pytest.approx(6.0, abs=1e-3)
    assert cap.longest_next(2, 11.0) == 0.0
