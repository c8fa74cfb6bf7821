"""Reading suites: ours, the user's, and what is wrong with a suite said by file, line and name."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from expectations.suite import explain, for_table, load_suites, read_suite, rule_name
from expectations.supported import REFUSED, SUPPORTED
from schemas.errors import ConfigError


def write(path: pathlib.Path, *expectations, name="recordings", **top) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": name, "expectations": list(expectations), **top}, indent=1))
    return path


def entry(type_name="expect_column_values_to_not_be_null", meta=None, severity="warning", **kwargs):
    return {"type": type_name, "kwargs": kwargs or {"column": "text"}, "severity": severity, "meta": meta or {}}


def test_our_suites_reject_no_row():
    suites = {suite.name: suite for suite in load_suites(None, ".")}
    assert {name: suite.table for name, suite in suites.items()} == {"recordings": "manifest", "corpus": "shards"}
    assert not [each.name for each in suites["recordings"].expectations if each.quarantines]
    critical = {each.name for each in suites["recordings"].expectations if each.severity == "critical"}
    assert critical == {"has_rows", "unique_id", "unique_audio"}
    assert all(each.notes for suite in suites.values() for each in suite.expectations)


def test_loading_imports_neither_great_expectations_nor_beam():
    code = (
        "import sys; from expectations.suite import load_suites; load_suites(None, '.');"
        "print([m for m in ('great_expectations', 'apache_beam', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_users_suite_replaces_ours_and_others_join(tmp_path):
    write(tmp_path / "mine" / "a.json", entry(), name="recordings")
    write(tmp_path / "mine" / "b.json", entry(column="text"), name="shards_text")
    write(tmp_path / "one.json", entry(), name="team", meta={"table": "shards"})
    suites = {suite.name: suite for suite in load_suites(["mine", "one.json"], str(tmp_path))}
    assert {name: suite.table for name, suite in suites.items()} == {
        "corpus": "shards",
        "recordings": "manifest",
        "shards_text": "shards",
        "team": "shards",
    }
    assert [each.name for each in suites["recordings"].expectations] == ["text_values_to_not_be_null"]
    assert [suite.name for suite in for_table(suites.values(), "manifest")] == ["recordings"]


def test_an_empty_suite_switches_ours_off(tmp_path):
    write(tmp_path / "corpus.json", name="corpus")
    corpus = next(suite for suite in load_suites(["corpus.json"], str(tmp_path)) if suite.name == "corpus")
    assert corpus.expectations == ()


def test_paths_that_hold_no_suite(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere: there is no such file or directory"):
        load_suites(["nowhere"], str(tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"empty: the directory holds no \*\.json"):
        load_suites(["empty"], str(tmp_path))


def test_two_files_of_one_suite(tmp_path):
    write(tmp_path / "x" / "a.json", name="same")
    write(tmp_path / "x" / "b.json", name="same")
    with pytest.raises(ConfigError, match=r"b\.json: the suite 'same' is in .*a\.json as well"):
        load_suites(["x"], str(tmp_path))


def test_names_and_defaults(tmp_path):
    path = write(
        tmp_path / "s.json",
        entry(column="text"),
        entry(column="text", severity="info"),
        entry("expect_table_row_count_to_equal", value=3, meta={"name": "three", "notes": "why not"}),
        entry("expect_column_pair_values_to_be_equal", column_A="peak", column_B="activity"),
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "text"}},
    )
    found = read_suite(str(path)).expectations
    assert [(each.name, each.kind, each.severity, each.quarantines) for each in found] == [
        ("text_values_to_not_be_null", "row", "warning", True),
        ("text_values_to_not_be_null_2", "row", "info", False),
        ("three", "aggregate", "warning", False),
        ("peak_activity_pair_values_to_be_equal", "row", "warning", True),
        ("text_values_to_be_unique", "keyed", "critical", False),
    ]
    assert found[2].notes == "why not"


def test_rules_and_what_they_say_of_a_row(tmp_path):
    path = write(
        tmp_path / "s.json", entry("expect_column_values_to_be_in_set", column="sample_rate", value_set=[16000]), name="team"
    )
    suite = read_suite(str(path))
    rule = rule_name(suite, suite.expectations[0])
    assert rule == "expectation:team.sample_rate_values_to_be_in_set"
    said = explain([suite], rule, {"sample_rate": 8000})
    assert said == 'sample_rate is 8000; expect_column_values_to_be_in_set {"value_set": [16000]}'
    with pytest.raises(KeyError):
        explain([suite], "too_short", {})


@pytest.mark.parametrize("type_name", sorted(REFUSED))
def test_what_cannot_be_merged_is_refused_by_name(tmp_path, type_name):
    path = write(tmp_path / "s.json", entry(), entry(type_name, column="peak", min_value=1))
    with pytest.raises(ConfigError, match=rf"s\.json:\d+: expectation 2 \({type_name}\): {type_name} is not supported: "):
        read_suite(str(path))


def test_no_type_of_great_expectations_is_forgotten():
    from great_expectations.expectations import core

    known = {
        each.expectation_type
        for each in vars(core).values()
        if isinstance(each, type) and getattr(each, "expectation_type", "").startswith(("expect_", "unexpected_"))
    }
    assert len(known) > 50
    assert known <= {*SUPPORTED, *REFUSED}


BETWEEN = "expect_column_values_to_be_between"


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (entry("expect_column_values_to_be_betwen", column="peak"), "did you mean expect_column_values_to_be_between?"),
        (entry("expect_magic"), "there is no expectation type 'expect_magic'; known types: expect_column_"),
        (entry(column="txet"), "there is no column 'txet' in the manifest; known: recording_id, "),
        (entry(BETWEEN, column="peak"), "expected min_value, max_value or both"),
        (entry(BETWEEN, column="peak", min_value=2, max_value=1), "min_value 2 is greater than max_value 1"),
        (entry(BETWEEN, column="peak", min_value="0.1"), "min_value: expected a number, found '0.1'"),
        (entry(BETWEEN, column="text", min_value=1), "column 'text' holds text; expected numbers"),
        (entry(BETWEEN, column="peak", min_value=1, mostly=95), "mostly: expected a share from 0 to 1, found 95"),
        (entry(BETWEEN, column="peak", min_value={"$PARAMETER": "x"}), "min_value: expected a number"),
        (entry(BETWEEN, column="peak", max=1), "'max' is no argument of it; known: column, min_value"),
        (entry(BETWEEN, min_value=1), "'column' is missing: expected the name of a column"),
        (entry(BETWEEN, column="peak", min_value=1, row_condition="peak > 1"), "row_condition is not supported: "),
        (entry("expect_column_values_to_be_in_set", column="sample_rate", value_set=["16000"]), "value_set: expected numbers"),
        (
            entry("expect_column_values_to_match_regex", column="text", regex="("),
            "regex: expected a regular expression",
        ),
        (entry("expect_column_values_to_match_json_schema", column="text", json_schema={}), "holds text; expected JSON"),
        (entry("expect_column_values_to_be_unique", column="accent_all"), "column 'accent_all' holds lists; expected text or"),
        (entry("expect_compound_columns_to_be_unique", column_list=["text"]), "column_list: expected a list of two or more"),
        (
            entry("expect_column_pair_values_to_be_equal", column_A="text", column_B="accent", ignore_row_if="never"),
            "ignore_row_if: expected one of both_values_are_missing",
        ),
        (entry(severity="fatal"), "severity: expected critical, warning, info, found 'fatal'"),
        (entry(meta={"name": "two words"}), "meta.name: expected letters, digits"),
        ({"expectation_type": "expect_x", "kwargs": {}}, "unknown key 'expectation_type'; known: type, kwargs"),
        (["expect"], "expected {"),
    ],
)
def test_mistakes_are_named(tmp_path, expectation, message):
    path = write(tmp_path / "s.json", expectation)
    with pytest.raises(ConfigError) as caught:
        read_suite(str(path))
    assert str(caught.value).startswith(f"{path}:4: expectation 1")
    assert message in str(caught.value)


def test_names_are_unique_in_a_suite(tmp_path):
    path = write(tmp_path / "s.json", entry(meta={"name": "one"}), entry(column="accent", meta={"name": "one"}))
    with pytest.raises(ConfigError, match=r":14: expectation 2 \(one\): meta.name: an earlier expectation is named 'one'"):
        read_suite(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "a",\n "expectations": [,]}', "s.json:2: not valid JSON (Expecting value, column 19)"),
        ("[]", "expected a suite"),
        ('{"expectations": []}', "name: expected letters"),
        ('{"name": "a/b", "expectations": []}', "name: expected letters"),
        ('{"name": "a"}', "expectations: expected a list"),
        ('{"name": "a", "expectations": [], "extra": 1}', "unknown key 'extra'"),
        ('{"name": "a", "expectations": [], "suite_parameters": {"x": 1}}', "suite_parameters: not supported"),
        ('{"name": "a", "expectations": [], "meta": {"table": "rows"}}', "meta.table: expected manifest or shards, found 'rows'"),
        ('{"name": "a", "expectations": [NaN]}', "NaN is no JSON value"),
        (b"\xff\xfe", "cannot be read as JSON"),
    ],
)
def test_malformed_files(tmp_path, text, message):
    path = tmp_path / "s.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        read_suite(str(path))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_lines_are_those_of_the_expectations(tmp_path):
    """Keys in another order, lists of the same name deeper down, and text that looks like JSON do not mislead."""
    path = tmp_path / "s.json"
    path.write_text(
        '\ufeff{"meta": {"expectations": [1, 2], "notes": "}]{,:"},\n"expectations": [\n\n'
        '{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "text"}, "meta": {"notes": "[\\"{"}},\n'
        '{"type": "nonsense"}\n], "name": "a"}'
    )
    with pytest.raises(ConfigError, match=r"s\.json:5: expectation 2 \(nonsense\)"):
        read_suite(str(path))


def test_suites_saved_by_great_expectations_load(tmp_path):
    import great_expectations as gx
    from great_expectations.expectations import ExpectColumnValuesToBeBetween, ExpectColumnValuesToBeUnique

    saved = gx.ExpectationSuite(
        name="saved",
        expectations=[
            ExpectColumnValuesToBeBetween(column="peak", max_value=1, mostly=0.9, meta={"name": "quiet"}),
            ExpectColumnValuesToBeUnique(column="recording_id", notes="must be"),
        ],
    ).to_json_dict()
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(saved))
    found = {each.name: each for each in read_suite(str(path)).expectations}
    assert set(found) == {"quiet", "recording_id_values_to_be_unique"}
    assert found["quiet"].kwargs == {"column": "peak", "max_value": 1, "mostly": 0.9}
    assert found["recording_id_values_to_be_unique"].notes == "must be"
