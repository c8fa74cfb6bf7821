"""Everything the report and the data card tell, gathered from the output directory.

What is gathered is as large as the matrix and the examples shown, never as the corpus: tables are read a batch at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines import storage
from pipelines.corpus import Corpus, read_json
from pipelines.ingest.unnamed_words import unnamed_audio
from pipelines.report.counts.count import UNTARGETED_ACCENTS, UNTARGETED_CONDITIONS
from pipelines.report.counts.coverage import Coverage, Targets, read_coverage
from pipelines.report.counts.crosstab import Crosstab, read_crosstab
from pipelines.report.counts.shard import counts_file
from pipelines.report.pages.clips import Clip, read_clips
from pipelines.report.pages.records import (
    BrokenRule,
    Gaps,
    Histogram,
    SuiteResult,
    histogram,
    measured_histograms,
    read_gaps,
    read_quarantine,
    read_validation,
    recipes_of_earlier_versions,
)
from pipelines.report.statistics.statistics import read_statistics
from pipelines.report.terminal.combinations_told import Combinations, read_combinations
from schemas.licences import conflicts
from schemas.provenance import IMPUTED, PROVENANCE_FIELDS

LOMBARD_SNR_DB = 5
CONFOUNDED_SHOWN = 12
SIMULATED = (
    "Simulation adds conditions, never people: simulated rows repeat the speakers, words and recordings of their donors, and "
    "speaker counts are of distinct speakers at every level."
)


@dataclass(frozen=True)
class Ledger:
    """What went in and what came out, over all versions; a number that a stage did not record is None."""

    read: int | None
    accepted: int | None
    quarantined: int
    planned: int | None
    recorded: int
    simulated: int
    shards: int
    bytes: int

    @property
    def written(self) -> int:
        """Rows in the shards, as counted from them."""
        return self.recorded + self.simulated

    @property
    def records_balance(self) -> bool | None:
        """Whether records read = accepted + quarantined; None where that is not known."""
        return None if self.read is None or self.accepted is None else self.read == self.accepted + self.quarantined

    @property
    def rows_balance(self) -> bool | None:
        """Whether recipes planned = rows written; None where that is not known."""
        return None if self.planned is None else self.planned == self.written


@dataclass(frozen=True)
class FacetRow:
    """The rows of one value of a facet (gender, licence …); ``value`` is None where none was given."""

    value: str | None
    recorded: int
    simulated: int
    hours: float
    speakers: int


@dataclass(frozen=True)
class Facts:
    """What a report tells.

    Attributes:
        name: of the corpus.
        version: of the corpus.
        config: the configuration as JSON.
        coverage: counted from the shards.
        targets: what each cell should hold.
        ledger: what went in and what came out.
        quarantine: the rules that were broken.
        gaps: targets that are not met.
        claim: whether the plan could have filled more of them, in words; empty where it does not say.
        combinations: which values of several factors occur together.
        histograms: of what was measured.
        low_snr_rows: simulated rows under :data:`LOMBARD_SNR_DB`.
        facets: rows by value of each facet, most rows first.
        absent_accents: by split, the accents nobody in it has.
        notes: what the planner wants readers to know.
        unnamed_audio: audio files that no record names, by the directory they lie under, in words.
        validation: results of the expectation suites.
        clips: rows to listen to.
        clips_left_out: cells and origins that have rows but no clip here.
        versions: of the libraries.
        statistics: of balance and people, as ``coverage/statistics.json`` holds them.
        crosstabs: the further tables.
    """

    name: str
    version: int
    config: Mapping[str, Any]
    coverage: Coverage
    targets: Targets
    ledger: Ledger
    quarantine: tuple[BrokenRule, ...]
    gaps: Gaps
    claim: str
    combinations: Combinations
    histograms: tuple[Histogram, ...]
    low_snr_rows: int
    facets: Mapping[str, tuple[FacetRow, ...]]
    absent_accents: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    unnamed_audio: tuple[str, ...]
    validation: tuple[SuiteResult, ...]
    clips: tuple[Clip, ...]
    clips_left_out: int
    versions: Mapping[str, str]
    statistics: Mapping[str, Any]
    crosstabs: tuple[Crosstab, ...]

    def speakers_of_type(self, pattern: str) -> int:
        """Speakers whose declared speaker_type fits a pattern."""
        return sum(row.speakers for row in self._of_type(pattern))

    def hours_of_type(self, pattern: str) -> float:
        """Hours, recorded and simulated, of speakers whose declared speaker_type fits a pattern."""
        return sum(row.hours for row in self._of_type(pattern))

    def _of_type(self, pattern: str) -> list[FacetRow]:
        rows = self.facets.get("speaker_type", ())
        return [row for row in rows if row.value is not None and re.search(pattern, row.value, re.IGNORECASE)]

    @property
    def imputed(self) -> list[tuple[str, int, int]]:
        """Fields with imputed values, each with the rows and the speakers that have one."""
        return [
            (field, row.recorded + row.simulated, row.speakers)
            for field in PROVENANCE_FIELDS
            for row in self.facets.get(f"{field}_provenance", ())
            if row.value == IMPUTED
        ]

    @property
    def accents(self) -> tuple[str, ...]:
        """Declared accents that have a row."""
        return tuple(
            accent
            for accent in self.coverage.accents
            if accent not in UNTARGETED_ACCENTS and self.coverage.value("utterances", accent=accent)
        )

    @property
    def conditions(self) -> tuple[str, ...]:
        """Named conditions that have a row."""
        return tuple(
            condition
            for condition in self.coverage.conditions
            if condition not in UNTARGETED_CONDITIONS and self.coverage.value("utterances", condition=condition)
        )

    @property
    def one_speaker_accents(self) -> tuple[str, ...]:
        """Accents that a single speaker stands for."""
        return tuple(accent for accent in self.accents if self.coverage.value("speakers", accent=accent) == 1)

    @property
    def empty_accents(self) -> tuple[str, ...]:
        """Accents of the taxonomy without a row."""
        return tuple(accent for accent in self.coverage.accents if not self.coverage.value("utterances", accent=accent))


def caveats(facts: Facts) -> list[str]:
    """What a reader of the numbers must know before using them, most serious first."""
    told = []
    speakers = plural(int(facts.coverage.value("speakers")), "speaker")
    synthetic, professional = facts.speakers_of_type("synth|tts"), facts.speakers_of_type("professional")
    if synthetic:
        told.append(
            f"Synthetic voices, as declared: {synthetic:,} of {speakers}. They are not people: coverage of people must not be "
            "claimed from them."
        )
    if professional:
        told.append(
            f"Professional speakers, as declared: {professional:,} of {speakers}, {facts.hours_of_type('professional'):,.2f} of "
            f"{facts.coverage.value('hours'):,.2f} hours. Their reading does not represent speech in the wild."
        )
    confounded = [each["sentence"] for each in facts.statistics["confounded"]]
    told += confounded[:CONFOUNDED_SHOWN]
    if len(confounded) > CONFOUNDED_SHOWN:
        told.append(f"{len(confounded) - CONFOUNDED_SHOWN:,} more such bonds of accent stand in coverage/statistics.json.")
    told += facts.statistics["caveats"]
    if facts.imputed:
        marked = (facts.config.get("policy") or {}).get("imputed") == "mark"
        fields = ", ".join(f"{field.replace('_', ' ')} ({plural(rows, 'row')})" for field, rows, _ in facts.imputed)
        counted = "They count here, because `policy.imputed` is `mark`" if marked else "They count as not given"
        told.append(f"Imputed, not said by or seen of anybody: {fields}. {counted}.")
    if facts.ledger.simulated:
        told.append(SIMULATED)
    licences = [row.value for row in facts.facets.get("licence", ()) if row.value is not None]
    told += [
        f"Licences that do not go together, by their names: {', '.join(conflict.licences)}: {conflict.why}."
        for conflict in conflicts(licences, is_adapted=bool(facts.ledger.simulated))
    ]
    if facts.low_snr_rows:
        told.append(
            f"SNR under {LOMBARD_SNR_DB} dB: {plural(facts.low_snr_rows, 'simulated row')}. Simulated noise cannot model the "
            "Lombard effect: real talkers raise and change their voices in noise, so recordings made there differ."
        )
    if facts.one_speaker_accents:
        told.append(
            f"One speaker only: {plural(len(facts.one_speaker_accents), 'accent')}. What is measured on such an accent is about "
            "its speaker."
        )
    return [*told, *facts.notes]


def plural(count: int, thing: str) -> str:
    """A count with what is counted."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def gather(corpus: Corpus, config: Mapping[str, Any], *, version: int, versions: Mapping[str, str]) -> Facts:
    """Read what the stages left behind.

    Args:
        corpus: whose shards are counted already (:func:`pipelines.report.pipeline.write_counts`).
        config: the configuration, as ``CorpusConfig.model_dump(mode="json")`` gives it.
        version: of the corpus.
        versions: of the libraries, by name.

    Raises:
        ConfigError: where a stage before the report is not done, or the shards are not counted.
    """
    ingest, plan, _ = (corpus.read_stage(stage) for stage in ("ingest", "plan", "render"))
    planned = plan.get("recipes")
    coverage = Coverage(read_coverage(corpus))
    counted = read_json(counts_file(corpus))
    clips = tuple(read_clips(corpus, counted["clips"]))
    snr_db = [(low, count) for low, count in counted["snr_db"]]
    simulated_snr = histogram("SNR of the simulated rows, as measured", "dB", snr_db)
    quarantined = ingest.get("quarantined") or {}
    return Facts(
        name=str(config.get("name", "")),
        version=version,
        config=config,
        coverage=coverage,
        targets=Targets.of_config(config),
        ledger=Ledger(
            read=ingest.get("records_read"),
            accepted=ingest.get("accepted"),
            quarantined=sum(quarantined.values()),
            planned=None if planned is None else planned + recipes_of_earlier_versions(corpus, version),
            recorded=int(coverage.value("utterances", origin="recorded")),
            simulated=int(coverage.value("utterances", origin="simulated")),
            shards=len(corpus.shard_files()),
            bytes=sum(map(storage.size, corpus.shard_files())),
        ),
        quarantine=read_quarantine(corpus),
        gaps=read_gaps(corpus),
        claim=str(plan.get("statement") or ""),
        combinations=read_combinations(corpus),
        histograms=tuple(each for each in (*measured_histograms(corpus), simulated_snr) if each.count),
        low_snr_rows=sum(count for low, count in snr_db if low < LOMBARD_SNR_DB),
        facets=_facets(counted["facets"]),
        absent_accents={split: tuple(accents) for split, accents in (plan.get("absent_accents") or {}).items() if accents},
        notes=tuple(str(note) for note in plan.get("notes") or ()),
        unnamed_audio=tuple(unnamed_audio(found) for found in ingest.get("unnamed_audio") or ()),
        validation=read_validation(corpus),
        clips=clips,
        clips_left_out=len(counted["clips"]) - len(clips),
        versions=dict(versions),
        statistics=read_statistics(corpus),
        crosstabs=tuple(read_crosstab(corpus, names) for names in (config.get("coverage") or {}).get("tables", ())),
    )


def _facets(rows: list[dict[str, Any]]) -> dict[str, tuple[FacetRow, ...]]:
    by_value: dict[str, dict[str | None, dict[str, dict[str, Any]]]] = {}
    for row in rows:
        by_value.setdefault(row["facet"], {}).setdefault(row["value"], {})[row["origin"]] = row
    facets = {}
    for facet, values in by_value.items():
        found = [
            FacetRow(
                value,
                origins.get("recorded", {}).get("utterances", 0),
                origins.get("simulated", {}).get("utterances", 0),
                origins["*"]["hours"],
                origins["*"]["speakers"],
            )
            for value, origins in values.items()
        ]
        facets[facet] = tuple(sorted(found, key=lambda row: (-row.recorded - row.simulated, row.value or "")))
    return facets
