"""From what was chosen for an accent to the rows of its recipes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from pipelines.combinations.design import Variant
from pipelines.plan.apportion import stable_hash
from pipelines.plan.fill.donors import Recording
from pipelines.plan.fill.strata import DRAWN, Quantiles
from pipelines.plan.splits.banks import Banks
from pipelines.simulate.draw import TalkerPool, draw
from schemas.config import ConditionConfig, CorpusConfig
from schemas.tables import RECIPE

DEALT = ("version", "shard", "shards", "weight")
"""Columns of a recipe that are known only once all accents are planned."""

_DRAWN_COLUMNS = ("asked", "noise", "snr_db", "handset", "room", "t60_s")
_PLACES = [f"at_{name}" for name in DRAWN]

PLANNED = pa.schema(
    [field for field in RECIPE.schema() if field.name not in (*DEALT, *_DRAWN_COLUMNS)]
    + [pa.field("variant", pa.string()), *(pa.field(name, pa.float64()) for name in _PLACES)]
    + [pa.field("drawn_before", pa.string())]
)
"""A recipe before it is drawn and dealt: where in its range each parameter will be, null for recorded rows; or ``asked`` as an
earlier version drew it."""

PIECE_ROWS = 20_000
"""Rows of a block that are made at a time."""

SEPARATOR = "~"


class Use(NamedTuple):
    """One simulation from a recording.

    Attributes:
        id: the utterance's; see :func:`use_id`.
        condition: what the recording is put in.
        quantiles: where in its range each parameter of :data:`pipelines.plan.fill.strata.DRAWN` is drawn.
        variant: which of the condition's variants it is; None where it has no factors.
    """

    id: str
    condition: ConditionConfig
    quantiles: Quantiles
    variant: Variant | None = None


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
    """What is written of one accent in one split.

    Attributes:
        cells: one a condition, in order.
        seconds: length of all its audio.
        utterances: cell by cell, each ordered by a hash of the ids.
    """

    split: str
    accent: str
    cells: tuple[Cell, ...]
    seconds: float
    utterances: Sequence[Utterance]


class Piece(NamedTuple):
    """Some of a block's rows: those from ``first`` on, packed by :func:`pipelines.plan.parcel.pack`."""

    split: str
    accent: str
    cells: tuple[Cell, ...]
    first: int
    rows: bytes


def is_paired(config: CorpusConfig, split: str) -> bool:
    """Whether the simulated rows of a split stand beside their originals."""
    return config.evaluation.paired and split == "test"


def use_id(recording_id: str, condition: str, number: int) -> str:
    """The id of a recording's use in a condition; ``number`` counts them from 1, over all versions of the corpus."""
    return f"{recording_id}{SEPARATOR}{condition}{SEPARATOR}{number}"


def use_number(utterance_id: str) -> int:
    """The number that stands in the id of a use."""
    return int(utterance_id.rpartition(SEPARATOR)[2])


def use_recording(utterance_id: str) -> str:
    """The recording that stands in the id of a use."""
    return utterance_id.rsplit(SEPARATOR, 2)[0]


def make_block(split: str, accent: str, utterances: Iterable[Utterance], seed: int) -> Block:
    """The utterances of an accent in one split, in the order in which they are dealt.

    Args:
        split: which.
        accent: its code.
        utterances: to write, in any order.
        seed: of the corpus.
    """
    ordered = sorted(utterances, key=lambda each: (each.condition, stable_hash(seed, "order", each.id), each.id))
    counts = Counter((each.condition, each.use is None) for each in ordered)
    cells = tuple(Cell(name, counts[name, True], counts[name, False]) for name in sorted({name for name, _ in counts}))
    return Block(split, accent, cells, math.fsum(each.recording.duration_s for each in ordered), ordered)


def planned_rows(block: Block, manifest: pa.Table, config: CorpusConfig) -> Iterator[pa.Table]:
    """A block's rows, piece by piece: recipes without what is drawn for each (see :func:`draw_recipes`) or known only later.

    Args:
        block: of the accent.
        manifest: that the recordings' indices point into.
        config: of the corpus.
    """
    sources = config.source_names
    for start in range(0, len(block.utterances), PIECE_ROWS):
        piece = block.utterances[start : start + PIECE_ROWS]
        taken = manifest.take(pa.array([each.recording.row for each in piece], pa.int64()))
        made: dict[str, Any] = {
            "id": [each.id for each in piece],
            "split": [block.split] * len(piece),
            "condition": [each.condition for each in piece],
            "origin": ["recorded" if each.use is None else "simulated" for each in piece],
            "source": [sources[index] for index in taken.column("source").to_pylist()],
            "source_id": taken.column("recording_id"),
            "pair_id": taken.column("recording_id") if is_paired(config, block.split) else [None] * len(piece),
            "variant": [None if each.use is None or each.use.variant is None else each.use.variant.to_text() for each in piece],
            "drawn_before": [None] * len(piece),
            **{f"at_{name}": [None if each.use is None else each.use.quantiles[name] for each in piece] for name in DRAWN},
        }
        columns = [made[name] if name in made else taken.column(name) for name in PLANNED.names]
        yield pa.table(columns, schema=PLANNED)


def draw_recipes(planned: pa.Table, config: CorpusConfig, banks: Banks, talkers: Mapping[str, TalkerPool]) -> pa.Table:
    """Rows of :func:`planned_rows` with everything that is drawn for them, as columns of a recipe.

    Args:
        planned: rows, in any order; columns that they have besides stay.
        config: of the corpus.
        banks: noises and responses by split.
        talkers: for babble, by split.
    """
    columns = ["id", "split", "condition", "variant", "origin", "speaker_id", "duration_s", "drawn_before", *_PLACES]
    uses = planned.select(columns).to_pylist()
    is_drawn = [use["origin"] == "simulated" and use["drawn_before"] is None for use in uses]
    known = {(use["condition"], use["variant"]) for use, drawn in zip(uses, is_drawn, strict=True) if drawn}
    meant = {key: _meant(config.condition(key[0]), key[1]) for key in known}
    asked = [
        _draw(use, meant[use["condition"], use["variant"]], config, banks, talkers)
        if drawn
        else json.loads(use["drawn_before"] or "null")
        for use, drawn in zip(uses, is_drawn, strict=True)
    ]
    drawn = {
        "asked": [None if each is None else json.dumps(each, sort_keys=True, ensure_ascii=False) for each in asked],
        "noise": [each and each["noise"] and each["noise"]["bank"] for each in asked],
        "handset": [each and each["handset"] and each["handset"]["name"] for each in asked],
        "room": [each and each["room"] and each["room"]["name"] for each in asked],
        "snr_db": [each and each["snr_db"] for each in asked],
        "t60_s": [each and (each["room"] or {}).get("t60_s") for each in asked],
    }
    names = [name for name in RECIPE.names if name in drawn or name in planned.column_names]
    schema = pa.schema([RECIPE.schema().field(name) for name in names])
    return pa.table([drawn[name] if name in drawn else planned.column(name) for name in names], schema=schema)


def _meant(condition: ConditionConfig, variant: str | None) -> ConditionConfig:
    return condition if variant is None else Variant.from_text(variant).of(condition)


def _draw(
    use: Mapping[str, Any], condition: ConditionConfig, config: CorpusConfig, banks: Banks, talkers: Mapping[str, TalkerPool]
) -> dict[str, Any]:
    split = use["split"]
    return draw(
        condition,
        config,
        seed=stable_hash(config.seed, "use", use["id"]),
        quantiles={name: use[place] for name, place in zip(DRAWN, _PLACES, strict=True)},
        noise=banks.noises.get(condition.noise or "", {}).get(split, ()),
        response=banks.responses.get(condition.room or "", {}).get(split, ()),
        talkers=talkers[split].without(use["speaker_id"]),
        duration_s=use["duration_s"],
    )
