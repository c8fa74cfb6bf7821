"""Weights that were tampered with, in recipes and shards alike, so that nothing else gives them away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.corpus import Corpus, digest_of
from tests.verify.whole import Row, breaches, edit_json, edit_rows, sign


def reweigh(corpus: Corpus, weight: Callable[[Row], float | None]) -> None:
    """Change the weights of the first shard of train, and of its recipes."""
    for file in ("plan/recipes/part-v001-train-00000.parquet", "shards/train/tiny-train-v001-00000-of-00002.parquet"):
        edit_rows(corpus, file, lambda rows: [row.update(weight=weight(row)) for row in rows])
    sign(corpus)


def told(corpus: Corpus) -> set[str]:
    found = breaches(corpus)
    assert {each.check for each in found} == {"weights"}
    return {str(each) for each in found}


def test_one_row_of_a_cell_counts_more(corpus: Corpus) -> None:
    chosen: list[str] = []

    def weight(row: Row) -> float:
        if row["condition"] == "clean" and not chosen:
            chosen.append(row["id"])
        return row["weight"] * (2 if row["id"] in chosen else 1)

    reweigh(corpus, weight)
    (message,) = (message for message in told(corpus) if ":row " in message)
    assert "other rows of" in message


def test_weights_that_do_not_average_one(corpus: Corpus) -> None:
    for shard in range(2):
        for file in (
            f"plan/recipes/part-v001-train-0000{shard}.parquet",
            f"shards/train/tiny-train-v001-0000{shard}-of-00002.parquet",
        ):
            edit_rows(corpus, file, lambda rows: [row.update(weight=2 * row["weight"]) for row in rows])
    sign(corpus)
    assert any("the weights of its split and version average 2, expected 1" in message for message in told(corpus))


@pytest.mark.parametrize("value", [0.0, -1.0, None, float("nan")])
def test_no_weight_at_all(corpus: Corpus, value: Any) -> None:
    reweigh(corpus, lambda row: value if row["id"] == "train-0-0" else row["weight"])
    messages = told(corpus)
    assert any("expected more than 0" in message and ":row " in message for message in messages)


def test_with_a_reference_population_the_rows_of_a_person_count_the_same(corpus: Corpus) -> None:
    def set_population(whole: Row) -> None:
        whole["config"]["population"] = {"margins": []}
        whole["config_sha256"] = digest_of(whole["config"])

    edit_json(corpus, set_population)
    assert any("other rows of train-" in message for message in told(corpus))
