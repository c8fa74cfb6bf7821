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
WARM_UP_HOURS = 0.02
"""Enough for what a peer compiles at its first use."""


def measure(size: Size) -> Findings:
    """Time panvox and the loop in turns, then the peers."""
    corpus = make_corpus(size.hours)
    planned = prepare(corpus)
    findings = Findings()
    findings.hold_rows(corpus.recordings, plan=sum(pq.read_metadata(part).num_rows for part in recipes(planned)))
    ours_s, loop_s = [], []
    for _ in range(size.repeats):
        ours_s.append(_panvox(corpus, planned, findings))
        loop_s.append(_loop(corpus, planned, findings))

    ours, loop = (corpus.hours * 3600 / statistics.median(seconds) for seconds in (ours_s, loop_s))
    work = f"{corpus.hours:.3g} h, room + noise + µ-law to FLAC shards, {WORKERS} processes"
    findings.add(Figure("render", ours, "h/h", detail=f"hours of audio per hour; {work}"))
    behind = f"{ours:,.0f} against {loop:,.0f} h/h"
    findings.add(Figure("render against the bare loop", ratio(loop_s, ours_s), "×", 0.9, detail=behind))
    findings.join(_peers(corpus, ours))
    return findings


def _peers(corpus: BenchCorpus, ours: float) -> Findings:
    findings = Findings()
    ways = (
        ("feature", f"Audio feature, {OLD_DATASETS}", python_with_old_datasets(), 3.0),
        ("files", "FLAC files past it", Path(sys.executable), None),
    )
    for way, name, python, bound in ways:
        if python is None:
            continue
        _datasets(make_corpus(WARM_UP_HOURS), python, way, findings)
        peer = corpus.hours * 3600 / _datasets(corpus, python, way, findings)
        behind = f"{ours:,.0f} against {peer:,.0f} h/h; a band-pass for its codec"
        findings.add(Figure(f"render against datasets.map ({name})", ours / peer, "×", bound, detail=behind))
    return findings


def _panvox(corpus: BenchCorpus, planned: Path, findings: Findings) -> float:
    output = corpus.root / "rendered"
    linked_copy(planned, output)
    finished = run([*PANVOX, "render", str(corpus.simulated_yaml), "--output", str(output), "--direct_num_workers", WORKERS])
    return _settle("panvox", finished, output, f"shards/*/*-v{VERSION:03d}-*.parquet", corpus, findings)


def _loop(corpus: BenchCorpus, planned: Path, findings: Findings) -> float:
    output = corpus.root / "loop"
    shutil.rmtree(output, ignore_errors=True)
    lists = [str(part) for part in recipes(planned)]
    command = [sys.executable, "-m", "benchmarks.baseline_loop", str(corpus.root), str(output), WORKERS, *lists]
    return _settle("loop", run(command), output, "*.parquet", corpus, findings)


def _datasets(corpus: BenchCorpus, python: Path, way: str, findings: Findings) -> float:
    output = corpus.root / "datasets"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    inputs = [str(corpus.root / name) for name in ("recordings.csv", "audio", "responses", "noise")]
    asked = [*map(str, SNR_DB), str(output / "all.parquet"), WORKERS]
    finished = run([str(python), "-W", "ignore", "-m", "benchmarks.baseline_datasets", way, *inputs, *asked])
    return _settle(f"datasets ({way})", finished, output, "*.parquet", corpus, findings)


def _settle(name: str, finished: Finished, output: Path, shards: str, corpus: BenchCorpus, findings: Findings) -> float:
    """The seconds it took; what was written is counted, and then deleted."""
    rows = sum(pq.read_metadata(shard).num_rows for shard in output.glob(shards))
    findings.hold_rows(corpus.recordings, **{name: rows})
    shutil.rmtree(output)
    print(f"  {name}: {finished.seconds:.1f} s for {corpus.hours:.3g} h", file=sys.stderr)
    return finished.seconds


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
