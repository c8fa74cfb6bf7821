"""``panvox plan`` of a manifest of a million rows, the whole process with its start-up: time, memory, and how both grow.

No audio is touched: the manifest is made (:mod:`benchmarks.plan_corpus`) with 50 accents, and 40 conditions whose targets ask for
as many recipes as there are rows.

python -m benchmarks.bench_plan [--minutes M]      rows go by minutes: the default asks for a million
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.corpus import HOURS
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.plan_corpus import make_plan_corpus
from benchmarks.process import PANVOX, Finished, run
from pipelines import storage

ROWS = 1_000_000
LONGEST_S = 180.0
MOST_MB = 2000.0


def measure(size: Size) -> Findings:
    """Plan half the rows and then all of them."""
    findings = Findings()
    rows = round(ROWS * size.hours / HOURS)
    half, whole = _plan(rows // 2, findings), _plan(rows, findings)
    detail = f"{rows:,} rows; {whole.cpu_s:.0f} s of processor time"
    findings.add(Figure("plan", whole.seconds, "s", LONGEST_S, "<", detail))
    findings.add(Figure("plan, peak memory", whole.peak_mb, "MB", MOST_MB, "<", "of any process"))
    findings.add(Figure("plan, memory together", whole.together_mb, "MB", detail="of all its processes at a time"))
    growth = f"{half.seconds:.1f} s and {whole.seconds:.1f} s by the clock; {whole.cpu_s / half.cpu_s:.2f} × the processor time"
    findings.add(Figure("plan, twice the rows", whole.seconds / half.seconds, "×", 2.0, "<", growth))
    return findings


def _plan(rows: int, findings: Findings) -> Finished:
    config, corpus = make_plan_corpus(rows, rows)
    shutil.rmtree(Path(corpus.root) / "plan", ignore_errors=True)
    storage.remove(corpus.stage_file("plan"))
    finished = run([*PANVOX, "plan", str(config), "--output", corpus.root], watch_memory=True)
    planned = corpus.read_stage("plan")
    findings.hold_rows(planned["recipes"], plan=corpus.read_recipes(["id"]).num_rows)
    print(f"  {rows:,} rows to {planned['recipes']:,} recipes: {finished.seconds:.1f} s", file=sys.stderr)
    return finished


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
