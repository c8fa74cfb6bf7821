"""The corpus that is measured on: any number of minutes of distinct 16 kHz FLAC utterances, made from data_samples.

An utterance is a row of a speaker's sample clips at their own gains and pauses, 4 to 12 s long. A speaker is the voice of a
sample speaker resampled by a ratio of their own, so that 200 of them, and no two utterances, have the same samples. They are
made-up speakers: what is measured here is speed.
"""

from __future__ import annotations

import csv
import functools
import json
import multiprocessing
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pipelines.ingest.measure import estimate_snr_db
from pipelines.simulate.level import active_level

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data_samples"
BENCH = ROOT / "build" / "bench"

VERSION = 3
"""Raised whenever the corpus below is made in another way, so that an old one is not measured on."""

HOURS = 10.0
RATE = 16_000
SPEAKERS = 200
ACCENTS = ("xx-A", "xx-B", "xx-C", "xx-D")
DURATION_S = (4.0, 12.0)
PAUSE_S = (0.05, 0.35)
RATIOS = (0.93, 1.07)
DONOR_SNR_DB = 35.0
LOUD_DBOV = -45.0
SNR_DB = (5.0, 15.0)
RESPONSES = 16
T60_S = (0.3, 0.7)
SHARDS = 16
"""At least, so that each of two workers writes eight."""

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class BenchCorpus:
    """Where the corpus lies.

    Attributes:
        root: its directory.
        recordings: how many utterances it holds.
        hours: of audio.
    """

    root: Path
    recordings: int
    hours: float

    @property
    def recorded_yaml(self) -> Path:
        """A configuration without targets: every recording is written as it is."""
        return self.root / "recorded.yaml"

    @property
    def simulated_yaml(self) -> Path:
        """The same corpus with a target in one simulated condition that takes each recording once."""
        return self.root / "simulated.yaml"


def make_corpus(hours: float = HOURS, duration_s: tuple[float, float] = DURATION_S) -> BenchCorpus:
    """The corpus of that length, of utterances between the durations given; made where it is not there yet."""
    root = BENCH / f"corpus-v{VERSION}-{hours:.3g}h-{duration_s[0]:g}-{duration_s[1]:g}s"
    facts = root / "facts.json"
    if not facts.exists():
        print(f"  making {hours:.3g} h of utterances in {root}", file=sys.stderr)
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        recordings, seconds = _write_recordings(root, hours, duration_s)
        _write_banks(root)
        _write_configs(root, recordings, seconds)
        facts.write_text(json.dumps({"recordings": recordings, "hours": seconds / 3600}))
    return BenchCorpus(root, **json.loads(facts.read_text()))


def _write_recordings(root: Path, hours: float, duration_s: tuple[float, float]) -> tuple[int, float]:
    """Audio and metadata; how many recordings and seconds they are."""
    # Both in whole numbers an accent, so that one target takes every recording once.
    count = len(ACCENTS) * max(1, round(hours * 3600 / (sum(duration_s) / 2) / len(ACCENTS)))
    speakers = len(ACCENTS) * max(1, min(SPEAKERS, count // 4) // len(ACCENTS))
    jobs = [(root, speaker, range(speaker, count, speakers), duration_s) for speaker in range(speakers)]
    with multiprocessing.Pool() as pool:
        rows = sorted(row for of_speaker in pool.starmap(_write_speaker, jobs) for row in of_speaker)
    with (root / "recordings.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "file", "sentence", "speaker", "accents", "scene"])
        writer.writerows(row[:-1] for row in rows)
    return len(rows), sum(row[-1] for row in rows)


def _write_speaker(
    root: Path, speaker: int, numbers: range, duration_s: tuple[float, float]
) -> list[tuple[str, str, str, str, str, str, float]]:
    voices = _voices()
    generator = np.random.Generator(np.random.PCG64([VERSION, speaker]))
    ratio = generator.uniform(*RATIOS)
    clips = [soxr.resample(clip, RATE, RATE * ratio, quality="HQ") for clip in voices[speaker % len(voices)]]
    folder = f"speaker-{speaker:03d}"
    (root / "audio" / folder).mkdir(parents=True)
    rows = []
    for number in numbers:
        samples = _utterance(clips, duration_s, generator)
        name = f"{folder}/utterance-{number:05d}.flac"
        soundfile.write(root / "audio" / name, samples, RATE, subtype="PCM_16")
        accent = ACCENTS[speaker % len(ACCENTS)]
        text = f"Utterance {number} of a made-up speaker, of several sentences."
        rows.append((f"bench-{number:05d}", name, text, f"speaker-{speaker:03d}", accent, "clean", len(samples) / RATE))
    return rows


def _utterance(clips: list[Samples], duration_s: tuple[float, float], generator: np.random.Generator) -> Samples:
    length = round(generator.uniform(*duration_s) * RATE)
    parts: list[Samples] = []
    held = 0
    while held < length:
        clip = clips[generator.integers(len(clips))]
        gain = np.float32(10 ** (generator.uniform(-9, -3) / 20))
        pause = np.zeros(round(generator.uniform(*PAUSE_S) * RATE), np.float32)
        parts += [pause, clip * gain]
        held += len(pause) + len(clip)
    return np.concatenate(parts)[:length]


@functools.cache
def _voices() -> list[list[Samples]]:
    """The sample clips, by speaker, that are quiet enough to be simulated from at every SNR that is drawn."""
    voices: dict[str, list[Samples]] = defaultdict(list)
    for file, clip in _sound_files(SAMPLES / "audio"):
        level_dbov = active_level(clip, RATE).level_dbov
        if level_dbov >= LOUD_DBOV and estimate_snr_db(clip, RATE, level_dbov) >= DONOR_SNR_DB:
            voices[file.stem.rpartition("_")[0]].append(clip)
    return [clips for _, clips in sorted(voices.items()) if len(clips) >= 3]


def _sound_files(folder: Path) -> Iterator[tuple[Path, Samples]]:
    for file in sorted(folder.glob("*.flac")):
        try:
            samples, rate = soundfile.read(file, dtype="float32")
        except soundfile.LibsndfileError:
            continue  # some of the samples are broken on purpose
        if rate == RATE and samples.ndim == 1:
            yield file, samples


def _write_banks(root: Path) -> None:
    shutil.copytree(SAMPLES / "noise" / "street", root / "noise")
    (root / "responses").mkdir()
    for number in range(RESPONSES):
        response = _response(np.random.Generator(np.random.PCG64([VERSION, number])))
        soundfile.write(root / "responses" / f"response-{number:02d}.wav", response, RATE, subtype="FLOAT")


def _response(generator: np.random.Generator) -> Samples:
    """A direct path and exponentially decaying noise behind it: as long, and as costly, as a room's response."""
    t60_s = generator.uniform(*T60_S)
    time_s = np.arange(round(t60_s * RATE)) / RATE
    tail = generator.standard_normal(len(time_s)) * 10 ** (-3 * time_s / t60_s) * 0.05
    tail[0] = 1.0
    return (0.5 * tail).astype(np.float32)


def _write_configs(root: Path, recordings: int, seconds: float) -> None:
    accents = "".join(f"  {accent}: []\n" for accent in ACCENTS)
    (root / "accents.yaml").write_text(f"version: 1\naccents:\n{accents}", encoding="utf-8")
    estimated_mb = (seconds * RATE * 1.2 + recordings * 1200) / 1e6
    common = f"""\
name: bench
seed: 7
sources:
  - metadata: recordings.csv
    audio_root: audio
    columns: {{recording_id: id, audio: file, text: sentence, speaker_id: speaker, accent: accents, condition: scene}}
    defaults: {{language: en}}
accents: accents.yaml
splits: {{train: 1.0}}
shards: {{target_mb: {min(256.0, 1.01 * estimated_mb / SHARDS):.3f}}}
"""
    simulated = f"""\
noises: {{street: {{files: "noise/*"}}}}
handsets: {{telephone: {{microphone: flat, codecs: [g711_ulaw]}}}}
rooms: {{rooms: {{responses: "responses/*"}}}}
conditions:
  - {{name: clean}}
  - {{name: telephone, room: rooms, noise: street, snr_db: [{SNR_DB[0]:g}, {SNR_DB[1]:g}], handset: telephone}}
targets: {{per_cell: {{utterances: {recordings // len(ACCENTS)}}}, max_uses_per_recording: 1}}
"""
    (root / "recorded.yaml").write_text(common + "conditions: [{name: clean}]\n", encoding="utf-8")
    (root / "simulated.yaml").write_text(common + simulated, encoding="utf-8")
