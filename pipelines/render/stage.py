"""The render stage: run the pipeline, hold the rows written against the recipes planned."""

from __future__ import annotations

from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import storage
from pipelines.corpus import Corpus, read_json
from pipelines.render.pipeline import build_render, result_file
from pipelines.settings import Settings
from pipelines.workers.progress import progress, say
from pipelines.workers.runner import run
from schemas.errors import PanvoxError


def run_render(settings: Settings, corpus: Corpus, version: int, options: PipelineOptions) -> dict[str, Any]:
    """Write the shards of a version.

    Returns:
        What the stage's file records: rows, shards and bytes of this version.

    Raises:
        PanvoxError: rows and recipes differ in number, or a source has changed since it was ingested.
    """
    planned = corpus.read_stage("plan")["recipes"]
    parts = len(corpus.recipe_files(version))
    marker = f"*-v{version:03d}-*.parquet"
    splits = settings.config.splits

    def finished() -> int:
        return sum(len(storage.list_files(corpus.path("shards", split), marker)) for split in splits)

    if parts:
        with progress("render: shards written", parts, finished):
            run(lambda pipeline: build_render(pipeline, settings, corpus, version), options)
        result = read_json(result_file(corpus))
        storage.remove(result_file(corpus))
    else:
        result = {"rows": 0, "shards": 0, "bytes": 0}
    if result["rows"] != planned:
        raise PanvoxError(f"render wrote {result['rows']} rows where {planned} recipes were planned; please report this")
    say(f"render: {result['rows']} rows in {result['shards']} shards, {result['bytes'] / 1e6:.1f} MB")
    return dict(result)
