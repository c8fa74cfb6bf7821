"""A file that is read in step finds what a table of it would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.reading.in_step import InStep


@given(keys=st.lists(st.sampled_from("abc"), unique=True), asked=st.lists(st.sampled_from("abcd"), max_size=8))
def test_in_step_or_not_a_key_has_its_value(keys: list[str], asked: list[str]) -> None:
    pairs = [(key, number) for number, key in enumerate(keys)]
    table = InStep(lambda: iter(pairs), str, int)
    assert [table.get(key) for key in asked] == [dict(pairs).get(key) for key in asked]
