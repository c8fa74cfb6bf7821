"""Signals and an independent speech voltmeter for the tests of simulation."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr
from numpy.typing import NDArray

SAMPLE_RATE = 16000
RECORDINGS = sorted((Path(__file__).parents[2] / "data_samples" / "audio").glob("*.flac"))


def recording(path: Path, sample_rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    samples, rate = sf.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate, sample_rate).astype(np.float32)


def speech_like(seconds: float, activity: float = 0.7, seed: int = 0, sample_rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """Noise in syllables of 4 a second, in phrases with pauses between them; P.56 activity is near ``activity``."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    noise = generator.standard_normal(len(time))
    smooth = np.convolve(noise, np.hanning(9), mode="same")
    syllables = 0.25 + np.abs(np.sin(2 * np.pi * 2 * time + generator.uniform(0, 6)))
    period = 2.5
    phrases = (time % period) < max(0.1, activity * period - 0.2) if activity < 1 else np.ones(len(time), bool)
    x = smooth * syllables * phrases
    return (0.1 * x / np.abs(x).max()).astype(np.float32)


def excess_kurtosis(x: NDArray[Any]) -> float:
    centred = x.astype(np.float64) - x.mean(dtype=np.float64)
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2 - 3)


def voltmeter_curve(x: NDArray[Any], sample_rate: int, thresholds: list[float]) -> list[tuple[float, float]]:
    """A(c) and c in dBov, sample by sample as ITU-T P.56 method B is written; thresholds that are never met are left out."""
    g = math.exp(-1 / (0.03 * sample_rate))
    hangover = math.ceil(0.2 * sample_rate)
    p = q = energy = 0.0
    envelope = []
    for sample in x.tolist():
        energy += sample * sample
        p = g * p + (1 - g) * abs(sample)
        q = g * q + (1 - g) * p
        envelope.append(q)
    curve = []
    for threshold in thresholds:
        active, hung = 0, hangover
        for q in envelope:
            if q >= threshold:
                active, hung = active + 1, 0
            elif hung < hangover:
                active, hung = active + 1, hung + 1
        if active:
            curve.append((10 * math.log10(energy / active), 20 * math.log10(threshold)))
    return curve


def voltmeter(x: NDArray[Any], sample_rate: int, steps_per_octave: int = 1) -> float:
    """Active speech level, dBov, by :func:`voltmeter_curve`; the recommendation's 15 thresholds have one step an octave."""
    thresholds = [2.0 ** (-step / steps_per_octave) for step in range(15 * steps_per_octave, steps_per_octave - 1, -1)]
    curve = voltmeter_curve(x, sample_rate, thresholds)
    for (level, threshold), (next_level, next_threshold) in itertools.pairwise(curve):
        excess, next_excess = level - threshold - 15.9, next_level - next_threshold - 15.9
        if excess > 0 >= next_excess:
            return level + excess / (excess - next_excess) * (next_level - level)
    raise AssertionError("no threshold meets the margin")
