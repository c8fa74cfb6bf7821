"""What a user of Hugging Face `datasets` does: `map(num_proc=2)` with audiomentations, then Parquet.

Room, noise at an SNR, and a band-pass where the others have a codec, by a chain made with audiomentations' defaults. Two ways:

* ``feature``: as the documentation of `datasets` shows it, with its Audio feature in and out. Up to version 3 it decodes with
  soundfile; later ones need torch and torchcodec for it. It writes WAV into the Parquet file.
* ``files``: the mapped function reads the file and returns the bytes of a FLAC file, both with soundfile, past the feature. It is
  the least that can be made of it, and its output is what panvox's is.

Its environment may be another than panvox's, so nothing of panvox is imported.

    python -m benchmarks.baseline_datasets WAY METADATA AUDIO_ROOT RESPONSES NOISES LOWEST_SNR HIGHEST_SNR OUTPUT_FILE PROCESSES
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import soundfile
from audiomentations import AddBackgroundNoise, ApplyImpulseResponse, BandPassFilter, Compose

RATE = 16_000
Row = dict[str, Any]


def with_files(chain: Compose) -> Callable[[Row], Row]:
    def augment(row: Row) -> Row:
        samples, rate = soundfile.read(row["audio"]["path"], dtype="float32")
        file = io.BytesIO()
        soundfile.write(file, chain(samples=samples, sample_rate=rate), rate, format="FLAC", subtype="PCM_16")
        return {"audio": {"bytes": file.getvalue(), "path": f"{row['id']}.flac"}}

    return augment


def with_feature(chain: Compose) -> Callable[[Row], Row]:
    def augment(row: Row) -> Row:
        samples = chain(samples=row["audio"]["array"].astype("float32"), sample_rate=RATE)
        return {"audio": {"array": samples, "sampling_rate": RATE}}

    return augment


def main(
    way: str, metadata: str, root: str, responses: str, noises: str, lowest_db: str, highest_db: str, output: str, processes: str
) -> None:
    warnings.simplefilter("ignore")
    datasets.disable_progress_bars()
    chain = Compose(
        [
            ApplyImpulseResponse(ir_path=responses, p=1.0),
            AddBackgroundNoise(sounds_path=noises, min_snr_db=float(lowest_db), max_snr_db=float(highest_db), p=1.0),
            BandPassFilter(p=1.0),
        ]
    )
    with open(metadata, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    with tempfile.TemporaryDirectory(dir=Path(output).parent) as cache:
        if way == "feature":
            columns["audio"] = [f"{root}/{row['file']}" for row in rows]
            corpus = datasets.Dataset.from_dict(columns).cast_column("audio", datasets.Audio(sampling_rate=RATE))
            augment = with_feature(chain)
        else:
            columns["audio"] = [{"bytes": None, "path": f"{root}/{row['file']}"} for row in rows]
            corpus = datasets.Dataset.from_dict(columns)
            augment = with_files(chain)
        mapped = corpus.map(augment, num_proc=int(processes), cache_file_name=f"{cache}/mapped.arrow")
        mapped.to_parquet(output)
    print(len(mapped))


if __name__ == "__main__":
    main(*sys.argv[1:])
