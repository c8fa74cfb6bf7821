"""What the earlier stages left in files, read for showing: quarantine, gaps, validation, and what was measured."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import storage
from pipelines.corpus import Corpus, iterate_tables, read_json
from schemas.rules import EXPECTATION_STAGE, RULES
from schemas.tables import GAPS

EXAMPLES = 3
RECORD_CHARACTERS = 600
GAPS_SHOWN = 500


@dataclass(frozen=True)
class Example:
    """One quarantined record."""

    source: str
    row_number: int | None
    message: str
    record: str


@dataclass(frozen=True)
class BrokenRule:
    """A rule that records broke: its name and stage, what it means, how many, and the first of them."""

    name: str
    stage: str
    doc: str
    count: int
    examples: tuple[Example, ...]


def read_quarantine(corpus: Corpus) -> tuple[BrokenRule, ...]:
    """The rules that were broken, the most often broken first, each with the first records that broke it."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[Example]] = {}
    columns = ["stage", "rule", "source", "row_number", "message", "record_json"]
    for _, batch in iterate_tables(corpus.quarantine_files(), columns):
        for stage, rule, source, row_number, message, record in zip(*(batch[name].to_pylist() for name in columns), strict=True):
            counts[stage, rule] += 1
            kept = examples.setdefault((stage, rule), [])
            if len(kept) < EXAMPLES:
                # Whoever did not agree to be in the corpus is not quoted in a page about it.
                shown = "" if stage == "policy" else shorten(record or "")
                kept.append(Example(source, row_number, shorten(message or ""), shown))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        BrokenRule(rule, stage, explain_rule(rule, stage), count, tuple(examples[stage, rule])) for (stage, rule), count in ranked
    )


def explain_rule(rule: str, stage: str) -> str:
    """What breaking a rule means, in words."""
    if rule in RULES:
        return RULES[rule].doc
    return "the record fails an expectation on every recording" if stage == EXPECTATION_STAGE else ""


def shorten(text: str, characters: int = RECORD_CHARACTERS) -> str:
    """The text, or its beginning and how much is left out."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]} … ({len(text) - characters:,} more characters)"


@dataclass(frozen=True)
class Gaps:
    """Targets that are not met.

    Attributes:
        rows: the first of them, by column of :data:`schemas.tables.GAPS`.
        total: how many there are.
        remedies: how many of them each remedy closes.
    """

    rows: tuple[dict[str, str], ...]
    total: int
    remedies: dict[str, int]


def read_gaps(corpus: Corpus) -> Gaps:
    """``plan/gaps.csv``, row by row; no gaps where there is no such file."""
    rows: list[dict[str, str]] = []
    remedies: Counter[str] = Counter()
    if storage.exists(corpus.gaps_file):
        with storage.open_input(corpus.gaps_file) as file:
            for row in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline="")):
                remedies[row.get("remedy") or ""] += 1
                if len(rows) < GAPS_SHOWN:
                    rows.append({name: row.get(name) or "" for name in GAPS.names})
    return Gaps(tuple(rows), sum(remedies.values()), dict(sorted(remedies.items())))


@dataclass(frozen=True)
class FailedExpectation:
    """An expectation that did not hold: its name and type, what it was about, how bad that is, and what was found."""

    name: str
    type: str
    subject: str
    severity: str
    found: str


@dataclass(frozen=True)
class SuiteResult:
    """The result of one expectation suite."""

    suite: str
    evaluated: int
    failed: tuple[FailedExpectation, ...]

    @property
    def verdict(self) -> str:
        """``passed``, ``passed with warnings``, or ``failed`` where a critical expectation did not hold."""
        if any(each.severity == "critical" for each in self.failed):
            return "failed"
        return "passed with warnings" if self.failed else "passed"


def read_validation(corpus: Corpus) -> tuple[SuiteResult, ...]:
    """The Great Expectations results in ``validation/``, by name."""
    return tuple(_suite_result(file) for file in storage.list_files(corpus.path("validation"), "*.json"))


def _suite_result(location: str) -> SuiteResult:
    result = read_json(location)
    results = result.get("results") or []
    name = result.get("suite_name") or storage.name(location).removesuffix(".json")
    failed = tuple(_failed_expectation(each) for each in results if not each.get("success"))
    return SuiteResult(str(name), len(results), failed)


def _failed_expectation(each: dict[str, Any]) -> FailedExpectation:
    config = each.get("expectation_config") or {}
    found = each.get("result") or {}
    told = ""
    if found.get("unexpected_count") is not None:
        told = f"{found['unexpected_count']:,} of {found.get('element_count') or 0:,} rows"
    elif found.get("observed_value") is not None:
        told = f"observed {found['observed_value']}"
    arguments = {key: value for key, value in (config.get("kwargs") or {}).items() if value is not None and key != "batch_id"}
    subject = ", ".join(f"{key} {value}" for key, value in sorted(arguments.items()))
    name = (config.get("meta") or {}).get("name") or ""
    severity = config.get("severity") or "critical"
    return FailedExpectation(str(name), str(config.get("type") or ""), shorten(subject), str(severity), shorten(told))


@dataclass(frozen=True)
class Histogram:
    """How many values lie in each bin.

    Attributes:
        title: what was measured, on what.
        unit: of the values.
        bins: the lower edge of each bin that is not empty, and its count, in order.
        width: of a bin.
    """

    title: str
    unit: str
    bins: tuple[tuple[int, int], ...]
    width: int = 1

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(count for _, count in self.bins)

    def quantile(self, share: float) -> float:
        """The middle of the bin that holds the quantile."""
        passed = 0
        for low, count in self.bins:
            passed += count
            if passed >= share * self.count:
                return low + self.width / 2
        return math.nan


def histogram(title: str, unit: str, counts: Iterable[tuple[int, int]]) -> Histogram:
    """A histogram of whole-unit bins, joined by twos and fives where they are many."""
    counts = list(counts)
    span = max((low for low, _ in counts), default=0) - min((low for low, _ in counts), default=0)
    width = next(width for width in (1, 2, 5, 10, max(10, span)) if span <= 60 * width)
    joined: Counter[int] = Counter()
    for low, count in counts:
        joined[low // width * width] += count
    return Histogram(title, unit, tuple(sorted(joined.items())), width)


def measured_histograms(corpus: Corpus) -> tuple[Histogram, Histogram]:
    """Active level and SNR of the accepted recordings."""
    columns = ("active_level_dbov", "snr_db")
    counts: dict[str, Counter[int]] = {column: Counter() for column in columns}
    for _, batch in iterate_tables(corpus.manifest_files(), columns, rows=65_536):
        for column in columns:
            values = batch[column].drop_null()
            finite = values.filter(pc.is_finite(values))
            counts[column].update(
                {int(value["values"]): value["counts"] for value in pc.value_counts(pc.floor(finite)).to_pylist()}
            )
    return (
        histogram("Active speech level of the recordings", "dBov", counts["active_level_dbov"].items()),
        histogram("SNR of the recordings, estimated", "dB", counts["snr_db"].items()),
    )


def recipes_of_earlier_versions(corpus: Corpus, version: int) -> int:
    """How many recipes there are of versions before this one."""
    earlier = sorted(set(corpus.recipe_files()) - set(corpus.recipe_files(version)))
    return sum(_rows_in(file) for file in earlier)


def _rows_in(file: str) -> int:
    with storage.open_input(file) as opened:
        return int(pq.ParquetFile(opened).metadata.num_rows)
