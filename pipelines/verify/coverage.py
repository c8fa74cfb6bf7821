"""A recount of the coverage from the shards, by other means than the code that wrote it, held against the coverage files."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from itertools import product

import pyarrow as pa

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.verify.breach import Findings, shown
from pipelines.verify.claims import Claims
from pipelines.verify.pairs import SHARD_FILES
from pipelines.verify.tables import Reader
from schemas.publish import SUPPRESSED
from schemas.tables import COVERAGE, Table

COVERAGE_FILE = "coverage/coverage.parquet"
MEASURES = ("utterances", "hours", "speakers")
ALL = "*"
TOLERANCE = 1e-6
"""Of hours, relative; a CSV file writes them with six decimals."""

CSV_TOLERANCE_H = 6e-7
_KEYS = ("split", "accent", "condition", "origin")
_COMPACT_AT = 64

Cell = tuple[str, ...]
Values = tuple[int, float, int]
NOTHING: Values = (0, 0.0, 0)


class Recount:
    """Rows and lengths by cell and speaker, shard by shard.

    Args:
        keys: the columns that make a cell.
    """

    def __init__(self, keys: Sequence[str] = _KEYS) -> None:
        self._keys = tuple(keys)
        self._by = [*self._keys, "speaker_id"]
        self._parts: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        """Count the rows of a shard."""
        counted = rows.select([*self._by, "duration"]).group_by(self._by).aggregate([([], "count_all"), ("duration", "sum")])
        self._parts.append(counted.rename_columns([*self._by, "rows", "seconds"]))
        if len(self._parts) >= _COMPACT_AT:
            self._parts = [self._together()]

    def _together(self) -> pa.Table:
        parts = pa.concat_tables(self._parts).group_by(self._by).aggregate([("rows", "sum"), ("seconds", "sum")])
        return parts.rename_columns([*self._by, "rows", "seconds"])

    def levels(self) -> dict[Cell, Values]:
        """Utterances, hours and distinct speakers of every cell that has rows, and of all its levels."""
        found: dict[Cell, Values] = {}
        if not self._parts:
            return found
        table = self._together()
        for kept in product((True, False), repeat=len(self._keys)):
            keys = [key for key, keep in zip(self._keys, kept, strict=True) if keep]
            sums = table.group_by(keys).aggregate([("rows", "sum"), ("seconds", "sum"), ("speaker_id", "count_distinct")])
            for row in sums.to_pylist():
                cell = tuple(str(row.get(key, ALL)) for key in self._keys)
                found[cell] = (row["rows_sum"], (row["seconds_sum"] or 0.0) / 3600, row["speaker_id_count_distinct"])
        return found


def check_coverage(corpus: Corpus, reader: Reader, claims: Claims, recount: Recount, findings: Findings) -> None:
    """Hold the coverage files against the recount; nothing can be said where a shard could not be read."""
    if not reader.is_whole(SHARD_FILES):
        return
    counted = recount.levels()
    check_table(reader, COVERAGE_FILE, COVERAGE, counted, findings)
    for number, measure in enumerate(MEASURES):
        file = f"coverage/{measure}.csv"
        if reader.files(file):
            text = storage.read_bytes(corpus.path(file)).decode(errors="replace")
            of_measure = {cell: values[number] for cell, values in counted.items()}
            _check_csv(file, text, of_measure, claims, findings, {cell: values[2] for cell, values in counted.items()})


def check_table(reader: Reader, file: str, table: Table, counted: Mapping[Cell, Values], findings: Findings) -> None:
    """Hold a table, whose columns are its keys and then the measures, against a recount of all its levels."""
    written = reader.read(file, table, table.names) if reader.files(re.escape(file)) else None
    if written is None:
        return
    keys = [name for name in table.names if name not in MEASURES]
    seen: dict[Cell, int] = {}
    for row, values in enumerate(written.to_pylist(), 1):
        cell = tuple(str(values[key]) for key in keys)
        if seen.setdefault(cell, row) != row:
            findings.add("coverage", file, row, f"{_named(cell)} stands in row {seen[cell]} too")
        for measure, right in zip(MEASURES, counted.get(cell, NOTHING), strict=True):
            if not _agrees(values[measure], right, TOLERANCE * abs(right)):
                told = f"{measure} of {_named(cell)} is {shown(values[measure])}; the shards hold {right:.10g}"
                findings.add("coverage", file, row, told)
    for cell in sorted(counted.keys() - seen.keys()):
        findings.add("coverage", file, None, f"lacks {_named(cell)}, of which the shards hold {counted[cell][0]} rows")


def _check_csv(
    file: str, text: str, counted: Mapping[Cell, float], claims: Claims, findings: Findings, speakers: Mapping[Cell, int]
) -> None:
    least = claims.config.publish.min_speakers if claims.config.publish else 0
    lines = list(csv.reader(io.StringIO(text)))
    conditions = lines[0][1:] if lines else []
    accents = [line[0] for line in lines[1:] if line]
    expected_accents = {*claims.accents, *(cell[1] for cell in counted)} - {ALL}
    expected_conditions = {*(each.name for each in claims.config.conditions), *(cell[2] for cell in counted)} - {ALL}
    for name in sorted(expected_accents.difference(accents)):
        findings.add("coverage", file, None, f"has no row for accent {name}")
    for name in sorted(expected_conditions.difference(conditions)):
        findings.add("coverage", file, None, f"has no column for condition {name}")
    for row, line in enumerate(lines[1:], 1):
        if len(line) != len(conditions) + 1:
            findings.add("coverage", file, row, f"has {len(line)} cells where the header has {len(conditions) + 1}")
            continue
        for condition, written in zip(conditions, line[1:], strict=True):
            right = counted.get((ALL, line[0], condition, ALL), 0)
            if least and written == SUPPRESSED:
                continue
            if 0 < speakers.get((ALL, line[0], condition, ALL), 0) < least:
                findings.add(
                    "coverage", file, row, f"{line[0]} × {condition} is of fewer than {least} speakers, but not withheld"
                )
            elif not _agrees(_number(written), right, TOLERANCE * right + CSV_TOLERANCE_H):
                findings.add("coverage", file, row, f"{line[0]} × {condition} is {shown(written)}; the shards hold {right:.10g}")


def _agrees(value: float | None, right: float, tolerance: float) -> bool:
    return value is not None and math.isfinite(value) and abs(value - right) <= tolerance


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _named(cell: Sequence[str]) -> str:
    return " × ".join(cell)
