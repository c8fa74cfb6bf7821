"""The conditions with ``factors`` in the plan of one accent: what their cells ask, hold and lack."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.combinations.design import Variant
from pipelines.plan.apportion import stable_hash
from pipelines.plan.factors.combined import Asked, Combined, People, possible
from pipelines.plan.factors.place import Given, Options, Placed, place_rows, vary
from pipelines.plan.fill.donors import Recording
from pipelines.plan.fill.fill import CellState
from pipelines.plan.gaps.gap import Gap, gap_of
from pipelines.plan.gaps.obstacle import Change, Obstacle
from pipelines.plan.gaps.remedy import Remedy
from pipelines.plan.splits.banks import Banks
from pipelines.plan.targets.cells import Goal, SpeakerCap
from pipelines.simulate.draw import TalkerPool
from schemas.combinations import shown
from schemas.config import ConditionConfig, CorpusConfig

NAMED = 3
"""Combinations that a gap names."""


class Factored:
    """What the conditions with factors come to in one accent."""

    def __init__(
        self,
        accent: str,
        manifest: pa.Table,
        earlier: pa.Table,
        config: CorpusConfig,
        combined: Mapping[str, Combined],
        banks: Banks,
        talkers: Mapping[str, TalkerPool],
    ) -> None:
        self._accent = accent
        self._config = config
        self._combined = combined
        self._conditions = [condition for condition in config.conditions if condition.factors is not None]
        self._options: dict[tuple[str, str], Options] = {
            (condition.name, split): Options(*possible(condition, config, split, banks, talkers))
            for condition in self._conditions
            for split in config.splits
        }
        self._placed: dict[str, Placed] = {}
        simulated = earlier.filter(pc.equal(earlier.column("origin"), "simulated"))
        self._written = Counter(simulated.column("condition").to_pylist() if self._conditions else [])
        columns = [manifest.column(name).to_pylist() for name in config.combinations.observed] if self._conditions else []
        self._people: dict[int, People] = dict(enumerate(zip(*columns, strict=True)))

    def rows(self, condition: str) -> Sequence[Asked]:
        """The rows that the accent needs in a condition."""
        return self._combined.get(condition, Combined()).rows.get(self._accent, ())

    def snr_db(self, condition: ConditionConfig, split: str) -> tuple[float, float] | None:
        """The range that a further row's SNR may lie in; None where it may be without noise."""
        return condition.snr_db if condition.factors is None else self._options[condition.name, split].snr_db

    def refusal(self, condition: str, split: str) -> Obstacle | None:
        """Why a condition cannot be simulated in a split at all."""
        if not self._options[condition, split].is_empty:
            return None
        why = "its factors have no noise file, room response or talkers left for it"
        return Obstacle("no_value_left", why, "add files, or 'none' to a factor", (Change(f"conditions.{condition}.factors"),))

    def cap(self, condition: ConditionConfig, cap: SpeakerCap) -> SpeakerCap:
        """The most that one speaker may fill of a cell, where its combinations ask for more rows than its target."""
        asked_rows = self._written[condition.name] + len(self.rows(condition.name))
        rows = int(self._config.targets.max_share_per_speaker * asked_rows + 1e-9)
        if condition.factors is None or not rows or math.isfinite(cap.seconds):
            return cap
        most = max(cap.utterances if math.isfinite(cap.utterances) else 1, rows)
        return SpeakerCap(most, of=Goal(utterances=max(cap.of.utterances or 0, asked_rows)))

    def place(self, cells: Mapping[tuple[str, str], CellState]) -> None:
        """Give the rows that are needed to people, and count them in the cells."""
        if not cells:
            return
        for condition in self._conditions:
            of_condition = [cells[condition.name, split] for split in self._config.splits]
            options: dict[str, Options] = {split: self._options[condition.name, split] for split in self._config.splits}
            seed = stable_hash(self._config.seed, "place", self._accent, condition.name)
            self._placed[condition.name] = place_rows(self.rows(condition.name), of_condition, options, self._people, seed)

    def uses(self, condition: ConditionConfig, cell: CellState) -> list[tuple[Recording, Variant | None]]:
        """The simulations of a cell in the order of their recordings, each with its variant where the condition has factors."""
        donors = [cell.pool.by_row[row] for row in cell.uses.elements()]
        if condition.factors is None:
            return [(donor, None) for donor in sorted(donors, key=lambda donor: donor.recording_id)]
        split = cell.demand.split
        given: list[Given] = self._placed[condition.name].given[split]
        variants = self._combined.get(condition.name, Combined()).variants
        seed = stable_hash(self._config.seed, "vary", self._accent, condition.name, split)
        more = vary(donors, variants, self._options[condition.name, split], given, seed)
        return sorted((*given, *more), key=lambda each: (each[0].recording_id, repr(each[1])))

    def gap(self, condition: ConditionConfig, cells: Sequence[CellState], gap: Gap | None) -> Gap | None:
        """The gap of a cell, with the combinations that it lacks."""
        if condition.factors is None:
            return gap
        placed = self._placed[condition.name]
        beyond = self._combined.get(condition.name, Combined()).unreachable.get(self._accent, ())
        lacking = list(self._lacking(condition, cells, placed, beyond, gap))
        if not lacking:
            return gap
        donors = " or ".join(self._config.donors)
        if gap is None:
            setting, value = self._way(condition, placed) if placed.left and not beyond else ("", "")
            remedy = Remedy("missing_combinations", "simulate" if setting else "collect", setting=setting, value=value)
            gap = gap_of(self._accent, cells, Goal(), remedy if setting else remedy._replace(record_in=donors))
        missing = len(placed.left) + len(beyond)
        return replace(
            gap,
            target_utterances=max(gap.target_utterances or 0, len(self.rows(condition.name)) + len(beyond)) or None,
            missing_utterances=max(gap.missing_utterances, missing),
            reason=". ".join([*([gap.reason] if gap.reason else []), *lacking]),
        )

    def _lacking(
        self, condition: ConditionConfig, cells: Sequence[CellState], placed: Placed, beyond: Sequence[str], gap: Gap | None
    ) -> Iterator[str]:
        """Which combinations a cell lacks and why, in words."""
        donors = " or ".join(self._config.donors)
        if gap is None and not any(cell.pool.by_speaker for cell in cells):
            yield f"no combination can be simulated without a recording of {self._accent} in {donors}: record speakers in it"
        for what in beyond:
            yield f"no combination with {what}: record cleaner speech in {donors}, or take it out of the factors"
        if placed.left:
            told = "; ".join(_shown(row) for row in placed.left[:NAMED])
            more = f"; and {len(placed.left) - NAMED} more" if len(placed.left) > NAMED else ""
            setting, value = self._way(condition, placed)
            way = f"raise {setting.rpartition('.')[2]} to {value}, or " if value else ""
            why = f"{len(placed.left)} combinations lack a recording that may still be used ({told}{more})"
            yield f"{why}: {way}record more in {donors}"

    def _way(self, condition: ConditionConfig, placed: Placed) -> tuple[str, str]:
        """The setting that keeps rows from being given to anybody, and the value that it takes; empty where it is none."""
        targets = self._config.targets
        if placed.more_uses:
            return "targets.max_uses_per_recording", str(targets.max_uses_per_recording + placed.more_uses)
        if placed.most_rows:
            rows = self._written[condition.name] + len(self.rows(condition.name))
            return "targets.max_share_per_speaker", f"{min(1.0, math.ceil(100 * placed.most_rows / rows - 1e-9) / 100):g}"
        return "", ""


def _shown(row: Asked) -> str:
    return ", ".join([*(value for value in row.people[1:] if value is not None), *map(shown, row.variant)])
