"""Combinations counted through Beam, against pandas on the same shards."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from rich.console import Console

from pipelines.corpus import Corpus, write_table
from pipelines.report.counts.combinations import write_combinations
from pipelines.report.terminal.combinations_told import print_combinations, read_combinations
from pipelines.workers.runner import run
from schemas.config import CorpusConfig
from schemas.errors import ConfigError
from schemas.tables import SHARD
from tests.plan.corpus import config_of

OPTIONS = PipelineOptions(["--direct_running_mode", "in_memory"])
ACCENTS = ("gb", "us", "nz")
OBSERVED, ASSIGNABLE = ("accent", "gender", "age_band"), ("noise", "snr_db", "handset", "room")
GRID = {
    "name": "grid",
    "factors": {
        "noise": ["street", "babble", "none"],
        "snr_db": [[0, 5], [5, 15]],
        "handset": ["landline", "none"],
        "room": ["office", "none"],
    },
    "exclude": [{"room": "office", "handset": "landline"}],
}


def config(**combinations: Any) -> CorpusConfig:
    return config_of(conditions=[{"name": "clean"}, GRID], combinations={"strength": 3, **combinations})


def clips(seed: int, count: int, people: int = 12) -> list[dict[str, Any]]:
    """Clips of people of whom each has an accent, and most a gender and an age."""
    generator = np.random.default_rng(seed)
    traits = np.random.default_rng(1)
    speakers = [
        {
            "speaker_id": f"s{n}",
            "accent": ("gb", "us", "undeclared")[traits.integers(3)],
            "gender": ("f", "m", None)[traits.integers(3)],
            "age_band": ("20s", "30s")[traits.integers(2)],
            "split": ("train", "train", "dev", "test")[n % 4],
        }
        for n in range(people)
    ]
    rows = []
    for number in range(count):
        noise = ("street", "babble", None)[generator.integers(3)]
        made = {
            "noise": noise,
            "snr_db": None if noise is None else float(generator.choice([0.0, 3.0, 4.999999, 5.0, 9.0, 15.0, 17.0])),
            "handset": ("landline", None)[generator.integers(2)],
            "room": ("office", None)[generator.integers(2)],
            "origin": "simulated",
            "condition": "grid",
        }
        recorded = {"origin": "recorded", "condition": "clean"}
        rows.append({"id": f"{seed}-{number}", **speakers[generator.integers(people)], **(recorded if number < people else made)})
    return rows


def count(root: Path, rows: list[dict[str, Any]], settings: CorpusConfig, shards: int = 3) -> Corpus:
    corpus = Corpus(str(root))
    for index in range(shards):
        table = pa.Table.from_pylist(rows[index::shards], schema=SHARD.schema())
        write_table(corpus.shard_file("demo", "train", 1, index, shards), table)
    run(lambda pipeline: write_combinations(pipeline, corpus, settings, ACCENTS), OPTIONS)
    return corpus


def expected(rows: list[dict[str, Any]], strength: int, split: str | None = None) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Clips and distinct speakers of every tuple, by factors and values."""
    frame = pd.DataFrame(rows, columns=[*OBSERVED, *ASSIGNABLE, "speaker_id", "split", "origin"])
    frame = frame if split is None else frame[frame.split == split]
    bands = np.select(
        [frame.snr_db.isna(), (frame.snr_db >= 0) & (frame.snr_db < 5), (frame.snr_db >= 5) & (frame.snr_db <= 15)],
        ["none", "0 to 5 dB", "5 to 15 dB"],
        "",
    )
    frame = frame.assign(
        snr_db=pd.Series(bands, frame.index).replace("", None),
        accent=frame.accent.replace("undeclared", None),
        **{name: frame[name].fillna("none") for name in ("noise", "handset", "room")},
    )
    found = {}
    for factors in itertools.combinations([*OBSERVED, *ASSIGNABLE], strength):
        for values, own in frame.dropna(subset=list(factors)).groupby(list(factors)):
            found[factors, values] = (len(own), own.speaker_id.nunique())
    return found


def feasible(strength: int, ages: tuple[str, ...] = ("20s", "30s")) -> set[tuple[Any, ...]]:
    values = [
        ACCENTS,
        ("f", "m"),
        ages,
        ("street", "babble", "none"),
        ("0 to 5 dB", "5 to 15 dB", "none"),
        ("landline", "none"),
        ("office", "none"),
    ]
    whole = [
        row
        for row in itertools.product(*values)
        if (row[3] == "none") == (row[4] == "none") and row[5:] != ("landline", "office")
    ]
    names = [*OBSERVED, *ASSIGNABLE]
    return {
        (tuple(names[n] for n in factors), tuple(row[n] for n in factors))
        for row in whole
        for factors in itertools.combinations(range(len(names)), strength)
    }


def told_tuples(corpus: Corpus) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = {}
    for row in pq.read_table(corpus.path("coverage", "tuples.parquet")).to_pylist():
        factors = tuple(name for name in (*OBSERVED, *ASSIGNABLE) if row[name] is not None)
        found[factors, tuple(row[name] for name in factors)] = row
    return found


def test_what_is_told_is_what_the_shards_hold(tmp_path: Path) -> None:
    rows, least = clips(5, 150), 3
    corpus = count(tmp_path, rows, config(speakers=least))
    tuples = told_tuples(corpus)
    summary = pd.read_csv(corpus.path("coverage", "combinations.csv"), keep_default_na=False)
    for strength in (2, 3):
        could_be, counted = feasible(strength), expected(rows, strength)
        told = {key: row for key, row in tuples.items() if row["strength"] == strength}
        assert told.keys() == could_be | counted.keys()
        assert {key: (row["utterances"], row["speakers"]) for key, row in told.items() if row["utterances"]} == counted
        assert {key for key, row in told.items() if row["remedy"] == "excluded"} == counted.keys() - could_be
        few = {key for key in could_be if counted.get(key, (0, 0))[1] < least}
        assert {key for key, row in told.items() if row["remedy"] in ("simulate", "collect")} == few
        for split in (None, "train", "dev", "test"):
            of_split = expected(rows, strength, split)
            own = summary[(summary.strength == strength) & (summary.split == (split or "*"))].set_index("factors")
            assert own.loc["*", "feasible"] == len(could_be)
            assert own.loc["*", "occurring"] == len(could_be & of_split.keys())
            assert own.loc["*", "covered"] == sum(of_split.get(key, (0, 0))[1] >= least for key in could_be)
            pair = ("accent", "noise", "room")[:strength]
            assert own.loc[" × ".join(pair), "occurring"] == len({key for key in could_be & of_split.keys() if key[0] == pair})
    nobody = {key for key, row in tuples.items() if "nz" in key[1]}
    assert nobody
    assert {tuples[key]["remedy"] for key in nobody} == {"collect"}


def test_simulating_more_changes_neither_speakers_nor_missing_patterns(tmp_path: Path) -> None:
    few, settings = clips(5, 40), config(speakers=3, strength=2)
    before = count(tmp_path / "few", few, settings)
    after = count(tmp_path / "many", [*few, *clips(9, 10_012)[12:]], settings, shards=4)
    patterns = [Path(corpus.path("coverage", "mups.csv")).read_bytes() for corpus in (before, after)]
    assert patterns[0] == patterns[1]
    assert patterns[0].count(b"\n") > 3
    told = [told_tuples(corpus) for corpus in (before, after)]
    for key, row in told[0].items():
        if set(key[0]) <= set(OBSERVED):
            assert row["speakers"] == told[1][key]["speakers"]
    assert sum(row["utterances"] for row in told[1].values()) > 100 * sum(row["utterances"] for row in told[0].values()) / 3


def test_the_same_bytes_however_the_rows_are_dealt(tmp_path: Path) -> None:
    rows = clips(5, 60)
    made = []
    for name, order, shards in (("a", rows, 1), ("b", rows[::-1], 5)):
        corpus = count(tmp_path / name, order, config(), shards)
        made.append({file.name: file.read_bytes() for file in Path(corpus.path("coverage")).iterdir()})
    assert made[0] == made[1]
    assert made[0].keys() == {"combinations.csv", "tuples.parquet", "mups.csv"}


def test_sets_of_too_many_combinations_are_counted_but_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.report.counts.tuples.MOST_TUPLES", 8)
    rows = clips(5, 60)
    counted = read_combinations(count(tmp_path, rows, config(strength=2)))
    sets = {each.factors: each for each in counted.sets(2)}
    large = sets["accent × noise"]
    assert (large.feasible, large.to_simulate, large.to_collect) == (9, None, None)
    assert large.occurring == sum(factors == ("accent", "noise") for factors, _ in expected(rows, 2))
    assert sets["gender × room"].to_collect is not None
    assert counted.total(2).to_collect is not None


def test_without_factors_the_conditions_and_the_coverage_bands_are_counted(tmp_path: Path) -> None:
    settings = config_of(combinations={"observed": ["accent"]})
    corpus = count(tmp_path, clips(5, 60), settings)
    values = pd.read_parquet(corpus.path("coverage", "tuples.parquet"))
    assert set(values.noise.dropna()) == {"street", "babble", "none"}
    assert set(values.snr_db.dropna()) >= {"under 0 dB", "0 to 5 dB", "15 to 20 dB", "20 dB and over", "none"}
    assert values.gender.isna().all()


def test_the_terminal_tells_what_to_simulate_and_whom_to_record(tmp_path: Path) -> None:
    corpus = count(tmp_path, clips(5, 40), config(speakers=2))
    console = Console(record=True, width=120, force_terminal=False)
    print_combinations(console, corpus, None, None)
    text = console.export_text()
    counted = read_combinations(corpus)
    total = counted.total(3)
    assert f"{total.covered:,} of {total.feasible:,} combinations of 3 factors" in text
    assert "accent nz: 0 here, record 2 more" in text
    print_combinations(console, corpus, 2, "dev")
    assert (
        f"{counted.total(2, 'dev').covered} of {total.feasible and counted.total(2).feasible} combinations of 2 factors in dev"
        in console.export_text()
    )
    for strength, split, message in ((4, None, "--strength: expected 2, 3"), (None, "eval", "--split: there is no 'eval'")):
        with pytest.raises(ConfigError, match=message):
            print_combinations(console, corpus, strength, split)
    with pytest.raises(ConfigError, match="not counted yet"):
        print_combinations(console, Corpus(str(tmp_path / "nothing")), None, None)
