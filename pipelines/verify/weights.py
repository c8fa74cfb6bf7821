"""The rows' weights: they even the cells of a split, or count people, and average 1."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.verify.breach import Findings, shown
from pipelines.verify.claims import Claims
from pipelines.verify.pairs import Pair

TOLERANCE = 1e-5
"""Relative: weights are written in single precision."""

Key = tuple[str, ...]


@dataclass
class _Split:
    rows: int = 0
    total: float = 0.0
    files: list[str] = field(default_factory=list)
    weights: dict[Key, tuple[float, int, str]] = field(default_factory=dict)
    """Of a row of each cell, or of each speaker; how many rows there are; and the file of the first."""


class Weights:
    """Sums the weights, shard by shard, of the version that the configuration is of; others may have been weighed otherwise."""

    def __init__(self, claims: Claims, findings: Findings) -> None:
        self._version = claims.version
        self._by_people = claims.config.population is not None
        self._keys = ("speaker_id",) if self._by_people else ("accent", "condition")
        self._findings = findings
        self._splits: dict[str, _Split] = defaultdict(_Split)

    def add(self, pair: Pair) -> None:
        """Look at a shard."""
        if pair.key.version != self._version:
            return
        held = self._splits[pair.key.split]
        held.files.append(pair.file)
        held.rows += pair.rows.num_rows
        weight = pair.rows.column("weight")
        # Damaged weights are told by the comparison with the recipes; here they count nothing.
        held.total += float(np.nansum(weight.to_numpy().astype(float)))
        table = pa.table([*(pair.rows.column(name) for name in self._keys), weight], names=[*self._keys, "weight"])
        for row in table.group_by([*self._keys, "weight"]).aggregate([([], "count_all")]).to_pylist():
            self._hold(pair, held, tuple(str(row[name]) for name in self._keys), row["weight"], row["count_all"])

    def _hold(self, pair: Pair, held: _Split, key: Key, weight: float | None, count: int) -> None:
        known, rows, file = held.weights.get(key, (weight, 0, pair.file))
        if known is None or weight is None or not weight > 0:
            self._findings.add("weights", pair.file, self._row(pair, key), f"weight is {shown(weight)}, expected more than 0")
        elif abs(weight - known) > TOLERANCE * known:
            told = f"weight is {weight:.7g}; other rows of {' × '.join(key)} in {file} have {known:.7g}"
            self._findings.add("weights", pair.file, self._row(pair, key, weight), told)
        held.weights[key] = (known or weight or 0.0, rows + count, file)

    def _row(self, pair: Pair, key: Key, weight: float | None = None) -> int:
        wanted = [pc.equal(pair.rows.column(name), value) for name, value in zip(self._keys, key, strict=True)]
        if weight is not None:
            wanted.append(pc.equal(pair.rows.column("weight"), pa.scalar(weight, pa.float32())))
        found = wanted[0]
        for each in wanted[1:]:
            found = pc.and_(found, each)
        return int(pc.index(found, True).as_py()) + 1

    def finish(self) -> None:
        """Name the splits whose weights do not average 1, and the cells that count more or less than the others.

        Nothing can be said where anything else is amiss: a row that is missing would be missing in every sum.
        """
        if self._findings.any:
            return
        for held in self._splits.values():
            mean = held.total / max(held.rows, 1)
            if held.rows and abs(mean - 1) > 10 * TOLERANCE:
                told = f"the weights of its split and version average {mean:.7g}, expected 1"
                self._findings.add("weights", held.files[0], None, told)
            if self._by_people:
                continue
            fair = held.rows / max(len(held.weights), 1)
            for key, (weight, rows, file) in sorted(held.weights.items()):
                if abs(weight * rows - fair) > 10 * TOLERANCE * fair:
                    told = f"{' × '.join(key)} counts {weight * rows:.7g} in all, where an even cell counts {fair:.7g}"
                    self._findings.add("weights", file, None, told)
