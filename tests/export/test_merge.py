"""Merging sorted files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipelines.export.merge import merged


@given(st.lists(st.lists(st.integers(0, 99), max_size=6), max_size=9), st.integers(2, 4))
def test_as_sorting_all_of_them(files: list[list[int]], at_once: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        names = []
        for number, values in enumerate(files):
            names.append(str(Path(directory, f"{number}.txt")))
            Path(names[-1]).write_text("".join(f"{value:03d}\n" for value in sorted(values)))
        lines = list(merged(names, bytes.decode, at_once))
    assert [int(line) for line in lines] == sorted(value for values in files for value in values)
