"""Paired evaluation: beside every simulated test row stands the recording it was made from."""

from __future__ import annotations

import numpy as np

from pipelines.verify.breach import Findings, shown
from pipelines.verify.pairs import Names, Pair, read_pairs
from pipelines.verify.tables import Digests, Reader, digests

PAIRED = "test"


class Originals:
    """Looks for the original of every simulated test row, and at the id that joins them.

    Args:
        paired: whether that was asked for; else no row carries such an id.
        findings: where breaches go.
    """

    def __init__(self, paired: bool, findings: Findings) -> None:
        self._paired = paired
        self._findings = findings
        self._recorded: list[Digests] = [np.empty(0, np.uint64)]
        self._sources: list[Digests] = [np.empty(0, np.uint64)]

    def add(self, pair: Pair) -> None:
        """Take in a shard."""
        is_paired = self._paired and pair.split == PAIRED
        sources = pair.rows.column("source_id").to_pylist()
        for row, (source, joined) in enumerate(zip(sources, pair.rows.column("pair_id").to_pylist(), strict=True), 1):
            if joined != (source if is_paired else None):
                told = f"pair_id is {shown(joined)}; a paired test row has its source_id, any other row null"
                self._findings.add("pairs", pair.file, row, told)
        if is_paired:
            self._sources.append(digests(_sources_of(pair, "simulated")))
            self._recorded.append(digests(_sources_of(pair, "recorded")))

    def finish(self, reader: Reader, names: Names) -> None:
        """Name the simulated rows without an original."""
        alone = np.setdiff1d(np.concatenate(self._sources), np.concatenate(self._recorded))
        for pair in read_pairs(reader, names) if len(alone) else ():
            if pair.split != PAIRED:
                continue
            columns = (pair.rows.column(name).to_pylist() for name in ("source_id", "origin"))
            for row, (source, origin) in enumerate(zip(*columns, strict=True), 1):
                if origin == "simulated" and np.isin(digests([str(source)]), alone)[0]:
                    told = f"its original, recording {shown(source)}, has no row in {PAIRED}"
                    self._findings.add("pairs", pair.file, row, told)


def _sources_of(pair: Pair, origin: str) -> list[str]:
    columns = (pair.rows.column(name).to_pylist() for name in ("source_id", "origin"))
    return [str(source) for source, each in zip(*columns, strict=True) if each == origin]
