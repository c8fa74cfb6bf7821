"""Reading recordings packed in one large row group of Parquet, in a shuffled order, as rendering does.

python -m benchmarks.bench_packed

The row group holds 1,000 cells of 100 kB. In each order every cell is read once, in a process of its own.
"""

from __future__ import annotations

import random
import shutil
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.corpus import BENCH
from benchmarks.figures import Figure, Findings, Size, run_alone
from benchmarks.process import run
from pipelines.audio.packed import cell_name, open_packed, split_packed

CELLS = 1_000
CELL_BYTES = 100_000
MOST_TIMES = 4.0
MEMORY_MB = 600
FILE = BENCH / "packed" / "large.parquet"


def measure(size: Size) -> Findings:
    """Read the row group in its order and in a shuffled one; how much longer the latter takes."""
    findings = Findings()
    FILE.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(7)
    pq.write_table(pa.table({"audio": [noise.bytes(CELL_BYTES) for _ in range(CELLS)]}), FILE, row_group_size=CELLS)
    ratios = []
    for _ in range(size.repeats):
        in_order, shuffled = (
            run([sys.executable, "-m", "benchmarks.bench_packed", order], watch_memory=True) for order in ("order", "shuffled")
        )
        findings.hold_rows(
            CELLS, **{order: int(each.output.split()[0]) for order, each in (("order", in_order), ("shuffled", shuffled))}
        )
        ratios.append(float(shuffled.output.split()[1]) / float(in_order.output.split()[1]))
    shuffled_ms = 1000 * float(shuffled.output.split()[1]) / CELLS
    detail = f"{shuffled_ms:.2f} ms a cell of {CELL_BYTES // 1000} kB"
    findings.add(
        Figure("a large row group shuffled, over in order", sorted(ratios)[len(ratios) // 2], "×", MOST_TIMES, "<", detail)
    )
    findings.add(Figure("memory, a large row group shuffled", shuffled.peak_mb, "MB", MEMORY_MB, "<"))
    shutil.rmtree(FILE.parent)
    return findings


def read(order: str) -> None:
    """Print how many cells were read, and the processor time that took."""
    rows = list(range(CELLS))
    if order == "shuffled":
        random.Random(7).shuffle(rows)
    start = time.process_time()
    count = 0
    for row in rows:
        packed = split_packed(cell_name(str(FILE), 0, row, "audio"))
        assert packed is not None
        with open_packed(packed) as file:
            count += len(file.read()) == CELL_BYTES
    print(count, time.process_time() - start)


if __name__ == "__main__":
    if sys.argv[1:2] in (["order"], ["shuffled"]):
        read(sys.argv[1])
    else:
        run_alone(measure, __doc__ or "")
