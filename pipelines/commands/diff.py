"""What differs between two corpora, or two versions of one: cells, targets, people.

Counted from the shards. What is held in memory grows with cells and speakers, not with rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, read_json, read_table
from pipelines.plan.growth.strike import carried_files
from schemas.errors import ConfigError

_SHARD_VERSION = re.compile(r"-v(\d{3,})-\d{5,}-of-\d{5,}\.parquet$")
_CELL = ["accent", "condition", "origin"]
_COMPACT_AT = 64
_NO_TARGETS = ("max_share_per_speaker", "max_uses_per_recording", "surplus")
"""Settings under ``targets`` that ask for nothing."""

CellKey = tuple[str, str, str]
"""Accent, condition and origin."""

TargetKey = tuple[str, str]
"""Accent and condition."""


class Amount(NamedTuple):
    """What a cell holds."""

    utterances: int = 0
    hours: float = 0.0
    speakers: int = 0


@dataclass(frozen=True)
class State:
    """A corpus as it was at a version.

    Attributes:
        label: how the user called it.
        version: which.
        total: of everything.
        cells: what each cell holds, over all splits.
        speakers: everybody who has a row.
        targeted: cells that have targets.
        missed: targets that are not met; None where they are not kept.
        is_rewritten: whether shards of it have been rewritten since, because people were forgotten.
    """

    label: str
    version: int
    total: Amount
    cells: dict[CellKey, Amount]
    speakers: frozenset[str]
    targeted: frozenset[TargetKey]
    missed: frozenset[TargetKey] | None
    is_rewritten: bool


@dataclass(frozen=True)
class CellChange:
    """A cell that holds another amount now."""

    accent: str
    condition: str
    origin: str
    before: Amount
    after: Amount


@dataclass(frozen=True)
class Difference:
    """What became of one state in the other.

    Attributes:
        old: label of the one.
        new: label of the other.
        total: of both.
        cells: that changed, by accent, condition and origin.
        newly_met: targets that were missed and are met.
        newly_missed: targets that are missed and were met, or were none.
        still_missed: how many are missed in both.
        added: speakers who have rows now.
        removed: speakers who have none any more.
        notes: what the comparison cannot tell.
    """

    old: str
    new: str
    total: tuple[Amount, Amount]
    cells: list[CellChange]
    newly_met: list[TargetKey]
    newly_missed: list[TargetKey]
    still_missed: int
    added: list[str]
    removed: list[str]
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """All of it, for programs."""
        whole = asdict(self)
        whole["total"] = [amount._asdict() for amount in self.total]
        for cell, change in zip(whole["cells"], self.cells, strict=True):
            cell |= {"before": change.before._asdict(), "after": change.after._asdict()}
        for key in ("newly_met", "newly_missed"):
            whole[key] = [{"accent": accent, "condition": condition} for accent, condition in whole[key]]
        return whole


def read_state(place: str) -> State:
    """A finished corpus, at ``OUT`` or, as it was at an earlier version, at ``OUT@VERSION``.

    Raises:
        ConfigError: there is no finished corpus, or no such version of it.
    """
    corpus, asked = _split_version(place)
    now = corpus.read_corpus()
    last = int(now["version"])
    version = last if asked is None else asked
    if not 1 <= version <= last:
        raise ConfigError(
            f"{place}: there is no version {version}; {corpus.root} has {'only 1' if last == 1 else f'1 to {last}'}"
        )
    kept = corpus.kept_corpus_json(version)
    then = now if version == last or not storage.exists(kept) else read_json(kept)
    cells, speakers, total = _count(_rows_until(corpus, version, last))
    config = then["config"]
    conditions = [condition["name"] for condition in config["conditions"]]
    has_targets = any(value for key, value in config["targets"].items() if key not in _NO_TARGETS)
    targeted = {(accent, condition) for accent in then["accents"] or {key[0] for key in cells} for condition in conditions}
    rewritten = (now.get("withdrawn") or {}).get("rewritten", ())
    return State(
        label=place if asked is not None else f"{place} (version {version})",
        version=version,
        total=total,
        cells=cells,
        speakers=speakers,
        targeted=frozenset(targeted if has_targets else ()),
        missed=_missed(corpus.gaps_file if version == last else corpus.kept_gaps_file(version)),
        is_rewritten=any(_version_of(shard) <= version for shard in rewritten) and version < last,
    )


def _split_version(place: str) -> tuple[Corpus, int | None]:
    found = re.fullmatch(r"(.+)@(\d{1,9})", place)
    if found is None or storage.exists(Corpus(place).corpus_json):
        return Corpus(place), None
    return Corpus(found[1]), int(found[2])


def _rows_until(corpus: Corpus, version: int, last: int) -> Iterator[pa.Table]:
    """Rows of a version and those before it, shard by shard; also those that were written again since people were forgotten."""
    for file in corpus.shard_files():
        if _version_of(file) <= version:
            yield read_table(file, [*_CELL, "speaker_id", "duration"])
    for later in range(version + 1, last + 1):
        for file in carried_files(corpus, later):
            rows = read_table(file, [*_CELL, "speaker_id", "duration_s", "version"])
            yield rows.filter(pc.less_equal(rows.column("version"), version)).rename_columns({"duration_s": "duration"})


def _version_of(shard: str) -> int:
    found = _SHARD_VERSION.search(shard)
    return int(found[1]) if found else 1


def _count(tables: Iterable[pa.Table]) -> tuple[dict[CellKey, Amount], frozenset[str], Amount]:
    keys = [*_CELL, "speaker_id"]
    schema = pa.schema([*((key, pa.string()) for key in keys), ("rows", pa.int64()), ("seconds", pa.float64())])
    parts = [schema.empty_table()]
    for rows in tables:
        counted = rows.group_by(keys, use_threads=False).aggregate([([], "count_all"), ("duration", "sum")])
        parts.append(counted.rename_columns(schema.names))
        if len(parts) >= _COMPACT_AT:
            parts = [_add_up(pa.concat_tables(parts), keys, schema)]
    table = pa.concat_tables(parts)
    cells = {
        (row["accent"], row["condition"], row["origin"]): Amount(
            row["rows_sum"], row["seconds_sum"] / 3600, row["speaker_id_count_distinct"]
        )
        for row in _amounts(table, _CELL)
    }
    speakers = frozenset(pc.unique(table.column("speaker_id")).to_pylist())
    total = Amount(
        pc.sum(table.column("rows")).as_py() or 0, (pc.sum(table.column("seconds")).as_py() or 0) / 3600, len(speakers)
    )
    return cells, speakers, total


def _add_up(table: pa.Table, keys: Sequence[str], schema: pa.Schema) -> pa.Table:
    sums = table.group_by(keys, use_threads=False).aggregate([("rows", "sum"), ("seconds", "sum")])
    return sums.rename_columns(schema.names)


def _amounts(table: pa.Table, keys: Sequence[str]) -> list[dict[str, Any]]:
    sums = [("rows", "sum"), ("seconds", "sum"), ("speaker_id", "count_distinct")]
    rows: list[dict[str, Any]] = table.group_by(keys, use_threads=False).aggregate(sums).to_pylist()
    return rows


def _missed(gaps_file: str) -> frozenset[TargetKey] | None:
    if not storage.exists(gaps_file):
        return None
    rows = csv.DictReader(io.StringIO(storage.read_bytes(gaps_file).decode()))
    return frozenset((row["accent"], row["condition"]) for row in rows)


def compare(old: State, new: State) -> Difference:
    """What became of ``old`` in ``new``."""
    nothing = Amount()
    cells = [
        CellChange(*key, old.cells.get(key, nothing), new.cells.get(key, nothing))
        for key in sorted(old.cells.keys() | new.cells.keys())
        if not _is_same(old.cells.get(key, nothing), new.cells.get(key, nothing))
    ]
    notes = [
        f"{state.label}: people were forgotten since; only what is left of it is counted"
        for state in (old, new)
        if state.is_rewritten
    ]
    notes += [
        f"{state.label}: its gaps are not kept, so targets are not compared" for state in (old, new) if state.missed is None
    ]
    before, after = old.missed, new.missed
    known = before is not None and after is not None
    return Difference(
        old=old.label,
        new=new.label,
        total=(old.total, new.total),
        cells=cells,
        newly_met=sorted(((before or frozenset()) - (after or frozenset())) & new.targeted) if known else [],
        newly_missed=sorted((after or frozenset()) - (before or frozenset())) if known else [],
        still_missed=len((before or frozenset()) & (after or frozenset())) if known else 0,
        added=sorted(new.speakers - old.speakers),
        removed=sorted(old.speakers - new.speakers),
        notes=notes,
    )


def _is_same(one: Amount, other: Amount) -> bool:
    return one[0] == other[0] and one[2] == other[2] and abs(one.hours - other.hours) < 1e-9
