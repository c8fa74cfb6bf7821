"""From what was chosen for an accent to the rows of its recipes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from pipelines.plan.apportion import stable_hash
from pipelines.plan.banks import Banks
from pipelines.plan.donors import Recording
from pipelines.plan.strata import Quantiles
from pipelines.simulate.draw import TalkerPool, draw
from schemas.config import ConditionConfig, CorpusConfig
from schemas.tables import RECIPE

DEALT = ("version", "shard", "shards", "weight")
"""Columns of a recipe that are known only once all accents are planned."""

SEPARATOR = "~"


class Use(NamedTuple):
    """One simulation from a recording.

    Attributes:
        id: the utterance's; see :func:`use_id`.
        condition: what the recording is put in.
        quantiles: where in its range each parameter of :data:`pipelines.plan.strata.DRAWN` is drawn.
    """

    id: str
    condition: ConditionConfig
    quantiles: Quantiles


class Utterance(NamedTuple):
    """A row to write: a recording as it is (``use`` is None), or a simulation from one."""

    recording: Recording
    condition: str
    use: Use | None

    @property
    def id(self) -> str:
        """The row's id; a recorded row's is its recording's."""
        return self.recording.recording_id if self.use is None else self.use.id


class Cell(NamedTuple):
    """How many rows of a block a condition has, recorded and simulated."""

    condition: str
    recorded: int
    simulated: int

    @property
    def rows(self) -> int:
        """Recorded and simulated rows together."""
        return self.recorded + self.simulated


@dataclass(frozen=True)
class Block:
    """Recipes of one accent in one split, as far as an accent alone can tell them.

    Attributes:
        cells: one a condition, in the order of the table.
        seconds: length of all its audio.
        table: recipes without the columns :data:`DEALT`: cell by cell, each ordered by a hash of the ids.
    """

    split: str
    accent: str
    cells: tuple[Cell, ...]
    seconds: float
    table: pa.Table


def is_paired(config: CorpusConfig, split: str) -> bool:
    """Whether the simulated rows of a split stand beside their originals."""
    return config.evaluation.paired and split == "test"


def use_id(recording_id: str, condition: str, number: int) -> str:
    """The id of a recording's use in a condition; ``number`` counts them from 1, over all versions of the corpus."""
    return f"{recording_id}{SEPARATOR}{condition}{SEPARATOR}{number}"


def use_number(utterance_id: str) -> int:
    """The number that stands in the id of a use."""
    return int(utterance_id.rpartition(SEPARATOR)[2])


def make_block(
    split: str,
    accent: str,
    utterances: Sequence[Utterance],
    manifest: pa.Table,
    config: CorpusConfig,
    banks: Banks,
    talkers: TalkerPool,
) -> Block:
    """The recipes of an accent in one split.

    Args:
        split: which.
        accent: its code.
        utterances: to write, in any order.
        manifest: that the recordings' indices point into.
        config: of the corpus.
        banks: noises and responses by split.
        talkers: for babble, of the split.
    """
    seed, sources = config.seed, config.source_names
    ordered = sorted(utterances, key=lambda each: (each.condition, stable_hash(seed, "order", each.id), each.id))
    taken = manifest.take(pa.array([each.recording.index for each in ordered], pa.int64()))
    asked = [None if each.use is None else _draw(each.recording, each.use, split, config, banks, talkers) for each in ordered]
    made: dict[str, Any] = {
        "id": [each.id for each in ordered],
        "split": [split] * len(ordered),
        "condition": [each.condition for each in ordered],
        "origin": ["recorded" if each.use is None else "simulated" for each in ordered],
        "source": [sources[index] for index in taken.column("source").to_pylist()],
        "source_id": taken.column("recording_id"),
        "pair_id": taken.column("recording_id") if is_paired(config, split) else [None] * len(ordered),
        "asked": [None if each is None else json.dumps(each, sort_keys=True, ensure_ascii=False) for each in asked],
        **_condition_columns([each.use for each in ordered], asked),
    }
    names = [name for name in RECIPE.names if name not in DEALT]
    schema = pa.schema([RECIPE.schema().field(name) for name in names])
    table = pa.table([made[name] if name in made else taken.column(name) for name in names], schema=schema)
    counts = Counter((each.condition, each.use is None) for each in ordered)
    cells = tuple(Cell(name, counts[name, True], counts[name, False]) for name in sorted({each.condition for each in ordered}))
    return Block(split, accent, cells, sum(each.recording.duration_s for each in ordered), table)


def _condition_columns(uses: Sequence[Use | None], asked: Sequence[Mapping[str, Any] | None]) -> dict[str, list[Any]]:
    """What the shards' columns of these names hold: nothing for recorded rows."""
    return {
        "noise": [use and use.condition.noise for use in uses],
        "handset": [use and use.condition.handset for use in uses],
        "room": [use and use.condition.room for use in uses],
        "snr_db": [each and each["snr_db"] for each in asked],
        "t60_s": [each and (each["room"] or {}).get("t60_s") for each in asked],
    }


def _draw(recording: Recording, use: Use, split: str, config: CorpusConfig, banks: Banks, talkers: TalkerPool) -> dict[str, Any]:
    condition = use.condition
    return draw(
        condition,
        config,
        seed=stable_hash(config.seed, "use", use.id),
        quantiles=use.quantiles,
        noise=banks.noises.get(condition.noise or "", {}).get(split, ()),
        response=banks.responses.get(condition.room or "", {}).get(split, ()),
        talkers=talkers.without(recording.speaker_id),
        duration_s=recording.duration_s,
    )
