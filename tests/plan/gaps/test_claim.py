"""What a plan may claim of how much it filled."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.plan.gaps.claim import Claim, claim_of
from schemas.targets import TargetsConfig
from tests.plan.gaps.test_gap import SIX, THREE, gaps_of


def claimed(speakers: dict[str, str], targets: dict[str, Any]) -> Claim:
    return claim_of(TargetsConfig.model_validate(targets), list(gaps_of(speakers, targets).values()))


def test_rows_of_cells_and_accents_are_the_most_there_can_be() -> None:
    assert claimed(THREE, SIX | {"per_accent": {"utterances": 500}}) == Claim(
        True, "No other choice of donors under the same caps fills more of the rows asked for."
    )


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        ({"per_cell": {"hours": 9}}, "hours are filled in turns until no donor is left that a cap lets in."),
        (
            {"per_cell": {"utterances": 1}, "per_accent": {"*": {"hours": 9}}},
            "hours are filled in turns until no donor is left that a cap lets in.",
        ),
    ],
)
def test_hours_are_not_shown_to_be(targets: dict[str, Any], why: str) -> None:
    assert claimed(THREE, targets) == Claim(False, f"Not shown to be the most that can be filled: {why}")


def test_nothing_is_left_to_fill_where_every_target_is_met() -> None:
    assert claim_of(TargetsConfig.model_validate({"per_cell": {"hours": 1}}), []).optimal
    only_people = claimed(THREE, {"per_cell": {"speakers": 9}})
    assert only_people == Claim(True, "People are all that is missing: every target of rows and hours is met.")
