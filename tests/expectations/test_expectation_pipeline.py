"""The transforms in a Beam pipeline, and that Great Expectations keeps to itself."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from expectations import beam as gx_beam
from expectations.batch import check_batch, check_schema, check_suites
from expectations.beam import CheckRows, Judge, Summarise, Validate
from expectations.frames import needed_columns, to_frame, to_table
from expectations.suite import load_suites, read_suite
from expectations.verdict import failed
from schemas.errors import ConfigError
from schemas.tables import MANIFEST


def pipeline():
    return beam.Pipeline(runner=FnApiRunner())


def results_equal(expected):
    def check(found):
        assert dict(found).keys() == expected.keys()
        for name, result in found:
            assert json.dumps(result) == json.dumps(expected[name])

    return check


PEAK = {"column": "peak", "max_value": 0.5}


@pytest.fixture
def suites(make_suite):
    between = {"type": "expect_column_values_to_be_between", "kwargs": PEAK}
    text = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "text", "mostly": 0.1}}
    first = make_suite(
        [
            {**between, "severity": "info", "meta": {"name": "seen"}},
            {**between, "severity": "critical", "meta": {"name": "quiet"}},
            {**text, "severity": "warning", "meta": {"name": "spoken"}},
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "gender"}, "meta": {"name": "once"}},
            {"type": "expect_column_sum_to_be_between", "kwargs": PEAK, "meta": {"name": "sum"}},
            {"type": "expect_table_column_count_to_equal", "kwargs": {"value": len(MANIFEST.names)}, "meta": {"name": "wide"}},
        ]
    )
    second = make_suite([{**text, "severity": "critical"}, ("expect_table_row_count_to_equal", {"value": 1})], name="second")
    return [first, second]


def test_rows_say_which_rules_they_break(suites):
    rows = [
        {"source": 0, "row_number": 1, "peak": 0.9, "text": None},
        {"source": 0, "row_number": 2, "peak": 0.1, "text": "a"},
        {"source": 0, "row_number": 3, "peak": None, "text": "b"},
        {"source": 0, "row_number": 4, "peak": 0.6, "text": "c"},
    ]
    with pipeline() as p:
        checked = p | beam.Create([("x", rows[:3]), ("y", []), ("z", rows[3:])]) | CheckRows(suites)
        broken = checked.rows | beam.MapTuple(lambda row, rules: (row["row_number"], rules))
        first = ["recordings.quiet", "recordings.spoken", "second.text_values_to_not_be_null"]
        expected = [(1, [f"expectation:{name}" for name in first]), (2, []), (3, []), (4, ["expectation:recordings.quiet"])]
        assert_that(broken, equal_to(expected))


def test_ingest_joins_measured_and_accepted_rows(suites, make_rows, merged):
    """Row-level expectations see every measured row, the others the accepted ones; the verdict holds both."""
    measured = make_rows(60, 1)
    accepted = [row for row in measured if row["text"] is not None and (row["peak"] is None or row["peak"] <= 0.5)]
    expected = {}
    for suite in suites:
        on_measured, on_accepted = merged(suite, [measured]), merged(suite, [accepted])
        pairs = zip(suite.expectations, on_measured["results"], on_accepted["results"], strict=True)
        entries = [ours if each.kind == "row" else theirs for each, ours, theirs in pairs]
        expected[suite.name] = [entry["result"] for entry in entries]
    with pipeline() as p:
        checked = p | beam.Create([(0, measured[:11]), (1, measured[11:])]) | CheckRows(suites)
        kept = checked.rows | beam.Filter(lambda pair: not pair[1]) | beam.Map(lambda pair: [pair[0]])
        results = (checked.partials, kept | Summarise(suites)) | Judge(suites)
        found = results | beam.MapTuple(lambda name, result: (name, [entry["result"] for entry in result["results"]]))
        assert_that(found, equal_to(list(expected.items())))


@pytest.mark.parametrize("seed", [1, 2])
def test_validate_takes_arrow_and_dictionaries_of_any_size(suites, make_rows, merged, seed):
    rows = make_rows(45, seed)
    random.Random(seed).shuffle(rows)
    table = pa.Table.from_pylist(rows, schema=MANIFEST.schema())
    batches = [table.slice(0, 10), table.slice(10, 0), *table.slice(10, 20).to_batches(max_chunksize=7), rows[30:31], rows[31:]]
    expected = {suite.name: merged(suite, [rows]) for suite in suites}
    with pipeline() as p:
        assert_that(p | beam.Create(batches) | Validate(suites), results_equal(expected))


def test_large_batches_are_cut_and_small_ones_put_together(suites, make_rows, monkeypatch):
    sizes = []
    original = gx_beam.check_batch

    def spy(suite, frame, kinds):
        sizes.append(len(frame))
        return original(suite, frame, kinds)

    rows = make_rows(50, 3)
    monkeypatch.setattr(gx_beam, "MIN_BATCH", 10)
    monkeypatch.setattr(gx_beam, "MAX_BATCH", 15)
    monkeypatch.setattr(gx_beam, "check_batch", spy)
    summarise = gx_beam._Summarise(suites[:1], ("aggregate",))
    summarise.start_bundle()
    for batch in (rows[:4], rows[4:8], rows[8:49], rows[49:]):
        list(summarise.process(batch))
    list(summarise.finish_bundle())
    assert sizes == [15, 15, 15, 4, 1]


def test_no_rows_give_a_verdict(suites, merged):
    expected = {suite.name: merged(suite, []) for suite in suites}
    with pipeline() as p:
        assert_that(p | beam.Create([]) | Validate(suites), results_equal(expected))


def test_no_suites_give_no_verdict():
    with pipeline() as p:
        checked = p | beam.Create([(0, [{"source": 0}])]) | CheckRows([])
        assert_that(checked.rows, equal_to([({"source": 0}, [])]))
        results = (checked.partials, p | "More" >> beam.Create([[{"source": 0}]]) | Summarise([])) | Judge([])
        assert_that(results, equal_to([]), label="none")


def test_our_suites_on_a_good_and_a_bad_corpus(merged):
    suites = load_suites(None, ".")
    good = {
        "id": "a",
        "text": "hi",
        "duration": 1.0,
        "sampling_rate": 16000,
        "speaker_id": "s",
        "accent": "en-GB",
        "condition": "clean",
        "origin": "recorded",
        "source_id": "a",
        "split": "train",
        "weight": 1.0,
        "audio_sha256": "0",
        "recipe": "{}",
    }
    bad = good | {"split": "tset", "speaker_id": None, "duration": 0.0}
    suite = next(suite for suite in suites if suite.name == "corpus")
    assert [each["success"] for each in merged(suite, [[good, good | {"id": "b", "audio_sha256": "1"}]])["results"]] == [
        True
    ] * 18
    result = merged(suite, [[good], [bad]])
    assert failed(result, "critical") == [
        "corpus.unique_id",
        "corpus.split_known",
        "corpus.speaker_id_given",
        "corpus.duration_positive",
    ]
    assert failed(result, "warning") == ["corpus.unique_audio"]


def test_everything_that_travels_can_be_pickled(suites, make_rows):
    partial = check_batch(suites[0], to_frame("manifest", to_table("manifest", make_rows(9, 1), needed_columns(suites)))).partial
    for value in (suites, partial, check_schema(suites[0])):
        assert pickle.loads(pickle.dumps(value)) == value


def test_great_expectations_looks_at_suites_before_a_run(cases, make_suite):
    check_suites(load_suites(None, "."))
    check_suites([make_suite([*cases[0], *cases[1]])])
    unknown = make_suite([("expect_column_values_to_be_of_type", {"column": "text", "type_": "strnig"})])
    with pytest.raises(ConfigError, match=r"suite recordings: expectation text_values_to_be_of_type: .* strnig"):
        check_suites([unknown])


QUIET = """
import socket, sys
def refuse(*_): raise SystemExit("a connection was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from expectations.batch import check_suites
from expectations.suite import load_suites, read_suite
from expectations.verdict import failed
check_suites([*load_suites(None, "."), read_suite(sys.argv[1])])
"""


def test_great_expectations_keeps_quiet_and_to_itself(tmp_path, cases):
    """No output on either stream, no connection, nothing left in the home directory; even where analytics are asked for."""
    groups = ("expect_column_values_to_match_regex", {"column": "text", "regex": "(a)|(b)"})
    entries = [{"type": name, "kwargs": kwargs} for name, kwargs in [*cases[0], groups]]
    suite = tmp_path / "suite.json"
    suite.write_text(json.dumps({"name": "recordings", "expectations": entries}))
    assert read_suite(str(suite))
    home = tmp_path / "home"
    home.mkdir()
    environment = os.environ | {"GX_ANALYTICS_ENABLED": "true", "HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", QUIET, str(suite)], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(home.iterdir()) == []
