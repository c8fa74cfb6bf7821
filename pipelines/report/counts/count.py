"""Counting rows, hours and distinct speakers: in parts, in any order, exactly.

A *cell* is a tuple of values; its *levels* are the cells with some or all of the values replaced by ``*``, which means all.
Coverage counts cells of (split, accent, condition, origin), :mod:`pipelines.report.counts.shard` also cells of (value, origin).
Hours are added up as whole samples, so no sum depends on its order; speakers are counted anew at each level from the cells each
speaker is in, so nobody ever needs all of them in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.accents import UNDECLARED, UNMAPPED
from schemas.errors import PanvoxError
from schemas.splits import SPLITS
from schemas.tables import COVERAGE

ALL = "*"
ORIGINS = ("recorded", "simulated")
UNTARGETED_ACCENTS = (UNDECLARED, UNMAPPED)
UNTARGETED_CONDITIONS = ("unassigned",)

KEYS = ("split", "accent", "condition", "origin")
LENGTH = ("duration", "sampling_rate")
COLUMNS = (*KEYS, "speaker_id", *LENGTH)
"""The columns of a shard that coverage is counted from."""

Cell = tuple[Any, ...]
"""One value a key; ``*`` for all of them."""

Tally = tuple[int, int]
"""Rows, and their samples together."""

Tallies = dict[tuple[Cell, int], Tally]
"""The tally of each cell and sampling rate, Hz. Cells only, not their levels."""

SpeakerCells = dict[str, set[Cell]]
"""The cells each speaker is in."""


def count_batch(batch: pa.RecordBatch | pa.Table) -> pa.Table:
    """Count a batch of shard rows.

    Args:
        batch: with :data:`COLUMNS`; other columns are not looked at.

    Returns:
        One row a (split, accent, condition, origin, speaker, sampling rate), with ``utterances`` and ``samples``.

    Raises:
        PanvoxError: where a value is missing or is the reserved ``*``, which would make the count wrong.
    """
    table = as_table(batch).select(COLUMNS)
    for column in COLUMNS:
        if table[column].null_count:
            raise PanvoxError(f"a shard row without {column} cannot be counted")
    for column in KEYS:
        if pc.any(pc.equal(table[column], ALL)).as_py():
            raise PanvoxError(f"a shard row's {column} is '{ALL}', which is reserved: in the coverage it stands for all")
    return count_by(table, KEYS)


def count_by(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Rows and samples by the key columns, the speaker and the sampling rate."""
    duration = pc.multiply(table["duration"], pc.cast(table["sampling_rate"], pa.float64()))
    by = [*keys, "speaker_id", "sampling_rate"]
    samples = pc.cast(pc.round(duration), pa.int64())
    counted = (
        table.select(by).append_column("samples", samples).group_by(by).aggregate([("samples", "count"), ("samples", "sum")])
    )
    return counted.select([*by, "samples_count", "samples_sum"]).rename_columns([*by, "utterances", "samples"])


def as_table(batch: pa.RecordBatch | pa.Table) -> pa.Table:
    """The batch as a table."""
    return pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch


def add_counted(counted: pa.Table, tallies: Tallies, speakers: SpeakerCells, kind: str | int | None = None) -> None:
    """Add what :func:`count_by` counted to the tallies and to the speakers' cells.

    Args:
        counted: its result; the columns before ``speaker_id`` make the cell.
        tallies: added to in place.
        speakers: added to in place.
        kind: lets cells of several kinds share one collection: a text is put beside the first value, a number before it.
    """
    columns = [counted[column].to_pylist() for column in counted.column_names]
    for *values, speaker, rate, utterances, samples in zip(*columns, strict=True):
        if isinstance(kind, int):
            cell: Cell = (kind, *values)
        else:
            cell = tuple(values) if kind is None else ((kind, values[0]), *values[1:])
        had = tallies.get((cell, rate), (0, 0))
        tallies[cell, rate] = (had[0] + utterances, had[1] + samples)
        speakers.setdefault(speaker, set()).add(cell)


def add_tallies(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    utterances = samples = 0
    for more_utterances, more_samples in tallies:
        utterances += more_utterances
        samples += more_samples
    return utterances, samples


def levels(cells: Iterable[Cell]) -> set[Cell]:
    """The cells themselves and all their levels; a number, which tells tables apart, stands at each of them."""
    return {
        level for cell in cells for level in product(*((value,) if isinstance(value, int) else (value, ALL) for value in cell))
    }


def roll_up(tallies: Mapping[tuple[Cell, int], Tally]) -> dict[Cell, tuple[int, float]]:
    """Utterances and hours of each cell at all its levels; the hours are rounded once, from an exact fraction."""
    exact: dict[Cell, tuple[int, Fraction]] = {}
    for (cell, rate), (utterances, samples) in tallies.items():
        hours = Fraction(samples, rate * 3600)
        for level in levels([cell]):
            had = exact.get(level, (0, Fraction(0)))
            exact[level] = (had[0] + utterances, had[1] + hours)
    return {cell: (utterances, float(hours)) for cell, (utterances, hours) in exact.items()}


def count_speakers(speakers: Mapping[str, Iterable[Cell]]) -> dict[Cell, int]:
    """Distinct speakers of each cell at all its levels."""
    counts: dict[Cell, int] = {}
    for cells in speakers.values():
        for level in levels(cells):
            counts[level] = counts.get(level, 0) + 1
    return counts


def count_coverage(counted: Iterable[pa.Table], accents: Sequence[str], conditions: Sequence[str]) -> pa.Table:
    """The coverage table of what :func:`count_batch` counted, batch by batch, in one process.

    Args:
        counted: results of :func:`count_batch`, in any order.
        accents: every code of the taxonomy, in its order.
        conditions: every configured condition, in its order.
    """
    tallies: Tallies = {}
    speakers: SpeakerCells = {}
    for part in counted:
        add_counted(part, tallies, speakers)
    return coverage_table(tallies, count_speakers(speakers), accents, conditions)


def coverage_table(
    tallies: Mapping[tuple[Cell, int], Tally],
    speakers: Mapping[Cell, int],
    accents: Sequence[str],
    conditions: Sequence[str],
) -> pa.Table:
    """The coverage table: every level that has rows, and every cell of ``accents`` × ``conditions`` over all splits and origins.

    Args:
        tallies: of the (split, accent, condition, origin) cells.
        speakers: distinct speakers at each level of them.
        accents: every code of the taxonomy, in its order.
        conditions: every configured condition, in its order.

    Returns:
        A table of :data:`schemas.tables.COVERAGE`, in the order of the configuration: ``*`` first, then the given accents and
        conditions, then others by name, those without targets last.
    """
    counts = roll_up(tallies)
    asked = {(ALL, accent, condition, ALL) for accent in (ALL, *accents) for condition in (ALL, *conditions)}
    keys = ((SPLITS, ()), (accents, UNTARGETED_ACCENTS), (conditions, UNTARGETED_CONDITIONS), (ORIGINS, ()))
    order = [_places(first, {cell[key] for cell in counts}, last) for key, (first, last) in enumerate(keys)]
    cells = sorted(asked | counts.keys(), key=lambda cell: [places[value] for places, value in zip(order, cell, strict=True)])
    rows: list[list[Any]] = [list(column) for column in zip(*cells, strict=True)]
    rows.append([counts.get(cell, (0, 0.0))[0] for cell in cells])
    rows.append([counts.get(cell, (0, 0.0))[1] for cell in cells])
    rows.append([speakers.get(cell, 0) for cell in cells])
    return pa.table(rows, schema=COVERAGE.schema())


def _places(first: Sequence[str], found: Iterable[str], last: Sequence[str]) -> dict[str, int]:
    """Where each value stands: ``*``, the first ones as given, others by name, then the last ones."""
    known = dict.fromkeys((ALL, *first))
    others = sorted(set(found) - known.keys(), key=lambda value: (value in last, value))
    return {value: place for place, value in enumerate((*known, *others))}
