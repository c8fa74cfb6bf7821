"""The seals of what simulation adds: noise spans, room responses and the talkers of babble."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
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
        self._used: dict[tuple[str, str], dict[tuple[str, Span | None], Place]] = defaultdict(dict)

    def add(self, pair: Pair) -> None:
        """Check the rows of a shard."""
        speakers = pair.rows.column("speaker_id").to_pylist()
        for row, (said, speaker) in enumerate(zip(pair.said, speakers, strict=True), 1):
            if isinstance(said, Exception) or said["asked"] is None:
                continue  # the ledger names what cannot be understood
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
            yield from self._sound("noise", noise, split, (begin, end), place)
            for name, start_s in (("start_s", noise["start_s"]), ("noise_start_s", said["measured"]["noise_start_s"])):
                if not begin - START_TOLERANCE_S <= start_s <= end + START_TOLERANCE_S:
                    yield f"{name} of noise {noise['file']} is {start_s} s, outside of its span from {begin} to {end} s"
        elsewhere = None if noise is None else noise.get("room")
        for each in (room, elsewhere):
            if each is not None and each["kind"] == "measured":
                yield from self._sound("response", each, split, None, place)

    def _sound(self, kind: str, sound: dict[str, Any], split: str, span_s: Span | None, place: Place) -> Iterator[str]:
        key = str(sound["sha256"])
        self._used[kind, key].setdefault((split, span_s), place)
        if not self._assignments.known:
            return
        shares = self._assignments.sounds.get((kind, key), [])
        own = [share for share in shares if share.split == split]
        what = f"{kind} {sound['file']}" if span_s is None else f"{kind} {sound['file']} from {span_s[0]} to {span_s[1]} s"
        if not any(span_s is None or share.holds(span_s) for share in own):
            owners = ", ".join(f"{share.split} (row {share.row})" for share in own or shares) or "no split"
            yield f"uses {what}, which {ASSIGNMENTS} does not give to {split}: it has {sound['file']} given to {owners}"

    def finish(self) -> None:
        """Name what two splits used, whatever was assigned."""
        for (kind, _), uses in sorted(self._used.items()):
            in_order = sorted(uses.items(), key=lambda use: (use[1], use[0][0]))
            for number, ((split, span_s), (file, row)) in enumerate(in_order):
                for (other_split, other_s), (other_file, other_row) in in_order[:number]:
                    if other_split != split and Share(0, split, span_s).meets(Share(0, other_split, other_s)):
                        what = kind if span_s is None else f"{kind} from {span_s[0]} to {span_s[1]} s"
                        told = f"its {what} stands in {split} here and in {other_split} in row {other_row} of {other_file}"
                        self._findings.add("seals", file, row, told)
                        break


def _babble(noise: dict[str, Any] | None, target: str | None) -> Iterator[str]:
    """What is wrong with the talkers of a row's babble, or with those its noise has the spectrum of."""
    if noise is None or noise["kind"] not in ("babble", "coloured"):
        return
    speakers = [talker["speaker_id"] for talker in noise["talkers"]]
    if target in speakers:
        yield f"its own speaker {shown(target)} is among the talkers of its babble"
    if len(set(speakers)) < len(speakers):
        yield f"a talker stands twice in its babble: {', '.join(sorted(map(str, speakers)))}"
