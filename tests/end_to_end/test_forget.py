"""A speaker who withdraws: gone from every file, and not to come back."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.command import IN_PROCESS, Done, message_of
from tests.end_to_end.corpora import write_rows
from tests.end_to_end.output import identities, read_all, read_json, shard_files
from tests.end_to_end.prepared import Prepared

SPEAKER = "am_michael"


@pytest.fixture(scope="module")
def forgotten(
    small: Path, small_out: Path, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, list[Done], dict[str, Any]]:
    """The small corpus, its output after a speaker was forgotten, what was said on the way, and what was there before."""
    directory = tmp_path_factory.mktemp("forgotten")
    out, config = directory / "out", directory / "corpus" / "corpus.yaml"
    shutil.copytree(small_out, out)
    shutil.copytree(small.parent, config.parent)
    before = {
        "files": identities(out),
        "rows": {row["id"]: row for file in shard_files(out) for row in pq.read_table(file).to_pylist()},
    }
    said = [
        prepared("forget", out, "--speaker", SPEAKER),
        prepared("verify", out),
        prepared.ok("run", config, "--output", out, *IN_PROCESS),
        prepared("verify", out),
    ]
    return config, out, said, before


def rows_of(out: Path) -> dict[str, dict[str, Any]]:
    """The rows of every shard by their ids."""
    return {row["id"]: row for file in shard_files(out) for row in pq.read_table(file).to_pylist()}


def traces(out: Path, words: set[str]) -> list[tuple[str, str]]:
    """Where in any file, however it is packed, one of the words stands."""
    found = []
    for file in sorted(each for each in out.rglob("*") if each.is_file()):
        data = file.read_bytes() if file.suffix != ".parquet" else repr(pq.read_table(file).to_pylist()).encode()
        found += [(file.name, word) for word in words if word.encode() in data]
    return found


def test_forgetting_is_told_first_and_done_by_the_next_run(forgotten) -> None:
    _, out, said, _ = forgotten
    told, breached, ran, proven = said
    assert told.code == 0
    assert "recordings are withdrawn" in told.out
    assert breached.code == 1
    assert {line.split(":")[0] for line in breached.out.splitlines()} == {"forgotten"}
    assert f"{out}: inputs changed (people who were forgotten); growing version 2" in ran.lines
    assert proven.code == 0, proven.out


def test_no_trace_is_left_in_any_file(forgotten, small_out: Path) -> None:
    _, out, _, _ = forgotten
    manifest = read_all(small_out / "manifest")
    own = [row for row in manifest if row["speaker_id"] == SPEAKER]
    words = {SPEAKER} | {row[key] for row in own for key in ("recording_id", "audio_sha256", "file_sha256")}
    heard = [row for row in forgotten[3]["rows"].values() if SPEAKER in row["recipe"] and row["speaker_id"] != SPEAKER]
    assert heard  # or this would prove little
    assert {row["audio_sha256"] for row in heard}.isdisjoint(row["audio_sha256"] for row in rows_of(out).values())
    assert traces(out, words) == []


def test_the_others_keep_their_rows_and_untouched_shards_their_bytes(forgotten) -> None:
    _, out, _, before = forgotten
    rows = rows_of(out)
    for key, row in before["rows"].items():
        if row["speaker_id"] != SPEAKER and SPEAKER not in row["recipe"]:
            assert rows[key]["audio"] == row["audio"]
            assert {**rows[key], "weight": 0} == {**row, "weight": 0}
        else:
            assert key not in rows
    whole = read_json(out / "corpus.json")
    assert whole["withdrawn"]["speakers"] == 1
    shards = {name for name in before["files"] if name.startswith("shards/")}
    after = identities(out)
    assert {name for name in shards if name not in after} == set(whole["withdrawn"]["rewritten"])
    assert all(after[name] == before["files"][name] for name in shards if name in after)
    assert whole["ledger"]["quarantined"]["withdrawn"] >= 4


def test_a_comparison_with_the_version_before_names_nobody(forgotten, prepared: Prepared) -> None:
    _, out, _, _ = forgotten
    told = json.loads(prepared("diff", f"{out}@1", out, "--json").out)
    assert (told["added"], told["removed"]) == ([], [])
    assert told["total"][0]["speakers"] == told["total"][1]["speakers"]
    assert any("people were forgotten since" in note for note in told["notes"])


def test_the_speaker_does_not_come_back(forgotten, prepared: Prepared, tmp_path: Path) -> None:
    config, out, _, _ = forgotten
    assert prepared("run", config, "--output", out).err == f"{out}: whole and up to date\n"
    grown = shutil.copytree(out, tmp_path / "out")
    corpus = shutil.copytree(config.parent, tmp_path / "corpus")
    with (corpus / "recordings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = next(row for row in rows if row["speaker"] == SPEAKER and row["id"] not in ("smp-0151", "smp-0152"))
    write_rows(corpus / "recordings.csv", [*rows, mine | {"id": "again", "speaker": "somebody_else"}])
    prepared.ok("run", corpus / "corpus.yaml", "--output", grown, *IN_PROCESS)
    assert read_json(grown / "corpus.json")["version"] == 3
    assert traces(grown, {SPEAKER, "somebody_else"}) == []
    assert prepared("verify", grown).code == 0


def test_a_lost_list_stops_the_next_run(forgotten, prepared: Prepared, tmp_path: Path) -> None:
    config, out, _, _ = forgotten
    copy = shutil.copytree(out, tmp_path / "out")
    (copy / ".work" / "withdrawn.json").unlink()
    assert "withdrawn.json: is missing" in message_of(prepared("run", config, "--output", copy), 2)
    assert prepared("verify", copy).out.startswith("forgotten: corpus.json: ")


def test_nobody_of_that_name(small_out: Path, prepared: Prepared) -> None:
    assert message_of(prepared("forget", small_out, "--speaker", "nobody"), 1) == f"{small_out}: nobody here has the id 'nobody'"
