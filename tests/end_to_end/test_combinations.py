"""A condition with factors from its settings to the shards: the example of docs/configuration.md, run on the small corpus."""

from __future__ import annotations

import io
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import soundfile
from ruamel.yaml import YAML

from tests.end_to_end.command import IN_PROCESS
from tests.end_to_end.corpora import CONFIG, write_small
from tests.end_to_end.output import read_all, shard_files, shard_table
from tests.end_to_end.prepared import Prepared

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
OBSERVED, ASSIGNABLE = ("accent", "gender"), ("noise", "snr_db", "handset", "room")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> tuple[Path, Path]:
    """The configuration and its output."""
    page = PAGE.read_text(encoding="utf-8").partition("### Combinations: a condition with factors")[2]
    example = YAML(typ="safe").load(page.partition("```yaml\n")[2].partition("```")[0])
    directory = tmp_path_factory.mktemp("combinations")
    handsets = CONFIG["handsets"] | {"mobile": {"preset": "mobile_2g"}}
    config = write_small(directory / "in", **example, handsets=handsets, targets=None)
    prepared.ok("run", config, "--output", directory / "out", *IN_PROCESS)
    prepared.ok("verify", directory / "out")
    return config, directory / "out"


def values(frame: pd.DataFrame) -> pd.DataFrame:
    bands = pd.cut(frame.snr_db, [0, 5, 15], right=False, labels=["0 to 5 dB", "5 to 15 dB"]).astype(object)
    names = ("noise", "handset", "room")
    accent = frame.accent.replace("undeclared", None)
    return frame.assign(snr_db=bands.fillna("none"), accent=accent, **{name: frame[name].fillna("none") for name in names})


def pairs(frame: pd.DataFrame) -> dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[int, int]]:
    """Clips and speakers of every pair of values."""
    found = {}
    for factors in combinations([*OBSERVED, *ASSIGNABLE], 2):
        for key, own in frame.dropna(subset=list(factors)).groupby(list(factors)):
            found[factors, key] = (len(own), own.speaker_id.nunique())
    return found


def test_every_two_values_meet_in_the_shards(finished: tuple[Path, Path]) -> None:
    rows = values(shard_table(finished[1]).to_pandas())
    grid = rows[rows.condition == "grid"]
    people = set(rows[(rows.condition == "clean") & rows.accent.notna()][list(OBSERVED)].itertuples(index=False, name=None))
    could_be = [
        (*person, *variant)
        for person in people
        for variant in product(
            ("street", "babble", "none"), ("0 to 5 dB", "5 to 15 dB", "none"), ("landline", "mobile", "none"), ("office", "none")
        )
        if (variant[0] == "none") == (variant[1] == "none")
        and variant[2:] != ("landline", "office")
        and (variant[0], *variant[2:]) != ("none", "none", "none")
    ]
    wanted = pairs(pd.DataFrame(could_be, columns=[*OBSERVED, *ASSIGNABLE]).assign(speaker_id=""))
    assert pairs(grid).keys() == wanted.keys()
    assert len(grid) <= 20
    assert grid.speaker_id.nunique() == rows[rows.accent.notna()].speaker_id.nunique()


def test_what_is_told_of_combinations_is_what_the_shards_hold(finished: tuple[Path, Path], prepared: Prepared) -> None:
    counted = pairs(values(shard_table(finished[1]).to_pandas()))
    told = {}
    for row in pq.read_table(finished[1] / "coverage" / "tuples.parquet").to_pylist():
        factors = tuple(name for name in (*OBSERVED, *ASSIGNABLE) if row[name] is not None)
        if row["utterances"]:
            told[factors, tuple(row[name] for name in factors)] = (row["utterances"], row["speakers"])
    assert told == counted
    out = prepared.ok("combinations", finished[1]).out
    assert "combinations of 2 factors" in out
    assert "accent cy-GB: 0 here, record 1 more" in out


def test_a_row_of_the_grid_can_be_made_again_and_is_explained(
    finished: tuple[Path, Path], tmp_path: Path, prepared: Prepared
) -> None:
    config, out = finished
    rows = [
        row for file in shard_files(out) for row in pq.read_table(file).to_pylist() if row["noise"] and row["handset"] == "mobile"
    ]
    row = min(rows, key=lambda row: row["id"])
    recording = next(each for each in read_all(out / "manifest") if each["recording_id"] == row["source_id"])
    (tmp_path / "recipe.json").write_text(row["recipe"])
    source, made = config.parent / recording["audio"], tmp_path / "x.wav"
    prepared.ok("simulate", config, "--condition", "grid", "--recipe", tmp_path / "recipe.json", source, made)
    again, _ = soundfile.read(made, dtype="int16")
    written, _ = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
    np.testing.assert_array_equal(again, written)
    parts = ", ".join(row[part] for part in ("noise", "handset", "room") if row[part])
    assert f"cell {row['accent']} × grid ({parts}) at {row['snr_db']:.1f} dB" in prepared.ok("explain", out, row["id"]).out
