"""The coverage table read as matrices."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pytest

from pipelines.corpus import Corpus
from pipelines.report.counts.coverage import (
    Count,
    Coverage,
    Targets,
    View,
    matrix,
    matrix_csv,
    read_coverage,
    step,
    write_coverage,
)
from schemas.errors import ConfigError
from tests.report.outdir import CONFIG


@pytest.fixture
def table(corpus: Corpus) -> pa.Table:
    return read_coverage(corpus)


def test_simulated_speakers_are_those_not_recorded_in_the_cell(table: pa.Table) -> None:
    coverage = Coverage(table)
    assert coverage.count("speakers", "dev", "en-US", "street_10db") == Count(1, 1)
    assert coverage.count("speakers", accent="en-US", condition="street_10db") == Count(1, 4)
    assert coverage.count("speakers", accent="en-US") == Count(4, 1)
    assert coverage.count("utterances", accent="en-US") == Count(7, 5)


def test_matrix_of_a_split_and_origin(table: pa.Table) -> None:
    accents, conditions, values = matrix(table, "utterances", "train", "simulated")
    assert accents == ("en-US", "en-GB", "en-IN", "en-x-l1-cmn", "undeclared")
    assert conditions == ("clean", "street_10db", "mobile_call", "unassigned")
    assert values == [[0, 4, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_csv_has_one_row_an_accent_and_one_column_a_condition(table: pa.Table) -> None:
    text = matrix_csv(table, "hours")
    assert text.startswith("accent,clean,street_10db,mobile_call,unassigned\n")
    assert "\r" not in text
    rows = list(csv.reader(io.StringIO(text)))
    assert [len(row) for row in rows] == [5] * 6
    seconds = 9 + 0.1
    assert rows[3] == ["en-IN", f"{seconds / 3600:.6f}", "0.000000", "0.000000", "0.000000"]
    assert rows[4] == ["en-x-l1-cmn", *["0.000000"] * 4]


def test_csv_counts_are_whole_numbers(table: pa.Table) -> None:
    assert "en-US,6,6,0,0\n" in matrix_csv(table, "utterances")
    assert "en-US,3,5,0,0\n" in matrix_csv(table, "speakers")


def test_written_files_are_the_same_bytes_again(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> None:
    written = []
    for _ in range(2):
        root = tmp_path_factory.mktemp("again")
        write_coverage(Corpus(str(root)), table)
        written.append({file.name: file.read_bytes() for file in (root / "coverage").iterdir()})
    assert sorted(written[0]) == ["coverage.parquet", "hours.csv", "speakers.csv", "utterances.csv"]
    assert written[0] == written[1]


def test_targets_are_apportioned_to_the_splits(table: pa.Table) -> None:
    targets = Targets.of_config(CONFIG)
    assert targets.of_split("utterances") == 4
    assert targets.of_split("utterances", "train") == pytest.approx(3.2)
    assert targets.of_split("hours") is None
    view = View(Coverage(table), targets, "utterances")
    assert view.share("en-US", "clean") == 1.5
    assert view.share("undeclared", "clean") is None
    assert view.share("en-US", "unassigned") is None


@pytest.mark.parametrize(
    ("share", "expected"), [(0, 0), (0.01, 1), (0.25, 2), (0.49, 2), (0.5, 3), (0.75, 4), (0.99, 4), (1, 5), (7, 5)]
)
def test_steps_of_the_way_to_the_target(share: float, expected: int) -> None:
    assert step(share) == expected


def test_coverage_that_is_not_counted_yet_is_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ConfigError, match="panvox report"):
        read_coverage(Corpus(str(tmp_path_factory.mktemp("empty"))))
