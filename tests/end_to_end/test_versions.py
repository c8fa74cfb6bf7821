"""An output directory run into again: left alone where nothing changed, grown where the inputs did."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.command import IN_PROCESS, Done, message_of, side_by_side
from tests.end_to_end.corpora import CONFIG, small_config, write_config
from tests.end_to_end.output import digests, identities, read_all, read_json, shard_files, shard_table
from tests.end_to_end.prepared import Prepared

MORE = CONFIG["targets"] | {"per_cell": {"utterances": 12, "speakers": 2}}


@dataclass(frozen=True)
class Again:
    """A corpus and its output directory, before it is run into again.

    Attributes:
        config: its configuration.
        out: its output directory.
        before: what identified the files there.
    """

    config: Path
    out: Path
    before: dict[str, tuple[int, int, int]]


def copy_corpus(small: Path, directory: Path) -> Path:
    shutil.copytree(small.parent, directory / "corpus")
    return directory / "corpus" / "corpus.yaml"


@pytest.fixture(scope="module")
def runs(small: Path, small_out: Path, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Again, Done, Again]:
    """The small corpus with higher targets, run into a copy of the first output, and what that said; and one ingested."""
    grown, unfinished = tmp_path_factory.mktemp("grown"), tmp_path_factory.mktemp("unfinished")
    shutil.copytree(small_out, grown / "out")
    more = Again(copy_corpus(small, grown), grown / "out", identities(grown / "out", "shards", "plan/recipes"))
    write_config(more.config, small_config(targets=MORE))
    begun = copy_corpus(small, unfinished)
    done, _ = side_by_side(
        lambda: prepared.ok("run", more.config, "--output", more.out, *IN_PROCESS),
        lambda: prepared.ok("ingest", begun, "--output", unfinished / "out", *IN_PROCESS),
    )
    return more, done, Again(begun, unfinished / "out", identities(unfinished / "out"))


@pytest.fixture(scope="module")
def grown(runs: tuple[Again, Done, Again]) -> Path:
    """The output directory that holds two versions."""
    return runs[0].out


def test_whole_and_unchanged_is_left_alone(small: Path, small_out: Path, prepared: Prepared) -> None:
    before = identities(small_out)
    assert prepared("run", small, "--output", small_out) == Done(0, "", f"{small_out}: whole and up to date\n")
    assert identities(small_out) == before


def test_a_corpus_that_lost_files_is_not_called_whole(small: Path, small_out: Path, tmp_path: Path, prepared: Prepared) -> None:
    out = tmp_path / "out"
    shutil.copytree(small_out, out)
    lost = shard_files(out)[0]
    lost.unlink()
    message = message_of(prepared("run", small, "--output", out), 2)
    assert f"1 of its files are gone, the first {lost.relative_to(out)}: restore them from a copy" in message


def test_changed_inputs_grow_a_version(runs: tuple[Again, Done, Again], small_out: Path) -> None:
    again, done, _ = runs
    assert done.lines[0] == f"{again.out}: inputs changed (setting targets); growing version 2"
    whole = read_json(again.out / "corpus.json")
    assert whole["version"] == 2
    first = hashlib.sha256((small_out / "corpus.json").read_bytes()).hexdigest()
    assert whole["grew_from"] == {"version": 1, "corpus_json_sha256": first}
    assert shard_files(again.out, "*-v002-*")


def test_first_version_is_untouched(runs: tuple[Again, Done, Again]) -> None:
    again, _, _ = runs
    after = identities(again.out, "shards", "plan/recipes")
    assert {name: after[name] for name in again.before} == again.before


def test_versions_add_up(grown: Path, small_out: Path) -> None:
    before, after = shard_table(small_out).to_pylist(), shard_table(grown).to_pylist()
    ids = [row["id"] for row in after]
    assert len(set(ids)) == len(ids) > len(before)
    assert {row["id"] for row in before} < set(ids)
    assert len(read_all(grown / "plan" / "recipes")) == len(ids)
    (told,) = re.findall(
        r"Recipes planned = rows written.*?</tr>", (grown / "report.html").read_text(encoding="utf-8"), re.DOTALL
    )
    assert f">{len(ids)} = {len(ids)}<" in told
    assert ">balances<" in told
    recorded = [row["source_id"] for row in after if row["origin"] == "recorded"]
    assert len(set(recorded)) == len(recorded), "no recording is written a second time"
    coverage = pq.read_table(grown / "coverage" / "coverage.parquet").to_pylist()
    total = next(
        row for row in coverage if (row["split"], row["accent"], row["condition"], row["origin"]) == ("*", "*", "*", "*")
    )
    assert total["utterances"] == len(ids)


def test_splits_are_frozen(grown: Path, small_out: Path) -> None:
    of_speaker = [{row["speaker_id"]: row["split"] for row in shard_table(each).to_pylist()} for each in (small_out, grown)]
    assert of_speaker[0] == of_speaker[1]


def test_verify_finds_nothing(grown: Path, prepared: Prepared) -> None:
    done = prepared("verify", grown)
    assert done.code == 0, done.out + done.err


def test_grown_is_left_alone_too(runs: tuple[Again, Done, Again], prepared: Prepared) -> None:
    again, _, _ = runs
    before = identities(again.out)
    assert prepared("run", again.config, "--output", again.out) == Done(0, "", f"{again.out}: whole and up to date\n")
    assert identities(again.out) == before


def test_unfinished_refuses_other_inputs(runs: tuple[Again, Done, Again], prepared: Prepared) -> None:
    """It says what changed: a setting, the metadata, an audio file."""
    _, _, again = runs
    metadata = again.config.with_name("recordings.csv")
    metadata.write_bytes(metadata.read_bytes().replace(b"The puppy chased", b"The kitten chased"))
    write_config(again.config, small_config(seed=8))
    with (again.config.parent / "audio" / "af_heart_1.flac").open("ab") as file:
        file.write(b"\0")
    message = message_of(prepared("run", again.config, "--output", again.out), 2)
    assert "changed: audio files of source 0, recordings.csv, setting seed" in message
    assert identities(again.out) == again.before


def test_a_list_of_pins_may_be_corrected_before_anything_is_planned(small: Path, prepared: Prepared, tmp_path: Path) -> None:
    config, out = copy_corpus(small, tmp_path), tmp_path / "out"
    write_config(config, small_config(evaluation={"pinned": {"test": "test.txt"}}))
    config.with_name("test.txt").write_text("bm_daniel\nbm_goerge\n", encoding="utf-8")
    told = message_of(prepared("plan", config, "--output", out, *IN_PROCESS), 2)
    assert told.startswith("test.txt:2: 'bm_goerge': there is no such speaker or recording")
    ingested = identities(out, "manifest")
    config.with_name("test.txt").write_text("bm_daniel\nsmp-0001\n", encoding="utf-8")
    done = prepared("plan", config, "--output", out, *IN_PROCESS)
    assert done.code == 0, done.err
    assert identities(out, "manifest") == ingested
    splits = {row["key"]: row["split"] for row in pq.read_table(out / "plan" / "assignments.parquet").to_pylist()}
    pinned = next(row["speaker_id"] for row in read_all(out / "manifest") if row["recording_id"] == "smp-0001")
    assert splits["bm_daniel"] == splits[pinned] == "test"


def test_a_growth_that_was_refused_is_gone_back_on(small: Path, small_out: Path, prepared: Prepared, tmp_path: Path) -> None:
    out, config = shutil.copytree(small_out, tmp_path / "out"), copy_corpus(small, tmp_path)
    rows = config.with_name("recordings.csv")
    text = rows.read_bytes()
    rows.write_bytes(b"\n".join(line for line in text.split(b"\n") if not line.startswith(b"smp-0006")))
    refused = prepared("run", config, "--output", out, *IN_PROCESS)
    assert "'smp-0006' stands in the shards of an earlier version" in message_of(refused, 2)
    assert not (out / "corpus.json").exists()
    rows.write_bytes(text)
    again = prepared("run", config, "--output", out, *IN_PROCESS)
    assert again.code == 0, again.err
    assert f"{out}: the inputs are those of version 1 again; going back to it" in again.lines
    assert digests(out) == digests(small_out)
    whole, before = (read_json(each / "corpus.json") for each in (out, small_out))
    assert {key: whole[key] for key in ("version", "grew_from", "ledger")} == {
        key: before[key] for key in ("version", "grew_from", "ledger")
    }
    assert prepared("verify", out).code == 0


def test_versions_are_compared(grown: Path, small_out: Path, prepared: Prepared) -> None:
    done = prepared("diff", f"{grown}@1", grown, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    before, after = shard_table(small_out).to_pylist(), shard_table(grown).to_pylist()
    changed = {}
    for each in told["cells"]:
        changed[each["accent"], each["condition"], each["origin"]] = each["before"]["utterances"], each["after"]["utterances"]
    counts = [Counter((row["accent"], row["condition"], row["origin"]) for row in rows) for rows in (before, after)]
    assert changed == {key: (counts[0][key], counts[1][key]) for key in counts[1] if counts[0][key] != counts[1][key]}
    assert [each["speakers"] for each in told["total"]] == [len({row["speaker_id"] for row in rows}) for rows in (before, after)]
    assert (told["added"], told["removed"], told["notes"]) == ([], [], [])
    gaps = [set(gap_cells(out)) for out in (small_out, grown)]
    assert {(each["accent"], each["condition"]) for each in told["newly_missed"]} == gaps[1] - gaps[0]
    assert {(each["accent"], each["condition"]) for each in told["newly_met"]} == gaps[0] - gaps[1]
    # Two outputs give the same as two versions of one.
    apart = json.loads(prepared("diff", small_out, grown, "--json").out)
    assert {key: value for key, value in apart.items() if key != "old"} == {
        key: value for key, value in told.items() if key != "old"
    }


def test_a_comparison_is_readable(grown: Path, prepared: Prepared) -> None:
    lines = prepared("diff", f"{grown}@1", f"{grown}@2", COLUMNS="120").out.splitlines()
    assert lines[0] == f"{grown}@1 → {grown}@2"
    assert any(line.split()[:3] == ["en-GB", "street_call", "simulated"] for line in lines)
    assert "No cell changed." in prepared("diff", grown, grown).out.splitlines()
    assert "there is no version 9" in message_of(prepared("diff", f"{grown}@9", grown), 2)
    assert "no finished corpus" in message_of(prepared("diff", grown / "none", grown), 2)


def gap_cells(out: Path) -> Iterator[tuple[str, str]]:
    with (out / "plan" / "gaps.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["accent"], row["condition"]) for row in csv.DictReader(file))
