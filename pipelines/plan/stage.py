"""The plan stage: give out the banks, run the pipeline, and say what it came to."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import storage
from pipelines.corpus import WORK, Corpus, read_json, read_table
from pipelines.ingest.banks import BankFile
from pipelines.plan.banks import Allotment, share_banks
from pipelines.plan.deal import estimated_bytes
from pipelines.plan.pipeline import Earlier, build_plan, result_file
from pipelines.progress import say
from pipelines.runner import run
from pipelines.settings import Settings

RENDER_SPEED = 700.0
"""Seconds of audio a core renders in a second, for the estimate of a dry run; `make bench` measures it."""


def run_plan(settings: Settings, corpus: Corpus, version: int, options: PipelineOptions, output: Corpus | None = None) -> dict[str, Any]:
    """Write recipes, assignments and gaps of a version.

    Args:
        settings: of the run.
        corpus: whose manifest is planned.
        version: of the corpus.
        options: of Beam.
        output: where to write; another directory for a dry run.

    Returns:
        What the stage's file records: see ``_write_result`` of :mod:`pipelines.plan.pipeline`.
    """
    output = output or corpus
    for part in output.recipe_files(version):
        storage.remove(part)
    frozen = _frozen(corpus, version)
    files = [BankFile(**file) for file in corpus.read_stage("ingest")["banks"]]
    banks = share_banks(files, settings.config.splits, settings.config.seed, frozen[1])
    recipes = tuple(file for each in range(1, version) for file in corpus.recipe_files(each))
    earlier = Earlier(version, recipes, frozen[0])
    run(lambda pipeline: build_plan(pipeline, settings, corpus, output, banks, earlier), options)
    result = read_json(result_file(output))
    storage.remove(result_file(output))
    say(
        f"plan: {result['recipes']} rows, {result['recorded']} recorded and {result['simulated']} simulated, "
        f"in {sum(result['shards'].values())} shards; {result['gaps']} gaps"
    )
    return dict(result)


def _frozen(corpus: Corpus, version: int) -> tuple[dict[str, str], list[Allotment]]:
    """Speakers' splits and files' allotments that earlier versions gave out; they never change."""
    if version == 1:
        return {}, []
    rows = [row for row in read_table(corpus.assignments_file).to_pylist() if row["version"] < version]
    speakers = {row["key"]: row["split"] for row in rows if row["kind"] == "speaker"}
    files = [
        Allotment(row["kind"], row["key"], row["name"], row["split"], row["start_s"], row["end_s"])
        for row in rows
        if row["kind"] != "speaker"
    ]
    return speakers, files


def dry_run(settings: Settings, corpus: Corpus, version: int, options: PipelineOptions) -> dict[str, Any]:
    """What planning would come to, without writing any of it: rows, hours, bytes and time to expect, by split.

    Returns:
        The plan's figures with ``hours``, ``bytes`` (per split) and ``minutes`` added.
    """
    aside = replace(corpus, root=corpus.path(WORK, "dry-run"))
    result = run_plan(settings, corpus, version, options, output=aside)
    for part in (*aside.recipe_files(version), aside.assignments_file, aside.gaps_file):
        storage.remove(part)
    rate = settings.config.audio.sample_rate
    seconds, rows = result["seconds"], result["rows"]
    result["hours"] = {split: seconds[split] / 3600 for split in rows}
    result["bytes"] = {split: round(estimated_bytes(seconds[split], rows[split], rate)) for split in rows}
    result["minutes"] = sum(seconds.values()) / (RENDER_SPEED * (os.cpu_count() or 1)) / 60
    return result
