"""What is found wrong, and where."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

CHECKS = {
    "files": "the files that corpus.json lists are there, no others are, and each has its digest and can be read (invariant 2)",
    "audio": "each row's FLAC file has its digest, its rate and its length (invariant 2)",
    "ledger": "no record, recipe or row is lost, doubled or altered on its way (invariant 1)",
    "seals": "no speaker, recording, noise span, room response or, where asked for, sentence stands in two splits (invariant 4)",
    "pairs": "where asked for, every simulated test row's original stands in test too, and both carry the pair's id",
    "forgotten": "nobody who was forgotten is in any table, shard or kept figure, or heard in anybody's noise",
    "people": "simulation changes no speaker, accent or self-report, and raises no count of speakers (invariant 5)",
    "balance": "the shards of a split hold the same of every cell, to within one row (invariant 6)",
    "weights": "the weights of a split average 1, and even its cells, or are the same for all rows of a person",
    "coverage": "the coverage files say what the shards hold",
}
"""What is checked, in the order of the report."""

SHOWN = 20
"""Breaches of one check that are shown of one file; the others are only counted."""

SHOWN_VALUE = 70
"""Characters of a value: a SHA-256 is shown whole."""


class Breach(NamedTuple):
    """Something that is not as it must be.

    Attributes:
        check: a name of :data:`CHECKS`.
        file: inside the corpus, with forward slashes.
        row: in that file, from 1, a header excluded; None where it is not about one row.
        message: what is wrong.
    """

    check: str
    file: str
    row: int | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}:row {self.row}"
        return f"{self.check}: {place}: {self.message}"


class Findings:
    """Collects breaches. However much is wrong, memory holds at most :data:`SHOWN` of each check and file."""

    def __init__(self) -> None:
        self._kept: list[Breach] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._more: Counter[tuple[str, str]] = Counter()

    def add(self, check: str, file: str, row: int | None, message: str) -> None:
        """Note a breach; the arguments are :class:`Breach`'s attributes."""
        self._counts[check, file] += 1
        if self._counts[check, file] <= SHOWN:
            self._kept.append(Breach(check, file, row, message))
        else:
            self._more[check, file] += 1

    @property
    def any(self) -> bool:
        """Whether anything was noted since the last call of :meth:`take`."""
        return bool(self._kept)

    def take(self) -> list[Breach]:
        """What was noted since the last call, by check, file and row, the same whatever order it was found in."""
        order = {check: place for place, check in enumerate(CHECKS)}
        found = [((order[each.check], each.file, 0, each.row or 0, each.message), each) for each in self._kept]
        for (check, file), count in self._more.items():
            message = f"{count} more breach{'es' if count > 1 else ''} of this check in this file"
            found.append(((order[check], file, 1, 0, message), Breach(check, file, None, message)))
        self._kept.clear()
        self._more.clear()
        return [breach for _, breach in sorted(found, key=lambda pair: pair[0])]


def shown(value: Any) -> str:
    """A value as a message quotes it: on one line, and short."""
    text = repr(value)
    return text if len(text) <= SHOWN_VALUE else text[: SHOWN_VALUE - 1] + "…"


def one_line(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
