"""One core, in one process, by its processor time: a shard's rows from FLAC to FLAC against the bare loop's, and the P.56 meter.

Room + noise + G.711 as in bench_render. panvox's side is all that a worker does for a row: digests checked, levels and
ratios measured, the record of it written.

    python -m benchmarks.bench_simulate [--minutes M] [--repeats N]
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks import baseline_loop
from benchmarks.corpus import RATE, BenchCorpus, make_corpus
from benchmarks.figures import Figure, Findings, Size, ratio, run_alone
from benchmarks.prepare import prepare, recipes
from pipelines.corpus import read_table
from pipelines.render.row import make_row
from pipelines.render.sounds import SoundLibrary
from pipelines.settings import load_settings
from pipelines.simulate.level import active_level

ROWS = 100
WARM_UP = 20
PAIRS_A_REPEAT = 5
METER_S = 10.0


def measure(size: Size) -> Findings:
    """Time rows in turns, then the meter."""
    corpus = make_corpus(size.hours)
    rows = [row for part in recipes(prepare(corpus)) for row in read_table(str(part)).to_pylist()][:ROWS]
    sounds = SoundLibrary(load_settings(str(corpus.simulated_yaml)))
    seconds = sum(row["duration_s"] for row in rows)

    def ours(row: dict[str, Any]) -> object:
        return make_row(row, sounds, RATE)

    def loop(row: dict[str, Any]) -> object:
        return baseline_loop.make_row(row, corpus.root)

    for warm in (ours, loop):
        _time(warm, rows[:WARM_UP])
    pairs = [(_time(ours, rows), _time(loop, rows)) for _ in range(PAIRS_A_REPEAT * size.repeats)]
    ours_s, loop_s = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ten = 10 * 1000 / seconds
    behind = f"{statistics.median(ours_s) * ten:.2f} against {statistics.median(loop_s) * ten:.2f} ms for 10 s of audio"
    findings = Findings([Figure("one core, FLAC to FLAC, against the bare loop", ratio(loop_s, ours_s), "×", 1.0, detail=behind)])
    findings.add(_meter(corpus, size))
    return findings


def _time(make: Callable[[dict[str, Any]], object], rows: list[dict[str, Any]]) -> float:
    start = time.process_time()
    for row in rows:
        make(row)
    return time.process_time() - start


def _meter(corpus: BenchCorpus, size: Size) -> Figure:
    files = sorted(Path(corpus.root, "audio").rglob("*.flac"))[:ROWS]
    speech = np.concatenate([soundfile.read(file, dtype="float32")[0] for file in files])
    length = round(METER_S * RATE)
    clips = [speech[start : start + length] for start in range(0, len(speech) - length, length)]
    times = []
    for _ in range(PAIRS_A_REPEAT * size.repeats):
        start = time.process_time()
        for clip in clips:
            active_level(clip, RATE)
        times.append((time.process_time() - start) / len(clips))
    speed = METER_S / statistics.median(times)
    return Figure("P.56 meter", speed, "× real time", 3000, detail=f"clips of {METER_S:g} s at {RATE} Hz, one core")


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
