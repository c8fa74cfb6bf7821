"""``panvox ingest``, everything measured, its start-up included; how soon ``--help`` answers; how much memory a run takes.

python -m benchmarks.bench_ingest [--minutes M] [--repeats N]
"""

from __future__ import annotations

import shutil
import statistics
import sys

from benchmarks.corpus import BENCH, BenchCorpus, make_corpus
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.process import PANVOX, run
from pipelines.corpus import Corpus

RECORDINGS = 10_000
SHORT_S = (1.0, 3.0)
"""Memory depends on how many recordings there are and not on how long they are, so these are short."""

OUTPUT = BENCH / "ingested"
HELPS = 7


def measure(size: Size) -> Findings:
    """Time ingest and ``--help``, and watch a whole run's memory."""
    findings = Findings()
    corpus = make_corpus(size.hours)
    seconds = statistics.median(_ingest(corpus, findings) for _ in range(size.repeats))
    detail = f"{corpus.recordings:,} recordings in {seconds:.1f} s, everything measured"
    findings.add(Figure("ingest", corpus.hours * 3600 / seconds, "h/h", 1000, detail=detail))
    run([*PANVOX, "--help"])
    help_s = statistics.median(run([*PANVOX, "--help"]).seconds for _ in range(HELPS))
    findings.add(Figure("panvox --help", help_s, "s", 0.5, "<", f"median of {HELPS}"))
    findings.add(_memory(findings))
    return findings


def _ingest(corpus: BenchCorpus, findings: Findings) -> float:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    finished = run([*PANVOX, "ingest", str(corpus.simulated_yaml), "--output", str(OUTPUT)])
    findings.hold_rows(corpus.recordings, ingest=Corpus(str(OUTPUT)).read_stage("ingest")["accepted"])
    print(f"  panvox: {finished.seconds:.1f} s", file=sys.stderr)
    return finished.seconds


def _memory(findings: Findings) -> Figure:
    hours = RECORDINGS * sum(SHORT_S) / 2 / 3600
    corpus = make_corpus(hours, SHORT_S)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    finished = run([*PANVOX, "run", str(corpus.simulated_yaml), "--output", str(OUTPUT)], watch_memory=True)
    ledger = Corpus(str(OUTPUT)).read_corpus()["ledger"]
    shutil.rmtree(OUTPUT)
    findings.hold_rows(RECORDINGS, ingest=ledger["accepted"])
    findings.hold_rows(2 * RECORDINGS, run=ledger["rows_written"])
    detail = f"of any process, over ingest, plan, render and report of {RECORDINGS:,} recordings"
    return Figure("peak memory", finished.peak_mb, "MB", 1000, "<", detail)


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
