"""The ingest stage as a Beam pipeline: metadata files to the manifest, the quarantine and their counts.

    files ─ read ─ check ─▶ candidates ─ measure ─ condition ─▶ rows ─ expectations ─▶ rows ─ duplicates ─▶ manifest
                └─ rejections ──────────┴──────────────────────────┴───────────────────────┴─▶ quarantine

Audio files under the sources' roots are held against the names in the records (:mod:`pipelines.ingest.unnamed`). Between
the steps only metadata moves; each audio file is opened by the worker that measures it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam
import pyarrow as pa

from expectations.beam import CheckRows, Judge, Summarise
from expectations.suite import Suite, explain
from pipelines import storage
from pipelines.audio.problem import AudioProblem
from pipelines.corpus import Corpus, write_json, write_table
from pipelines.ingest.banks import BankFile, inspect_bank_file
from pipelines.ingest.bucket import Wanted, bucket_of, judge, measure_bucket
from pipelines.ingest.condition import assign_condition
from pipelines.ingest.duplicates import Claim, Loss, settle
from pipelines.ingest.read import metadata_files, read_file
from pipelines.ingest.record import Candidate, Place, Rejection
from pipelines.ingest.shared_speakers import SharedSpeakers, find_shared_speakers
from pipelines.ingest.unnamed import Unnamed, find_unnamed
from pipelines.people.withdrawn import Withdrawn, read_withdrawn
from pipelines.settings import Settings
from schemas.tables import MANIFEST, QUARANTINE

PART_ROWS = 20_000
"""Rows a part of the manifest holds on average; also the batch that expectations are run on."""

REJECTED = "rejected"
CANDIDATE = "candidate"
"""Under this key a row carries its candidate past the expectations, which look at the manifest's columns only."""


def build_ingest(pipeline: beam.Pipeline, settings: Settings, corpus: Corpus, suites: list[Suite]) -> None:
    """Add the whole stage to a pipeline. Its result is the manifest, the quarantine and ``.work/ingest-result.json``."""
    withdrawn = read_withdrawn(corpus)
    records = (
        pipeline
        | "metadata files" >> beam.Create(metadata_files(settings), reshuffle=True)
        | "read and check" >> beam.FlatMap(_read, settings, withdrawn)
    )
    total = records | "count records" >> beam.combiners.Count.Globally()
    named = (
        records | "name their speaker" >> beam.Filter(lambda record: record.is_named) | "count" >> beam.combiners.Count.Globally()
    )
    met = records | "what is on the list" >> beam.FlatMap(_met) | "each of the list once" >> beam.Distinct()
    checked = records | "part the unreadable" >> beam.ParDo(_PartRejected()).with_outputs(REJECTED, main="rows")
    measured = (
        checked.rows
        | "to buckets" >> beam.Map(_with_bucket)
        | "per bucket" >> beam.GroupByKey()
        | "measure" >> beam.ParDo(_Measure(settings, corpus.measured_dir, withdrawn)).with_outputs(REJECTED, main="rows")
    )
    checked_rows = (
        measured.rows
        | "to batches" >> beam.Map(_with_part, beam.pvalue.AsSingleton(total))
        | "per batch" >> beam.GroupByKey()
        | "rows of a batch" >> beam.MapTuple(_batch)
        | "expectations of rows" >> CheckRows(suites)
    )
    expected = checked_rows.rows | "part the unexpected" >> beam.ParDo(_PartUnexpected(suites)).with_outputs(
        REJECTED, main="rows"
    )
    losses = _find_losses(expected.rows)
    written = (
        {
            "rows": expected.rows | "rows to parts" >> beam.Map(_with_part, beam.pvalue.AsSingleton(total)),
            "losses": losses | "losses to parts" >> beam.Map(_loss_with_part, beam.pvalue.AsSingleton(total)),
        }
        | "per part" >> beam.CoGroupByKey()
        | "write manifest" >> beam.ParDo(_WriteManifest(settings, corpus)).with_outputs(REJECTED, main="tables")
    )
    quarantined = (
        (checked[REJECTED], measured[REJECTED], expected[REJECTED], written[REJECTED])
        | "all rejections" >> beam.Flatten()
        | "rejections to parts" >> beam.Map(_rejection_with_part, beam.pvalue.AsSingleton(total))
        | "per quarantine part" >> beam.GroupByKey()
        | "write quarantine" >> beam.FlatMap(_write_quarantine, corpus)
    )
    accepted = written.tables | "count accepted" >> beam.Map(lambda table: table.num_rows)
    verdicts = (checked_rows.partials, written.tables | "expectations of the manifest" >> Summarise(suites)) | "judge" >> Judge(
        suites
    )
    banks = (
        pipeline
        | "bank files" >> beam.Create(_bank_files(settings), reshuffle=True)
        | "inspect bank files" >> beam.MapTuple(inspect_bank_file)
    )
    are_shown = settings.config.pseudonyms is None and not withdrawn
    unnamed = find_unnamed(pipeline, records, settings, are_shown=are_shown)
    shared = find_shared_speakers(written.tables)
    _ = (
        pipeline
        | "once" >> beam.Create([None])
        | "write result"
        >> beam.Map(
            _write_result,
            corpus,
            beam.pvalue.AsSingleton(total),
            None if settings.config.pseudonyms is None else beam.pvalue.AsSingleton(named),
            beam.pvalue.AsList(met),
            beam.pvalue.AsList(accepted),
            beam.pvalue.AsList(quarantined),
            beam.pvalue.AsList(verdicts),
            beam.pvalue.AsList(banks),
            beam.pvalue.AsList(unnamed),
            beam.pvalue.AsSingleton(shared),
        )
    )


def result_file(corpus: Corpus) -> str:
    """Where the pipeline leaves its counts, its verdicts and what the banks hold."""
    return corpus.path(".work", "ingest-result.json")


def _read(file: tuple[int, int, str], settings: Settings, withdrawn: Withdrawn) -> Iterator[Candidate | Rejection]:
    source, number, location = file
    return read_file(source, number, location, settings, withdrawn)


def _met(record: Candidate | Rejection) -> frozenset[str]:
    return record.met if isinstance(record, Rejection) else frozenset()


class _PartRejected(beam.DoFn):
    """Sends rejections to an output of their own."""

    def process(self, record: Candidate | Rejection) -> Iterator[Any]:
        yield beam.pvalue.TaggedOutput(REJECTED, record) if isinstance(record, Rejection) else record


def _with_bucket(candidate: Candidate) -> tuple[int, Candidate]:
    return bucket_of(candidate.row["audio"]), candidate


class _Measure(beam.DoFn):
    """Measures the recordings of a bucket and finds the condition each is in."""

    def __init__(self, settings: Settings, directory: str, withdrawn: Withdrawn) -> None:
        self._settings = settings
        self._directory = directory
        self._withdrawn = withdrawn

    def process(self, element: tuple[int, Iterable[Candidate]]) -> Iterator[Any]:
        bucket, candidates = element
        accept = self._settings.config.accept
        wanted = [self._wanted(candidate) for candidate in candidates]
        for candidate, found, outcome in measure_bucket(self._directory, bucket, wanted, accept.duration_s[1], self._withdrawn):
            judged = outcome if isinstance(outcome, AudioProblem) else judge(outcome, accept) or outcome
            if isinstance(judged, AudioProblem):
                yield beam.pvalue.TaggedOutput(REJECTED, candidate.reject(judged.rule, judged.message))
                continue
            if self._withdrawn.has_audio(judged.audio_sha256):
                yield beam.pvalue.TaggedOutput(REJECTED, candidate.withhold())
                continue
            row = candidate.row | judged.as_dict() | {"audio": self._settings.relative(found)}
            row["condition"] = assign_condition(row, self._settings.config)
            yield replace(candidate, row=row)

    def _wanted(self, candidate: Candidate) -> Wanted:
        source = self._settings.config.sources[candidate.row["source"]]
        location = self._settings.resolve(candidate.row["audio"])
        return Wanted(location, self._settings.audio_root(source), candidate.span, candidate)


def _part(recording_id: str, total: int) -> int:
    return zlib.crc32(recording_id.encode()) % max(1, -(-total // PART_ROWS))


def _with_part(candidate: Candidate, total: int) -> tuple[int, Candidate]:
    return _part(candidate.row["recording_id"], total), candidate


def _loss_with_part(loss: tuple[str, Loss], total: int) -> tuple[int, Loss]:
    return _part(loss[0], total), loss[1]


def _rejection_with_part(rejection: Rejection, total: int) -> tuple[int, Rejection]:
    return _part(f"{rejection.place}", total), rejection


def _batch(part: int, candidates: Iterable[Candidate]) -> tuple[int, list[dict[str, Any]]]:
    ordered = sorted(candidates, key=lambda candidate: candidate.place)
    return part, [candidate.row | {CANDIDATE: candidate} for candidate in ordered]


class _PartUnexpected(beam.DoFn):
    """Sends rows that fail an expectation to the rejections, under the first it fails."""

    def __init__(self, suites: list[Suite]) -> None:
        self._suites = suites

    def process(self, element: tuple[dict[str, Any], list[str]]) -> Iterator[Any]:
        row, rules = element
        candidate: Candidate = row[CANDIDATE]
        if rules:
            message = explain(self._suites, rules[0], candidate.row)
            yield beam.pvalue.TaggedOutput(REJECTED, candidate.reject(rules[0], message))
        else:
            yield candidate


def _find_losses(rows: beam.PCollection[Candidate]) -> beam.PCollection[tuple[str, Loss]]:
    """The rows that give way to an earlier one with the same id or audio, by their recording_id.

    Claims that share nothing with others never meet in one place: first those with an id of their own are parted from the
    rest, then those with audio of their own; groups that share only audio are settled by themselves, and only what is entangled
    through both comes together.
    """
    by_id = (
        rows
        | "claims" >> beam.Map(_claim)
        | "by id" >> beam.GroupByKey()
        | "mark shared ids" >> beam.FlatMapTuple(_mark_shared)
        | "by audio" >> beam.GroupByKey()
        | "settle audio" >> beam.FlatMapTuple(_settle_audio).with_outputs("entangled", main="losses")
    )
    entangled = (
        by_id.entangled
        | "entangled together" >> beam.Map(lambda claim: (None, claim))
        | "all entangled" >> beam.GroupByKey()
        | "settle entangled" >> beam.FlatMapTuple(lambda _, claims: _by_recording_id(claims))
    )
    return (by_id.losses, entangled) | "all losses" >> beam.Flatten()


def _claim(candidate: Candidate) -> tuple[str, Claim]:
    row = candidate.row
    return row["recording_id"], Claim(candidate.place, row["recording_id"], row["audio_sha256"])


def _mark_shared(_: str, claims: Iterable[Claim]) -> Iterator[tuple[str, tuple[Claim, bool]]]:
    together = list(claims)
    for claim in together:
        yield claim.audio_sha256, (claim, len(together) > 1)


def _settle_audio(_: str, marked: Iterable[tuple[Claim, bool]]) -> Iterator[Any]:
    together = list(marked)
    if any(shared for _, shared in together):
        yield from (beam.pvalue.TaggedOutput("entangled", claim) for claim, _ in together)
    elif len(together) > 1:
        yield from _by_recording_id(claim for claim, _ in together)


def _by_recording_id(claims: Iterable[Claim]) -> Iterator[tuple[str, Loss]]:
    together = {claim.place: claim for claim in claims}
    for loss in settle(together.values()):
        yield together[loss.place].recording_id, loss


class _WriteManifest(beam.DoFn):
    """Writes a part of the manifest, without the rows that give way to others."""

    def __init__(self, settings: Settings, corpus: Corpus) -> None:
        self._settings = settings
        self._corpus = corpus

    def process(self, element: tuple[int, dict[str, Iterable[Any]]]) -> Iterator[Any]:
        part, joined = element
        losses: dict[Place, Loss] = {loss.place: loss for loss in joined["losses"]}
        rows = []
        for candidate in sorted(joined["rows"], key=lambda candidate: candidate.place):
            loss = losses.get(candidate.place)
            if loss is None:
                rows.append(candidate.row)
            else:
                yield beam.pvalue.TaggedOutput(REJECTED, candidate.reject(loss.rule, self._message(loss)))
        if rows:
            table = pa.Table.from_pylist(rows, schema=MANIFEST.schema())
            write_table(self._corpus.path("manifest", f"part-{part:05d}.parquet"), table)
            yield table

    def _message(self, loss: Loss) -> str:
        winner, same = loss.winner, "id" if loss.rule == "duplicate_id" else "audio"
        file = self._settings.relative(self._settings.metadata[winner.place.source][winner.place.file])
        return f"row {winner.place.row_number} of {file} ({winner.recording_id!r}) has the same {same} and stays"


def _write_quarantine(element: tuple[int, Iterable[Rejection]], corpus: Corpus) -> Iterator[tuple[str, int]]:
    """Write a part of the quarantine; yields rules with their counts."""
    part, rejections = element
    rows = [rejection.as_row() for rejection in sorted(rejections, key=lambda rejection: rejection.place)]
    table = pa.Table.from_pylist(rows, schema=QUARANTINE.schema())
    write_table(corpus.path("quarantine", f"part-{part:05d}.parquet"), table)
    for count in table.group_by("rule").aggregate([([], "count_all")]).to_pylist():
        yield count["rule"], count["count_all"]


def _bank_files(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Kind, bank, file and location of every noise file and response."""
    banks = (("noise", settings.noises), ("response", settings.rooms))
    return [(kind, name, settings.relative(file), file) for kind, bank in banks for name, files in bank.items() for file in files]


def _write_result(
    _: None,
    corpus: Corpus,
    total: int,
    named: int | None,
    met: list[str],
    accepted: list[int],
    quarantined: list[tuple[str, int]],
    verdicts: list[tuple[str, dict[str, Any]]],
    banks: list[BankFile],
    unnamed: list[tuple[str, Unnamed]],
    shared: SharedSpeakers,
) -> None:
    rules: dict[str, int] = {}
    for rule, count in quarantined:
        rules[rule] = rules.get(rule, 0) + count
    result = {
        "records_read": total,
        "named": named,
        "withdrawn_met": sorted(met),
        "accepted": sum(accepted),
        "quarantined": rules,
        "verdicts": dict(verdicts),
        "banks": sorted((vars(bank) for bank in banks), key=lambda bank: (bank["kind"], bank["bank"], bank["file"])),
        "unnamed_audio": [
            {"audio_root": root, "files": found.files, "examples": found.examples} for root, found in sorted(unnamed)
        ],
        "shared_speakers": shared._asdict(),
    }
    write_json(result_file(corpus), result)


def measured_count(corpus: Corpus) -> int:
    """How many buckets have figures by now, as a measure of progress."""
    return len(storage.list_files(corpus.measured_dir, "*.json"))
