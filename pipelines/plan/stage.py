"""The plan stage: give out the banks, run the pipeline, and say what it came to."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import storage
from pipelines.corpus import WORK, Corpus, read_json
from pipelines.ingest.banks import BankFile
from pipelines.plan.growth.earlier import read_earlier
from pipelines.plan.pipeline import build_plan
from pipelines.plan.result import result_file
from pipelines.plan.shards.deal import estimated_bytes
from pipelines.plan.splits.banks import share_banks
from pipelines.settings import Settings
from pipelines.workers.progress import say
from pipelines.workers.runner import run

RENDER_SPEED = 700.0
"""Seconds of audio a core renders in a second, for the estimate of a dry run; `make bench` measures it."""


def run_plan(
    settings: Settings, corpus: Corpus, version: int, options: PipelineOptions, output: Corpus | None = None
) -> dict[str, Any]:
    """Write recipes, assignments and gaps of a version.

    Args:
        settings: of the run.
        corpus: whose manifest is planned.
        version: of the corpus.
        options: of Beam.
        output: where to write; another directory for a dry run.

    Returns:
        What the stage's file records: see ``_write_result`` of :mod:`pipelines.plan.pipeline`.

    Raises:
        ConfigError: what earlier versions of the corpus wrote does not fit the manifest or the configuration any more.
    """
    output = output or corpus
    for part in (*output.recipe_files(version), *output.left_out_files()):
        storage.remove(part)
    earlier = read_earlier(corpus, version, list(settings.config.splits))
    files = [BankFile(**file) for file in corpus.read_stage("ingest")["banks"]]
    banks = share_banks(files, dict(settings.config.splits.items()), settings.config.seed, earlier.allotments)
    run(lambda pipeline: build_plan(pipeline, settings, corpus, output, banks, earlier), options)
    result = read_json(result_file(output))
    storage.remove(result_file(output))
    say(
        f"plan: {result['recipes']} rows, {result['recorded']} recorded and {result['simulated']} simulated, "
        f"in {sum(result['shards'].values())} shards; {result['gaps']} gaps"
    )
    return dict(result)


def dry_run(settings: Settings, corpus: Corpus, version: int, options: PipelineOptions) -> dict[str, Any]:
    """What planning would come to, without writing any of it: rows, hours, bytes and time to expect, by split.

    Returns:
        The plan's figures with ``hours``, ``bytes`` (per split) and ``minutes`` added.
    """
    aside = replace(corpus, root=corpus.path(WORK, "dry-run"))
    result = run_plan(settings, corpus, version, options, output=aside)
    for part in (*aside.recipe_files(version), *aside.left_out_files(), aside.assignments_file, aside.gaps_file):
        storage.remove(part)
    rate = settings.config.audio.sample_rate
    seconds, rows = result["seconds"], result["rows"]
    result["hours"] = {split: seconds[split] / 3600 for split in rows}
    result["bytes"] = {split: round(estimated_bytes(seconds[split], rows[split], rate)) for split in rows}
    result["minutes"] = sum(seconds.values()) / (RENDER_SPEED * (os.cpu_count() or 1)) / 60
    return result
