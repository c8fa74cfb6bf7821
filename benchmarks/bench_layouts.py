"""Reading metadata by layout, before any audio is touched: rows a second of one core, and the memory of the process.

python -m benchmarks.bench_layouts [--minutes M]

A million rows are read of each, or as many fewer as there are fewer minutes than the bounds are for. Recordings are named, not
there. VCTK is not among them: it keeps each transcript in a file of its own, so the file system sets the pace.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.corpus import BENCH, HOURS
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.process import run
from pipelines.ingest.read import metadata_files, read_file
from pipelines.settings import load_settings

ROWS = 1_000_000
ROWS_PER_S = 50_000
MEMORY_MB = 500
SPEAKERS = 5_000
PLACE = BENCH / "layouts"


def common_voice(folder: Path, rows: int) -> None:
    """One language, with the columns of release 21."""
    names = "client_id path sentence_id sentence sentence_domain up_votes down_votes age gender accents variant locale segment"
    said = "\t\t2\t0\ttwenties\tfemale_feminine\tScottish English\t\ten\t\n"
    lines = (f"{i % SPEAKERS:064x}\tcommon_voice_en_{i}.mp3\t{i:032x}\tThey said sentence {i} aloud.{said}" for i in range(rows))
    (folder / "clips").mkdir()
    _write(folder / "validated.tsv", [names.replace(" ", "\t") + "\n"], lines)


def kaldi(folder: Path, rows: int, order: Callable[[list[int]], object] = list) -> None:
    """A data directory without segments."""
    numbers = list(range(rows))
    order(numbers)
    values: dict[str, Callable[[int], str]] = {
        "wav.scp": lambda i: f"audio/{i % 1000}/utterance-{i:07d}.wav",
        "text": lambda i: f"THEY SAID SENTENCE {i} ALOUD",
        "utt2spk": lambda i: f"speaker-{i % SPEAKERS:04d}",
    }
    for name, value in values.items():
        _write(folder / name, (f"utterance-{i:07d} {value(i)}\n" for i in numbers))
    _write(folder / "spk2gender", (f"speaker-{i:04d} {'fm'[i % 2]}\n" for i in range(SPEAKERS)))


def kaldi_unsorted(folder: Path, rows: int) -> None:
    """The same in no order, which Kaldi itself would refuse."""
    kaldi(folder, rows, random.Random(7).shuffle)


def lhotse(folder: Path, rows: int) -> None:
    """Recordings and supervisions, both compressed."""
    recordings = (
        {"id": f"r-{i:07d}", "sources": [{"type": "file", "channels": [0], "source": f"audio/{i % 1000}/r-{i:07d}.wav"}]}
        | {"sampling_rate": 16000, "num_samples": 80000, "duration": 5.0, "channel_ids": [0]}
        for i in range(rows)
    )
    supervisions = (
        {"id": f"r-{i:07d}-1", "recording_id": f"r-{i:07d}", "start": 0.0, "duration": 5.0, "channel": 0}
        | {"text": f"they said sentence {i} aloud", "language": "English", "speaker": f"s-{i % SPEAKERS:04d}"}
        | {"gender": "female", "custom": {"accent": "Scottish English"}}
        for i in range(rows)
    )
    for name, documents in (("recordings", recordings), ("supervisions", supervisions)):
        _write(folder / f"corpus_{name}_all.jsonl.gz", (json.dumps(each) + "\n" for each in documents))


CORPORA = {"common_voice": common_voice, "kaldi": kaldi, "kaldi, unsorted": kaldi_unsorted, "lhotse": lhotse}


def _write(file: Path, *parts: Iterable[str]) -> None:
    with gzip.open(file, "wt", 1) if file.suffix == ".gz" else file.open("w") as output:
        for lines in parts:
            output.writelines(lines)


def measure(size: Size) -> Findings:
    """Read each corpus in a process of its own."""
    findings = Findings()
    rows = int(ROWS * min(1.0, size.hours / HOURS))
    for name, make in CORPORA.items():
        shutil.rmtree(PLACE, ignore_errors=True)
        (PLACE / "corpus").mkdir(parents=True)
        make(PLACE / "corpus", rows)
        source = {"layout": name.partition(",")[0], "audio_root": "corpus"}
        config = {"name": "rows", "accents": "english", "sources": [source], "conditions": [{"name": "any"}]}
        (PLACE / "corpus.yaml").write_text(json.dumps(config))
        command = [sys.executable, "-m", "benchmarks.bench_layouts", "--read", str(PLACE / "corpus.yaml")]
        finished = run(command, watch_memory=True)
        found, cpu_s = finished.output.split()
        findings.hold_rows(rows, **{name: int(found)})
        detail = f"{rows:,} rows in {float(cpu_s):.1f} s of processor time"
        findings.add(Figure(f"metadata of {name}", rows / float(cpu_s), "rows/s", ROWS_PER_S, detail=detail))
        findings.add(Figure(f"memory, {name}", finished.peak_mb, "MB", MEMORY_MB, "<"))
    shutil.rmtree(PLACE)
    return findings


def read(location: str) -> None:
    """Print how many records there are, and the processor time that reading and checking them took."""
    settings = load_settings(location)
    start = time.process_time()
    count = sum(1 for file in metadata_files(settings) for _ in read_file(*file, settings))
    print(count, time.process_time() - start)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
    else:
        run_alone(measure, __doc__ or "")
