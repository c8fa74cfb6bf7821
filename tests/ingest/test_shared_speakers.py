"""Speakers' ids of several sources, counted by Beam as a loop counts them."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from pipelines.ingest.shared_speakers import SHOWN, find_shared_speakers

Rows = list[tuple[str, int]]

MANY = [(f"s{number}", source) for number in range(SHOWN + 3) for source in (0, 1)]


@pytest.mark.parametrize(
    ("parts", "speakers", "examples"),
    [
        ([], 0, ()),
        ([[]], 0, ()),
        ([[("a", 0), ("a", 0), ("b", 1)]], 0, ()),
        ([[("a", 0)], [("a", 0)]], 0, ()),
        ([[("a", 0), ("b", 0)], [("b", 1), ("c", 1)], [("b", 2), ("a", 2), ("a", 2)]], 2, ("a", "b")),
        ([MANY[0::3], MANY[1::3], MANY[2::3]], SHOWN + 3, tuple(sorted(f"s{number}" for number in range(SHOWN + 3))[:SHOWN])),
    ],
)
def test_ids_of_several_sources(parts: list[Rows], speakers: int, examples: tuple[str, ...]) -> None:
    tables = [pa.table({"speaker_id": [name for name, _ in part], "source": [source for _, source in part]}) for part in parts]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = find_shared_speakers(pipeline | beam.Create(tables))
        assert_that(found, equal_to([(speakers, examples)]))
