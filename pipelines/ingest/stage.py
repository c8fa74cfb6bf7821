"""The ingest stage: run the pipeline, hold its counts against each other, judge the manifest."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from expectations.suite import Suite
from expectations.verdict import failed
from pipelines import storage
from pipelines.corpus import Corpus, read_json, write_json
from pipelines.ingest.bucket import BUCKETS
from pipelines.ingest.pipeline import build_ingest, measured_count, result_file
from pipelines.ingest.read import caveats
from pipelines.ingest.unnamed_words import unnamed_audio
from pipelines.ingest.withdrawals import unmet
from pipelines.people.withdrawn import read_withdrawn
from pipelines.settings import Settings
from pipelines.workers.progress import progress, say
from pipelines.workers.runner import run
from schemas.errors import ConfigError, PanvoxError, ValidationStop


def run_ingest(settings: Settings, corpus: Corpus, suites: list[Suite], options: PipelineOptions) -> dict[str, Any]:
    """Write the manifest and the quarantine.

    Returns:
        What the stage's file records: records read and accepted, quarantined by rule, the banks' files, and how many audio files
        no record names, with a few of them.

    Raises:
        PanvoxError: records were lost, or a noise has no usable file.
        ValidationStop: a critical expectation failed on the manifest.
    """
    for part in (*corpus.manifest_files(), *corpus.quarantine_files()):
        storage.remove(part)
    for caveat in caveats(settings):
        say(caveat)
    ours = [suite for suite in suites if suite.table == "manifest"]
    before = measured_count(corpus)
    with progress("ingest: buckets measured", BUCKETS, lambda: measured_count(corpus) - before):
        run(lambda pipeline: build_ingest(pipeline, settings, corpus, ours), options)
    result = read_json(result_file(corpus))
    verdicts, shared, met = (result.pop(each) for each in ("verdicts", "shared_speakers", "withdrawn_met"))
    storage.remove(result_file(corpus))
    quarantined = sum(result["quarantined"].values())
    lost = result["records_read"] - result["accepted"] - quarantined
    if lost:
        raise PanvoxError(f"ingest lost {lost} of {result['records_read']} records; please report this")
    _check_banks(result["banks"])
    write_verdicts(corpus, verdicts)
    say(f"ingest: {result['records_read']} records read, {result['accepted']} accepted, {quarantined} quarantined")
    if quarantined and not result["accepted"]:
        rules = sorted(result["quarantined"].items(), key=lambda rule: (-rule[1], rule[0]))
        say("ingest: no record was accepted: " + ", ".join(f"{count:,} {name}" for name, count in rules))
    if result["named"]:
        say(f"ingest: {result['named']} records name their speaker in their own id or audio path, which pseudonyms do not hide")
    if nobody := unmet(settings, read_withdrawn(corpus), met):
        say(f"ingest: {nobody}")
    for found in result["unnamed_audio"]:
        say(f"ingest: {unnamed_audio(found)}")
    if shared["speakers"]:
        say(f"ingest: {shared_words(shared)}")
    stop_if_critical(corpus, verdicts, "the manifest", "nothing was rendered")
    return dict(result)


def shared_words(shared: dict[str, Any]) -> str:
    """That sources share speakers' ids, and what that means, told to a person."""
    count, examples = shared["speakers"], shared["examples"]
    ids = "1 speaker's id stands" if count == 1 else f"{count:,} speakers' ids stand"
    shown = ", ".join(examples) + (", …" if count > len(examples) else "")
    return f"{ids} in several sources ({shown}): they count as the same people; 'speaker_prefix' of a source tells them apart"


def _check_banks(banks: list[dict[str, Any]]) -> None:
    """Raise ConfigError where not a single file of a bank can be used."""
    for name in sorted({(bank["kind"], bank["bank"]) for bank in banks}):
        members = [bank for bank in banks if (bank["kind"], bank["bank"]) == name]
        if all(bank["problem"] for bank in members):
            what = "noise" if name[0] == "noise" else "room"
            raise ConfigError(f"{what} '{name[1]}' has no usable file: {members[0]['file']}: {members[0]['problem']}")


def write_verdicts(corpus: Corpus, verdicts: dict[str, dict[str, Any]]) -> None:
    """Write the result of each suite, with the time it was reached."""
    for name, verdict in verdicts.items():
        verdict["meta"]["run_time"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        write_json(corpus.validation_file(name), verdict)


def stop_if_critical(corpus: Corpus, verdicts: dict[str, dict[str, Any]], table: str, consequence: str) -> None:
    """Raise ValidationStop where a critical expectation failed."""
    names = [name for verdict in verdicts.values() for name in failed(verdict, "critical")]
    if names:
        where = corpus.path("validation")
        raise ValidationStop(f"critical expectations failed on {table}: {', '.join(names)}; {consequence}; details in {where}")
