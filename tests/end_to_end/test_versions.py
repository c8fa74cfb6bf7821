"""An output directory run into again: left alone where nothing changed, grown where the inputs did."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.command import IN_PROCESS, panvox_ok, refused
from tests.end_to_end.corpora import CONFIG, small_config, write_config
from tests.end_to_end.output import digests, identities, read_all, read_json, shard_files, shard_table

MORE = CONFIG["targets"] | {"per_cell": {"utterances": 12, "speakers": 2}}


@pytest.fixture(scope="module")
def grown(small: Path, small_out: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The small corpus with higher targets, run into a copy of the first version's output, and what that said."""
    directory = tmp_path_factory.mktemp("versions")
    shutil.copytree(small.parent, directory / "corpus")
    shutil.copytree(small_out, directory / "out")
    before = identities(directory / "out", "shards", "plan/recipes")
    config = write_config(directory / "corpus" / "corpus.yaml", small_config(targets=MORE))
    done = panvox_ok("run", config, "--output", directory / "out", *IN_PROCESS)
    after = identities(directory / "out", "shards", "plan/recipes")
    assert {name: after[name] for name in before} == before, "what the first version wrote is untouched"
    return config, directory / "out", done.err


def test_whole_and_unchanged_is_left_alone(small: Path, small_out: Path) -> None:
    before = identities(small_out)
    done = panvox_ok("run", small, "--output", small_out)
    assert done.err == f"{small_out}: whole and up to date\n"
    assert identities(small_out) == before


def test_changed_inputs_grow_a_version(grown: tuple[Path, Path, str], small_out: Path) -> None:
    _, out, said = grown
    assert said.splitlines()[0] == f"{out}: inputs changed (setting targets); growing version 2"
    whole = read_json(out / "corpus.json")
    assert whole["version"] == 2
    first = hashlib.sha256((small_out / "corpus.json").read_bytes()).hexdigest()
    assert whole["grew_from"] == {"version": 1, "corpus_json_sha256": first}
    assert shard_files(out, "*-v002-*")
    assert len(shard_files(out, "*-v001-*")) == len(shard_files(small_out))


def test_versions_add_up(grown: tuple[Path, Path, str], small_out: Path) -> None:
    _, out, _ = grown
    before, after = shard_table(small_out).to_pylist(), shard_table(out).to_pylist()
    ids = [row["id"] for row in after]
    assert len(set(ids)) == len(ids) > len(before)
    assert {row["id"] for row in before} < set(ids)
    assert len(read_all(out / "plan" / "recipes")) == len(ids)
    recorded = [row["source_id"] for row in after if row["origin"] == "recorded"]
    assert len(set(recorded)) == len(recorded), "no recording is written a second time"
    coverage = pq.read_table(out / "coverage" / "coverage.parquet").to_pylist()
    total = next(
        row for row in coverage if (row["split"], row["accent"], row["condition"], row["origin"]) == ("*", "*", "*", "*")
    )
    assert total["utterances"] == len(ids)


def test_splits_are_frozen(grown: tuple[Path, Path, str], small_out: Path) -> None:
    _, out, _ = grown
    of_speaker = [{row["speaker_id"]: row["split"] for row in shard_table(each).to_pylist()} for each in (small_out, out)]
    assert of_speaker[0] == of_speaker[1]


def test_verify_finds_nothing(grown: tuple[Path, Path, str]) -> None:
    _, out, _ = grown
    panvox_ok("verify", out)


def test_grown_is_left_alone_too(grown: tuple[Path, Path, str]) -> None:
    config, out, _ = grown
    before = digests(out)
    assert "whole and up to date" in panvox_ok("run", config, "--output", out).err
    assert digests(out) == before


def test_unfinished_refuses_other_inputs(small: Path, tmp_path: Path) -> None:
    """It says what changed: a setting, the metadata, an audio file; and goes on with the old ones."""
    shutil.copytree(small.parent, tmp_path / "corpus")
    config, out = tmp_path / "corpus" / "corpus.yaml", tmp_path / "out"
    panvox_ok("ingest", config, "--output", out, *IN_PROCESS)
    before = identities(out)
    metadata = tmp_path / "corpus" / "recordings.csv"
    old = metadata.read_bytes()
    metadata.write_bytes(old.replace(b"The puppy chased", b"The kitten chased"))
    write_config(config, small_config(seed=8))
    with (tmp_path / "corpus" / "audio" / "af_heart_1.flac").open("ab") as file:
        file.write(b"\0")
    message = refused(2, "run", config, "--output", out)
    assert "changed: audio files of source 0, recordings.csv, setting seed" in message
    assert identities(out) == before
