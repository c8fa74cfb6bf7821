"""``panvox render`` against a bare two-process loop and against Hugging Face `datasets` with audiomentations.

Room, street noise and µ-law telephone on every utterance, FLAC files to Parquet shards. Each is timed as a whole process, its
start-up included; what was done before (metadata, measuring, planning) is not.

    python -m benchmarks.bench_render [--minutes M] [--repeats N]
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.corpus import SNR_DB, BenchCorpus, make_corpus
from benchmarks.figures import Figure, Findings, Size, ratio, run_alone
from benchmarks.peers import OLD_DATASETS, python_with_old_datasets
from benchmarks.prepare import VERSION, linked_copy, prepare, recipes
from benchmarks.process import PANVOX, Finished, run

WORKERS = "2"


def measure(size: Size) -> Findings:
    """Time the three in turns."""
    corpus = make_corpus(size.hours)
    planned = prepare(corpus)
    expected = sum(pq.read_metadata(part).num_rows for part in recipes(planned))
    findings = Findings()
    findings.hold_rows(corpus.recordings, plan=expected)
    ours, loop = [], []
    for _ in range(size.repeats):
        seconds, rows = _panvox(corpus, planned)
        ours.append(seconds)
        findings.hold_rows(expected, panvox=rows)
        seconds, rows = _loop(corpus, planned)
        loop.append(seconds)
        findings.hold_rows(expected, loop=rows)
    speed = corpus.hours * 3600
    ours_s, loop_s = statistics.median(ours), statistics.median(loop)
    work = f"{corpus.hours:.3g} h, room + noise + µ-law to FLAC shards, {WORKERS} processes"
    findings.add(Figure("render", speed / ours_s, "h/h", detail=f"hours of audio per hour; {work}"))
    behind = f"{speed / ours_s:,.0f} against {speed / loop_s:,.0f} h/h"
    findings.add(Figure("render against the bare loop", ratio(loop, ours), "×", 0.9, detail=behind))

    peers = (
        ("feature", f"Audio feature, {OLD_DATASETS}", python_with_old_datasets(), 3.0),
        ("files", "FLAC files past it", sys.executable, None),
    )
    for way, name, python, bound in peers:
        if python is None:
            continue
        seconds, rows = _datasets(corpus, str(python), way)
        findings.hold_rows(expected, **{f"datasets_{way}": rows})
        behind = f"{speed / ours_s:,.0f} against {speed / seconds:,.0f} h/h; a band-pass for its codec"
        findings.add(Figure(f"render against datasets.map ({name})", seconds / ours_s, "×", bound, detail=behind))
    return findings


def _panvox(corpus: BenchCorpus, planned: Path) -> tuple[float, int]:
    output = corpus.root / "rendered"
    linked_copy(planned, output)
    finished = run([*PANVOX, "render", str(corpus.simulated_yaml), "--output", str(output), "--direct_num_workers", WORKERS])
    return _settle("panvox", finished, output, f"shards/*/*-v{VERSION:03d}-*.parquet")


def _loop(corpus: BenchCorpus, planned: Path) -> tuple[float, int]:
    output = corpus.root / "loop"
    shutil.rmtree(output, ignore_errors=True)
    lists = [str(part) for part in recipes(planned)]
    command = [sys.executable, "-m", "benchmarks.baseline_loop", str(corpus.root), str(output), WORKERS, *lists]
    return _settle("loop", run(command), output, "*.parquet")


def _datasets(corpus: BenchCorpus, python: str, way: str) -> tuple[float, int]:
    output = corpus.root / "datasets"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    inputs = [str(corpus.root / name) for name in ("recordings.csv", "audio", "responses", "noise")]
    asked = [*map(str, SNR_DB), str(output / "all.parquet"), WORKERS]
    finished = run([python, "-W", "ignore", "-m", "benchmarks.baseline_datasets", way, *inputs, *asked])
    return _settle(f"datasets ({way})", finished, output, "*.parquet")


def _settle(name: str, finished: Finished, output: Path, shards: str) -> tuple[float, int]:
    """Seconds, and the rows found in what was written, which is then deleted."""
    rows = sum(pq.read_metadata(shard).num_rows for shard in output.glob(shards))
    shutil.rmtree(output)
    print(f"  {name}: {finished.seconds:.1f} s", file=sys.stderr)
    return finished.seconds, rows


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
