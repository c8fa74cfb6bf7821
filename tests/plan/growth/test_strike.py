"""Striking people out of what was written, and carrying the rows beside them over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import storage
from pipelines.corpus import Corpus, write_json, write_table
from pipelines.people.withdrawn import NOBODY, read_withdrawn, write_withdrawn
from pipelines.plan.accent import plan_accent
from pipelines.plan.growth.carried import in_present_condition, lines_of
from pipelines.plan.growth.strike import carried_files, strike
from pipelines.plan.shards.recipes import draw_recipes, make_block
from schemas.tables import RECIPE
from tests.plan.corpus import config_of, context_of, manifest_of, no_recipes, recipes_of, speakers
from tests.plan.test_growth import written

TALKERS = json.dumps({"noise": {"talkers": [{"speaker_id": "gone", "audio_sha256": "x"}]}})
ROWS: list[list[dict[str, Any]]] = [
    [{"id": "a", "speaker_id": "ann"}, {"id": "b~babble~1", "speaker_id": "bob", "asked": TALKERS}],
    [{"id": "c", "speaker_id": "cy"}, {"id": "d", "speaker_id": "dee", "asked": TALKERS.replace("gone", "cy")}],
    [{"id": "e", "speaker_id": "gone"}, {"id": "e~street~1", "speaker_id": "gone", "asked": "{}"}],
    [{"id": "f", "speaker_id": "fay", "audio_sha256": "same"}],
]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus(str(tmp_path))
    for shard, rows in enumerate(ROWS):
        own = [row | {"version": 1, "split": "train", "shard": shard, "shards": len(ROWS)} for row in rows]
        table = pa.Table.from_pylist(own, schema=RECIPE.schema())
        write_table(corpus.path("plan", "recipes", f"part-v001-train-{shard:05d}.parquet"), table)
        storage.write_text(corpus.shard_file("x", "train", 1, shard, len(ROWS)), "audio")
    write_json(corpus.path(".work", "measured", "v1-000.json"), {"k": {"audio_sha256": "same"}, "l": ["silence", "no"]})
    for file in ("validation/shards.json", ".work/gaps-v001.csv", ".work/before/plan/assignments.parquet"):
        storage.write_text(corpus.path(*file.split("/")), "gone")
    write_withdrawn(corpus, NOBODY.with_people(["gone"], ["e"], ["same"]))
    return corpus


def left(corpus: Corpus) -> dict[str, Any]:
    return {
        "recipes": [storage.relative(file, corpus.root) for file in corpus.recipe_files()],
        "shards": [storage.relative(file, corpus.root) for file in corpus.shard_files()],
        "carried": {Path(file).name: pq.read_table(file).column("id").to_pylist() for file in carried_files(corpus, 2)},
        "retired": read_withdrawn(corpus).retired,
        "rewritten": read_withdrawn(corpus).rewritten,
        "measured": json.loads(storage.read_bytes(corpus.path(".work", "measured", "v1-000.json"))),
    }


def test_only_shards_that_hold_somebody_go(corpus: Corpus) -> None:
    strike(corpus, 2)
    assert left(corpus) == {
        "recipes": ["plan/recipes/part-v001-train-00001.parquet"],
        "shards": ["shards/train/x-train-v001-00001-of-00004.parquet"],
        "carried": {
            "part-v001-train-00000.parquet": ["a"],
            "part-v001-train-00002.parquet": [],
            "part-v001-train-00003.parquet": [],
        },
        "retired": ("b~babble~1",),
        "rewritten": tuple(f"shards/train/x-train-v001-0000{shard}-of-00004.parquet" for shard in (0, 2, 3)),
        "measured": {"l": ["silence", "no"]},
    }
    texts = [file for file in Path(corpus.root).rglob("*") if file.is_file() and file.read_bytes() == b"gone"]
    assert texts == []


@pytest.mark.parametrize("survives", range(9))
def test_a_killed_strike_is_finished(corpus: Corpus, survives: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = Corpus(str(tmp_path / "whole"))
    for file in sorted(Path(corpus.root).rglob("*")):
        if file.is_file():
            storage.write_bytes(whole.path(file.relative_to(corpus.root).as_posix()), file.read_bytes())
    strike(whole, 2)
    remove, calls = storage.remove, iter(range(100))

    def killed(location: str) -> None:
        if next(calls) == survives:
            raise KeyboardInterrupt
        remove(location)

    monkeypatch.setattr(storage, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        strike(corpus, 2)
    monkeypatch.setattr(storage, "remove", remove)
    strike(corpus, 2)
    assert left(corpus) == left(whole)


def test_whoever_is_forgotten_before_a_stopped_run_goes_on_is_not_carried_either(corpus: Corpus) -> None:
    strike(corpus, 2)
    write_withdrawn(corpus, read_withdrawn(corpus).with_people(["ann", "bob", "cy"], ["a", "b", "c"], ["unheard"]))
    strike(corpus, 2)
    told = left(corpus)
    assert {row for rows in told["carried"].values() for row in rows} == set()
    assert told["recipes"] == told["shards"] == []
    assert told["retired"] == ("d",)  # cy is heard in it; what bob's was called would name his recording


def test_what_this_run_has_validated_stays(corpus: Corpus) -> None:
    strike(corpus, 2)
    storage.write_text(corpus.path("validation", "recordings.json"), "{}")
    write_json(corpus.stage_file("ingest"), {})  # and the run was killed then
    strike(corpus, 2)
    assert storage.exists(corpus.path("validation", "recordings.json"))


def test_what_was_carried_before_stays_to_tell_what_a_version_held(corpus: Corpus) -> None:
    strike(corpus, 2)
    (carried, *_) = carried_files(corpus, 2)
    rows = pq.read_table(carried).to_pylist()  # ann's, which version 2 writes again
    again = [row | {"version": 2, "shard": 0, "shards": 1} for row in [*rows, rows[0] | {"id": "g", "speaker_id": "gil"}]]
    write_table(
        corpus.path("plan", "recipes", "part-v002-train-00000.parquet"), pa.Table.from_pylist(again, schema=RECIPE.schema())
    )
    write_withdrawn(corpus, read_withdrawn(corpus).with_people(["gil"], ["g"], []))
    strike(corpus, 3)
    held = [pq.read_table(file).to_pylist() for version in (2, 3) for file in carried_files(corpus, version)]
    assert [(row["id"], row["version"]) for rows in held for row in rows] == [("a", 1), ("a", 2)]
    write_withdrawn(corpus, read_withdrawn(corpus).with_people(["ann"], ["a"], []))
    strike(corpus, 4)
    assert [
        row for version in (2, 3, 4) for file in carried_files(corpus, version) for row in pq.read_table(file).to_pylist()
    ] == []


def test_carried_rows_in_which_somebody_is_heard_are_retired(corpus: Corpus) -> None:
    table = pq.read_table(corpus.recipe_files()[0]).to_pylist()
    row = table[0] | {"id": "a~babble~2", "asked": TALKERS.replace("gone", "eve")}
    write_table(corpus.recipe_files()[0], pa.Table.from_pylist([*table, row], schema=RECIPE.schema()))
    strike(corpus, 2)
    assert left(corpus)["carried"]["part-v001-train-00000.parquet"] == ["a", "a~babble~2"]
    write_withdrawn(corpus, read_withdrawn(corpus).with_people(["eve"], [], []))
    strike(corpus, 2)
    assert left(corpus)["carried"]["part-v001-train-00000.parquet"] == ["a"]
    assert left(corpus)["retired"] == ("a~babble~2", "b~babble~1")


def test_carried_rows_stand_among_new_ones_as_if_they_had_been_planned_with_them() -> None:
    config = config_of({"per_cell": {"utterances": 40}})
    manifest = manifest_of(speakers(30))
    context = context_of(config, manifest)
    blocks, _ = plan_accent("en-GB", manifest, no_recipes(), context)
    whole = {block.split: recipes_of(block, manifest, context) for block in blocks}
    carried = written([row for table in whole.values() for row in table.to_pylist()[::2]])
    new = [make_block(block.split, block.accent, block.utterances[1::2], config.seed) for block in blocks]
    merged = {line.split: line for line in lines_of(new, "en-GB", carried, manifest, config)}
    for block in blocks:
        line = merged[block.split]
        drawn = draw_recipes(pa.concat_tables(line.pieces), config, context.banks, context.talkers)
        assert drawn.equals(whole[block.split])
        assert (line.cells, line.seconds) == (block.cells, block.seconds)


def test_a_carried_recorded_row_is_in_the_condition_its_recording_has_by_now() -> None:
    manifest = manifest_of([{"recording_id": "a", "condition": "phone"}])
    rows = [
        {"id": "a", "source_id": "a", "origin": "recorded", "condition": "clean"},
        {"id": "a~street~1", "source_id": "a", "origin": "simulated", "condition": "street"},
    ]
    now = in_present_condition(pa.Table.from_pylist(rows, schema=RECIPE.schema()), manifest)
    assert now.column("condition").to_pylist() == ["phone", "street"]
    assert now.schema == RECIPE.schema()
