"""What was sorted by way of files is what sorting in memory makes of it."""

from __future__ import annotations

from operator import itemgetter
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.reading import disk_sort


@given(keys=st.lists(st.text("abZ-é\udc80", min_size=1, max_size=3)), rows=st.integers(1, 4))
def test_pairs_are_sorted_by_way_of_runs(keys: list[str], rows: int) -> None:
    pairs = [(key, str(number)) for number, key in enumerate(keys)]
    with patch.object(disk_sort, "_RUN_ROWS", rows):
        assert list(disk_sort.sorted_pairs(pairs)) == sorted(pairs, key=itemgetter(0))
