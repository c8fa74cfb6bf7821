"""A shard and the recipes it was planned from, side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.verify.records import SAID, SOURCE
from pipelines.verify.tables import Reader
from schemas.tables import RECIPE, SHARD

RECIPE_FILES = r"plan/recipes/part-[^/]*\.parquet"
SHARD_FILES = r"shards/[^/]*/[^/]*\.parquet"

_RECIPE_NAME = re.compile(r"plan/recipes/part-v(?P<version>\d{3,})-(?P<split>[^-/]+)-(?P<shard>\d{5,})\.parquet")
_SHARD_NAME = re.compile(
    r"shards/(?P<directory>[^/]+)/(?P<name>[^/]+)-(?P<split>[^-/]+)-v(?P<version>\d{3,})"
    r"-(?P<shard>\d{5,})-of-(?P<shards>\d{5,})\.parquet"
)

DRAWN = ("noise", "snr_db", "handset", "room", "t60_s")
PLANNED = (*SAID, "condition", *DRAWN, "origin", "source", "source_id", "pair_id", "weight")
"""What a recipe plans and the shard's row says too."""

_SHARD_COLUMNS = [name for name in SHARD.names if name != "audio"]
_RECIPE_COLUMNS = list(dict.fromkeys(("id", "version", "shard", "shards", "split", "asked", *PLANNED, *SOURCE)))


@dataclass(frozen=True, order=True)
class ShardKey:
    """Which shard: of which version and split, and its number there."""

    version: int
    split: str
    shard: int


@dataclass(frozen=True)
class ShardName:
    """A shard's file, and what its name says beside its key."""

    file: str
    corpus: str
    directory: str
    shards: int


@dataclass(frozen=True)
class Names:
    """The shards and the parts of the recipes by key, and the files whose names have no key or one that is taken."""

    shards: dict[ShardKey, ShardName]
    recipes: dict[ShardKey, str]
    stray: tuple[str, ...]


def read_names(reader: Reader) -> Names:
    """The shards and recipes that are there."""
    shards: dict[ShardKey, ShardName] = {}
    recipes: dict[ShardKey, str] = {}
    stray = []
    for file in reader.files(SHARD_FILES):
        found = _SHARD_NAME.fullmatch(file)
        if found is None or _key(found) in shards:
            stray.append(file)
        else:
            shards[_key(found)] = ShardName(file, found["name"], found["directory"], int(found["shards"]))
    for file in reader.files(RECIPE_FILES):
        found = _RECIPE_NAME.fullmatch(file)
        if found is None or _key(found) in recipes:
            stray.append(file)
        else:
            recipes[_key(found)] = file
    return Names(shards, recipes, tuple(stray))


def _key(found: re.Match[str]) -> ShardKey:
    return ShardKey(int(found["version"]), found["split"], int(found["shard"]))


@dataclass(frozen=True)
class Pair:
    """A shard's rows, all columns but the audio, and its recipes.

    Attributes:
        key: which shard.
        file: the shard's.
        part: the recipes'; None where they are missing or unreadable, and then so is ``recipes``.
        rows: of the shard.
        recipes: of the shard.
        split: whose directory the shard lies in.
    """

    key: ShardKey
    file: str
    part: str | None
    rows: pa.Table
    recipes: pa.Table | None
    split: str

    @cached_property
    def recipe_of(self) -> NDArray[np.int64]:
        """For each row the index of its recipe; -1 where there is none with its id."""
        if self.recipes is None:
            return np.full(self.rows.num_rows, -1)
        places = {key: index for index, key in enumerate(self.recipes.column("id").to_pylist())}
        return np.array([places.get(key, -1) for key in self.rows.column("id").to_pylist()], np.int64)

    @cached_property
    def said(self) -> list[dict[str, Any] | Exception]:
        """What each row's recipe says: ``asked`` and ``measured``, or the error where it cannot be understood."""
        return [_said(text) for text in self.rows.column("recipe").to_pylist()]


def _said(text: str | None) -> dict[str, Any] | Exception:
    try:
        said: dict[str, Any] = json.loads(text or "")
        if not isinstance(said["measured"], dict) or not isinstance(said["asked"], (dict, type(None))):
            raise TypeError("'asked' or 'measured' is no object")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return error
    return said


def read_pairs(reader: Reader, names: Names) -> Iterator[Pair]:
    """The shards that can be read, in order, one at a time."""
    for key, shard in sorted(names.shards.items()):
        rows = reader.read(shard.file, SHARD, _SHARD_COLUMNS)
        if rows is None:
            continue
        part = names.recipes.get(key)
        recipes = reader.read(part, RECIPE, _RECIPE_COLUMNS) if part else None
        yield Pair(key, shard.file, part if recipes is not None else None, rows, recipes, shard.directory)
