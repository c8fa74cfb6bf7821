"""Whatever is simulated from the recordings, people count as they did."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.report.counts.count import SpeakerCells, Tallies, add_counted, count_batch, count_speakers, coverage_table
from pipelines.report.counts.coverage import Coverage
from pipelines.report.counts.crosstab import make_crosstab
from pipelines.report.counts.dimensions import count_dimensions, order_of
from pipelines.report.counts.people import add_held, add_people, count_people, facts_of_person
from pipelines.report.counts.shard import BY_SOURCE
from pipelines.report.statistics.representation import describe_population, population_caveats
from pipelines.report.statistics.statistics import describe
from schemas.population import PopulationConfig
from tests.report.outdir import ACCENTS, CONDITIONS

REFERENCE = {"source": "made up", "year": 2020, "universe": "nobody"}
POPULATION = PopulationConfig.model_validate(
    {
        "margins": [
            {"field": "gender", "reference": {"shares": {"female": 0.5, "male": 0.5}, **REFERENCE}},
            {"field": "accent", "reference": {"shares": dict.fromkeys(ACCENTS, 1), **REFERENCE}},
        ],
        "trim": 1.5,
    }
)
SPEAKERS = {f"s{n}": ("train", "dev", "test")[n % 3] for n in range(7)}

Row = dict[str, Any]


@st.composite
def recorded_rows(draw: st.DrawFn) -> list[Row]:
    """Recordings of speakers who each keep to a split and report what they like."""
    return [
        {
            "speaker_id": speaker,
            "split": SPEAKERS[speaker],
            "accent": draw(st.sampled_from([*ACCENTS[:3], "undeclared"])),
            "condition": draw(st.sampled_from(CONDITIONS)),
            "gender": draw(st.sampled_from(["female", "male", "other", None])),
            "source": draw(st.sampled_from(["a.csv", "b.csv"])),
            "origin": "recorded",
            "weight": 1.0,
        }
        for speaker in draw(st.lists(st.sampled_from(sorted(SPEAKERS)), min_size=1, max_size=30))
    ]


def table_of(rows: list[Row]) -> pa.Table:
    columns = ("speaker_id", "split", "accent", "condition", "gender", "source", "origin")
    made = {name: pa.array([row[name] for row in rows], pa.string()) for name in columns}
    made["weight"] = pa.array([row["weight"] for row in rows], pa.float32())
    made["duration"] = pa.array([1.0] * len(rows), pa.float64())
    made["sampling_rate"] = pa.array([16000] * len(rows), pa.int32())
    return pa.table(made)


def statistics_of(rows: list[Row], batches: int = 1) -> dict[str, Any]:
    """All statistics, counted in as many batches as asked for."""
    tallies, in_tables, speakers, of_tables = Tallies(), Tallies(), SpeakerCells(), SpeakerCells()
    people: dict[str, list[Any]] = {}
    for part in range(batches):
        batch = table_of(rows[part::batches])
        add_counted(count_batch(batch), tallies, speakers)
        add_counted(count_dimensions(batch, BY_SOURCE, (0.0,)), in_tables, of_tables)
        for speaker, count in count_people(batch, POPULATION.fields):
            people.setdefault(speaker, []).append(count)
    held: dict[Any, list[Any]] = {}
    for counts in people.values():
        for key, fact in facts_of_person(add_people(counts), POPULATION.fields):
            held.setdefault(key, []).append(fact)
    coverage = Coverage(coverage_table(tallies, count_speakers(speakers), ACCENTS, CONDITIONS))
    order = order_of(BY_SOURCE, ACCENTS, CONDITIONS, (0.0,))
    by_source = make_crosstab(BY_SOURCE, in_tables, count_speakers(of_tables), order)
    return describe(coverage, by_source, [(key, add_held(facts)) for key, facts in held.items()], POPULATION)


def without_written(population: dict[str, Any]) -> dict[str, Any]:
    """The population's part without what the rows' weights come to."""
    for split in population["splits"].values():
        for margin in split["margins"]:
            for group in margin["groups"]:
                del group["written"]
            del margin["total_variation"]["written"], margin["kullback_leibler"]["written"]
    return population


@settings(deadline=None, max_examples=40)
@given(recorded_rows(), st.lists(st.tuples(st.integers(0, 1000), st.sampled_from(CONDITIONS)), max_size=60), st.integers(1, 4))
def test_simulated_rows_change_nothing_about_people(rows: list[Row], uses: list[tuple[int, str]], batches: int) -> None:
    simulated = [
        rows[donor % len(rows)] | {"condition": condition, "origin": "simulated", "weight": 0.25} for donor, condition in uses
    ]
    before, after = statistics_of(rows), statistics_of(rows + simulated, batches)
    assert after["speakers"] == before["speakers"]
    assert after["confounded"] == before["confounded"]
    assert without_written(after["population"]) == without_written(before["population"])
    assert after["caveats"] == before["caveats"]
    assert [each for each in after["association"] if each["origin"] == "recorded"] == [
        each for each in before["association"] if each["origin"] == "recorded"
    ]
    for key in ("accents_by_speakers", "speakers_by_recordings", "conditions_by_recordings"):
        assert after["diversity"][key] == before["diversity"][key]


@settings(deadline=None, max_examples=40)
@given(recorded_rows())
def test_people_are_counted_as_pandas_counts_them(rows: list[Row]) -> None:
    found = statistics_of(rows)
    frame = pd.DataFrame(rows)
    uses = frame.groupby("speaker_id").size()
    assert found["speakers"]["n_eff"] == pytest.approx(uses.sum() ** 2 / (uses**2).sum())
    for accent, own in frame.groupby("accent"):
        uses = own.groupby("speaker_id").size()
        assert found["speakers"]["accents"][accent] == pytest.approx(uses.sum() ** 2 / (uses**2).sum())
    whole = found["population"]["splits"]["*"]
    assert whole["people"] == frame["speaker_id"].nunique()
    said = frame.dropna(subset=["gender"]).groupby("speaker_id")["gender"]
    value = said.agg(lambda each: min(Counter(each).items(), key=lambda pair: (-pair[1], pair[0]))[0])
    margin = whole["margins"][0]
    assert margin["people_silent"] == whole["people"] - len(value)
    assert sum(margin["people_unknown"].values()) == int((value == "other").sum())
    known = value[value != "other"]
    assert {group["group"]: group["people"] for group in margin["groups"]} == {
        group: int((known == group).sum()) for group in ("female", "male")
    }
    if len(known):
        shares = [float((known == group).mean()) for group in ("female", "male")]
        assert margin["total_variation"]["before"] == pytest.approx(np.abs(np.array(shares) - 0.5).sum() / 2)
        assert margin["kullback_leibler"]["before"] == pytest.approx(scipy.stats.entropy(shares, [0.5, 0.5]), abs=1e-12)


def test_what_cannot_be_made_up_for_is_said() -> None:
    rows = [
        {
            "speaker_id": f"s{n}",
            "split": "train",
            "accent": "en-US",
            "condition": "clean",
            "gender": gender,
            "source": "a.csv",
            "origin": "recorded",
            "weight": 1.0,
        }
        for n, gender in enumerate(["female"] * 8 + ["male", "male", "other", None])
    ]
    rows.append(rows[0] | {"gender": "male"})
    rows.append(rows[0] | {"gender": "female"})
    told = " ".join(statistics_of(rows)["caveats"])
    assert "Nobody stands for en-GB, en-IN, en-x-l1-cmn (75.0 % of the reference by accent)" in told
    assert "The reference does not know gender other (1 person)" in told
    assert "1 of 12 people give no gender" in told
    assert "Weights of 2 people were cut to 1.5 times the mean" in told
    assert "1 person reports different things in different recordings" in told


def test_margins_that_contradict_each_other_are_said() -> None:
    margins = [
        {"field": "gender", "reference": {"shares": {"female": 0.2, "male": 0.8}, **REFERENCE}},
        {"field": "accent", "reference": {"shares": {"en-US": 0.5, "en-GB": 0.5}, **REFERENCE}},
    ]
    held = {("train", values): (5, 0, Fraction(5)) for values in (("female", "en-US"), ("male", "en-GB"))}
    described = describe_population(held, PopulationConfig.model_validate({"margins": margins}))
    assert not described["splits"]["train"]["converged"]
    assert population_caveats(described) == [
        "The margins contradict each other in train: after raking a group still misses its share by 30.0 % of the people."
    ]
