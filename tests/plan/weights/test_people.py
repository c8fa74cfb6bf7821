"""Weights of rows by a reference population, through the whole stage."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from pipelines.plan.weights.people import groups_of, values_of
from schemas.population import PopulationConfig
from tests.plan.corpus import CONDITIONS
from tests.plan.test_stage import ROADSIDE, plan, recordings, settings_of

REFERENCE = {"source": "made up", "year": 2020, "universe": "nobody"}
POPULATION: dict[str, Any] = {
    "margins": [
        {
            "field": "accent",
            "reference": {"shares": {"Britain": 30, "America": 60, "India": 10}, **REFERENCE},
            "groups": {"Britain": "en-GB", "America": ["en-US"], "India": "en-IN"},
        },
        {"field": "gender", "reference": {"shares": {"female": 0.5, "male": 0.5}, **REFERENCE}},
    ]
}


def people() -> list[dict[str, Any]]:
    """Three in four are female; some do not say; one of their four recordings says otherwise."""
    rows = recordings()
    for row in rows:
        who = int(row["speaker_id"].rpartition("-")[2])
        row["gender"] = None if who == 3 else "male" if who % 4 == 0 else "female"
        if row["recording_id"].endswith("-3"):
            row["gender"] = "other"
    return rows


def by_speaker(rows: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        found[row["split"], row["speaker_id"]] += row["weight"]
    return found


COLUMNS = ["split", "speaker_id", "accent", "gender", "weight", "origin", "version", "condition"]


def test_people_stand_for_the_population_and_simulation_changes_nobody_s_part(tmp_path: Path) -> None:
    few, _ = plan(tmp_path / "few", people(), settings_of(population=POPULATION))
    many, result = plan(tmp_path / "many", people(), settings_of([*CONDITIONS, ROADSIDE], population=POPULATION))
    rows, more = few.read_recipes(COLUMNS).to_pylist(), many.read_recipes(COLUMNS).to_pylist()
    assert len(more) > len(rows) + 40
    for split in ("train", "dev", "test"):
        heads, parts = {}, {}
        for found, where in ((heads, rows), (parts, more)):
            of_split = {who: weight for (place, who), weight in by_speaker(where).items() if place == split}
            mean = sum(of_split.values()) / len(of_split)
            found.update({who: weight / mean for who, weight in of_split.items()})
            of_rows = [row["weight"] for row in where if row["split"] == split]
            assert sum(of_rows) == pytest.approx(len(of_rows), rel=1e-5)
        assert heads == pytest.approx(parts, rel=1e-5)
    for row in more:
        same = {each["weight"] for each in more if each["speaker_id"] == row["speaker_id"]}
        assert same == {row["weight"]}
    assert all(each["converged"] for each in result["raking"].values())
    train = {who: weight for (split, who), weight in by_speaker(more).items() if split == "train"}
    shares = Counter()
    for who, weight in train.items():
        shares[who.rpartition("-")[0]] += weight
    known = sum(weight for accent, weight in shares.items() if accent != "undeclared")
    present = {accent: share for accent, share in {"en-GB": 30, "en-US": 60, "en-IN": 10}.items() if accent in shares}
    for accent, share in present.items():
        assert shares[accent] / known == pytest.approx(share / sum(present.values()), rel=1e-5)
    undeclared = [who for who in train if who.startswith("undeclared")]
    assert shares["undeclared"] / sum(shares.values()) == pytest.approx(len(undeclared) / len(train), rel=1e-5)


def test_each_version_stands_for_the_population_and_the_earlier_one_s_weights_stay(tmp_path: Path) -> None:
    corpus, _ = plan(tmp_path, people(), settings_of(population=POPULATION))
    before = corpus.read_recipes(COLUMNS, version=1)
    plan(tmp_path, people(), settings_of([*CONDITIONS, ROADSIDE], population=POPULATION), version=2)
    assert corpus.read_recipes(COLUMNS, version=1).equals(before)
    rows = [row for row in corpus.read_recipes(COLUMNS, version=2).to_pylist() if row["split"] == "train"]
    shares = Counter()
    for row in rows:
        shares[row["accent"]] += row["weight"]
    assert shares["en-US"] / shares["en-GB"] == pytest.approx(2, rel=1e-5)
    assert sum(row["weight"] for row in rows) == pytest.approx(len(rows), rel=1e-5)


def test_a_group_is_what_most_recordings_say() -> None:
    population = PopulationConfig.model_validate(POPULATION)

    def groups(said: dict[tuple[str | None, ...], int]) -> tuple[str | None, ...]:
        return groups_of(values_of(said, population.fields), population)

    assert groups({("en-GB", "male"): 2, ("en-GB", None): 9, ("en-US", "female"): 3}) == ("Britain", "female")
    assert groups({("undeclared", None): 2, ("unmapped", "other"): 9}) == (None, None)
    assert groups({("en-US", "male"): 2, ("en-GB", "female"): 2}) == ("Britain", "female")
    assert groups({}) == (None, None)
