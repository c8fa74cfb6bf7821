"""The same inputs, configuration and seed give the same bytes: whatever the workers, the place and the order of files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.command import IN_PROCESS, Done, panvox_ok, side_by_side
from tests.end_to_end.corpora import sample_rows, small_config, write_config, write_rows
from tests.end_to_end.output import digests, shard_table
from tests.end_to_end.prepared import Prepared

Command = Callable[[], Done]


def elsewhere(prepared: Prepared, small: Path, directory: Path) -> Command:
    """A copy in another place, named relatively, its files newly written in the opposite order."""
    for file in sorted((each for each in small.parent.rglob("*") if each.is_file()), reverse=True):
        target = directory / "a corpus" / file.relative_to(small.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return lambda: prepared.ok("run", "a corpus/corpus.yaml", "--output", "out", *IN_PROCESS, cwd=directory)


def other_order(prepared: Prepared, small: Path, directory: Path) -> Command:
    """The same rows in the opposite order, in two files."""
    shutil.copytree(small.parent, directory / "corpus")
    (directory / "corpus" / "recordings.csv").unlink()
    rows = sample_rows()[::-1]
    write_rows(directory / "corpus" / "recordings-1.csv", rows[:12])
    write_rows(directory / "corpus" / "recordings-2.csv", rows[12:])
    config = small_config()
    config["sources"][0]["metadata"] = "recordings-*.csv"
    location = write_config(directory / "corpus" / "corpus.yaml", config)
    return lambda: prepared.ok("run", location, "--output", directory / "out", *IN_PROCESS)


def other_seed(prepared: Prepared, small: Path, directory: Path) -> Command:
    shutil.copytree(small.parent, directory / "corpus")
    location = write_config(directory / "corpus" / "corpus.yaml", small_config(seed=4))
    return lambda: prepared.ok("plan", location, "--output", directory / "out", *IN_PROCESS)


@pytest.fixture(scope="module")
def made(small: Path, small_out: Path, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Digests of what variants of the run leave that :func:`small_out` had two workers for."""
    directory = tmp_path_factory.mktemp("variants")
    one_worker = lambda: panvox_ok("run", small, "--output", directory / "one worker" / "out", "--direct_num_workers", "1")  # noqa: E731
    commands = {
        "one worker": one_worker,
        "elsewhere": elsewhere(prepared, small, directory / "elsewhere"),
        "other order": other_order(prepared, small, directory / "other order"),
        "other seed": other_seed(prepared, small, directory / "other seed"),
    }
    side_by_side(*commands.values())
    return {name: digests(directory / name / "out") for name in commands} | {"two workers": digests(small_out)}


def test_number_of_workers_does_not_matter(made: dict[str, dict[str, str]]) -> None:
    assert made["one worker"] == made["two workers"]


def test_place_and_runner_do_not_matter(made: dict[str, dict[str, str]]) -> None:
    """This one had no worker process at all."""
    assert made["elsewhere"] == made["two workers"]


def test_order_of_rows_does_not_matter_to_the_shards(made: dict[str, dict[str, str]]) -> None:
    """Places in the manifest differ; what is planned, written and counted does not."""
    kept = [
        {name: digest for name, digest in made[variant].items() if name.startswith(("shards/", "plan/", "coverage/"))}
        for variant in ("other order", "two workers")
    ]
    assert kept[0] == kept[1]


def test_seed_matters(made: dict[str, dict[str, str]]) -> None:
    """Else the tests above would show nothing."""
    planned = {name: digest for name, digest in made["other seed"].items() if name.startswith("plan/recipes/part-v001-train")}
    assert planned
    assert [name for name, digest in planned.items() if made["two workers"].get(name) == digest] == []


def test_a_recorded_row_does_not_depend_on_the_configuration(small_out: Path, samples_out: Path) -> None:
    """Recordings are mixed down and resampled only: two corpora with different seeds and conditions write the same audio."""
    digest_of: list[dict[str, str]] = []
    for out in (small_out, samples_out):
        rows = shard_table(out).select(["id", "origin", "audio_sha256"]).to_pylist()
        digest_of.append({row["id"]: row["audio_sha256"] for row in rows if row["origin"] == "recorded"})
    assert digest_of[0]
    assert digest_of[0].items() <= digest_of[1].items()
