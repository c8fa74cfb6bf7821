"""Which values rows have together, held against a count over all rows at once."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.report.counts.together import shown_value, values_together

FIELDS = ("accent", "gender", "gender_provenance")
ROW = st.fixed_dictionaries(
    {
        "speaker_id": st.sampled_from("abcdef"),
        "accent": st.sampled_from(("en-GB", "en-IN")),
        "gender": st.sampled_from(("female", "not given", None)),
        "gender_provenance": st.sampled_from(("imputed", "unknown", None)),
    }
)


@settings(deadline=None)
@given(st.lists(ROW), st.integers(1, 7), st.integers(1, 4))
def test_pairs_and_their_speakers(rows: list[dict[str, str | None]], size: int, most: int) -> None:
    schema = pa.schema([(name, pa.string()) for name in ("speaker_id", *FIELDS)])
    batches = [pa.Table.from_pylist(rows[start : start + size], schema=schema) for start in range(0, len(rows), size)]
    told = [{name: shown_value(row[name]) for name in FIELDS} | {"who": str(row["speaker_id"])} for row in rows]
    for row, shown in zip(rows, told, strict=True):
        if row["gender_provenance"] == "imputed" and row["gender"] is not None:
            shown["gender"] = shown_value(f"{row['gender']} (imputed)")
    expected = {
        (one, other): {
            pair: min(most, len({row["who"] for row in told if (row[one], row[other]) == pair}))
            for pair in {(row[one], row[other]) for row in told}
        }
        for one, other in combinations(FIELDS, 2)
    }
    assert values_together(batches, FIELDS, most) == expected


def test_a_value_that_says_not_given_is_no_absent_one() -> None:
    assert len({shown_value(None), shown_value("not given")}) == 2
