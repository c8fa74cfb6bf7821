"""What a plan claims: whether another choice of donors, under the same caps, could have filled more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipelines.plan.gaps.gap import Gap
from schemas.targets import Target, TargetsConfig

_TURNS = "hours are filled in turns until no donor is left that a cap lets in"
_SHARED = "accents do not exchange their parts of a condition's target"


class Claim(NamedTuple):
    """A statement about a plan.

    Attributes:
        optimal: whether no other choice of donors under the same caps fills more of what is asked for.
        statement: the same in words, with the reason where it cannot be claimed.
    """

    optimal: bool
    statement: str


def claim_of(targets: TargetsConfig, gaps: Sequence[Gap]) -> Claim:
    """What can be said of a plan with these gaps.

    Where no rows and no hours are missing, there is nothing left to fill. Else rows of cells and of accents are filled by a
    maximum flow; the rest is filled without looking back.
    """
    if not any(gap.missing_utterances or gap.missing_hours for gap in gaps):
        lacking = "People are all that is missing: every" if gaps else "Every"
        return Claim(True, f"{lacking} target of rows and hours is met.")
    asked = [*([targets.per_cell] if targets.per_cell else []), *targets.per_accent.values()]
    reasons = [
        *([_TURNS] if any(map(_asks_hours, (*asked, *targets.per_condition.values()))) else []),
        *([_SHARED] if targets.per_condition else []),
    ]
    if reasons:
        return Claim(False, f"Not shown to be the most that can be filled: {', and '.join(reasons)}.")
    return Claim(True, "No other choice of donors under the same caps fills more of the rows asked for.")


def _asks_hours(target: Target) -> bool:
    return target.hours is not None or (target.share is not None and target.of == "hours")
