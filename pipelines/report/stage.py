"""The report stage: count the shards, judge them, and write what people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from expectations.beam import Validate
from expectations.frames import needed_columns
from expectations.suite import Suite
from pipelines import storage
from pipelines.corpus import Corpus, iterate_tables, read_json, write_json
from pipelines.ingest.stage import stop_if_critical, write_verdicts
from pipelines.report.counts.combinations import write_combinations
from pipelines.report.counts.coverage import Targets, read_coverage
from pipelines.report.pages.card import write_card
from pipelines.report.pages.croissant import write_croissant
from pipelines.report.pages.facts import gather
from pipelines.report.pages.heatmap import write_heatmaps
from pipelines.report.pages.html import write_report
from pipelines.report.pages.published import write_published, write_published_matrices
from pipelines.report.pipeline import write_counts
from pipelines.settings import Settings
from pipelines.versions import library_versions
from pipelines.workers.progress import say
from pipelines.workers.runner import run


def run_report(settings: Settings, corpus: Corpus, version: int, suites: list[Suite], options: PipelineOptions) -> dict[str, Any]:
    """Write coverage, report and card.

    Returns:
        What the stage's file records: how many warnings the suites gave.

    Raises:
        ValidationStop: a critical expectation failed on the shards.
    """
    config = settings.config
    ours = [suite for suite in suites if suite.table == "shards"]
    verdicts_file = corpus.path(".work", "verdicts.json")

    def build(pipeline: beam.Pipeline) -> None:
        write_counts(pipeline, corpus, config, settings.accents.wanted)
        write_combinations(pipeline, corpus, config, settings.accents.wanted)
        verdicts = (
            pipeline
            | "shards to judge" >> beam.Create(corpus.shard_files(), reshuffle=True)
            | "read rows" >> beam.FlatMap(_batches, needed_columns(ours))
            | "judge rows" >> Validate(ours)
        )
        _ = (
            pipeline
            | "verdicts" >> beam.Create([verdicts_file])
            | "write verdicts" >> beam.Map(_write, beam.pvalue.AsList(verdicts))
        )

    for table in storage.list_files(corpus.path("coverage"), "by-*"):
        storage.remove(table)  # one that is no longer asked for would tell of an earlier version
    run(build, options)
    verdicts = read_json(verdicts_file)
    storage.remove(verdicts_file)
    write_verdicts(corpus, verdicts)
    model = config.model_dump(mode="json")
    facts = gather(corpus, model, version=version, versions=library_versions())
    if config.publish is None:
        write_heatmaps(corpus, read_coverage(corpus), Targets.of_config(model))
        write_report(corpus, facts)
        write_card(corpus, facts)
        write_croissant(corpus, facts)
    else:
        write_published_matrices(corpus, config.publish.min_speakers)
        write_published(corpus, facts, config.publish.min_speakers)
    say(f"report: {corpus.path('report.html')}")
    stop_if_critical(corpus, verdicts, "the written corpus", "there is no corpus.json")
    return {"suites": sorted(verdicts)}


def _batches(shard: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
    for _, batch in iterate_tables([shard], columns):
        yield batch


def _write(location: str, verdicts: list[tuple[str, dict[str, Any]]]) -> None:
    write_json(location, dict(verdicts))
