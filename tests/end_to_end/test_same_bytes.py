"""The same inputs, configuration and seed give the same bytes: whatever the workers, the place and the order of files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.command import IN_PROCESS, panvox_ok
from tests.end_to_end.corpora import sample_rows, small_config, write_config, write_rows
from tests.end_to_end.output import digests, shard_table


@pytest.mark.parametrize("options", [("--direct_num_workers", "1"), IN_PROCESS], ids=["one-worker", "in-process"])
def test_workers_do_not_matter(small: Path, small_out: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    """The run compared with had two workers."""
    panvox_ok("run", small, "--output", tmp_path / "out", *options)
    assert digests(tmp_path / "out") == digests(small_out)


def test_place_does_not_matter(small: Path, small_out: Path, tmp_path: Path) -> None:
    """A copy elsewhere, named relatively, its files newly written in the opposite order."""
    copy = tmp_path / "elsewhere" / "a corpus"
    for file in sorted((each for each in small.parent.rglob("*") if each.is_file()), reverse=True):
        target = copy / file.relative_to(small.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    panvox_ok("run", "a corpus/corpus.yaml", "--output", "out", *IN_PROCESS, cwd=tmp_path / "elsewhere")
    assert digests(tmp_path / "elsewhere" / "out") == digests(small_out)


def test_order_of_rows_does_not_matter_to_the_shards(small: Path, small_out: Path, tmp_path: Path) -> None:
    """Rows in the opposite order, in two files: places in the manifest differ, what is written does not."""
    copy = tmp_path / "corpus"
    shutil.copytree(small.parent, copy)
    (copy / "recordings.csv").unlink()
    rows = sample_rows()[::-1]
    write_rows(copy / "recordings-1.csv", rows[:12])
    write_rows(copy / "recordings-2.csv", rows[12:])
    config = small_config()
    config["sources"][0]["metadata"] = "recordings-*.csv"
    write_config(copy / "corpus.yaml", config)
    panvox_ok("run", copy / "corpus.yaml", "--output", tmp_path / "out", *IN_PROCESS)
    moved, before = digests(tmp_path / "out"), digests(small_out)
    same = ("shards/", "plan/", "coverage/")
    assert {name: digest for name, digest in moved.items() if name.startswith(same)} == {
        name: digest for name, digest in before.items() if name.startswith(same)
    }


def test_seed_matters(small: Path, small_out: Path, tmp_path: Path) -> None:
    """Else the tests above would show nothing."""
    shutil.copytree(small.parent, tmp_path / "corpus")
    config = write_config(tmp_path / "corpus" / "corpus.yaml", small_config(seed=4))
    panvox_ok("plan", config, "--output", tmp_path / "out", *IN_PROCESS)
    planned, before = digests(tmp_path / "out"), digests(small_out)
    assert [name for name in planned if name.startswith("plan/recipes/") and planned[name] == before.get(name)] == []


def test_a_recorded_row_does_not_depend_on_the_configuration(small_out: Path, samples_out: Path) -> None:
    """Recordings are mixed down and resampled only: two corpora with different seeds and conditions write the same audio."""
    digest_of: list[dict[str, str]] = []
    for out in (small_out, samples_out):
        rows = shard_table(out).select(["id", "origin", "audio_sha256"]).to_pylist()
        digest_of.append({row["id"]: row["audio_sha256"] for row in rows if row["origin"] == "recorded"})
    assert digest_of[0]
    assert digest_of[0].items() <= digest_of[1].items()
