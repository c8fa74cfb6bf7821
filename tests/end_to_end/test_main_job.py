"""The main job: what a run leaves, recounted from the files by other means than panvox's own."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from tests.end_to_end.command import Done
from tests.end_to_end.corpora import CONFIG, FAULTS
from tests.end_to_end.output import SPLITS, half_written, identities, read_all, read_json, shard_files, shard_table
from tests.end_to_end.prepared import Prepared

LISTED = list(csv.DictReader((Path(__file__).parents[1] / "data_samples" / "faults.csv").open(encoding="utf-8")))


@pytest.fixture(scope="module", params=["samples", "small"])
def run(request: pytest.FixtureRequest) -> tuple[Path, Done]:
    """Each of the two corpora."""
    finished: tuple[Path, Done] = request.getfixturevalue(f"{request.param}_run")
    return finished


@pytest.fixture(scope="module")
def out(run: tuple[Path, Done]) -> Path:
    return run[0]


@pytest.fixture(scope="module")
def rows(out: Path) -> pa.Table:
    return shard_table(out)


class TestDirectory:
    def test_every_file_is_there(self, out: Path) -> None:
        found = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
        for name in ("corpus.json", "report.html", "card.md", "croissant.json", "plan/gaps.csv", "coverage/coverage.parquet"):
            assert name in found
        assert {f"coverage/{measure}.csv" for measure in ("utterances", "hours", "speakers")} <= found
        assert {"validation/recordings.json", "validation/corpus.json"} <= found
        for directory in ("manifest", "quarantine", "plan/recipes"):
            assert any(name.startswith(f"{directory}/part-") and name.endswith(".parquet") for name in found)
        assert half_written(out) == []

    def test_shards_are_named_by_split_version_and_number(self, out: Path) -> None:
        name = read_json(out / "corpus.json")["name"]
        for split in SPLITS:
            files = sorted(file.name for file in (out / "shards" / split).iterdir())
            assert files == [f"{name}-{split}-v001-{index:05d}-of-{len(files):05d}.parquet" for index in range(len(files))]

    def test_corpus_json_answers_for_every_file(self, out: Path) -> None:
        told = read_json(out / "corpus.json")["files"]
        files = [file for file in out.rglob("*") if file.is_file()]
        names = {file.relative_to(out).as_posix(): file for file in files}
        counted = {name: file for name, file in names.items() if name != "corpus.json" and not name.startswith(".work/")}
        assert told == {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in counted.items()}

    def test_corpus_json_says_what_it_is(self, out: Path) -> None:
        whole = read_json(out / "corpus.json")
        assert whole["version"] == 1
        assert whole["grew_from"] is None
        assert {"python", "numpy", "pyarrow", "apache-beam", "panvox"} <= set(whole["libraries"])
        assert whole["inputs"]
        assert len(whole["config_sha256"]) == 64


class TestNothingIsLost:
    def test_ledger_adds_up(self, out: Path, rows: pa.Table) -> None:
        ledger = read_json(out / "corpus.json")["ledger"]
        manifest, quarantine, recipes = (read_all(out / each) for each in ("manifest", "quarantine", "plan/recipes"))
        assert ledger["accepted"] == len(manifest)
        assert ledger["quarantined"] == Counter(row["rule"] for row in quarantine)
        assert ledger["records_read"] == len(manifest) + len(quarantine)
        assert ledger["recipes_planned"] == len(recipes) == ledger["rows_written"] == rows.num_rows

    def test_every_record_is_accepted_or_quarantined_once(self, out: Path) -> None:
        places = [(row["source_file"], row["row_number"]) for row in read_all(out / "manifest")]
        places += [(row["source"], row["row_number"]) for row in read_all(out / "quarantine")]
        assert len(places) == len(set(places))
        for source in {source for source, _ in places}:
            numbers = sorted(number for each, number in places if each == source)
            assert numbers == list(range(1, len(numbers) + 1))

    def test_every_accepted_recording_is_written_as_recorded(self, out: Path, rows: pa.Table) -> None:
        recorded = [row["source_id"] for row in rows.select(["source_id", "origin"]).to_pylist() if row["origin"] == "recorded"]
        assert sorted(recorded) == sorted(row["recording_id"] for row in read_all(out / "manifest"))

    def test_a_row_is_what_its_recipe_says(self, out: Path, rows: pa.Table) -> None:
        recipes = {recipe["id"]: recipe for recipe in read_all(out / "plan" / "recipes")}
        assert len(recipes) == rows.num_rows
        for row in rows.to_pylist():
            recipe = recipes[row["id"]]
            for column in (
                "split",
                "accent",
                "condition",
                "origin",
                "source_id",
                "speaker_id",
                "text",
                "noise",
                "snr_db",
                "handset",
            ):
                assert row[column] == recipe[column], column
            asked = json.loads(recipe["asked"]) if recipe["asked"] else None
            assert json.loads(row["recipe"])["asked"] == asked

    def test_the_run_says_the_ledger(self, run: tuple[Path, Done]) -> None:
        out, done = run
        ledger = read_json(out / "corpus.json")["ledger"]
        assert done.out == ""
        quarantined = sum(ledger["quarantined"].values())
        assert f"{ledger['records_read']} records read, {ledger['accepted']} accepted, {quarantined} quarantined" in done.err
        assert done.lines[-1] == f"{out}: whole; open {out}/report.html"


def test_samples_quarantine_is_the_listed_faults(samples_out: Path) -> None:
    found = {(row["source"], row["row_number"], row["rule"]) for row in read_all(samples_out / "quarantine")}
    assert found == {(fault["metadata"], int(fault["row_number"]), fault["rule"]) for fault in LISTED}


def test_small_quarantine_is_its_faults(small_out: Path) -> None:
    quarantine = read_all(small_out / "quarantine")
    assert {json.loads(row["record_json"])["id"]: row["rule"] for row in quarantine} == FAULTS
    assert all(row["message"] and row["stage"] == "audio" for row in quarantine)


class TestShards:
    def test_audio_is_what_its_row_says(self, out: Path) -> None:
        for file in shard_files(out):
            for row in pq.read_table(file).to_pylist():
                flac = row["audio"]["bytes"]
                assert hashlib.sha256(flac).hexdigest() == row["audio_sha256"]
                assert row["audio"]["path"].endswith(".flac")
                samples, rate = soundfile.read(io.BytesIO(flac), dtype="int16")
                assert samples.ndim == 1
                assert rate == row["sampling_rate"] == 16000
                assert row["duration"] == len(samples) / rate
                assert samples.any()

    def test_no_two_rows_are_the_same(self, rows: pa.Table) -> None:
        ids, audio = rows.column("id").to_pylist(), rows.column("audio_sha256").to_pylist()
        assert len(set(ids)) == len(set(audio)) == len(ids)

    def test_recorded_rows_name_no_simulation(self, rows: pa.Table) -> None:
        for row in rows.to_pylist():
            simulated = [row[column] for column in ("noise", "snr_db", "handset", "room", "t60_s")]
            assert (row["origin"] == "recorded") == (simulated == [None] * 5)

    def test_weights_even_the_cells(self, rows: pa.Table) -> None:
        for split in set(rows.column("split").to_pylist()):
            members = [row for row in rows.to_pylist() if row["split"] == split]
            cells: dict[tuple[str, str], float] = defaultdict(float)
            for row in members:
                cells[row["accent"], row["condition"]] += row["weight"]
            np.testing.assert_allclose(list(cells.values()), len(members) / len(cells), rtol=1e-5)


def rolled_up(rows: pa.Table) -> dict[tuple[str, ...], tuple[int, float, int]]:
    """Utterances, hours and distinct speakers at every level: each of the four keys given, or `*`."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows.select(["split", "accent", "condition", "origin", "duration", "speaker_id"]).to_pylist():
        keys = [row[key] for key in ("split", "accent", "condition", "origin")]
        for level in itertools.product(*((key, "*") for key in keys)):
            groups[level].append(row)
    return {
        level: (len(members), sum(row["duration"] for row in members) / 3600, len({row["speaker_id"] for row in members}))
        for level, members in groups.items()
    }


class TestCoverage:
    def test_parquet_is_a_recount_of_the_shards(self, out: Path, rows: pa.Table) -> None:
        counted = rolled_up(rows)
        told = {}
        for row in pq.read_table(out / "coverage" / "coverage.parquet").to_pylist():
            level = (row["split"], row["accent"], row["condition"], row["origin"])
            assert level not in told
            told[level] = (row["utterances"], row["hours"], row["speakers"])
        assert {level for level, counts in told.items() if counts[0]} == set(counted)
        for level, counts in told.items():
            expected = counted.get(level, (0, 0.0, 0))
            assert counts[0] == expected[0], level
            assert counts[1] == pytest.approx(expected[1], abs=1e-9), level
            assert counts[2] == expected[2], level

    @pytest.mark.parametrize(("measure", "index"), [("utterances", 0), ("hours", 1), ("speakers", 2)])
    def test_csv_has_a_row_an_accent_and_a_column_a_condition(self, out: Path, rows: pa.Table, measure: str, index: int) -> None:
        config = read_json(out / "corpus.json")["config"]
        counted = rolled_up(rows)
        lines = list(csv.DictReader((out / "coverage" / f"{measure}.csv").open(encoding="utf-8")))
        accents = [line.pop("accent") for line in lines]
        assert accents[: len(read_json(out / "corpus.json")["accents"])] == read_json(out / "corpus.json")["accents"]
        assert set(accents) >= set(rows.column("accent").to_pylist())
        for accent, line in zip(accents, lines, strict=True):
            named = [condition["name"] for condition in config["conditions"]]
            assert list(line)[: len(named)] == named
            for condition, value in line.items():
                expected = counted.get(("*", accent, condition, "*"), (0, 0.0, 0))[index]
                assert float(value) == pytest.approx(expected, abs=5.01e-7), (accent, condition)  # six decimals, rounded

    def test_zeros_are_written(self, small_out: Path) -> None:
        lines = list(csv.DictReader((small_out / "coverage" / "utterances.csv").open(encoding="utf-8")))
        nobody = next(line for line in lines if line["accent"] == "cy-GB")
        assert nobody == {"accent": "cy-GB", "clean": "0", "street_call": "0", "office_babble": "0"}

    def test_gaps_are_what_cells_lack(self, out: Path, rows: pa.Table) -> None:
        """A cell's target is apportioned to the splits; what it lacks is what they lack."""
        whole = read_json(out / "corpus.json")
        counted = rolled_up(rows)
        target = whole["config"]["targets"]["per_cell"]
        of_split = apportioned(target["utterances"], whole["config"]["splits"])
        with (out / "plan" / "gaps.csv").open(encoding="utf-8") as file:
            told = {(line["accent"], line["condition"]): line for line in csv.DictReader(file)}
        missed = {}
        for accent, condition in itertools.product(whole["accents"], (each["name"] for each in whole["config"]["conditions"])):
            have = {split: counted.get((split, accent, condition, "*"), (0, 0.0, 0))[0] for split in of_split}
            speakers = counted.get(("*", accent, condition, "*"), (0, 0.0, 0))[2]
            lacks = (sum(max(0, of_split[split] - have[split]) for split in of_split), max(0, target["speakers"] - speakers))
            if any(lacks):
                missed[accent, condition] = (sum(have.values()), speakers, *lacks)
        columns = ("have_utterances", "have_speakers", "missing_utterances", "missing_speakers")
        assert {cell: tuple(int(line[column]) for column in columns) for cell, line in told.items()} == missed
        assert {line["remedy"] for line in told.values()} <= {"simulate", "collect"}


def apportioned(total: int, shares: dict[str, float]) -> dict[str, int]:
    """By largest remainder."""
    exact = {split: total * share / sum(shares.values()) for split, share in shares.items()}
    parts = {split: int(value + 1e-9) for split, value in exact.items()}
    for split in sorted(shares, key=lambda split: parts[split] - exact[split])[: total - sum(parts.values())]:
        parts[split] += 1
    return parts


class TestSplitsAreSealed:
    def test_speakers_and_recordings(self, rows: pa.Table) -> None:
        for column in ("speaker_id", "source_id"):
            splits: dict[str, set[str]] = defaultdict(set)
            for row in rows.select([column, "split"]).to_pylist():
                splits[row[column]].add(row["split"])
            assert [value for value, found in splits.items() if len(found) > 1] == []

    def test_sounds(self, rows: pa.Table) -> None:
        """A stretch of a noise file, and a talker of babble, are heard in one split only."""
        spans: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
        speaker_splits = {row["speaker_id"]: row["split"] for row in rows.select(["speaker_id", "split"]).to_pylist()}
        for row in rows.select(["recipe", "split", "speaker_id"]).to_pylist():
            noise = ((json.loads(row["recipe"])["asked"] or {}).get("noise")) or {}
            if "file" in noise:
                spans[noise["sha256"]].append((*noise["span_s"], row["split"]))
            for talker in noise.get("talkers", ()):
                assert speaker_splits[talker["speaker_id"]] == row["split"]
                assert talker["speaker_id"] != row["speaker_id"]
        assert spans
        for held in spans.values():
            for one, other in itertools.combinations(set(held), 2):
                assert one[2] == other[2] or one[1] <= other[0] or other[1] <= one[0]

    def test_every_split_has_rows(self, rows: pa.Table) -> None:
        assert set(rows.column("split").to_pylist()) == set(SPLITS)


def test_shards_are_balanced(out: Path) -> None:
    for split in SPLITS:
        tables = [pq.read_table(file, columns=["accent", "condition"]) for file in sorted((out / "shards" / split).iterdir())]
        totals = [table.num_rows for table in tables]
        assert max(totals) - min(totals) <= 1
        cells = [Counter((row["accent"], row["condition"]) for row in table.to_pylist()) for table in tables]
        for cell in set().union(*cells):
            counts = [counter[cell] for counter in cells]
            assert max(counts) - min(counts) <= 1, (split, cell)


def test_caps_on_simulation_hold(small_out: Path) -> None:
    targets = CONFIG["targets"]
    simulated = [row for row in shard_table(small_out).to_pylist() if row["origin"] == "simulated"]
    assert max(Counter(row["source_id"] for row in simulated).values()) <= targets["max_uses_per_recording"]
    by_cell = Counter((row["accent"], row["condition"], row["speaker_id"]) for row in simulated)
    most = targets["max_share_per_speaker"] * targets["per_cell"]["utterances"]
    assert max(by_cell.values()) <= most
    by_accent = Counter((row["accent"], row["condition"]) for row in shard_table(small_out).to_pylist())
    for (_, condition), count in by_accent.items():
        assert condition == "clean" or count <= targets["per_cell"]["utterances"]


def test_verify_finds_nothing(out: Path, prepared: Prepared) -> None:
    before = identities(out)
    done = prepared("verify", out)
    assert done.code == 0, done.out + done.err
    assert identities(out) == before


@pytest.fixture(scope="module")
def data_files(samples_out: Path) -> dict[str, list[str]]:
    """The shards as `datasets` wants to be told of them."""
    return {split: [str(file) for file in sorted((samples_out / "shards" / split).iterdir())] for split in SPLITS}


@pytest.mark.peers
def test_hugging_face_sees_audio(data_files: dict[str, list[str]], samples_out: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    loaded = datasets.load_dataset("parquet", data_files=data_files, cache_dir=str(tmp_path))
    assert {split: part.num_rows for split, part in loaded.items()} == Counter(
        shard_table(samples_out).column("split").to_pylist()
    )
    for part in loaded.values():
        assert isinstance(part.features["audio"], datasets.Audio)
        assert part.features["audio"].sampling_rate == 16000
    row = loaded["test"].cast_column("audio", datasets.Audio(decode=False))[0]
    samples, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]))
    assert (rate, len(samples) / rate) == (row["sampling_rate"], row["duration"])


@pytest.mark.peers
def test_hugging_face_streams(data_files: dict[str, list[str]]) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    stream = datasets.load_dataset("parquet", data_files=data_files, split="dev", streaming=True)
    assert isinstance(stream.features["audio"], datasets.Audio)
    for row in stream.cast_column("audio", datasets.Audio(decode=False)).take(3):
        assert hashlib.sha256(row["audio"]["bytes"]).hexdigest() == row["audio_sha256"]
