"""Striking forgotten people out of what earlier versions wrote, before a new version is planned.

A shard that holds them goes, with its recipes. The other rows of it are carried into the new version as they were drawn, so they
keep their ids, their conditions and their audio. What is not touched stays byte for byte.
"""

from __future__ import annotations

import json

import pyarrow as pa

from pipelines import storage
from pipelines.corpus import WORK, Corpus, read_table, write_table
from pipelines.people.withdrawn import Withdrawn, read_withdrawn, write_withdrawn
from pipelines.plan.shards.recipes import use_recording
from pipelines.step_back import drop

CARRIED = "carried"


def carried_files(corpus: Corpus, version: int) -> list[str]:
    """The recipes that a version has to write again."""
    return storage.list_files(corpus.path(WORK, f"{CARRIED}-v{version:03d}"), "part-*.parquet")


def strike(corpus: Corpus, version: int) -> None:
    """Remove every shard that holds somebody who was forgotten, keeping the recipes of its other rows for ``version``.

    May be repeated: what a killed run has begun is finished. Memory holds the recipes of one shard.
    """
    withdrawn = read_withdrawn(corpus).without_retired(use_recording)
    write_withdrawn(corpus, withdrawn)
    for before in range(1, version):
        for part in corpus.recipe_files(before):
            withdrawn = _strike_shard(corpus, part, version, withdrawn)
    # What was carried before still tells what those versions held; what a stopped run carried is yet to be written.
    for since in range(1, version + 1):
        for part in carried_files(corpus, since):
            withdrawn = _strike_carried(corpus, part, withdrawn)
    if not corpus.is_done("ingest"):
        for file in storage.list_files(corpus.path("validation"), "*.json"):
            storage.remove(file)  # it may quote rows; the run writes it anew
    for before in range(1, version):
        storage.remove(corpus.kept_gaps_file(before))
    drop(corpus)
    _strike_measured(corpus, withdrawn)


def _strike_shard(corpus: Corpus, part: str, version: int, withdrawn: Withdrawn) -> Withdrawn:
    recipes = read_table(part)
    struck = withdrawn.in_recipes(recipes)
    if not any(struck):
        return withdrawn
    first = recipes.slice(0, 1).to_pylist()[0]
    shard = _shard_of(corpus, first["split"], first["version"], first["shard"])
    # The order matters to a run that is killed here: the recipes go last, for they tell what else has to go.
    name = storage.relative(part, storage.parent(part))
    write_table(corpus.path(WORK, f"{CARRIED}-v{version:03d}", name), _rows(recipes, struck, False))
    names = [storage.relative(each, corpus.root) for each in shard]
    withdrawn = withdrawn.with_struck(_ids_of_others(_rows(recipes, struck, True), withdrawn), names)
    write_withdrawn(corpus, withdrawn)
    for file in (*shard, part):
        storage.remove(file)
    return withdrawn


def _strike_carried(corpus: Corpus, part: str, withdrawn: Withdrawn) -> Withdrawn:
    recipes = read_table(part)
    struck = withdrawn.in_recipes(recipes)
    if not any(struck):
        return withdrawn
    withdrawn = withdrawn.with_struck(_ids_of_others(_rows(recipes, struck, True), withdrawn), ())
    write_withdrawn(corpus, withdrawn)  # before the rows go, for they tell which ids are retired
    write_table(part, _rows(recipes, struck, False))
    return withdrawn


def _rows(recipes: pa.Table, struck: list[bool], which: bool) -> pa.Table:
    return recipes.filter(pa.array([each is which for each in struck], pa.bool_()))


def _ids_of_others(struck: pa.Table, withdrawn: Withdrawn) -> list[str]:
    """Ids of struck rows that are other people's: somebody who was forgotten is heard in their noise."""
    rows = struck.select(["id", "speaker_id", "audio_sha256"]).to_pylist()
    return [row["id"] for row in rows if not withdrawn.has(row["speaker_id"], row["audio_sha256"])]


def _shard_of(corpus: Corpus, split: str, version: int, shard: int) -> list[str]:
    return storage.list_files(corpus.path("shards", split), f"*-{split}-v{version:03d}-{shard:05d}-of-*.parquet")


def _strike_measured(corpus: Corpus, withdrawn: Withdrawn) -> None:
    """Forget what was measured on their recordings."""
    for file in storage.list_files(corpus.measured_dir, "*.json"):
        figures = json.loads(storage.read_bytes(file))
        kept = {
            key: value
            for key, value in figures.items()
            if not (isinstance(value, dict) and withdrawn.has_audio(value["audio_sha256"]))
        }
        if len(kept) < len(figures):
            storage.write_text(file, json.dumps(kept, sort_keys=True, separators=(",", ":")))
