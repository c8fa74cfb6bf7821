"""The second half of the ledger: every recipe of a version became one row, in the shard it was planned for."""

from __future__ import annotations

from collections import Counter

import numpy as np

from pipelines.verify.breach import Findings, one_line, shown
from pipelines.verify.claims import CORPUS_JSON, Claims
from pipelines.verify.pairs import DRAWN, RECIPE_FILES, SHARD_FILES, Names, Pair, read_pairs
from pipelines.verify.records import MANIFEST_FILES, ManifestIndex
from pipelines.verify.tables import Digests, Reader, digest, digests, repeated
from schemas.tables import LEFT_OUT, MANIFEST

LEFT_OUT_FILES = r"plan/left-out/part-[^/]*\.parquet"


def check_names(reader: Reader, names: Names, claims: Claims, findings: Findings) -> None:
    """Hold the files of the shards against those of the recipes."""
    for file in names.stray:
        findings.add("ledger", file, None, "is not named as a shard or a part of the recipes is, or is one for the second time")
    for key, shard in names.shards.items():
        if shard.directory != key.split:
            findings.add("seals", shard.file, None, f"is a shard of {key.split} in the directory of {shard.directory}")
        if key.version == claims.version and shard.corpus != claims.name:
            findings.add("ledger", shard.file, None, f"is named after {shard.corpus!r}; the corpus is {claims.name!r}")
        if key not in names.recipes and reader.is_whole(RECIPE_FILES):
            findings.add("ledger", shard.file, None, "was not planned: there is no part of the recipes for it")
    for key, part in names.recipes.items():
        if key not in names.shards and reader.is_whole(SHARD_FILES):
            told = f"its shard, number {key.shard} of {key.split} in version {key.version}, is missing"
            findings.add("ledger", part, None, told)


class RowLedger:
    """Counts rows and recipes shard by shard, and holds each row's place and origin against its recipe."""

    def __init__(self, claims: Claims, findings: Findings) -> None:
        self._claims = claims
        self._findings = findings
        self._ids: list[Digests] = []
        self._recorded: list[Digests] = []
        self._rows = 0
        self._recipes = 0

    def add(self, pair: Pair, shards: int) -> None:
        """Take in a shard whose name says that its split has so many of them."""
        ids = pair.rows.column("id").to_pylist()
        origins = pair.rows.column("origin").to_pylist()
        self._ids.append(digests(dict.fromkeys(each for each in ids if each)))
        self._recorded.append(digests(each for each, origin in zip(ids, origins, strict=True) if each and origin == "recorded"))
        if pair.key.version == self._claims.version:
            self._rows += len(ids)
            self._recipes += 0 if pair.recipes is None else pair.recipes.num_rows
        self._check_origins(pair)
        self._check_plan(pair, shards)
        self._check_ids(pair)

    def _check_origins(self, pair: Pair) -> None:
        columns = ("id", "source_id", "origin", *DRAWN)
        rows = zip(*(pair.rows.column(name).to_pylist() for name in columns), pair.said, strict=True)
        for row, (key, source, origin, *drawn, said) in enumerate(rows, 1):
            problem = None
            asked = {} if isinstance(said, Exception) else said["asked"]
            if isinstance(said, Exception):
                problem = f"its recipe cannot be understood: {one_line(said)}"
            elif origin not in ("recorded", "simulated"):
                problem = f"origin is {shown(origin)}"
            elif (origin == "recorded") != (key == source):
                problem = f"a {origin} row, but its id is {shown(key)} and its source_id {shown(source)}"
            elif origin == "recorded" and asked:
                problem = "a recorded row whose recipe asks for a simulation"
            elif origin == "recorded" and any(value is not None for value in drawn):
                given = next(name for name, value in zip(DRAWN, drawn, strict=True) if value is not None)
                problem = f"a recorded row with {given}"
            elif origin == "simulated" and asked is None:
                problem = "a simulated row whose recipe asks for nothing"
            if problem:
                self._findings.add("ledger", pair.file, row, problem)

    def _check_plan(self, pair: Pair, shards: int) -> None:
        """The recipes are of the shard that their part is named after."""
        if pair.part is None or pair.recipes is None:
            return
        planned = {"version": pair.key.version, "split": pair.key.split, "shard": pair.key.shard, "shards": shards}
        for column, expected in planned.items():
            for row, value in enumerate(pair.recipes.column(column).to_pylist(), 1):
                if value != expected:
                    check = "seals" if column == "split" else "ledger"
                    told = f"{column} is {shown(value)}, but its shard {pair.file} says {shown(expected)}"
                    self._findings.add(check, pair.part, row, told)

    def _check_ids(self, pair: Pair) -> None:
        """Every recipe stands once, every row is one."""
        first: dict[str, int] = {}
        for row, key in enumerate(pair.rows.column("id").to_pylist(), 1):
            if not key:
                self._findings.add("ledger", pair.file, row, "has no id")
            elif first.setdefault(key, row) != row:
                self._findings.add("ledger", pair.file, row, f"id {shown(key)} stands in row {first[key]} too")
            elif pair.recipes is not None and pair.recipe_of[row - 1] < 0:
                self._findings.add("ledger", pair.file, row, f"id {shown(key)} was not planned for this shard in {pair.part}")
        planned: set[str] = set()
        for row, key in enumerate([] if pair.recipes is None else pair.recipes.column("id").to_pylist(), 1):
            if key in planned:
                self._findings.add("ledger", str(pair.part), row, f"id {shown(key)} was planned twice")
            elif key not in first:
                self._findings.add("ledger", pair.file, None, f"{shown(key)}, row {row} of {pair.part}, is missing")
            planned.add(key)

    def finish(self, reader: Reader, names: Names, index: ManifestIndex) -> None:
        """Check what can only be told of all shards together."""
        ledger, version = self._claims.ledger, self._claims.version
        self._name_repeated(reader, names)
        if not reader.is_whole(SHARD_FILES):
            return
        if self._rows != ledger.rows_written:
            told = f"{ledger.rows_written} rows written, but the shards of version {version} hold {self._rows}"
            self._findings.add("ledger", CORPUS_JSON, None, told)
        if reader.is_whole(RECIPE_FILES) and self._recipes != ledger.recipes_planned:
            told = f"{ledger.recipes_planned} recipes planned, but plan/recipes holds {self._recipes} of version {version}"
            self._findings.add("ledger", CORPUS_JSON, None, told)
        if reader.is_whole(MANIFEST_FILES):
            self._name_unwritten(reader, index, self._check_left_out(reader, index))

    def _name_repeated(self, reader: Reader, names: Names) -> None:
        wanted = repeated(self._ids)
        first: dict[str, tuple[str, int]] = {}
        for pair in read_pairs(reader, names) if wanted else ():
            for row, key in enumerate(pair.rows.column("id").to_pylist(), 1):
                if key and digest(key) in wanted:
                    file, place = first.setdefault(key, (pair.file, row))
                    if file != pair.file:
                        self._findings.add("ledger", pair.file, row, f"id {shown(key)} stands in row {place} of {file} too")

    def _check_left_out(self, reader: Reader, index: ManifestIndex) -> Digests:
        """Hold the list of what is left out against the ledger and the shards; returns the recordings in it."""
        ledger, config = self._claims.ledger, self._claims.config
        reasons = {"surplus": config.targets.surplus == "drop", "transcript": config.evaluation.seal_transcripts}
        written = np.concatenate([np.empty(0, np.uint64), *self._recorded])
        counts: Counter[str] = Counter()
        listed = [np.empty(0, np.uint64)]
        for file in reader.files(LEFT_OUT_FILES):
            table = reader.read(file, LEFT_OUT, LEFT_OUT.names)
            if table is None:
                continue
            ids, why = (table.column(name).to_pylist() for name in ("recording_id", "reason"))
            listed.append(digests(str(each) for each in ids))
            counts.update(map(str, why))
            found, is_written = index.find(ids), np.isin(listed[-1], written)
            for row, (key, reason) in enumerate(zip(ids, why, strict=True), 1):
                if is_written[row - 1]:
                    self._findings.add("ledger", file, row, f"recording {shown(key)} is listed as left out, but has a row")
                elif found[row - 1] < 0:
                    self._findings.add("ledger", file, row, f"recording {shown(key)} is not in the manifest")
                elif not reasons.get(reason):
                    self._findings.add("ledger", file, row, f"the configuration leaves nothing out as {shown(reason)}")
        if reader.is_whole(LEFT_OUT_FILES) and counts != Counter(ledger.left_out):
            told = f"{dict(ledger.left_out)} recordings left out, but plan/left-out lists {dict(sorted(counts.items()))}"
            self._findings.add("ledger", CORPUS_JSON, None, told)
        return np.concatenate(listed)

    def _name_unwritten(self, reader: Reader, index: ManifestIndex, left_out: Digests) -> None:
        """Every accepted recording has a row of its own, unless it is listed as left out."""
        accounted = np.concatenate([left_out, *self._recorded])
        for at in np.nonzero(~np.isin(index.ids, accounted))[0]:
            file, row = index.place(int(at))
            part = reader.read(file, MANIFEST, ["recording_id"])
            key = None if part is None else part.column("recording_id")[row - 1].as_py()
            self._findings.add("ledger", file, row, f"recording {shown(key)} has no recorded row in any shard")
