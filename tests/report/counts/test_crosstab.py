"""Tables of any dimensions against pandas, counted on demand and by the pipeline alike."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.corpus import Corpus
from pipelines.report.counts.crosstab import read_crosstab, to_table
from pipelines.report.counts.dimensions import order_of
from pipelines.report.counts.on_demand import count_files
from schemas.dimensions import DIMENSIONS, snr_bands
from schemas.tables import SHARD
from tests.report.outdir import ACCENTS, CONDITIONS

EDGES = (0.0, 10.0)
SOME = st.sampled_from(["ann", "bob", "cy", "di"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "accent": st.sampled_from(ACCENTS),
            "gender": st.sampled_from(["female", "male", None, "*"]),
            "room": st.sampled_from(["office", None]),
            "snr_db": st.sampled_from([None, -3.0, 0.0, 9.99, 10.0, 30.0]),
            "origin": st.sampled_from(["recorded", "simulated"]),
            "speaker_id": SOME,
            "duration": st.integers(1, 80_000).map(lambda samples: samples / 16000),
        }
    ),
    min_size=1,
    max_size=40,
)
BAND = {None: None, -3.0: "under 0 dB", 0.0: "0 to 10 dB", 9.99: "0 to 10 dB", 10.0: "10 dB and over", 30.0: "10 dB and over"}


def write(location: Path, rows: list[dict[str, object]]) -> str:
    import pyarrow.parquet as pq

    names = ["accent", "gender", "gender_provenance", "room", "snr_db", "origin", "speaker_id", "duration", "sampling_rate"]
    schema = pa.schema([SHARD.schema().field(name) for name in names])
    pq.write_table(pa.Table.from_pylist([row | {"sampling_rate": 16000} for row in rows], schema=schema), location)
    return str(location)


def recounted(rows: list[dict[str, object]], names: list[str]) -> dict[tuple[object, ...], tuple[int, float, int]]:
    """Every level by pandas: rows, hours and distinct speakers."""
    frame = pd.DataFrame(rows)
    frame["snr_band"] = [BAND[None if value is None or np.isnan(value) else value] for value in frame["snr_db"]]
    frame = frame.replace({"gender": {"*": '"*"'}}).astype(object).where(lambda each: each.notna(), "∅")
    found = {}
    for kept in itertools.product((True, False), repeat=len(names) + 1):
        keys = [name for name, keep in zip([*names, "origin"], kept, strict=True) if keep]
        groups = frame.groupby(keys) if keys else [((), frame)]
        for key, group in groups:
            given = iter(key)
            cell = tuple(next(given) if keep else "*" for keep in kept)
            cell = tuple(None if value == "∅" else value for value in cell)
            found[cell] = (len(group), group["duration"].sum() / 3600, group["speaker_id"].nunique())
    return found


@settings(deadline=None, max_examples=30)
@given(ROWS, st.permutations(["accent", "gender", "room", "snr_band"]), st.integers(2, 4), st.integers(1, 40))
def test_every_level_is_pandas_s_whatever_the_files_and_turns(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], names: list[str], dimensions: int, at_once: int
) -> None:
    names = names[:dimensions]
    folder = tmp_path_factory.mktemp("shards")
    files = [write(folder / f"{part}.parquet", rows[part::3]) for part in range(3)]
    order = order_of(names, ACCENTS, CONDITIONS, EDGES)
    crosstab = count_files(files, names, order, EDGES, rows_at_once=at_once)
    expected = recounted(rows, names)
    assert crosstab.cells.keys() == expected.keys()
    for cell, (utterances, hours, speakers) in expected.items():
        assert crosstab.cells[cell] == (utterances, pytest.approx(hours, rel=1e-12), speakers)
    for values in crosstab.combinations():
        count = crosstab.count("speakers", values)
        assert count.recorded == expected.get((*values, "recorded"), (0, 0, 0))[2]
        assert count.total == expected.get((*values, "*"), (0, 0, 0))[2]
    table = to_table(crosstab).to_pylist()
    cells = {tuple(row.values())[:-3]: tuple(row.values())[-3:] for row in table}
    assert len(cells) == len(table)
    assert {cell for cell, each in cells.items() if each[0]} == expected.keys()
    assert {cell for cell, each in cells.items() if not each[0]} == {
        (*values, "*") for values in crosstab.combinations() if (*values, "*") not in expected
    }
    assert crosstab.occupied == sum(1 for cell in expected if "*" not in cell[:-1] and cell[-1] == "*")


def test_only_rows_of_an_origin(tmp_path: Path) -> None:
    row = {"accent": "en-GB", "gender": None, "room": None, "snr_db": None, "speaker_id": "ann", "duration": 1.0}
    file = write(tmp_path / "a.parquet", [row | {"origin": "recorded"}, row | {"origin": "simulated", "speaker_id": "bob"}])
    order = order_of(["accent", "origin"], ACCENTS, CONDITIONS, EDGES)
    crosstab = count_files([file], ["accent", "origin"], order, EDGES)
    assert [crosstab.value("speakers", ["en-GB", origin]) for origin in ("*", "recorded", "simulated")] == [2, 1, 1]
    assert crosstab.value("speakers", ["en-GB", "recorded"], "simulated") == 0
    assert to_table(crosstab).column_names == ["accent", "origin", "utterances", "hours", "speakers"]
    only = count_files([file], ["accent", "room"], order_of(["accent", "room"], ACCENTS, CONDITIONS, EDGES), EDGES, "simulated")
    assert only.value("utterances", ["*", "*"]) == 1
    assert only.values[0] == ACCENTS  # what nobody has is to be seen


def test_a_table_read_again_is_the_one_that_was_written(corpus: Corpus) -> None:
    names = ["gender", "noise", "snr_band"]
    edges = (0.0, 5.0, 10.0, 15.0, 20.0)
    counted = count_files(corpus.shard_files(), names, order_of(names, ACCENTS, CONDITIONS, edges), edges)
    read = read_crosstab(corpus, names)
    assert read == counted
    assert dict(read.cells) == dict(counted.cells)


def test_bands_and_dimensions_are_of_the_shards() -> None:
    assert snr_bands([0]) == ("under 0 dB", "0 dB and over")
    assert snr_bands([-5, 0.5]) == ("under -5 dB", "-5 to 0.5 dB", "0.5 dB and over")
    assert {each.column for each in DIMENSIONS.values()} <= set(SHARD.names)
