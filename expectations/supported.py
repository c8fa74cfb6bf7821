"""Which expectations panvox runs, what each needs, and why it refuses the others.

An expectation is supported where the verdict on a whole table can be put together exactly from its batches:

* ``row``: it judges each row by that row alone, so its counts add up;
* ``aggregate``: a number of the table that merges exactly (rows, sum, mean, smallest, largest);
* ``keyed``: it needs each value's count over the whole table, which a keyed Beam count gives;
* ``schema``: names and types of the columns, which the table's schema fixes.

Everything else is refused by name rather than approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pyarrow as pa

from schemas.tables import MANIFEST, SHARD

Kind = Literal["row", "aggregate", "keyed", "schema"]
TableName = Literal["manifest", "shards"]

JSON = frozenset({"json"})
TEXT = JSON | {"text"}
NUMBER = frozenset({"integer", "float"})
SCALAR = TEXT | NUMBER | {"flag"}
ANY = SCALAR | {"list"}


@dataclass(frozen=True)
class Support:
    """What a supported expectation is and takes.

    Attributes:
        kind: how its verdict is put together.
        required: arguments that must be given.
        optional: arguments that may be given.
        columns: kinds of column it can be used on.
    """

    kind: Kind
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    columns: frozenset[str] = ANY

    @property
    def has_bounds(self) -> bool:
        """Whether it takes ``min_value`` and ``max_value``, both numbers, of which one must be given."""
        return "min_value" in self.optional


BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")
COLUMN, PAIR = ("column",), ("column_A", "column_B")

SUPPORTED: dict[str, Support] = {
    # row: one column
    "expect_column_values_to_be_between": Support("row", COLUMN, (*BOUNDS, "mostly"), NUMBER),
    "expect_column_values_to_be_in_set": Support("row", (*COLUMN, "value_set"), ("mostly",), SCALAR),
    "expect_column_values_to_not_be_in_set": Support("row", (*COLUMN, "value_set"), ("mostly",), SCALAR),
    "expect_column_values_to_be_null": Support("row", COLUMN, ("mostly",)),
    "expect_column_values_to_not_be_null": Support("row", COLUMN, ("mostly",)),
    "expect_column_value_lengths_to_be_between": Support("row", COLUMN, (*BOUNDS, "mostly"), TEXT),
    "expect_column_value_lengths_to_equal": Support("row", (*COLUMN, "value"), ("mostly",), TEXT),
    "expect_column_values_to_match_regex": Support("row", (*COLUMN, "regex"), ("mostly",), TEXT),
    "expect_column_values_to_not_match_regex": Support("row", (*COLUMN, "regex"), ("mostly",), TEXT),
    "expect_column_values_to_match_regex_list": Support("row", (*COLUMN, "regex_list"), ("match_on", "mostly"), TEXT),
    "expect_column_values_to_not_match_regex_list": Support("row", (*COLUMN, "regex_list"), ("mostly",), TEXT),
    "expect_column_values_to_match_strftime_format": Support("row", (*COLUMN, "strftime_format"), ("mostly",), TEXT),
    "expect_column_values_to_be_dateutil_parseable": Support("row", COLUMN, ("mostly",), TEXT),
    "expect_column_values_to_be_json_parseable": Support("row", COLUMN, ("mostly",), TEXT),
    "expect_column_values_to_match_json_schema": Support("row", (*COLUMN, "json_schema"), ("mostly",), JSON),
    # row: several columns
    "expect_column_pair_values_to_be_equal": Support("row", PAIR, ("ignore_row_if", "mostly"), SCALAR),
    "expect_column_pair_values_a_to_be_greater_than_b": Support("row", PAIR, ("or_equal", "ignore_row_if", "mostly"), NUMBER),
    "expect_column_pair_values_to_be_in_set": Support("row", (*PAIR, "value_pairs_set"), ("ignore_row_if", "mostly"), SCALAR),
    "expect_multicolumn_sum_to_equal": Support("row", ("column_list", "sum_total"), ("ignore_row_if", "mostly"), NUMBER),
    "expect_multicolumn_values_to_be_equal": Support("row", ("column_list",), ("ignore_row_if", "mostly"), SCALAR),
    "expect_select_column_values_to_be_unique_within_record": Support(
        "row", ("column_list",), ("ignore_row_if", "mostly"), SCALAR
    ),
    # aggregate
    "expect_table_row_count_to_be_between": Support("aggregate", (), BOUNDS),
    "expect_table_row_count_to_equal": Support("aggregate", ("value",)),
    "expect_column_max_to_be_between": Support("aggregate", COLUMN, BOUNDS, NUMBER),
    "expect_column_min_to_be_between": Support("aggregate", COLUMN, BOUNDS, NUMBER),
    "expect_column_sum_to_be_between": Support("aggregate", COLUMN, BOUNDS, NUMBER | {"flag"}),
    "expect_column_mean_to_be_between": Support("aggregate", COLUMN, BOUNDS, NUMBER | {"flag"}),
    "expect_column_proportion_of_non_null_values_to_be_between": Support("aggregate", COLUMN, BOUNDS),
    # keyed
    "expect_column_values_to_be_unique": Support("keyed", COLUMN, ("mostly",), SCALAR),
    "expect_compound_columns_to_be_unique": Support("keyed", ("column_list",), ("ignore_row_if", "mostly"), SCALAR),
    "expect_column_distinct_values_to_be_in_set": Support("keyed", (*COLUMN, "value_set"), (), SCALAR),
    "expect_column_distinct_values_to_contain_set": Support("keyed", (*COLUMN, "value_set"), (), SCALAR),
    "expect_column_distinct_values_to_equal_set": Support("keyed", (*COLUMN, "value_set"), (), SCALAR),
    "expect_column_unique_value_count_to_be_between": Support("keyed", COLUMN, BOUNDS, SCALAR),
    "expect_column_proportion_of_unique_values_to_be_between": Support("keyed", COLUMN, BOUNDS, SCALAR),
    # schema
    "expect_column_to_exist": Support("schema", COLUMN, ("column_index",)),
    "expect_column_values_to_be_of_type": Support("schema", (*COLUMN, "type_"), ("mostly",)),
    "expect_column_values_to_be_in_type_list": Support("schema", (*COLUMN, "type_list"), ("mostly",)),
    "expect_table_column_count_to_equal": Support("schema", ("value",)),
    "expect_table_column_count_to_be_between": Support("schema", (), ("min_value", "max_value")),
    "expect_table_columns_to_match_ordered_list": Support("schema", ("column_list",)),
    "expect_table_columns_to_match_set": Support("schema", ("column_set",), ("exact_match",)),
}

_WHOLE = "it needs all values of a column at once, so batches cannot be merged exactly"
_ORDER = "it depends on the order of the rows, and a table has none"
_NO_FRAMES = "Great Expectations has it for databases only"
_OTHER_DATA = "it asks data that a batch does not hold"

REFUSED: dict[str, str] = {
    "expect_column_median_to_be_between": _WHOLE,
    "expect_column_quantile_values_to_be_between": _WHOLE,
    "expect_column_stdev_to_be_between": _WHOLE,
    "expect_column_most_common_value_to_be_in_set": _WHOLE,
    "expect_column_kl_divergence_to_be_less_than": _WHOLE,
    "expect_column_value_z_scores_to_be_less_than": _WHOLE,
    "expect_column_values_to_not_be_outliers": _WHOLE,
    "expect_column_chi_square_test_p_value_to_be_greater_than": _WHOLE,
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than": _WHOLE,
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than": _WHOLE,
    "expect_column_pair_cramers_phi_value_to_be_less_than": _WHOLE,
    "expect_column_values_to_be_increasing": _ORDER,
    "expect_column_values_to_be_decreasing": _ORDER,
    "expect_column_values_to_match_like_pattern": _NO_FRAMES,
    "expect_column_values_to_match_like_pattern_list": _NO_FRAMES,
    "expect_column_values_to_not_match_like_pattern": _NO_FRAMES,
    "expect_column_values_to_not_match_like_pattern_list": _NO_FRAMES,
    "expect_table_row_count_to_equal_other_table": _OTHER_DATA,
    "expect_query_results_to_match_comparison": _OTHER_DATA,
    "unexpected_rows_expectation": _OTHER_DATA,
    "expect_multicolumn_values_to_be_unique": "use expect_select_column_values_to_be_unique_within_record",
    "expect_column_type_to_be": "use expect_column_values_to_be_of_type",
}


@cache
def columns_of(table: TableName) -> dict[str, str]:
    """The columns expectations may name, each with its kind: text, json (text too), integer, float, flag or list.

    A shard's audio is left out: validating it would carry the bytes through the pipeline.
    """
    columns = MANIFEST.columns if table == "manifest" else tuple(column for column in SHARD.columns if column.name != "audio")
    return {column.name: "json" if column.doc.startswith("JSON") else _column_kind(column.type) for column in columns}


def _column_kind(arrow_type: pa.DataType) -> str:
    tests: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
        (pa.types.is_string, "text"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "float"),
        (pa.types.is_boolean, "flag"),
        (pa.types.is_list, "list"),
    )
    return next(kind for test, kind in tests if test(arrow_type))


def columns_named(type_name: str, kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns whose values an expectation looks at, in the order it names them."""
    if SUPPORTED[type_name].kind == "schema":
        return (kwargs["column"],) if "column" in kwargs else ()
    single = tuple(kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs)
    return single + tuple(kwargs.get("column_list", ()))
