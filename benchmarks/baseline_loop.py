"""What a researcher's own script does: two processes, each taking the next shard of a list, with soundfile, scipy and soxr.

It reads panvox's recipes as its list, so that both do the same work: the same donor, response, noise, start and SNR a row, the
same P.56 levels (by panvox's own meter), the same columns and row groups. It checks nothing and keeps no record of what it
measured beyond the levels.

    python -m benchmarks.baseline_loop AUDIO_BASE OUTPUT_DIRECTORY PROCESSES RECIPES…
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import functools
import hashlib
import io
import json
import multiprocessing
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.signal
import soundfile
import soxr
from numpy.typing import NDArray

from pipelines.simulate.level import active_level, rms_dbov
from schemas.tables import SHARD, shard_schema

RATE = 16_000
EARLY = 800
ROW_GROUP_BYTES = 24 << 20

Samples = NDArray[np.float32]


def gain(db: float) -> np.float32:
    factor: np.float32 = np.float32(10 ** (db / 20))
    return factor


@functools.cache
def sound(file: str) -> Samples:
    """A noise or a response, read once a process."""
    samples: Samples = soundfile.read(file, dtype="float32")[0]
    return samples


def through_ulaw(x: Samples) -> Samples:
    """µ-law at 8 kHz, written and read by libsndfile."""
    narrow = soxr.resample(x, RATE, 8000, quality="HQ")
    file = io.BytesIO()
    soundfile.write(file, narrow, 8000, format="RAW", subtype="ULAW")
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32", format="RAW", subtype="ULAW", samplerate=8000, channels=1)
    wide = soxr.resample(decoded, 8000, RATE, quality="HQ")
    return np.pad(wide, (0, max(0, len(x) - len(wide))))[: len(x)]


def simulate(speech: Samples, asked: dict[str, Any], base: Path) -> tuple[Samples, float]:
    """Room, noise, telephone; and the active level of the speech before it was scaled."""
    response = sound(str(base / asked["room"]["file"]))
    heard = scipy.signal.fftconvolve(speech, response)[: len(speech)]
    early = scipy.signal.oaconvolve(speech, response[:EARLY])[: len(speech)]
    heard_dbov = active_level(heard, RATE).level_dbov
    early_dbov = active_level(early, RATE).level_dbov
    to_level = asked["level_dbov"] - early_dbov
    heard = heard * gain(to_level)
    recording = sound(str(base / asked["noise"]["file"]))
    start = round(asked["noise"]["start_s"] * RATE)
    noise = np.take(recording, np.arange(start, start + len(speech)), mode="wrap")
    noise = noise * gain(heard_dbov + to_level - asked["snr_db"] - rms_dbov(noise))
    mixture = heard + noise
    peak = np.abs(mixture).max()
    if peak > 1:
        mixture = mixture / peak
    return through_ulaw(mixture), heard_dbov


def encode(samples: Samples) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def make_row(recipe: dict[str, Any], base: Path) -> dict[str, Any]:
    """A shard's row of a simulated recipe."""
    asked = json.loads(recipe["asked"])
    speech, _ = soundfile.read(base / recipe["audio"], dtype="float32")
    samples, heard_dbov = simulate(speech, asked, base)
    flac = encode(samples)
    made = {
        "audio": {"bytes": flac, "path": recipe["id"] + ".flac"},
        "duration": len(samples) / RATE,
        "sampling_rate": RATE,
        "audio_sha256": hashlib.sha256(flac).hexdigest(),
        "recipe": json.dumps({"asked": asked, "measured": {"speech_level_dbov": heard_dbov}}),
    }
    return {name: made[name] if name in made else recipe[name] for name in SHARD.names}


def write_shard(part: Path, base: Path, output: Path) -> int:
    """Render the recipes of one file; how many rows that are."""
    schema = shard_schema(RATE)
    rows, held, written = [], 0, 0
    compression = {name: "ZSTD" for name in SHARD.names if name != "audio"} | {"audio.bytes": "NONE", "audio.path": "ZSTD"}
    with pq.ParquetWriter(output / part.name, schema, compression=compression, use_dictionary=["speaker_id", "accent"]) as writer:
        for recipe in pq.read_table(part).to_pylist():
            rows.append(make_row(recipe, base))
            held += len(rows[-1]["audio"]["bytes"])
            if held > ROW_GROUP_BYTES:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                written += len(rows)
                rows, held = [], 0
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))
    return written + len(rows)


def main(base: str, output: str, processes: str, *recipes: str) -> None:
    Path(output).mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool(int(processes)) as pool:
        rows = pool.starmap(write_shard, [(Path(part), Path(base), Path(output)) for part in recipes], chunksize=1)
    print(sum(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
