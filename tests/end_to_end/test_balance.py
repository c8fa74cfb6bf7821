"""A corpus built to be confounded: what the tables, the report, the card and the command say of it, against pandas and scipy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from tests.end_to_end.command import IN_PROCESS
from tests.end_to_end.corpora import ACCENTS, SAMPLES, sample_rows, small_config, write_config, write_rows
from tests.end_to_end.output import read_json, shard_table
from tests.end_to_end.prepared import Prepared

COLUMNS = {
    "recording_id": "id",
    "audio": "file",
    "text": "sentence",
    "language": "locale",
    "speaker_id": "speaker",
    "gender": "gender",
    "speaker_type": "type",
    "accent": "accents",
    "condition": "scene",
}
CONDITIONS = [
    {"name": "clean", "match": {"snr_db": {"min": 20}}},
    {"name": "phone", "handset": "landline"},
    {"name": "street", "noise": "street", "snr_db": [0, 20]},
]
REFERENCE = "group,share,source,year,universe\nfemale,0.51,made up for a test,2020,nobody\nmale,0.48,,,\nother,0.01,,,\n"


def settings(more: list[dict[str, Any]]) -> dict[str, Any]:
    return small_config(
        sources=[
            {"name": name, "layout": "table", "metadata": f"{name}.csv", "audio_root": "audio", "columns": COLUMNS}
            for name in ("studio", "calls")
        ],
        conditions=[*CONDITIONS, *more],
        donor_conditions=["clean", "phone"],
        targets={"per_cell": {"utterances": 4}},
        splits={"train": 0.7, "test": 0.3},
        coverage={"tables": [["accent", "gender"], ["accent", "noise", "snr_band"]], "snr_edges_db": [5, 10]},
        population={"margins": [{"field": "gender", "reference": "gender.csv"}]},
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Path:
    """The corpus's directory, with the output beside the configuration. British English was only ever recorded on the phone."""
    folder = tmp_path_factory.mktemp("confounded")
    (folder / "audio").mkdir()
    rows = [row for row in sample_rows() if row["speaker"] != "austen"]
    for row in rows:
        shutil.copy(SAMPLES / "audio" / row["file"], folder / "audio")
        british = row["speaker"].startswith("b")
        row |= {"scene": "phone" if british else "", "type": "professional" if british else "volunteer"}
        if row["speaker"] == "am_michael":
            row["gender"] = ""
    write_rows(folder / "studio.csv", [row for row in rows if not row["scene"]])
    write_rows(folder / "calls.csv", [row for row in rows if row["scene"]])
    (folder / "accents.yaml").write_text(ACCENTS, encoding="utf-8")
    (folder / "gender.csv").write_text(REFERENCE, encoding="utf-8")
    shutil.copytree(SAMPLES / "noise" / "street", folder / "noise" / "street")
    write_config(folder / "corpus.yaml", settings([]))
    prepared.ok("run", folder / "corpus.yaml", "--output", folder / "out", *IN_PROCESS)
    return folder


@pytest.fixture(scope="module")
def statistics(first: Path) -> dict[str, Any]:
    return read_json(first / "out" / "coverage" / "statistics.json")


@pytest.fixture(scope="module")
def frame(first: Path, statistics: dict[str, Any]) -> pd.DataFrame:
    """The rows of version 1; ``statistics`` are taken before it grows."""
    return shard_table(first / "out").to_pandas()


@pytest.fixture(scope="module")
def shown(first: Path, statistics: dict[str, Any], prepared: Prepared) -> tuple[str, str, str, str]:
    """Report, card, and what the command prints by default and by source."""
    out = first / "out"
    report, card = ((out / name).read_text(encoding="utf-8") for name in ("report.html", "card.md"))
    return report, card, prepared("coverage", out).out, prepared("coverage", out, "--by", "accent,source").out


ON_PHONES = "Accent en-GB was only ever recorded in condition phone ("
FROM_CALLS = "Accent en-GB only ever comes from source calls ("


def test_everything_says_that_one_accent_was_only_recorded_on_phones(shown: tuple[str, str, str, str]) -> None:
    report, card, matrix, by_source = shown
    for text in (report, matrix, by_source):
        assert ON_PHONES in text
        assert FROM_CALLS in text
    assert ON_PHONES.replace("-", "\\-") in card or ON_PHONES in card
    assert "where none of the other accents' recordings are" in by_source
    assert "Cramér's V of accent and source, over recorded rows: 1.00, 1.00 less its bias, n = " in by_source
    assert "Professional speakers, as declared: 3 of 6 speakers" in report
    assert "Nobody stands for other (1.0 % of the reference by gender)" in report
    assert "1 of 6 people give no gender" in report


def test_the_numbers_are_an_independent_recount(frame: pd.DataFrame, statistics: dict[str, Any]) -> None:
    recorded = frame[frame.origin == "recorded"]
    given = [
        (recorded, "condition", "rows"),
        (recorded, "condition", "speakers"),
        (recorded, "source", "rows"),
        (recorded, "source", "speakers"),
        (frame, "condition", "rows"),
    ]
    for (rows, other, over), told in zip(given, statistics["association"], strict=True):
        if over == "rows":
            table = pd.crosstab(rows["accent"], rows[other])
        else:
            table = rows.groupby(["accent", other])["speaker_id"].nunique().unstack(fill_value=0)
        assert told["n"] == table.to_numpy().sum()
        v = scipy.stats.contingency.association(table.to_numpy(), method="cramer", correction=False)
        assert told["v"] == pytest.approx(v)
    uses = recorded.groupby("speaker_id").size().to_numpy()
    assert statistics["speakers"]["n_eff"] == pytest.approx(uses.sum() ** 2 / (uses**2).sum())
    assert statistics["diversity"]["speakers_by_recordings"][1] == pytest.approx(np.exp(scipy.stats.entropy(uses)))
    people = frame.groupby("accent")["speaker_id"].nunique().to_numpy()
    assert statistics["diversity"]["accents_by_speakers"] == pytest.approx(
        [len(people), np.exp(scipy.stats.entropy(people)), people.sum() ** 2 / (people**2).sum()]
    )


def test_weights_make_people_stand_for_the_reference(frame: pd.DataFrame, statistics: dict[str, Any]) -> None:
    reference = pd.Series({"female": 0.51, "male": 0.48, "other": 0.01})
    for split, rows in frame.groupby("split"):
        told = statistics["population"]["splits"][split]
        people = rows.groupby("speaker_id").agg(gender=("gender", "first"), weight=("weight", "sum"))
        known = people.dropna()
        before = known.groupby("gender").size() / len(known)
        after = known.groupby("gender")["weight"].sum() / known["weight"].sum()
        (margin,) = told["margins"]
        assert {group["group"]: group["people"] for group in margin["groups"] if group["people"]} == dict(
            known.groupby("gender").size()
        )
        for name, shares in (("before", before), ("after", after), ("written", after)):
            shares = shares.reindex(reference.index, fill_value=0)
            assert margin["total_variation"][name] == pytest.approx((shares - reference).abs().sum() / 2, abs=1e-6)
            assert margin["kullback_leibler"][name] == pytest.approx(scipy.stats.entropy(shares, reference), abs=1e-6)
        present = reference[after.index] / reference[after.index].sum()
        assert after.to_dict() == pytest.approx(present.to_dict(), rel=1e-5)
        assert told["n_eff"] == pytest.approx(people["weight"].sum() ** 2 / (people["weight"] ** 2).sum(), rel=1e-5)
        assert rows["weight"].mean() == pytest.approx(1, rel=1e-5)


def test_further_tables_are_counted_from_the_shards(first: Path, frame: pd.DataFrame, statistics: dict[str, Any]) -> None:
    table = pd.read_parquet(first / "out" / "coverage" / "by-accent-noise-snr_band.parquet")
    bands = pd.cut(frame["snr_db"], [-np.inf, 5, 10, np.inf], right=False, labels=["under 5 dB", "5 to 10 dB", "10 dB and over"])
    counted = frame[frame.snr_db.notna()].groupby(["accent", bands.dropna()], observed=True)
    rows = table[(table.noise == "street") & (table.origin == "*") & (table.accent != "*") & (table.snr_band != "*")]
    found = {(row.accent, row.snr_band): (row.utterances, row.speakers) for row in rows.itertuples() if row.utterances}
    assert found == {key: (len(group), group["speaker_id"].nunique()) for key, group in counted if len(group)}
    text = pd.read_csv(first / "out" / "coverage" / "by-accent-noise-snr_band.csv", keep_default_na=False)
    assert list(text["utterances"]) == list(table["utterances"])
    assert list(text["speakers"]) == list(table["speakers"])


def test_simulation_changes_no_count_of_people(
    first: Path, frame: pd.DataFrame, statistics: dict[str, Any], prepared: Prepared
) -> None:
    """Many more simulated rows, as a second version: the same people, each as much as before."""
    more = [{"name": f"street_{n}", "noise": "street", "snr_db": [n, n + 5], "handset": "landline"} for n in range(4)]
    config = settings(more)
    del config["coverage"]["tables"][1]
    write_config(first / "corpus.yaml", config)
    out = first / "out"
    prepared.ok("run", first / "corpus.yaml", "--output", out, *IN_PROCESS)
    grown = shard_table(out).to_pandas()
    assert (grown.origin == "simulated").sum() > 1.5 * (frame.origin == "simulated").sum()
    later = read_json(out / "coverage" / "statistics.json")
    assert later["speakers"] == statistics["speakers"]
    assert later["confounded"] == statistics["confounded"]
    for key in ("accents_by_speakers", "speakers_by_recordings", "conditions_by_recordings"):
        assert later["diversity"][key] == statistics["diversity"][key]
    for split, told in statistics["population"]["splits"].items():
        now = later["population"]["splits"][split]
        assert {key: now[key] for key in ("people", "n_eff", "error")} == {key: told[key] for key in ("people", "n_eff", "error")}
        for then_margin, margin in zip(told["margins"], now["margins"], strict=True):
            for measure in ("total_variation", "kullback_leibler"):
                assert {key: margin[measure][key] for key in ("before", "after")} == {
                    key: then_margin[measure][key] for key in ("before", "after")
                }
    first_rows = grown.set_index("id").loc[frame["id"], "weight"].to_numpy()
    assert (first_rows == frame["weight"].to_numpy()).all()
    assert sorted(file.name for file in (out / "coverage").glob("by-*")) == ["by-accent-gender.csv", "by-accent-gender.parquet"]
    assert "every invariant holds" in prepared("verify", out).out
