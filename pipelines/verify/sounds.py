"""The seals of what simulation adds: noise spans, room responses and the talkers of babble."""

from __future__ import annotations

from typing import Any

from pipelines.verify.assignments import ASSIGNMENTS, Assignments, overlap
from pipelines.verify.breach import Findings, shown
from pipelines.verify.pairs import Pair

START_TOLERANCE_S = 1e-3
"""Where an excerpt began is known to the sample, and written with four decimals."""


class SoundSeals:
    """Holds what each simulated row used against what its split was given, and against what the other splits used."""

    def __init__(self, assignments: Assignments, findings: Findings) -> None:
        self._assignments = assignments
        self._findings = findings
        self._noises: dict[str, dict[tuple[str, float, float], str]] = {}
        self._responses: dict[str, dict[str, str]] = {}

    def add(self, pair: Pair) -> None:
        """Check the rows of a shard."""
        columns = (pair.rows.column(name).to_pylist() for name in ("speaker_id", "recipe"))
        for row, (asked, speaker, _) in enumerate(zip(pair.asked, *columns, strict=True), 1):
            if not isinstance(asked, dict):
                continue
            try:
                for problem in (*self._noise(asked["noise"], pair, row), *self._room(asked["room"], pair, row)):
                    self._findings.add("seals", pair.file, row, problem)
                for problem in _talkers(asked["noise"], speaker):
                    self._findings.add("people", pair.file, row, problem)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                told = f"its recipe does not say which sounds it used: {type(error).__name__} {error}"
                self._findings.add("seals", pair.file, row, told)
