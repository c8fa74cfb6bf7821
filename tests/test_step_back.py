"""Keeping what planning writes over, and putting it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import storage
from pipelines.corpus import STAGES, Corpus
from pipelines.step_back import keep, put_back


@pytest.mark.parametrize("removed", range(len(STAGES) + 1))
def test_a_beginning_that_was_killed_and_is_repeated_keeps_the_plan(tmp_path: Path, removed: int) -> None:
    corpus = Corpus(str(tmp_path))
    planned = [corpus.assignments_file, corpus.gaps_file, corpus.stage_file("plan"), corpus.stage_file("render")]
    for file in planned:
        storage.write_text(file, "version 1")
    keep(corpus)
    for stage in STAGES[:removed]:
        storage.remove(corpus.stage_file(stage))
    keep(corpus)
    for file in planned:
        storage.write_text(file, "version 2")
    put_back(corpus, 1)
    assert {storage.read_bytes(file) for file in planned} == {b"version 1"}
