"""What stops a run: mistakes of the user's (exit 2), failures (1) and validation (3), each with one clear line."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.command import IN_PROCESS, Done, message_of, panvox, side_by_side
from tests.end_to_end.corpora import small_config, write_config
from tests.end_to_end.output import SPLITS, digests, identities, read_all, read_json, shard_files
from tests.end_to_end.prepared import Prepared


@dataclass(frozen=True)
class Case:
    """A command that cannot be done.

    In the arguments and the message ``{here}`` is a directory with the small corpus and broken variants of it, ``{out}`` a
    finished output directory.
    """

    arguments: str
    code: int
    message: str


RUN = "run {here}/corpus.yaml --output {here}/out"
CASES = {
    # --- the command line
    "unknown option": Case(f"{RUN} --no_such_option 1", 2, "unknown option '--no_such_option'"),
    "unknown argument": Case(f"{RUN} more", 2, "unknown argument 'more'"),
    "abbreviated option": Case(f"{RUN} --direct_num 2", 2, "unknown option '--direct_num'"),
    "workers are no number": Case(f"{RUN} --direct_num_workers two", 2, "--direct_num_workers: invalid int value: 'two'"),
    "negative workers": Case(f"{RUN} --direct_num_workers -2", 2, "--direct_num_workers: expected a number of processes"),
    "unknown running mode": Case(f"{RUN} --direct_running_mode fast", 2, "--direct_running_mode: invalid choice: 'fast'"),
    "unknown runner": Case(f"{RUN} --runner MyRunner", 2, "--runner MyRunner: Unexpected pipeline runner: MyRunner"),
    "output is a file": Case("run {here}/corpus.yaml --output {here}/recordings.csv", 2, "{here}/recordings.csv: is a file"),
    "output is no corpus": Case(
        "run {here}/corpus.yaml --output {here}", 2, r"{here}: holds something that is no corpus of panvox"
    ),
    "unknown file system": Case("run {here}/corpus.yaml --output ftp://host/out", 2, "ftp:// locations are not supported"),
    # --- the configuration
    "no configuration": Case("run {here}/nowhere.yaml --output {here}/out", 2, "{here}/nowhere.yaml"),
    "configuration is a directory": Case("run {here} --output {here}/out", 2, "{here}"),
    "no YAML": Case("run {here}/no-yaml.yaml --output {here}/out", 2, "{here}/no-yaml.yaml:3:"),
    "unknown key": Case("run {here}/unknown-key.yaml --output {here}/out", 2, "{here}/unknown-key.yaml:3: .*sed"),
    "impossible range": Case("run {here}/range.yaml --output {here}/out", 2, "{here}/range.yaml:[0-9]+: .*snr_db"),
    "no such noise": Case(
        "run {here}/noise.yaml --output {here}/out", 2, "{here}/noise.yaml:[0-9]+: .*no file fits 'noise/none/\\*'"
    ),
    "no metadata": Case("run {here}/metadata.yaml --output {here}/out", 2, "{here}/metadata.yaml:[0-9]+: .*'nothing.csv'"),
    # --- the metadata
    "missing column": Case(
        "run {here}/column.yaml --output {here}/out", 2, "{here}/recordings.csv:1: has no column 'nom' for 'speaker_id'"
    ),
    "unreadable Parquet": Case("run {here}/parquet.yaml --output {here}/out", 2, "{here}/broken.parquet"),
    "empty metadata": Case("run {here}/empty.yaml --output {here}/out", 2, "{here}/empty.csv:1: "),
    # --- expectations
    "unmergeable expectation": Case(
        "run {here}/median.yaml --output {here}/out", 2, "{here}/median/mine.json:[0-9]+: .*expect_column_median_to_be_between"
    ),
    "no suite": Case("run {here}/suites.yaml --output {here}/out", 2, "nowhere"),
    # --- what comes after a run
    "coverage of nothing": Case("coverage {here}/none", 2, "{here}/none: "),
    "gaps of nothing": Case("gaps {here}/none", 2, "{here}/none: no corpus here"),
    "explain of nothing": Case("explain {here}/none smp-0001", 2, "{here}/none: no corpus here"),
    "coverage of an unknown measure": Case("coverage {out} --count words", 2, "--count: there is no 'words'"),
    "coverage of an unknown split": Case("coverage {out} --split holdout", 2, "--split: no rows in 'holdout'"),
    "explain of an unknown id": Case("explain {out} smp-9999", 1, "{out}: nothing here has the id 'smp-9999'"),
    # --- one file
    "simulate an unknown condition": Case(
        "simulate {here}/corpus.yaml --condition moon {wav} {here}/x.wav", 2, "no condition 'moon'"
    ),
    "simulate what is recorded": Case(
        "simulate {here}/corpus.yaml --condition clean {wav} {here}/x.wav", 2, "'clean' names no noise"
    ),
    "simulate nothing": Case(
        "simulate {here}/corpus.yaml --condition street_call {here}/no.wav {here}/x.wav", 1, "{here}/no.wav"
    ),
    "simulate no audio": Case(
        "simulate {here}/corpus.yaml --condition street_call {here}/corpus.yaml {here}/x.wav", 1, "{here}/corpus.yaml"
    ),
    "replay no recipe": Case(
        "simulate {here}/corpus.yaml --condition street_call {wav} {here}/x.wav --recipe {here}/corpus.yaml",
        2,
        "{here}/corpus.yaml",
    ),
}
USAGE = {
    "no output": "run {here}/corpus.yaml",
    "no arguments": "explain",
    "unknown command": "curate {here}/corpus.yaml",
    "negative seed": "simulate {here}/corpus.yaml --condition street_call --seed -1 {wav} {here}/x.wav",
}


def write_broken(here: Path) -> None:
    """Write variants of the small corpus's configuration, each with one mistake."""
    (here / "no-yaml.yaml").write_text("name: small\nseed: [3\naudio: {}\n")
    lines = (here / "corpus.yaml").read_text().splitlines()
    (here / "unknown-key.yaml").write_text("\n".join([*lines[:2], "sed: 7", *lines[2:]]) + "\n")
    source = small_config()["sources"][0]
    conditions = small_config()["conditions"]
    (here / "broken.parquet").write_bytes(b"PAR1 this is none PAR1")
    (here / "empty.csv").write_bytes(b"")
    (here / "median").mkdir()
    median = {"type": "expect_column_median_to_be_between", "kwargs": {"column": "peak", "min_value": 0.1}}
    (here / "median" / "mine.json").write_text(json.dumps({"name": "mine", "expectations": [median]}, indent=1))
    for name, changes in {
        "range": {"conditions": [conditions[0], conditions[1] | {"snr_db": [15, 5]}, conditions[2]]},
        "noise": {"noises": small_config()["noises"] | {"street": {"files": "noise/none/*"}}},
        "metadata": {"sources": [source | {"metadata": "nothing.csv"}]},
        "column": {"sources": [source | {"columns": source["columns"] | {"speaker_id": "nom"}}]},
        "parquet": {"sources": [source | {"metadata": "broken.parquet"}]},
        "empty": {"sources": [source | {"metadata": "empty.csv"}]},
        "median": {"expectations": "median"},
        "suites": {"expectations": "nowhere"},
    }.items():
        write_config(here / f"{name}.yaml", small_config(**changes))


@pytest.fixture(scope="module")
def here(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("mistakes") / "corpus"
    shutil.copytree(small.parent, directory)
    write_broken(directory)
    return directory


@pytest.fixture(scope="module")
def outcomes(here: Path, small_out: Path, prepared: Prepared) -> dict[str, Done]:
    """What each command did."""
    named = {"here": here, "out": small_out, "wav": here / "audio" / "af_heart_1.flac"}
    commands = {name: case.arguments for name, case in CASES.items()} | USAGE
    return {name: prepared(*(word.format(**named) for word in words.split())) for name, words in commands.items()}


@pytest.mark.parametrize("name", CASES)
def test_mistake(outcomes: dict[str, Done], here: Path, small_out: Path, name: str) -> None:
    case, done = CASES[name], outcomes[name]
    assert (done.code, done.out) == (case.code, ""), done.err
    assert "Traceback" not in done.err
    assert done.err.startswith("panvox: ")
    assert len(done.lines) == 1, done.err
    message = case.message.replace("{here}", re.escape(str(here))).replace("{out}", re.escape(str(small_out)))
    message = message.replace("(", r"\(") if "(" in case.message else message
    assert re.search(message, done.err), done.err


@pytest.mark.parametrize("name", USAGE)
def test_usage(outcomes: dict[str, Done], name: str) -> None:
    done = outcomes[name]
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert "Usage: " in done.err


def test_mistakes_start_nothing(outcomes: dict[str, Done], here: Path) -> None:
    assert outcomes
    assert not (here / "out").exists()
    assert not (here / "none").exists()
    assert not (here / "x.wav").exists()


EXPECTED_OF_THE_MANIFEST = (
    {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "duration_s", "max_value": 3.0},
        "severity": "warning",
        "meta": {"name": "three_seconds"},
    },
    {
        "type": "expect_column_sum_to_be_between",
        "kwargs": {"column": "duration_s", "min_value": 3600},
        "severity": "critical",
        "meta": {"name": "an_hour_at_least"},
    },
)
EXPECTED_OF_THE_CORPUS = {
    "type": "expect_table_row_count_to_be_between",
    "kwargs": {"min_value": 1000},
    "severity": "critical",
    "meta": {"name": "a_thousand_rows"},
}


def with_suite(small: Path, directory: Path, name: str, *expectations: dict[str, Any]) -> Path:
    """A copy of the small corpus with a suite of its own."""
    shutil.copytree(small.parent, directory)
    (directory / "expectations").mkdir()
    write_suite(directory, name, *expectations)
    return write_config(directory / "corpus.yaml", small_config(expectations="expectations"))


def write_suite(directory: Path, name: str, *expectations: dict[str, Any]) -> None:
    suite = {"name": name, "expectations": expectations}
    (directory / "expectations" / "ours.json").write_text(json.dumps(suite))


@dataclass(frozen=True)
class Stopped:
    """Runs that came to their end early."""

    directory: Path
    by_manifest: Done
    by_corpus: Done
    by_file_system: Done
    dry: Done


@pytest.fixture(scope="module")
def stopped(small: Path, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    directory = tmp_path_factory.mktemp("stopped")
    manifest = with_suite(small, directory / "manifest", "ours", *EXPECTED_OF_THE_MANIFEST)
    corpus = with_suite(small, directory / "corpus", "corpus_ours", EXPECTED_OF_THE_CORPUS)
    (directory / "in-the-way" / ".work").mkdir(parents=True)
    (directory / "in-the-way" / ".work" / "measured").write_text("a file where a directory has to be")
    for name in ("pipelines", "schemas"):
        (directory / name).mkdir()
        (directory / name / "__init__.py").write_text("raise ImportError('the user has a folder of this name')")
    done = side_by_side(
        lambda: prepared("run", corpus, "--output", directory / "by-corpus", *IN_PROCESS),
        lambda: prepared("run", manifest, "--output", directory / "by-manifest", *IN_PROCESS),
        lambda: panvox("ingest", small, "--output", directory / "in-the-way", "--direct_num_workers", "1", cwd=directory),
        lambda: prepared("plan", small, "--output", directory / "dry", "--dry-run", *IN_PROCESS),
    )
    return Stopped(directory, by_corpus=done[0], by_manifest=done[1], by_file_system=done[2], dry=done[3])


def test_expectations_on_the_manifest(stopped: Stopped) -> None:
    """A warning costs the rows that fail it; a critical sum, of which no row is to blame, costs the run."""
    out, message = stopped.directory / "by-manifest", message_of(stopped.by_manifest, 3)
    assert "critical expectations failed on the manifest: " in message
    assert "an_hour_at_least" in message
    assert "three_seconds" not in message
    assert "nothing was rendered" in message
    manifest = read_all(out / "manifest")
    longer = [row["rule"] for row in read_all(out / "quarantine")].count("expectation:ours.three_seconds")
    assert longer > 0
    assert len(manifest) + longer == 29
    assert max(row["duration_s"] for row in manifest) <= 3.0
    assert not (out / "corpus.json").exists()
    assert shard_files(out) == []
    assert not list((out / "plan").glob("**/*.parquet"))
    assert read_json(out / "validation" / "ours.json")["success"] is False


def test_critical_expectation_on_the_corpus(stopped: Stopped, small_out: Path, prepared: Prepared) -> None:
    """The shards are written and counted, but the corpus is not whole."""
    out, message = stopped.directory / "by-corpus", message_of(stopped.by_corpus, 3)
    assert "critical expectations failed on the written corpus: " in message
    assert "a_thousand_rows" in message
    assert "there is no corpus.json" in message
    assert not (out / "corpus.json").exists()
    made = digests(out)
    for name, digest in digests(small_out).items():
        if name.startswith(("shards/", "coverage/")):
            assert made[name] == digest
    assert (out / "report.html").exists()
    assert "en-US" in prepared("coverage", out).out


def test_softer_expectations_do_not_complete_it(stopped: Stopped, prepared: Prepared) -> None:
    """They are other inputs."""
    config, out = stopped.directory / "corpus" / "corpus.yaml", stopped.directory / "by-corpus"
    before = identities(out)
    write_suite(config.parent, "corpus_ours", EXPECTED_OF_THE_CORPUS | {"kwargs": {"min_value": 1}})
    write_config(config, small_config(expectations="expectations", seed=4))
    message = message_of(prepared("run", config, "--output", out), 2)
    assert "unfinished run that was started with other inputs; changed: expectations/ours.json, setting seed." in message
    assert identities(out) == before


def test_dry_run_writes_no_plan(stopped: Stopped, small_out: Path) -> None:
    out, done = stopped.directory / "dry", stopped.dry
    assert done.code == 0, done.err
    assert not (out / "plan").exists()
    assert not (out / "shards").exists()
    assert [file for file in out.rglob("*.parquet") if file.parent.name not in ("manifest", "quarantine")] == []
    simulated = read_json(small_out / "corpus.json")["ledger"]["recipes_planned"] - 29
    assert f"29 recorded and {simulated} simulated rows" in done.out
    for split in SPLITS:
        shards = sorted((small_out / "shards" / split).iterdir())
        rows = sum(pq.read_metadata(shard).num_rows for shard in shards)
        line = next(line for line in done.out.splitlines() if line.startswith(split))
        assert line.split()[1:3] == [str(rows), "rows"]
        assert line.endswith(f" in {len(shards)} shards")
    assert {name: digest for name, digest in digests(small_out).items() if name in digests(out)} == digests(out)


def test_what_a_worker_is_refused_is_one_line(stopped: Stopped) -> None:
    """A file stands where a directory has to be, and only a worker finds out. (It was called beside other `pipelines`.)"""
    assert f"{stopped.directory}/in-the-way/.work/measured" in message_of(stopped.by_file_system, 1)
