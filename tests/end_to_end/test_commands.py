"""The commands that look at a corpus or make a single file: what they print, and where."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from pipelines.simulate.level import active_level
from tests.end_to_end.command import PANVOX, environment
from tests.end_to_end.output import read_all, shard_files, shard_table
from tests.end_to_end.prepared import Prepared

COMMANDS = ("run", "ingest", "plan", "render", "report", "coverage", "gaps", "explain", "simulate", "verify", "export", "layouts")
HEAVY = ("apache_beam", "great_expectations", "numpy", "pyarrow", "pandas", "scipy", "matplotlib", "pydantic")


class TestHelp:
    def test_lists_every_command_with_an_example(self, prepared: Prepared) -> None:
        done = prepared("--help")
        assert (done.code, done.err) == (0, "")
        for command in COMMANDS:
            assert re.search(rf"^\W*{command} ", done.out, re.MULTILINE), command
        for command in COMMANDS:
            done = prepared(command, "--help")
            assert (done.code, done.err) == (0, "")
            assert f"Usage: panvox {command}" in done.out
            if command != "layouts":
                assert f"panvox {command} " in done.out.partition("Examples")[2], command

    def test_imports_nothing_heavy(self) -> None:
        """That is what keeps it under half a second."""
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *PANVOX[1:], "--help"],
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=True,
        )
        imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
        assert "typer" in imported
        assert imported.isdisjoint(HEAVY)

    def test_console_script(self) -> None:
        script = shutil.which("panvox", path=str(Path(sys.executable).parent))
        if script is None:
            pytest.skip("panvox is not installed beside this interpreter, so there is no console script")
        done = subprocess.run([script, "layouts"], capture_output=True, encoding="utf-8", timeout=30, check=True)
        assert "table" in done.stdout


class TestCoverage:
    def test_cells(self, prepared: Prepared, small_out: Path) -> None:
        done = prepared("coverage", small_out)
        assert (done.code, done.err) == (0, "")
        counts = Counter((row["accent"], row["condition"], row["origin"]) for row in shard_table(small_out).to_pylist())
        for accent in ("en-US", "en-GB"):
            line = next(line for line in done.out.splitlines() if line.startswith(accent))
            cells = line.split()[1:]
            assert cells[0] == str(counts[accent, "clean", "recorded"])
            assert cells[1] == f"+{counts[accent, 'street_call', 'simulated']}"
            assert cells[2] == f"+{counts[accent, 'office_babble', 'simulated']}"
        nobody = next(line for line in done.out.splitlines() if line.startswith("cy-GB"))
        assert nobody.split()[1:] == ["-"] * 4
        assert "target 9 utterances a cell" in done.out

    def test_count_and_split(self, prepared: Prepared, small_out: Path) -> None:
        done = prepared("coverage", small_out, "--count", "speakers", "--split", "train")
        assert done.code == 0
        assert done.out.startswith("speakers by accent and condition, split train\n")
        rows = [row for row in shard_table(small_out).to_pylist() if row["split"] == "train" and row["accent"] == "en-US"]
        line = next(line for line in done.out.splitlines() if line.startswith("en-US"))
        assert line.split()[1] == str(len({row["speaker_id"] for row in rows if row["condition"] == "clean"}))
        assert (
            "hours by accent and condition, split dev"
            in prepared("coverage", small_out, "--count", "hours", "--split", "dev").out
        )

    def test_colour(self, prepared: Prepared, small_out: Path) -> None:
        """Plain in a pipe; forced, in colour; and NO_COLOR leaves none (bold and italics are not colours)."""
        assert "\x1b" not in prepared("coverage", small_out).out
        forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
        colours = re.compile(r"\x1b\[[\d;]*3[0-7]")
        assert colours.search(prepared("coverage", small_out, **forced).out)
        assert not colours.search(prepared("coverage", small_out, **forced, NO_COLOR="1").out)

    def test_reader_that_leaves(self, small_out: Path) -> None:
        """As `panvox coverage out | head -1`, where nobody reads even that."""
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*PANVOX, "coverage", str(small_out)],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment(),
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        os.close(writing)
        assert done.returncode == 1
        assert done.stderr == ""


def test_gaps(prepared: Prepared, small_out: Path) -> None:
    done = prepared("gaps", small_out)
    assert (done.code, done.err) == (0, "")
    with (small_out / "plan" / "gaps.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            assert line["accent"] in done.out
            assert line["condition"] in done.out
    assert "cy-GB" in done.out
    assert "2 speakers missing" in done.out


class TestExplain:
    def test_accepted(self, prepared: Prepared, small_out: Path) -> None:
        uses = Counter(row["source_id"] for row in shard_table(small_out).to_pylist() if row["origin"] == "simulated")
        recording, count = uses.most_common(1)[0]
        row = next(row for row in read_all(small_out / "manifest") if row["recording_id"] == recording)
        done = prepared("explain", small_out, recording)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"{recording}: accepted, from row {row['row_number']} of recordings.csv\n")
        assert row["speaker_id"] in done.out
        assert "written   as recorded into shard " in done.out
        assert re.search(rf"uses +{count}\b", done.out)
        assert len(re.findall(r"^  simulated ", done.out, re.MULTILINE)) == count

    def test_quarantined(self, prepared: Prepared, small_out: Path) -> None:
        done = prepared("explain", small_out, "smp-0152")
        assert done.code == 0
        assert "smp-0152: quarantined, row 11 of recordings.csv" in done.out
        assert re.search(r"rule +empty_file", done.out)

    def test_utterance(self, prepared: Prepared, small_out: Path) -> None:
        row = next(row for row in shard_table(small_out).to_pylist() if row["origin"] == "simulated")
        done = prepared("explain", small_out, row["id"])
        assert done.code == 0
        assert row["source_id"] in done.out
        assert row["condition"] in done.out


def test_layouts(prepared: Prepared) -> None:
    done = prepared("layouts")
    assert (done.code, done.err) == (0, "")
    assert {line.split()[0] for line in done.out.splitlines()} >= {"table", "quarantine"}


class TestSimulate:
    def simulate(self, prepared: Prepared, small: Path, *arguments: str | Path) -> dict[str, Any]:
        done = prepared("simulate", small, *arguments)
        assert (done.code, done.err) == (0, "")
        told: dict[str, Any] = json.loads(done.out)
        return told

    def speech(self, small: Path) -> Path:
        return small.parent / "audio" / "bm_george_1.flac"

    def test_seed(self, prepared: Prepared, small: Path, tmp_path: Path) -> None:
        wav = [tmp_path / f"{number}.wav" for number in range(3)]
        told = [
            self.simulate(prepared, small, "--condition", "street_call", "--seed", seed, self.speech(small), target)
            for seed, target in zip(("5", "5", "6"), wav, strict=True)
        ]
        assert told[0] == told[1] != told[2]
        assert wav[0].read_bytes() == wav[1].read_bytes() != wav[2].read_bytes()
        assert soundfile.info(wav[0]).samplerate == 16000
        assert soundfile.info(wav[0]).subtype == "PCM_16"

    def test_stems(self, prepared: Prepared, small: Path, tmp_path: Path) -> None:
        """Before microphone and codec the result is their sum; between them stands the SNR that was asked for."""
        out, stems = tmp_path / "x.wav", tmp_path / "stems"
        told = self.simulate(prepared, small, "--condition", "office_babble", "--stems", stems, self.speech(small), out)
        assert {file.name for file in stems.iterdir()} == {"speech.wav", "noise.wav", "response.wav"}
        speech, noise = (soundfile.read(stems / f"{name}.wav", dtype="float64")[0] for name in ("speech", "noise"))
        result = soundfile.read(out, dtype="float64")[0]
        np.testing.assert_allclose(result, speech + noise, atol=1.01 / 32768)
        snr_db = active_level(speech, 16000).level_dbov - 10 * np.log10(np.mean(noise**2))
        assert told["measured"]["snr_db"] == pytest.approx(told["asked"]["snr_db"], abs=0.05)
        assert abs(snr_db - told["asked"]["snr_db"]) < 3.1, (
            "dBov refers to a full-scale sine or square: within 3 dB by definition"
        )

    def test_recipe_replays_to_the_same_bytes(self, prepared: Prepared, small: Path, tmp_path: Path) -> None:
        first, again = tmp_path / "1.wav", tmp_path / "2.wav"
        told = self.simulate(prepared, small, "--condition", "office_babble", "--seed", "9", self.speech(small), first)
        (tmp_path / "recipe.json").write_text(json.dumps(told))
        replayed = self.simulate(
            prepared, small, "--condition", "office_babble", "--recipe", tmp_path / "recipe.json", self.speech(small), again
        )
        assert replayed == told
        assert again.read_bytes() == first.read_bytes()

    @pytest.mark.parametrize("condition", ["street_call", "office_babble"])
    def test_recipe_of_a_row(self, prepared: Prepared, small: Path, small_out: Path, tmp_path: Path, condition: str) -> None:
        """A shard's row can be made again from its recording and its recipe: the same samples."""
        rows = [row for file in shard_files(small_out) for row in pq.read_table(file).to_pylist()]
        row = next(row for row in rows if row["condition"] == condition and row["origin"] == "simulated")
        recording = next(each for each in read_all(small_out / "manifest") if each["recording_id"] == row["source_id"])
        (tmp_path / "recipe.json").write_text(row["recipe"])
        self.simulate(
            prepared,
            small,
            "--condition",
            condition,
            "--recipe",
            tmp_path / "recipe.json",
            small.parent / recording["audio"],
            tmp_path / "x.wav",
        )
        made, _ = soundfile.read(tmp_path / "x.wav", dtype="int16")
        written, _ = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
        np.testing.assert_array_equal(made, written)
