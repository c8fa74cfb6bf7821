"""Balance: for any two shards of one split and version, a cell's rows differ by at most one, and so do the totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from pipelines.verify.breach import Findings
from pipelines.verify.pairs import Pair

Cell = tuple[str, str]


class Balance:
    """Counts the rows of each cell, shard by shard."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._counts: dict[tuple[int, str], dict[str, Counter[Cell]]] = defaultdict(dict)

    def add(self, pair: Pair) -> None:
        """Count a shard."""
        accents, conditions = (map(str, pair.rows.column(name).to_pylist()) for name in ("accent", "condition"))
        self._counts[pair.key.version, pair.key.split][pair.file] = Counter(zip(accents, conditions, strict=True))

    def finish(self) -> None:
        """Name the shards that hold more or less than their part."""
        for shards in self._counts.values():
            for cell in sorted(set().union(*shards.values())):
                self._compare({file: counts[cell] for file, counts in shards.items()}, f"of {cell[0]} × {cell[1]}")
            self._compare({file: counts.total() for file, counts in shards.items()}, "in all")

    def _compare(self, rows: Mapping[str, int], what: str) -> None:
        fewest, most = min(rows.values()), max(rows.values())
        if most - fewest < 2:
            return
        total, shards = sum(rows.values()), len(rows)
        low, high = total // shards, -(-total // shards)
        fair = str(low) if low == high else f"{low} or {high}"
        for file, count in rows.items():
            if not low <= count <= high:
                told = f"holds {count} rows {what}; an even deal of {total} over {shards} shards gives {fair}"
                self._findings.add("balance", file, None, told)
