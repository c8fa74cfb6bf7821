"""The manifest as a whole: what a target that is a share is a share of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np

from pipelines.corpus import read_table
from pipelines.plan.targets.goals import Totals
from pipelines.settings import Settings
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.targets import OTHERS


def add_up(parts: Any, settings: Settings) -> Any:
    """The :class:`~pipelines.plan.targets.goals.Totals` of the manifest's parts, as one element."""
    known = {*settings.accents.wanted, *settings.config.targets.per_accent} - {OTHERS}
    return (
        parts
        | "total of a part" >> beam.Map(_of_part)
        | "total" >> beam.CombineGlobally(_add)
        | "with known accents" >> beam.Map(_add_accents, tuple(sorted(known)))
    )


def _of_part(part: str) -> Totals:
    table = read_table(part, ["duration_s", "accent"])
    microseconds = np.round(table.column("duration_s").to_numpy() * 1e6).astype(np.int64)
    accents = set(table.column("accent").unique().to_pylist()) - {UNDECLARED, UNMAPPED}
    return Totals(table.num_rows, int(microseconds.sum()), tuple(sorted(accents)))


def _add(parts: Iterable[Totals]) -> Totals:
    rows, microseconds, accents = 0, 0, set[str]()
    for part in parts:
        rows, microseconds = rows + part.utterances, microseconds + part.microseconds
        accents.update(part.accents)
    return Totals(rows, microseconds, tuple(sorted(accents)))


def _add_accents(totals: Totals, known: tuple[str, ...]) -> Totals:
    return totals._replace(accents=tuple(sorted({*totals.accents, *known})))
