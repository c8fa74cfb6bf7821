"""Rows with every kind of trouble, one suite of every supported expectation, and Great Expectations run on a whole table."""

from __future__ import annotations

import json
import os
import random

import pytest

from expectations.batch import check_batch, check_schema
from expectations.frames import keyed_counts, needed_columns, to_frame, to_table
from expectations.merge import Tally, merge
from expectations.suite import read_suite
from expectations.verdict import judge
from schemas.tables import MANIFEST

os.environ["GX_ANALYTICS_ENABLED"] = "false"

COLUMN_CASES = [
    ("values_to_be_between", {"column": "peak", "min_value": 0.2, "max_value": 0.8}),
    ("values_to_be_between", {"column": "sample_rate", "min_value": 8000, "strict_min": True, "mostly": 0.5}),
    ("values_to_be_in_set", {"column": "sample_rate", "value_set": [16000, 48000]}),
    ("values_to_be_in_set", {"column": "gender", "value_set": ["female"], "mostly": 0.3}),
    ("values_to_be_in_set", {"column": "condition_declared", "value_set": [True]}),
    ("values_to_not_be_in_set", {"column": "accent", "value_set": ["unmapped"]}),
    ("values_to_be_null", {"column": "text", "mostly": 0.2}),
    ("values_to_not_be_null", {"column": "text", "mostly": 0.6}),
    ("values_to_not_be_null", {"column": "accent_all"}),
    ("value_lengths_to_be_between", {"column": "text", "min_value": 2, "max_value": 6}),
    ("value_lengths_to_equal", {"column": "text", "value": 2}),
    ("values_to_match_regex", {"column": "language", "regex": "^[a-z]{2}(?:-[A-Z]{2})?$"}),
    ("values_to_not_match_regex", {"column": "language", "regex": "^en"}),
    ("values_to_match_regex_list", {"column": "language", "regex_list": ["^en", "GB$"], "match_on": "all"}),
    ("values_to_not_match_regex_list", {"column": "language", "regex_list": ["^en", "^de"]}),
    ("values_to_match_strftime_format", {"column": "age_band", "strftime_format": "%Y"}),
    ("values_to_be_dateutil_parseable", {"column": "age_band"}),
    ("values_to_be_json_parseable", {"column": "text"}),
    ("values_to_match_json_schema", {"column": "extra", "json_schema": {"required": ["a"]}}),
    ("pair_values_to_be_equal", {"column_A": "sample_rate", "column_B": "channels"}),
    ("pair_values_to_be_equal", {"column_A": "accent", "column_B": "gender", "ignore_row_if": "either_value_is_missing"}),
    ("pair_values_a_to_be_greater_than_b", {"column_A": "peak", "column_B": "activity", "mostly": 0.1}),
    ("pair_values_a_to_be_greater_than_b", {"column_A": "peak", "column_B": "activity", "ignore_row_if": "neither"}),
    ("pair_values_to_be_in_set", {"column_A": "gender", "column_B": "channels", "value_pairs_set": [["female", 1], ["male", 2]]}),
    ("max_to_be_between", {"column": "peak", "max_value": 0.9}),
    ("min_to_be_between", {"column": "sample_rate", "min_value": 8000, "strict_min": True}),
    ("min_to_be_between", {"column": "activity", "min_value": 0}),
    ("sum_to_be_between", {"column": "sample_rate", "max_value": 500000}),
    ("sum_to_be_between", {"column": "peak", "min_value": 3}),
    ("mean_to_be_between", {"column": "peak", "min_value": 0.4, "max_value": 0.6}),
    ("mean_to_be_between", {"column": "condition_declared", "min_value": 0.5}),
    ("proportion_of_non_null_values_to_be_between", {"column": "text", "min_value": 0.7}),
    ("values_to_be_unique", {"column": "recording_id", "mostly": 0.4}),
    ("values_to_be_unique", {"column": "peak"}),
    ("values_to_be_unique", {"column": "channels"}),
    ("distinct_values_to_be_in_set", {"column": "gender", "value_set": ["female", "male"]}),
    ("distinct_values_to_contain_set", {"column": "sample_rate", "value_set": [8000, 44100]}),
    ("distinct_values_to_equal_set", {"column": "condition_declared", "value_set": [True, False]}),
    ("distinct_values_to_equal_set", {"column": "accent", "value_set": ["en-GB", "xx"]}),
    ("unique_value_count_to_be_between", {"column": "gender", "max_value": 2}),
    ("proportion_of_unique_values_to_be_between", {"column": "recording_id", "min_value": 0.5}),
]
OTHER_CASES = [
    ("expect_multicolumn_sum_to_equal", {"column_list": ["channels", "sample_rate"], "sum_total": 16001}),
    ("expect_multicolumn_values_to_be_equal", {"column_list": ["channels", "sample_rate"]}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["gender", "accent", "language"]}),
    (
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["gender", "peak"], "ignore_row_if": "any_value_is_missing"},
    ),
    ("expect_compound_columns_to_be_unique", {"column_list": ["gender", "channels"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["text", "channels"], "ignore_row_if": "any_value_is_missing"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["text", "gender"], "ignore_row_if": "never", "mostly": 0.2}),
    ("expect_table_row_count_to_be_between", {"min_value": 3, "max_value": 40}),
    ("expect_table_row_count_to_equal", {"value": 12}),
]
SCHEMA_CASES = [
    ("expect_column_to_exist", {"column": "peak", "column_index": 3}),
    ("expect_column_values_to_be_of_type", {"column": "peak", "type_": "float64"}),
    ("expect_column_values_to_be_of_type", {"column": "text", "type_": "str"}),
    ("expect_column_values_to_be_of_type", {"column": "text", "type_": "int"}),
    ("expect_column_values_to_be_in_type_list", {"column": "text", "type_list": ["str", "float"]}),
    ("expect_table_column_count_to_equal", {"value": len(MANIFEST.names)}),
    ("expect_table_column_count_to_be_between", {"min_value": 1, "max_value": 5}),
    ("expect_table_columns_to_match_set", {"column_set": ["peak", "text"], "exact_match": False}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["peak", "text"]}),
]
CASES = [("expect_column_" + name, kwargs) for name, kwargs in COLUMN_CASES] + OTHER_CASES


@pytest.fixture(scope="session")
def cases():
    """Every supported expectation that looks at rows, and every one that looks at the schema."""
    return CASES, SCHEMA_CASES


@pytest.fixture
def make_suite(tmp_path):
    """Write a suite of (type, kwargs) or of whole expectations, and read it."""

    def make(items, name="recordings", **top):
        entries = [item if isinstance(item, dict) else {"type": item[0], "kwargs": item[1]} for item in items]
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"name": name, "expectations": entries, **top}))
        return read_suite(str(path))

    return make


def _rows(count, seed, nulls=0.25):
    draw = random.Random(seed)

    def maybe(value):
        return None if draw.random() < nulls else value

    return [
        {
            "recording_id": f"r{draw.randrange(max(count, 1))}",
            "source": 0,
            "row_number": number,
            "peak": maybe(draw.choice([0.1, 0.5, 0.9, -0.0, 0.0, draw.random()])),
            "activity": maybe(draw.choice([0.1, 0.5, draw.random(), float("nan")])),
            "sample_rate": maybe(draw.choice([8000, 16000, 44100])),
            "channels": maybe(draw.choice([1, 2, 8000])),
            "text": maybe(draw.choice(["", "hi", "hello", "7", "Straße", '{"a": 1}'])),
            "gender": maybe(draw.choice(["female", "male", "other"])),
            "accent": maybe(draw.choice(["en-GB", "unmapped", "female"])),
            "age_band": maybe(draw.choice(["1990", "twenties", "2001-02-03"])),
            "language": maybe(draw.choice(["en", "en-GB", "German", "de"])),
            "accent_all": maybe(["en-GB"]),
            "condition_declared": maybe(draw.random() < 0.5),
            "extra": maybe(draw.choice(["{}", '{"a": 2}'])),
        }
        for number in range(1, count + 1)
    ]


@pytest.fixture(scope="session")
def make_rows():
    return _rows


@pytest.fixture(scope="session")
def merged():
    """The verdict put together from batches of rows, as Beam does it."""

    def run(suite, batches):
        columns = needed_columns([suite])
        partials, counts = [check_schema(suite)], {}
        for batch in batches:
            frame = to_frame(suite.table, to_table(suite.table, batch, columns))
            partials.append(check_batch(suite, frame).partial)
            for key, count in keyed_counts([suite], suite.table, frame).items():
                counts[key] = counts.get(key, 0) + count
        tally = Tally([suite])
        for (names, values), count in counts.items():
            tally.add(names, values, count)
        return judge(suite, merge([*partials, *tally.partials().values()]))

    return run


@pytest.fixture(scope="session")
def whole():
    """Great Expectations' own results for a suite on a whole data frame, in the order of the suite."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    definition = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")

    def run(suite, rows):
        frame = to_frame(suite.table, to_table(suite.table, rows, needed_columns([suite])))
        native = gx.ExpectationSuite(
            name="whole",
            expectations=[
                ExpectationConfiguration(type=each.type, kwargs=dict(each.kwargs), meta={"n": number}).to_domain_obj()
                for number, each in enumerate(suite.expectations)
            ],
        )
        results = definition.get_batch({"dataframe": frame}).validate(native, result_format="SUMMARY").results
        ordered = sorted(results, key=lambda entry: entry.expectation_config.meta["n"])
        assert len(ordered) == len(suite.expectations)
        return [entry.to_json_dict() for entry in ordered]

    return run
