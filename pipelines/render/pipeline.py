"""The render stage as a Beam pipeline: one element a shard, and nothing but its name moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import apache_beam as beam

from pipelines import storage
from pipelines.corpus import Corpus, read_table, write_json
from pipelines.render.row import make_row
from pipelines.render.shard import Written, describe_shard, write_shard
from pipelines.render.sounds import SoundLibrary
from pipelines.settings import Settings


def build_render(pipeline: beam.Pipeline, settings: Settings, corpus: Corpus, version: int) -> None:
    """Add the stage to a pipeline: every shard of a version that is not there yet is written."""
    # Keys in the order of the files' sizes spread the large shards evenly over the workers.
    parts = sorted(corpus.recipe_files(version), key=lambda part: (-storage.size(part), part))
    _ = (
        pipeline
        | "recipe parts" >> beam.Create(list(enumerate(parts)))
        | "one by one" >> beam.GroupByKey()
        | "render" >> beam.ParDo(_RenderShard(settings, corpus))
        | "all" >> beam.combiners.ToList()
        | "write result" >> beam.Map(_write_result, corpus)
    )


def result_file(corpus: Corpus) -> str:
    """Where the pipeline leaves how much it wrote."""
    return corpus.path(".work", "render-result.json")


class _RenderShard(beam.DoFn):
    """Writes the shard of a part of the recipes. Sounds are loaded once a worker."""

    def __init__(self, settings: Settings, corpus: Corpus) -> None:
        self._settings = settings
        self._corpus = corpus

    def setup(self) -> None:
        self._sounds = SoundLibrary(self._settings)

    def process(self, element: tuple[int, Iterable[str]]) -> Iterator[Written]:
        for part in element[1]:
            yield self._render(part)

    def _render(self, part: str) -> Written:
        config = self._settings.config
        recipes = read_table(part)
        first = recipes.slice(0, 1).to_pylist()[0]
        location = self._corpus.shard_file(config.name, first["split"], first["version"], first["shard"], first["shards"])
        if storage.exists(location):
            return describe_shard(location)
        rate = config.audio.sample_rate
        rows = (make_row(recipe, self._sounds, rate) for batch in recipes.to_batches(1024) for recipe in batch.to_pylist())
        return write_shard(location, rows, rate)


def _write_result(written: list[Written], corpus: Corpus) -> None:
    result = {"rows": sum(each.rows for each in written), "shards": len(written), "bytes": sum(each.bytes for each in written)}
    write_json(result_file(corpus), result)
