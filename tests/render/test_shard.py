"""The file a shard is, as other tools see it."""

from __future__ import annotations

import json
import os

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.render import shard
from pipelines.render.row import make_row
from pipelines.render.shard import write_shard
from schemas.tables import SHARD
from tests.render.corpus import decode, recorded, simulated

RATE = 16000


def row_of(number: int, size: int) -> dict[str, object]:
    """A row with ``size`` bytes that cannot be compressed, and its text."""
    data = np.random.default_rng(number).bytes(size)
    row: dict[str, object] = dict.fromkeys(SHARD.names)
    return row | {"id": f"row-{number}", "audio": {"bytes": data, "path": f"row-{number}.flac"}, "text": "hello", "weight": 1.0}


@pytest.fixture(scope="module")
def written(tmp_path_factory, settings):
    from pipelines.render.sounds import SoundLibrary

    sounds = SoundLibrary(settings)
    recipes = [
        recorded("audio/af_heart_1.flac"),
        simulated("audio/af_heart_1.flac", "street_10db", settings),
        simulated("audio/af_heart_2.flac", "far_office", settings),
    ]
    location = str(tmp_path_factory.mktemp("shards") / "demo-train-v001-00000-of-00001.parquet")
    told = write_shard(location, (make_row(recipe, sounds, RATE) for recipe in recipes), RATE)
    return location, told


def test_it_tells_what_it_wrote(written) -> None:
    location, told = written
    assert told == (location, 3, os.path.getsize(location))


def test_hugging_face_datasets_sees_audio(written, tmp_path) -> None:
    datasets = pytest.importorskip("datasets")
    location, _ = written
    loaded = datasets.load_dataset("parquet", data_files=location, cache_dir=str(tmp_path), split="train")
    assert loaded.features["audio"] == datasets.Audio(sampling_rate=RATE)
    raw = loaded.cast_column("audio", datasets.Audio(decode=False))[0]["audio"]
    assert raw["path"] == "af_heart_1.flac"
    assert raw["bytes"][:4] == b"fLaC"
    assert loaded.column_names == SHARD.names


def test_the_schema_is_the_documented_one(written) -> None:
    schema = pq.read_schema(written[0])
    assert schema.names == SHARD.names
    assert all(field.nullable for field in schema)
    assert [field.name for field in schema.field("audio").type] == ["bytes", "path"]
    assert json.loads(schema.metadata[b"huggingface"]) == {
        "info": {"features": {"audio": {"sampling_rate": RATE, "_type": "Audio"}}}
    }


def test_audio_is_stored_plain_and_the_rest_compressed(written) -> None:
    group = pq.ParquetFile(written[0]).metadata.row_group(0)
    chunks = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    for name, chunk in chunks.items():
        if name.startswith("audio."):
            assert chunk.compression == "UNCOMPRESSED"
            assert "PLAIN" in chunk.encodings
            assert not chunk.has_dictionary_page
        else:
            assert chunk.compression == "ZSTD"
    assert chunks["condition"].has_dictionary_page
    assert chunks["accent_all.list.element"].has_dictionary_page
    assert chunks["text"].has_offset_index
    assert chunks["audio.bytes"].has_offset_index
    assert chunks["id"].has_column_index


def test_row_groups_hold_16_to_32_megabytes_and_rows_stream(tmp_path) -> None:
    taken = 0
    held = []

    def rows():
        nonlocal taken
        for number in range(90):
            taken += 1
            yield row_of(number, 1_000_000)

    location = str(tmp_path / "large.parquet")
    real = pq.ParquetWriter.write_table

    def note(self, table, **options):
        held.append(taken)
        return real(self, table, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", note)
        write_shard(location, rows(), RATE)
    metadata = pq.ParquetFile(location).metadata
    sizes = [metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups)]
    assert metadata.num_rows == 90
    assert all(16e6 <= size <= 32e6 for size in sizes[:-1])
    assert held == [26, 52, 78, 90]  # a group is written before the next one is taken
    assert metadata.serialized_size < 200_000


def test_the_same_rows_give_the_same_bytes(tmp_path) -> None:
    contents = []
    for name in ("one", "two"):
        write_shard(str(tmp_path / name), (row_of(number, 1000) for number in range(20)), RATE)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_a_shard_that_fails_leaves_nothing_behind(tmp_path) -> None:
    def rows():
        yield row_of(0, 1000)
        raise RuntimeError("the source is gone")

    with pytest.raises(RuntimeError, match="the source is gone"):
        write_shard(str(tmp_path / "shard.parquet"), rows(), RATE)
    assert list(tmp_path.iterdir()) == []


def test_a_row_group_may_hold_a_single_long_row(tmp_path) -> None:
    location = str(tmp_path / "long.parquet")
    write_shard(location, (row_of(number, shard.ROW_GROUP_BYTES + 1) for number in range(2)), RATE)
    assert pq.ParquetFile(location).metadata.num_row_groups == 2


def test_what_is_written_can_be_heard(written) -> None:
    import io

    import soundfile

    table = pq.read_table(written[0])
    samples, rate = soundfile.read(io.BytesIO(table.column("audio")[0].as_py()["bytes"]), dtype="float32")
    np.testing.assert_array_equal(samples, decode("audio/af_heart_1.flac").samples[:, 0])
    assert rate == RATE
