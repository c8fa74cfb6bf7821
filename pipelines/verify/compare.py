"""Holding a shard's rows against their recipes, and both against the manifest, column by column.

Where they disagree, the one that is wrong is named: the one whose file has changed; else the one that is alone; else the later.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.verify.breach import Findings, shown
from pipelines.verify.pairs import PLANNED, Pair
from pipelines.verify.records import PEOPLE, SAID, SOURCE, ManifestIndex
from pipelines.verify.tables import Reader, row_digests
from schemas.tables import MANIFEST

DURATION_TOLERANCE_S = 0.005
"""Resampling may round a length; simulation keeps it."""

_KEPT_PARTS = 8


class Place(NamedTuple):
    """A row of a file, and its values."""

    file: str
    row: int
    values: Mapping[str, Any]

    @property
    def where(self) -> str:
        """How a message about another row points here."""
        return f"row {self.row} of {self.file}"


class Comparison:
    """Compares shard after shard.

    Args:
        reader: of the corpus.
        index: of its manifest.
        version: the one that the manifest is of; rows of earlier versions may rightly say what an earlier manifest said.
        changed: files whose digest is another than corpus.json says.
        findings: where breaches go.
    """

    def __init__(self, reader: Reader, index: ManifestIndex, version: int, changed: Collection[str], findings: Findings) -> None:
        self._index = index
        self._version = version
        self._changed = changed
        self._findings = findings
        self._named: set[tuple[str, int, str]] = set()
        self._manifest_part = lru_cache(_KEPT_PARTS)(lambda file: reader.read(file, MANIFEST, _MANIFEST_COLUMNS))

    def add(self, pair: Pair) -> None:
        """Compare the rows that have a recipe."""
        if pair.part is None or pair.recipes is None:
            return
        at = np.nonzero(pair.recipe_of >= 0)[0]
        rows, recipes = pair.rows.take(at), pair.recipes.take(pair.recipe_of[at])
        in_manifest = np.full(len(at), -1)
        if pair.key.version == self._version:
            in_manifest = self._index.find(recipes.column("source_id").to_pylist())
        wrong = _disagree(rows, recipes) | self._disagree_with_manifest(recipes, in_manifest)
        for index in np.nonzero(wrong)[0].tolist():
            here = _place(pair.file, int(at[index]), rows, index)
            there = _place(pair.part, int(pair.recipe_of[at[index]]), recipes, index)
            self._tell(here, there, self._manifest_row(int(in_manifest[index])))
        if pair.key.version == self._version and self._index.is_whole:
            self._name_missing(pair, at[in_manifest < 0])
        self._compare_asked(pair, at, recipes)

    def _disagree_with_manifest(self, recipes: pa.Table, in_manifest: NDArray[np.int64]) -> NDArray[np.bool_]:
        known = in_manifest >= 0
        at = in_manifest[known]
        is_recorded = np.array([origin == "recorded" for origin in recipes.column("origin").to_pylist()], bool)[known]
        wrong = np.zeros(len(known), bool)
        wrong[known] = (
            (row_digests(recipes, SAID)[known] != self._index.said[at])
            | (row_digests(recipes, SOURCE)[known] != self._index.source[at])
            | (is_recorded & (row_digests(recipes, ["condition"])[known] != self._index.conditions[at]))
        )
        return wrong

    def _manifest_row(self, at: int) -> Place | None:
        if at < 0:
            return None
        file, row = self._index.place(at)
        part = self._manifest_part(file)
        return None if part is None else _place(file, row - 1, part, row - 1)

    def _tell(self, here: Place, there: Place, manifest: Place | None) -> None:
        for column in dict.fromkeys((*PLANNED, *SOURCE)):
            places = [there]
            if column in PLANNED and not _measured_later(column, here.values, there.values):
                places.append(here)
            if manifest and (column in SAID + SOURCE or (column == "condition" and there.values["origin"] == "recorded")):
                places.insert(0, manifest)
            for place, other in self._wrong(places, column):
                if (place.file, place.row, column) not in self._named:
                    self._named.add((place.file, place.row, column))
                    value, right = shown(place.values[column]), shown(other.values[column])
                    check = "people" if column in PEOPLE else "ledger"
                    self._findings.add(check, place.file, place.row, f"{column} is {value}; it is {right} in {other.where}")

    def _wrong(self, places: Sequence[Place], column: str) -> Iterator[tuple[Place, Place]]:
        """The places that are wrong, each with one that is right. The places are in the order the values were passed on."""
        trusted = [place for place in places if place.file not in self._changed] or list(places)
        counts = Counter(repr(place.values[column]) for place in trusted)
        right = max(trusted, key=lambda place: counts[repr(place.values[column])])
        for place in places:
            if repr(place.values[column]) != repr(right.values[column]):
                yield place, right

    def _name_missing(self, pair: Pair, rows: NDArray[np.int64]) -> None:
        for row in rows:
            source = pair.rows.column("source_id")[int(row)].as_py()
            self._findings.add("ledger", pair.file, int(row) + 1, f"its source {shown(source)} is not in the manifest")

    def _compare_asked(self, pair: Pair, at: NDArray[np.int64], recipes: pa.Table) -> None:
        """The row's own recipe and length are those that were planned."""
        lengths = pair.rows.column("duration").to_pylist()
        columns = (recipes.column(name).to_pylist() for name in ("asked", "duration_s"))
        for index, planned, planned_s in zip(at.tolist(), *columns, strict=True):
            said, length_s = pair.said[index], lengths[index]
            if not isinstance(said, Exception) and said["asked"] != _parsed(planned):
                self._tell_pair(pair, index, "what its recipe asks is not what {} does")
            if length_s is None or planned_s is None or abs(length_s - planned_s) > DURATION_TOLERANCE_S:
                told = f"its length is not that of {{}}: {length_s} s as a row, {planned_s} s as a recipe"
                self._tell_pair(pair, index, told)

    def _tell_pair(self, pair: Pair, index: int, message: str) -> None:
        """A row and its recipe disagree; the message has a place for where the other one is."""
        row, recipe = (pair.file, index + 1), (str(pair.part), int(pair.recipe_of[index]) + 1)
        is_recipe = pair.part in self._changed and pair.file not in self._changed
        (file, number), (other, other_number) = (recipe, row) if is_recipe else (row, recipe)
        self._findings.add("ledger", file, number, message.format(f"row {other_number} of {other}"))


_MANIFEST_COLUMNS = (*SAID, *SOURCE, "condition")


def _place(file: str, position: int, table: pa.Table, index: int) -> Place:
    """The row that stands at ``position`` of the file, from 0, and at ``index`` of the table."""
    return Place(file, position + 1, table.slice(index, 1).to_pylist()[0])


def _parsed(asked: str | None) -> Any:
    try:
        return None if asked is None else json.loads(asked)
    except ValueError as error:
        return error


def _measured_later(column: str, row: Mapping[str, Any], recipe: Mapping[str, Any]) -> bool:
    """A measured response's reverberation time is not drawn, so the recipe leaves it open."""
    return column == "t60_s" and recipe["t60_s"] is None and row["room"] is not None


def _disagree(rows: pa.Table, recipes: pa.Table) -> NDArray[np.bool_]:
    """Whether any planned column differs, by row; nothing equals nothing."""
    wrong = np.zeros(rows.num_rows, bool)
    for column in PLANNED:
        here, there = (_comparable(table.column(column)) for table in (rows, recipes))
        differs = pc.fill_null(pc.not_equal(here, there), False)
        differs = pc.or_(differs, pc.xor(pc.is_null(here), pc.is_null(there)))
        if column == "t60_s":
            differs = pc.and_(differs, pc.invert(pc.and_(pc.is_null(there), pc.is_valid(rows.column("room")))))
        wrong |= differs.to_numpy()
    return wrong


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column, or of one that holds lists what they come to, for Arrow compares no lists."""
    return pc.binary_join(column, "|") if pa.types.is_list(column.type) else column
