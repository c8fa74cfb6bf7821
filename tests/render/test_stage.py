"""The render stage through Beam."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.corpus import Corpus, write_json, write_table
from pipelines.render.stage import run_render
from schemas.errors import PanvoxError
from schemas.tables import RECIPE
from tests.render.corpus import recorded, simulated

OPTIONS = PipelineOptions(["--direct_running_mode", "in_memory"])


def write_recipes(corpus: Corpus, shards: list[list[dict]]) -> None:
    for index, rows in enumerate(shards):
        table = pa.Table.from_pylist([row | {"shard": index, "shards": len(shards)} for row in rows], schema=RECIPE.schema())
        write_table(corpus.path("plan", "recipes", f"part-v001-train-{index:05d}.parquet"), table)
    write_json(corpus.stage_file("plan"), {"recipes": sum(map(len, shards))})


@pytest.fixture
def corpus(tmp_path: Path, settings) -> Corpus:
    corpus = Corpus(str(tmp_path))
    speech = "audio/af_heart_1.flac"
    write_recipes(
        corpus, [[recorded(speech)], [simulated(speech, "far_office", settings), simulated(speech, "landline_call", settings)]]
    )
    return corpus


def test_every_recipe_becomes_a_row_of_its_shard(corpus: Corpus, settings) -> None:
    result = run_render(settings, corpus, 1, OPTIONS)
    names = ["demo-train-v001-00000-of-00002.parquet", "demo-train-v001-00001-of-00002.parquet"]
    assert [Path(file).name for file in corpus.shard_files()] == names
    assert result == {"rows": 3, "shards": 2, "bytes": sum(Path(file).stat().st_size for file in corpus.shard_files())}
    planned = {row["id"]: row for row in corpus.read_recipes().to_pylist()}
    for file in corpus.shard_files():
        for row in pq.read_table(file).to_pylist():
            recipe = planned.pop(row["id"])
            for name in ("condition", "origin", "source_id", "split", "speaker_id", "accent", "weight", "text", "gender"):
                assert row[name] == recipe[name], name
    assert planned == {}


def test_a_finished_shard_is_left_alone_and_a_missing_one_comes_back_the_same(corpus: Corpus, settings) -> None:
    run_render(settings, corpus, 1, OPTIONS)
    kept, lost = (Path(file) for file in corpus.shard_files())
    before, content = kept.stat(), lost.read_bytes()
    lost.unlink()
    result = run_render(settings, corpus, 1, OPTIONS)
    after = kept.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert lost.read_bytes() == content
    assert result["rows"] == 3


def test_a_source_that_changed_fails_the_run_by_name_and_leaves_no_half_shard(corpus: Corpus, settings) -> None:
    write_recipes(corpus, [[recorded("audio/af_heart_1.flac"), recorded("audio/af_heart_2.flac", audio_sha256="0" * 64)]])
    Path(corpus.recipe_files()[1]).unlink()
    with pytest.raises(PanvoxError, match=r"row 'af_heart_2': audio/af_heart_2.flac: the file has changed since it was ingested"):
        run_render(settings, corpus, 1, OPTIONS)
    assert corpus.shard_files() == []


def test_rows_and_recipes_must_agree(corpus: Corpus, settings) -> None:
    write_json(corpus.stage_file("plan"), {"recipes": 4})
    with pytest.raises(PanvoxError, match="render wrote 3 rows where 4 recipes were planned"):
        run_render(settings, corpus, 1, OPTIONS)


def test_a_version_without_rows_needs_no_pipeline(tmp_path: Path, settings) -> None:
    corpus = Corpus(str(tmp_path))
    write_json(corpus.stage_file("plan"), {"recipes": 0})
    assert run_render(settings, corpus, 2, OPTIONS) == {"rows": 0, "shards": 0, "bytes": 0}
