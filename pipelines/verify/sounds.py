"""The seals of what simulation adds: noise spans, room responses and the talkers of babble."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pipelines.verify.assignments import ASSIGNMENTS, Assignments, Share
from pipelines.verify.breach import Findings, shown
from pipelines.verify.pairs import Pair

START_TOLERANCE_S = 1e-3
"""Where an excerpt began is known to the sample, and written with four decimals."""

Span = tuple[float, float]
Place = tuple[str, int]


class SoundSeals:
    """Holds what each simulated row used against what its split was given, and against what the other splits used."""

    def __init__(self, assignments: Assignments, findings: Findings) -> None:
        self._assignments = assignments
        self._findings = findings
        self._used: dict[tuple[str, str], dict[tuple[str, Span | None], _Use]] = defaultdict(dict)

    def add(self, pair: Pair) -> None:
        """Check the rows of a shard."""
        speakers = pair.rows.column("speaker_id").to_pylist()
        for row, (said, speaker) in enumerate(zip(pair.said, speakers, strict=True), 1):
            if isinstance(said, Exception) or said["asked"] is None:
                continue  # a recorded row, or one that the ledger names
            try:
                problems = [*self._sounds(said, pair.split, (pair.file, row)), *_babble(said["asked"]["noise"], speaker)]
            except (KeyError, TypeError, ValueError, IndexError) as error:
                problems = [f"its recipe does not say which sounds it used: {type(error).__name__}: {error}"]
            for problem in problems:
                self._findings.add("seals", pair.file, row, problem)

    def _sounds(self, said: dict[str, Any], split: str, place: Place) -> Iterator[str]:
        noise, room = said["asked"]["noise"], said["asked"]["room"]
        if noise is not None and noise["kind"] == "recording":
            begin, end = (float(edge) for edge in noise["span_s"])
            self._note("noise", noise, split, (begin, end), place)
            for name, start_s in (("start_s", noise["start_s"]), ("noise_start_s", said["measured"]["noise_start_s"])):
                if not begin - START_TOLERANCE_S <= start_s <= end + START_TOLERANCE_S:
                    yield f"{name} of noise {noise['file']} is {start_s} s, outside of its span from {begin} to {end} s"
        elsewhere = None if noise is None else noise.get("room")
        for each in (room, elsewhere):
            if each is not None and each["kind"] == "measured":
                self._note("response", each, split, None, place)

    def _note(self, kind: str, sound: dict[str, Any], split: str, span_s: Span | None, place: Place) -> None:
        uses = self._used[kind, str(sound["sha256"])]
        use = uses.setdefault((split, span_s), _Use(kind, str(sound["file"]), split, span_s, place))
        use.rows += 1

    def finish(self) -> None:
        """Name, at the first row that has it, what a split was not given and what two splits used."""
        for (kind, key), uses in sorted(self._used.items()):
            shares = self._assignments.sounds.get((kind, key), [])
            in_order = sorted(uses.values(), key=lambda use: use.first)
            for use in in_order:
                use.is_given = any(use.is_from(share) for share in shares)
                if self._assignments.known and not use.is_given:
                    given = ", ".join(f"{share.describe()} (row {share.row})" for share in shares) or "none"
                    told = f"{use} is not {use.split}'s; what {ASSIGNMENTS} gives of it: {given}"
                    self._findings.add("seals", *use.first, told)
            for one, other in combinations(in_order, 2):
                if one.split != other.split and one.share.meets(other.share):
                    right, wrong = (other, one) if other.is_given and not one.is_given else (one, other)
                    where = f"row {right.first[1]} of {right.first[0]}"
                    told = f"{wrong} stands in {wrong.split} here and in {right.split} in {where}"
                    self._findings.add("seals", *wrong.first, told)


@dataclass
class _Use:
    """A split's use of a sound, or of a span of it.

    Attributes:
        kind: noise or response.
        file: the sound's, for people to read.
        split: which.
        span_s: start and end; None for a response.
        first: the first row that has it.
        rows: how many have it.
        is_given: whether the assignments give it to the split.
    """

    kind: str
    file: str
    split: str
    span_s: Span | None
    first: Place
    rows: int = 0
    is_given: bool = False

    @property
    def share(self) -> Share:
        """What it takes up."""
        return Share(0, self.split, self.span_s)

    def is_from(self, share: Share) -> bool:
        """Whether it lies within what was given."""
        return share.split == self.split and (self.span_s is None or share.holds(self.span_s))

    def __str__(self) -> str:
        span = "" if self.span_s is None else f" from {self.span_s[0]} to {self.span_s[1]} s"
        return f"{self.kind} {self.file}{span}, used in {self.rows} row{'s' if self.rows > 1 else ''},"


def _babble(noise: dict[str, Any] | None, target: str | None) -> Iterator[str]:
    """What is wrong with the talkers of a row's babble, or with those its noise has the spectrum of."""
    if noise is None or noise["kind"] not in ("babble", "coloured"):
        return
    speakers = [talker["speaker_id"] for talker in noise["talkers"]]
    if target in speakers:
        yield f"its own speaker {shown(target)} is among the talkers of its babble"
    if len(set(speakers)) < len(speakers):
        yield f"a talker stands twice in its babble: {', '.join(sorted(map(str, speakers)))}"
