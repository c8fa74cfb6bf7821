"""Parquet with an Audio column, in the forms that data sets have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import ConfigError
from tests.ingest.layouts.speech import audio_bytes, put_audio
from tests.ingest.layouts.test_layouts import settings_for, told

KIND = pa.struct([("path", pa.large_string()), ("bytes", pa.large_binary()), ("sampling_rate", pa.int32())])


def cell(number: int) -> dict[str, Any]:
    return {"path": None, "bytes": audio_bytes(number), "sampling_rate": None}


def put_parquet(path: Path, columns: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = len(next(iter(columns.values())))
    pq.write_table(pa.table({"id": list("abcde")[:rows], "text": ["x"] * rows, "speaker_id": ["s"] * rows} | columns), path)


def test_rows_without_bytes_among_rows_with(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "beside.wav", 9)
    beside = {"path": "beside.wav", "bytes": None, "sampling_rate": None}
    rows = [cell(1), beside, None, beside | {"path": None}, cell(2)]
    put_parquet(tmp_path / "corpus" / "a.parquet", {"audio": pa.array(rows, KIND)})
    found = [each[0] for each in told(settings_for(tmp_path, "hf_parquet"))]
    assert found == ["a", "b", "missing_audio_path", "missing_audio_path", "e"]


@pytest.mark.parametrize("name", ["TRAIN.PARQUET", "data/train-00000-of-00002-0123456789abcdef.parquet", "a.pq"])
@pytest.mark.parametrize("column", ["audio", "an.audio.column"])
def test_names(tmp_path: Path, name: str, column: str) -> None:
    put_parquet(tmp_path / "corpus" / name, {column: pa.array([cell(1)], KIND)})
    assert told(settings_for(tmp_path, "hf_parquet")) == [("a", "s", "x", "")]


def test_of_several_audio_columns_the_usual_one_is_read(tmp_path: Path) -> None:
    columns = {"prompt": pa.array([None], KIND), "audio": pa.array([cell(1)], KIND)}
    put_parquet(tmp_path / "corpus" / "a.parquet", columns)
    assert told(settings_for(tmp_path, "hf_parquet")) == [("a", "s", "x", "")]


def test_lists_and_dictionaries(tmp_path: Path) -> None:
    columns = {
        "audio": pa.array([cell(1), cell(2)], KIND),
        "accents": pa.array([["Irish", "Welsh"], []]),
        "text": pa.array(["said", "said"]).dictionary_encode(),
    }
    put_parquet(tmp_path / "corpus" / "a.parquet", columns)
    assert told(settings_for(tmp_path, "hf_parquet")) == [("a", "s", "said", "Irish|Welsh"), ("b", "s", "said", "")]


def test_a_file_that_does_not_say_how_many_cells_are_empty(tmp_path: Path) -> None:
    put_audio(tmp_path / "corpus" / "beside.wav", 9)
    cells = pa.array([cell(1), {"path": "beside.wav", "bytes": None, "sampling_rate": None}], KIND)
    table = pa.table({"id": ["a", "b"], "text": ["x"] * 2, "speaker_id": ["s"] * 2, "audio": cells})
    pq.write_table(table, tmp_path / "corpus" / "a.parquet", write_statistics=False)
    assert [each[0] for each in told(settings_for(tmp_path, "hf_parquet"))] == ["a", "b"]


@pytest.mark.parametrize("layout", ["hf_parquet", "table"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, layout: str) -> None:
    (tmp_path / "corpus").mkdir()
    table = pa.table([pa.array([cell(1)], KIND), pa.array(["x"]), pa.array(["y"])], names=["audio", "text", "text"])
    pq.write_table(table, tmp_path / "corpus" / "a.parquet")
    with pytest.raises(ConfigError, match=r"a.parquet: two columns are named 'text'"):
        told(settings_for(tmp_path, layout, metadata="corpus/a.parquet"))
