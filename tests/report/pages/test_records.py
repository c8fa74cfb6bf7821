"""What the earlier stages left behind, read for showing."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipelines.corpus import Corpus, write_json, write_table
from pipelines.report.pages.records import (
    GAPS_SHOWN,
    histogram,
    measured_histograms,
    read_gaps,
    read_quarantine,
    read_validation,
    shorten,
)
from schemas.rules import RULES
from schemas.tables import MANIFEST
from tests.report import outdir


def test_quarantine_by_rule_most_often_broken_first(corpus: Corpus) -> None:
    rules = read_quarantine(corpus)
    assert [(rule.name, rule.stage, rule.count) for rule in rules] == [
        ("missing_speaker", "check", 4),
        ("expectation:recordings.level", "expectation", 2),
        ("silence", "audio", 1),
    ]
    assert rules[0].doc == RULES["missing_speaker"].doc
    assert "expectation" in rules[1].doc
    assert [(example.row_number, example.message) for example in rules[0].examples] == [
        (number, f"missing_speaker {number}") for number in (1, 2, 3)
    ]


def test_records_that_could_not_be_read_are_shown_all_the_same(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path))
    outdir.write_quarantine(corpus, [{"source": "a.csv", "stage": "read", "rule": "malformed_row", "record_json": "x" * 10_000}])
    (example,) = read_quarantine(corpus)[0].examples
    assert example.row_number is None
    assert example.message == ""
    assert example.record.endswith("… (9,400 more characters)")


def test_records_that_the_policy_excludes_are_not_quoted(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path))
    refused = {
        "source": "a.csv",
        "row_number": 4,
        "stage": "policy",
        "rule": "consent_excluded",
        "message": "no consent is given",
    }
    outdir.write_quarantine(corpus, [refused | {"record_json": '{"who": "anna"}'}])
    (example,) = read_quarantine(corpus)[0].examples
    assert (example.row_number, example.message, example.record) == (4, "no consent is given", "")


def test_short_texts_are_left_alone() -> None:
    assert shorten("x" * 600) == "x" * 600


def test_gaps_are_counted_beyond_those_shown(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path))
    assert read_gaps(corpus).total == 0
    rows = [
        {"accent": f"a{n}", "remedy": "collect" if n % 3 else "simulate", "reason": "two\nlines, and a comma"} for n in range(600)
    ]
    outdir.write_gaps(corpus, rows)
    gaps = read_gaps(corpus)
    assert (gaps.total, len(gaps.rows), gaps.remedies) == (600, GAPS_SHOWN, {"collect": 400, "simulate": 200})
    assert gaps.rows[7]["accent"] == "a7"
    assert gaps.rows[7]["reason"] == "two\nlines, and a comma"


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [([], "passed"), (["warning", "info"], "passed with warnings"), (["warning", "critical"], "failed")],
)
def test_only_critical_expectations_fail_a_suite(tmp_path: Path, severities: list[str], verdict: str) -> None:
    corpus = Corpus(str(tmp_path))
    failed = [{"success": False, "expectation_config": {"severity": severity}} for severity in severities]
    write_json(corpus.validation_file("mine"), {"results": [*failed, {"success": True}]})
    (suite,) = read_validation(corpus)
    assert (suite.suite, suite.evaluated, len(suite.failed), suite.verdict) == ("mine", len(failed) + 1, len(failed), verdict)


def test_what_a_failed_expectation_found(corpus: Corpus) -> None:
    (failed,) = read_validation(corpus)[0].failed
    assert failed.name == "quiet_rooms"
    assert failed.subject == "column snr_db, min_value 15"
    assert failed.found == "1 of 4 rows"


def test_histograms_of_the_manifest_leave_out_what_is_not_finite(corpus: Corpus) -> None:
    level, snr = measured_histograms(corpus)
    assert level.bins == ((-27, 2), (-20, 1))
    assert snr.bins == ((12, 1), (31, 2), (40, 1))


def test_histograms_of_many_batches_count_every_value(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path))
    values = np.random.default_rng(3).normal(30, 8, 150_000)
    table = pa.table({"snr_db": values, "active_level_dbov": [None] * len(values)})
    columns = [table[name] if name in table.column_names else pa.nulls(len(values)) for name in MANIFEST.names]
    write_table(corpus.path("manifest", "part-00000.parquet"), pa.table(columns, names=MANIFEST.names).cast(MANIFEST.schema()))
    level, snr = measured_histograms(corpus)
    assert level.bins == ()
    expected = np.unique(np.floor(values / snr.width).astype(int) * snr.width, return_counts=True)
    assert snr.bins == tuple(zip(*(column.tolist() for column in expected), strict=True))
    assert abs(snr.quantile(0.5) - np.median(values)) <= snr.width


def test_wide_histograms_join_their_bins() -> None:
    joined = histogram("", "dB", [(-70, 1), (-69, 1), (0, 5), (99, 2)])
    assert joined.width == 5
    assert joined.bins == ((-70, 2), (0, 5), (95, 2))
    assert joined.count == 9
    assert joined.quantile(0.5) == 2.5
    assert math.isnan(histogram("", "dB", []).quantile(0.5))
