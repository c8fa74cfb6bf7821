"""The matrix in the terminal."""

from __future__ import annotations

import io
import re
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console

from pipelines.corpus import Corpus
from pipelines.report.counts.count import count_batch, count_coverage
from pipelines.report.counts.coverage import read_coverage
from pipelines.report.terminal.matrix import print_matrix
from schemas.errors import ConfigError
from tests.report.outdir import CONFIG, Row, shard_row, shard_schema


@pytest.fixture
def table(corpus: Corpus) -> pa.Table:
    return read_coverage(corpus)


def printed(table: pa.Table, *arguments: Any, width: int = 100, **how: Any) -> str:
    file = io.StringIO()
    print_matrix(Console(file=file, width=width, **how), table, *arguments, config=CONFIG)
    return file.getvalue()


def table_of(rows: list[Row], accents: list[str], conditions: list[str]) -> pa.Table:
    shard = pa.Table.from_pylist([shard_row(row, str(number)) for number, row in enumerate(rows)], schema=shard_schema(16000))
    return count_coverage([count_batch(shard)], accents, conditions)


def test_plain_text_tells_recorded_simulated_empty_and_single_apart(table: pa.Table) -> None:
    text = printed(table)
    assert "\x1b" not in text
    lines = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}
    assert lines["en-US"] == ["6", "1+5", "-", "-", "7+5"]
    assert lines["en-GB"] == ["1!", "-", "+1!", "-", "1+1!"]
    assert lines["en-x-l1-cmn"] == ["-"] * 5
    assert lines["all"] == ["9", "1+5", "+1!", "1!", "11+6"]
    assert "target 4 utterances" in text


def test_margins_of_speakers_are_distinct_counts(table: pa.Table) -> None:
    lines = {line.split()[0]: line.split()[1:] for line in printed(table, "speakers").splitlines() if line.strip()}
    assert lines["en-US"] == ["3", "1+4", "-", "-", "4+1"]
    assert lines["all"][-1] == "8+1"


def test_one_split(table: pa.Table) -> None:
    text = printed(table, "utterances", "dev")
    assert "split dev" in text
    assert re.search(r"^en-US +- +1\+1 +- +- +1\+1$", text, re.MULTILINE)


def test_columns_stand_under_each_other(table: pa.Table) -> None:
    rows = [line for line in printed(table).splitlines() if line.startswith(("en-", "undeclared", "all"))]
    assert len({len(line) for line in rows}) == 1


def test_narrow_consoles_get_blocks_that_fit(table: pa.Table) -> None:
    text = printed(table, "hours", width=40)
    matrix = text.split("3+2")[0].splitlines()[2:]
    assert max(map(len, matrix)) <= 40
    assert sum(line.startswith("en-US") for line in matrix) > 1
    wide = next(line for line in printed(table, "hours").splitlines() if line.startswith("en-US")).split()
    narrow = [cell for line in matrix if line.startswith("en-US") for cell in line.split()[1:]]
    assert narrow == wide[1:]


def test_colours_show_the_distance_from_the_target(table: pa.Table) -> None:
    text = printed(table, force_terminal=True, color_system="standard", legacy_windows=False)
    line = next(line for line in text.splitlines() if "en-US" in line)
    assert "\x1b[32m" in line  # met: green
    assert "\x1b[1;31m-" in line  # empty: bold red


def test_names_cannot_drive_the_terminal() -> None:
    accent = "\x1b]0;owned\x07[red]" + "long " * 20
    rows = [Row("train", accent, "clean", "recorded", "ann")]
    text = printed(table_of(rows, [], ["clean"]))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "?]0;owned?[red]" in text
    assert ".." in text


def test_an_encoding_without_the_letters_is_no_failure() -> None:
    rows = [Row("train", "Français", "clean", "recorded", "ann")]
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_matrix(Console(file=file, width=80), table_of(rows, [], ["clean"]))
    file.seek(0)
    assert "Fran?ais" in file.read()


def test_unknown_measures_and_splits_are_the_user_s_mistakes(table: pa.Table) -> None:
    with pytest.raises(ConfigError, match="--count"):
        printed(table, "minutes")
    with pytest.raises(ConfigError, match="splits with rows: train, dev, test"):
        printed(table, "hours", "eval")
