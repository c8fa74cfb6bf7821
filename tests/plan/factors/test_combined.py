"""Conditions with factors, planned through Beam: every combination stands in the recipes, counted from those alone."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.corpus import Corpus, write_json, write_table
from pipelines.plan.stage import run_plan
from pipelines.settings import Settings
from schemas.accents import Accents
from tests.combinations.design import LARGE_ASSIGNABLE, LARGE_BOUND, LARGE_OBSERVED, LARGE_TUPLES
from tests.plan.corpus import config_of, manifest_of

OPTIONS = PipelineOptions(["--direct_running_mode", "in_memory"])
OBSERVED, ASSIGNABLE = ("accent", "gender", "age_band"), ("noise", "snr_db", "handset", "room")
CLEAN = {"name": "clean", "match": {"snr_db": {"min": 20}}}
GRID: dict[str, Any] = {
    "name": "grid",
    "factors": {
        "noise": ["street", "babble", "none"],
        "snr_db": [[0, 5], [5, 15]],
        "handset": ["landline", "none"],
        "room": ["office", "none"],
    },
}


def plan(root: Path, rows: list[dict[str, Any]], config: Any, version: int = 1) -> pd.DataFrame:
    """The simulated recipes of a version."""
    corpus = Corpus(str(root))
    write_table(corpus.path("manifest", "part-00000.parquet"), manifest_of(rows))
    banks = [
        {"kind": "noise", "bank": "street", "file": f"{n}.wav", "sha256": f"{n:064x}", "duration_s": 30.0, "problem": ""}
        for n in range(6)
    ]
    write_json(corpus.stage_file("ingest"), {"banks": banks})
    settings = Settings("corpus.yaml", config, Accents(), ((),), {"street": ()}, {}, {})
    run_plan(settings, corpus, version, OPTIONS)
    recipes = corpus.read_recipes(version=version).to_pandas()
    return with_values(recipes[recipes.origin == "simulated"])


def with_values(rows: pd.DataFrame) -> pd.DataFrame:
    """With ``none`` for nothing, and the lower end of the band for an SNR."""
    bands = [0, 5, 15]
    return rows.assign(
        **{name: rows[name].fillna("none") for name in ("noise", "handset", "room")},
        snr_db=pd.cut(rows.snr_db, bands, right=False, labels=bands[:-1]).astype(object).fillna("none"),
    )


def tuples_of(rows: pd.DataFrame, strength: int = 2) -> set[tuple[Any, ...]]:
    found = set()
    for factors in combinations([*OBSERVED, *ASSIGNABLE], strength):
        found |= {(factors, values) for values in rows[list(factors)].dropna().itertuples(index=False, name=None)}
    return found


def people(**of_accent: list[tuple[str | None, str | None]]) -> list[dict[str, Any]]:
    """Three recordings each of speakers with a gender and an age band."""
    rows = [
        {
            "recording_id": f"{accent}{who}-{n}",
            "speaker_id": f"{accent}{who}",
            "accent": accent,
            "gender": gender,
            "age_band": age,
        }
        for accent, speakers in of_accent.items()
        for who, (gender, age) in enumerate(speakers)
        for n in range(3)
    ]
    return [row | {"file_sha256": f"{n:x}", "audio_sha256": f"{n:064x}"} for n, row in enumerate(rows)]


SOME = people(
    gb=[("f", "20s"), ("f", "30s"), ("m", "20s"), ("f", "20s"), (None, "40s")],
    us=[("m", "20s"), ("f", None), ("m", "30s"), ("f", "30s"), ("f", "20s")],
    undeclared=[("f", "20s")],
)


def expected(
    rows: list[dict[str, Any]], strength: int = 2, *, excluded: tuple[tuple[str, str], ...] = ()
) -> set[tuple[Any, ...]]:
    """The tuples of all people in everything that the grid may be."""
    whole = [
        (row["accent"], row["gender"], row["age_band"], *variant)
        for row in rows
        if row["accent"] != "undeclared"
        for variant in product(("street", "babble", "none"), (0, 5, "none"), ("landline", "none"), ("office", "none"))
        if (variant[0] == "none") == (variant[1] == "none")
        and (variant[0], *variant[2:]) != ("none", "none", "none")
        and variant[2:] not in excluded
    ]
    return tuples_of(pd.DataFrame(sorted(set(whole), key=repr), columns=[*OBSERVED, *ASSIGNABLE]), strength)


@pytest.mark.parametrize("strength", [2, 3])
def test_every_combination_of_people_and_conditions_is_simulated(tmp_path: Path, strength: int) -> None:
    config = config_of(conditions=[CLEAN, GRID | {"strength": strength}], splits={"train": 1.0})
    rows = plan(tmp_path, SOME, config)
    assert tuples_of(rows, strength) == expected(SOME, strength)
    assert set(rows.condition) == {"grid"}
    assert Corpus(str(tmp_path)).read_recipes(["accent"]).column("accent").to_pylist().count("undeclared") == 3
    counts = Counter(rows.speaker_id)
    assert max(counts.values()) - min(counts.values()) <= {2: 4, 3: 8}[strength]


def test_excluded_combinations_are_left_out_and_all_others_stand(tmp_path: Path) -> None:
    grid = GRID | {"exclude": [{"room": "office", "handset": "landline"}]}
    rows = plan(tmp_path, SOME, config_of(conditions=[CLEAN, grid], splits={"train": 1.0}))
    assert tuples_of(rows) == expected(SOME, excluded=(("landline", "office"),))


def test_a_target_takes_the_combinations_in_turns(tmp_path: Path) -> None:
    targets = {"per_cell": {"utterances": 60}, "max_uses_per_recording": 40}
    config = config_of(targets, conditions=[CLEAN, GRID], splits={"train": 1.0})
    rows = plan(tmp_path, SOME, config)
    assert Counter(rows.accent) == {"gb": 60, "us": 60}
    assert tuples_of(rows) >= expected(SOME)
    for _, of_accent in rows.groupby("accent"):
        for factor in ("noise", "handset", "room"):
            counts = Counter(of_accent[factor]).values()
            assert max(counts) - min(counts) <= 20, factor


def test_a_later_version_adds_only_the_combinations_that_are_new(tmp_path: Path) -> None:
    def config(noises: list[str]) -> Any:
        grid = GRID | {"factors": GRID["factors"] | {"noise": noises}}
        return config_of(conditions=[CLEAN, grid], splits={"train": 1.0})

    first = plan(tmp_path, SOME, config(["street", "none"]))
    assert len(plan(tmp_path, SOME, config(["street", "none"]), version=2)) == 0
    third = plan(tmp_path, SOME, config(["street", "babble", "none"]), version=3)
    assert 0 < len(third) < len(first) + 6
    assert tuples_of(pd.concat([first, third])) == expected(SOME)
    assert set(third.noise) >= {"babble"}


def test_every_split_may_be_asked_to_hold_the_combinations(tmp_path: Path) -> None:
    noises = GRID | {"factors": GRID["factors"] | {"noise": ["street", "none"]}, "cover": "split"}
    config = config_of(conditions=[CLEAN, noises], splits={"train": 0.6, "test": 0.4})
    rows = plan(tmp_path, SOME, config)
    for split in ("train", "test"):
        own = rows[rows.split == split]
        assert tuples_of(own) == {
            (factors, values)
            for factors, values in expected([row for row in SOME if row["speaker_id"] in set(own.speaker_id)])
            if "babble" not in values
        }


def test_what_cannot_be_is_a_gap_and_no_row(tmp_path: Path) -> None:
    noisy = [row | {"snr_db": 14.0 if row["accent"] == "gb" else 60.0} for row in SOME]
    rows = plan(tmp_path, noisy, config_of({"max_uses_per_recording": 1}, conditions=[CLEAN, GRID], splits={"train": 1.0}))
    assert 5 not in set(rows[rows.accent == "gb"].snr_db)
    assert max(Counter(rows.source_id).values()) == 1
    gaps = {row["accent"]: row for row in pd.read_csv(tmp_path / "plan" / "gaps.csv").to_dict("records")}
    assert "SNRs of 5 to 15 dB: no recording reaches 15 dB" in gaps["gb"]["reason"]


@pytest.mark.parametrize(("setting", "low"), [("max_uses_per_recording", 1), ("max_share_per_speaker", 0.1)])
def test_the_value_that_a_gap_names_closes_it(tmp_path: Path, setting: str, low: float) -> None:
    few = [row for row in SOME if row["recording_id"].endswith("-0") or setting == "max_share_per_speaker"]

    def gaps(value: float) -> list[dict[str, Any]]:
        grid = GRID | {"strength": 3}
        plan(tmp_path / str(value), few, config_of({setting: value}, conditions=[CLEAN, grid], splits={"train": 1.0}))
        return pd.read_csv(tmp_path / str(value) / "plan" / "gaps.csv").to_dict("records")

    found = gaps(low)
    assert {(gap["cause"], gap["remedy"], gap["setting"]) for gap in found} == {
        ("missing_combinations", "simulate", f"targets.{setting}")
    }
    assert gaps(type(low)(max(gap["value"] for gap in found))) == []


def test_the_large_design_is_planned_within_its_bounds(tmp_path: Path) -> None:
    names = [[f"{kind}{n}" for n in range(size)] for kind, size in zip("agy", LARGE_OBSERVED, strict=True)]
    large = people(**{accent: list(product(*names[1:])) for accent in names[0]})
    noises, bands, handsets, rooms = LARGE_ASSIGNABLE
    parts = {
        "noises": {f"n{n}": {"colour": "pink"} for n in range(noises)},
        "handsets": {f"h{n}": {"codecs": ["g711_ulaw"]} for n in range(handsets)},
        "rooms": {f"r{n}": {"t60_s": 0.4, "distance_m": 1.0, "dimensions_m": [6, 5, 3]} for n in range(rooms)},
    }
    factors = {"snr_db": [[5 * n, 5 * n + 5] for n in range(bands)]} | {part[:-1]: list(parts[part]) for part in parts}
    for strength, most in ((2, 1.05), (3, 1.10)):
        grid = {"name": "grid", "factors": factors, "strength": strength}
        root = tmp_path / str(strength)
        plan(root, large, config_of(conditions=[CLEAN, grid], **parts))
        recipes = Corpus(str(root)).read_recipes().to_pandas()
        rows = recipes[recipes.origin == "simulated"]
        rows = rows.assign(snr_db=rows.snr_db // 5)
        assert len(rows) <= most * LARGE_BOUND[strength]
        assert len(tuples_of(rows, strength)) == LARGE_TUPLES[strength]
        assert max(Counter(rows.speaker_id).values()) <= {2: 3, 3: 12}[strength]
