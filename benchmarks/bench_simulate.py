"""One core, in one process, by its processor time: a shard's rows from FLAC to FLAC against the bare loop's; convolving with a
kept spectrum against scipy's plain call; and the P.56 meter.

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
import scipy.signal
import soundfile
from numpy.typing import NDArray

from benchmarks import baseline_loop
from benchmarks.corpus import RATE, BenchCorpus, make_corpus
from benchmarks.figures import Figure, Findings, Size, ratio, run_alone
from benchmarks.prepare import prepare, recipes
from pipelines.corpus import read_table
from pipelines.render.row import make_row
from pipelines.render.sounds import SoundLibrary
from pipelines.settings import load_settings
from pipelines.simulate.level import active_level
from pipelines.simulate.room import convolve, response_of

ROWS = 100
WARM_UP = 20
PAIRS_A_REPEAT = 5
CLIP_S = 10.0
RESPONSE_S = 0.5


def measure(size: Size) -> Findings:
    """Time rows in turns, then convolution in turns, then the meter."""
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
    clips = _clips(corpus)
    findings.add(_convolution(clips, size))
    findings.add(_meter(clips, size))
    return findings


def _time(make: Callable[[dict[str, Any]], object], rows: list[dict[str, Any]]) -> float:
    start = time.process_time()
    for row in rows:
        make(row)
    return time.process_time() - start


def _clips(corpus: BenchCorpus) -> list[NDArray[np.float32]]:
    files = sorted(Path(corpus.root, "audio").rglob("*.flac"))[:ROWS]
    speech = np.concatenate([soundfile.read(file, dtype="float32")[0] for file in files])
    length = round(CLIP_S * RATE)
    return [speech[start : start + length] for start in range(0, len(speech) - length, length)]


def _convolution(clips: list[NDArray[np.float32]], size: Size) -> Figure:
    """The response is made once, as a shard's worker does; scipy is called as its users call it."""
    decay = np.exp(-6.9 * np.arange(round(RESPONSE_S * RATE)) / (RESPONSE_S * RATE))
    response = response_of(np.random.default_rng(0).standard_normal(len(decay)) * decay, RATE)
    turns = [
        (
            _each(lambda clip: convolve(clip, response), clips),
            _each(lambda clip: scipy.signal.fftconvolve(clip, response.samples), clips),
        )
        for _ in range(PAIRS_A_REPEAT * size.repeats)
    ]
    ours_s, scipy_s = [turn[0] for turn in turns], [turn[1] for turn in turns]
    behind = (
        f"{statistics.median(ours_s) * 1000:.2f} against {statistics.median(scipy_s) * 1000:.2f} ms for {CLIP_S:g} s of audio"
    )
    return Figure("convolution with a kept spectrum, against scipy's plain call", ratio(scipy_s, ours_s), "×", 1.0, detail=behind)


def _meter(clips: list[NDArray[np.float32]], size: Size) -> Figure:
    times = [_each(lambda clip: active_level(clip, RATE), clips) for _ in range(PAIRS_A_REPEAT * size.repeats)]
    speed = CLIP_S / statistics.median(times)
    return Figure("P.56 meter", speed, "× real time", 3000, detail=f"clips of {CLIP_S:g} s at {RATE} Hz, one core")


def _each(process: Callable[[NDArray[np.float32]], object], clips: list[NDArray[np.float32]]) -> float:
    """Processor time a clip, s."""
    start = time.process_time()
    for clip in clips:
        process(clip)
    return (time.process_time() - start) / len(clips)


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
