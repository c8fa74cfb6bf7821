"""``plan/assignments.parquet``: which split each speaker, noise span and response belongs to, read and held against itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pipelines.verify.breach import Findings, shown
from pipelines.verify.tables import Reader
from schemas.tables import ASSIGNMENT

ASSIGNMENTS = "plan/assignments.parquet"
TOLERANCE_S = 2e-6
"""Spans are written with six decimals."""


@dataclass(frozen=True)
class Share:
    """What a split was given of a sound: the whole file, or a span of it.

    Attributes:
        row: in the assignments, from 1.
        split: whose it is.
        span_s: start and end; None for all of it.
    """

    row: int
    split: str
    span_s: tuple[float, float] | None = None

    def describe(self) -> str:
        """Whose it is, and the span where it is one."""
        return self.split if self.span_s is None else f"{self.split} from {self.span_s[0]} to {self.span_s[1]} s"

    def meets(self, other: Share) -> bool:
        """Whether both have some of it."""
        return self.span_s is None or other.span_s is None or overlap(self.span_s, other.span_s)

    def holds(self, span_s: tuple[float, float]) -> bool:
        """Whether a span lies within it."""
        if self.span_s is None:
            return True
        return self.span_s[0] - TOLERANCE_S <= span_s[0] and span_s[1] <= self.span_s[1] + TOLERANCE_S


@dataclass
class Assignments:
    """Splits by speaker, and shares by kind of sound and its digest.

    Attributes:
        known: whether there are any to hold rows against.
        speakers: the share of each speaker.
        sounds: of each noise and response, by kind and SHA-256.
    """

    known: bool = True
    speakers: dict[str, Share] = field(default_factory=dict)
    sounds: dict[tuple[str, str], list[Share]] = field(default_factory=lambda: defaultdict(list))


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two time spans, s, have more in common than an edge."""
    return min(one[1], other[1]) - max(one[0], other[0]) > TOLERANCE_S


def read_assignments(reader: Reader, splits: Collection[str], findings: Findings) -> Assignments:
    """Read them; what contradicts itself is a breach of the seals."""
    table = reader.read(ASSIGNMENTS, ASSIGNMENT, ASSIGNMENT.names) if reader.files(re.escape(ASSIGNMENTS)) else None
    if table is None:
        return Assignments(known=False)
    assignments = Assignments()
    for row, values in enumerate(table.to_pylist(), 1):
        problem = _problem(values, splits) or _add(assignments, row, values)
        if problem:
            findings.add("seals", ASSIGNMENTS, row, problem)
    return assignments


def _problem(values: dict[str, Any], splits: Collection[str]) -> str | None:
    if values["kind"] not in ("speaker", "noise", "response") or not values["key"]:
        return f"assigns {shown(values['key'])} of kind {shown(values['kind'])}, which is nothing to assign"
    if values["split"] not in splits:
        return f"{values['kind']} {shown(values['key'])} is assigned to {shown(values['split'])}, which is no split"
    if (values["start_s"] is None) != (values["end_s"] is None):
        return f"{values['kind']} {shown(values['name'])} has one end of a time span only"
    return None


def _add(assignments: Assignments, row: int, values: dict[str, Any]) -> str | None:
    kind, key, split = values["kind"], values["key"], values["split"]
    if kind == "speaker":
        first = assignments.speakers.setdefault(key, Share(row, split))
        if first.row == row:
            return None
        return f"speaker {shown(key)} is assigned to {split} here and to {first.split} in row {first.row}"
    span_s = None if values["start_s"] is None else (values["start_s"], values["end_s"])
    share = Share(row, split, span_s)
    shares = assignments.sounds[kind, key]
    shares.append(share)
    for other in shares[:-1]:
        if share.meets(other):
            return f"{kind} {values['name']} is given to {split} here and, in the same span, to {other.split} in row {other.row}"
    return None
