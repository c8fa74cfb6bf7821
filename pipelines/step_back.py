"""The way back from a version that cannot be planned to the whole one before it."""

from __future__ import annotations

from pipelines import storage
from pipelines.corpus import WORK, Corpus

_BEFORE = "before"


def keep(corpus: Corpus) -> None:
    """Keep what planning the next version writes over.

    May be repeated: where the stages are no longer done, a run that was killed has kept it and gone on.
    """
    if not (corpus.is_done("plan") and corpus.is_done("render")):
        return
    drop(corpus)
    planned = [corpus.assignments_file, corpus.gaps_file, corpus.stage_file("plan"), corpus.stage_file("render")]
    for file in (*filter(storage.exists, planned), *corpus.left_out_files()):
        storage.write_bytes(corpus.path(WORK, _BEFORE, storage.relative(file, corpus.root)), storage.read_bytes(file))


def drop(corpus: Corpus) -> None:
    """Keep nothing."""
    for file in storage.list_files(corpus.path(WORK, _BEFORE), recursive=True):
        storage.remove(file)


def put_back(corpus: Corpus, version: int) -> None:
    """Undo what planning the version after ``version`` has written; its plan and its shards are done again."""
    for file in (*corpus.left_out_files(), *corpus.recipe_files(version + 1)):
        storage.remove(file)
    root = corpus.path(WORK, _BEFORE)
    for file in storage.list_files(root, recursive=True):
        storage.write_bytes(corpus.path(storage.relative(file, root)), storage.read_bytes(file))
