"""A table on disk."""

from __future__ import annotations

from pipelines.ingest.reading.disk_table import DiskTable


def test_a_table_on_disk_keeps_the_first_of_a_key() -> None:
    table = DiskTable([("b", "1"), ("a", "2"), ("b", "3")])
    assert (table.get("b"), table.get("c")) == ("1", None)
