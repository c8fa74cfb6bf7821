"""What a user of Hugging Face `datasets` does: `map(num_proc=2)` with audiomentations, then Parquet.

Room, noise at an SNR, and a band-pass where the others have a codec. Audio is decoded and encoded with soundfile inside the
mapped function, which is quicker than the Audio feature's own way.

    python -m benchmarks.baseline_datasets METADATA AUDIO_ROOT RESPONSES NOISES OUTPUT_DIRECTORY [PROCESSES]
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import datasets
import soundfile
from audiomentations import AddBackgroundNoise, ApplyImpulseResponse, BandPassFilter, Compose

from benchmarks.corpus import SNR_DB

RATE = 16_000
SHARD_ROWS = 300
BATCH_ROWS = 100


class Augment:
    """Maps a row with a file name to one with the augmented FLAC file."""

    def __init__(self, responses: str, noises: str) -> None:
        self.chain = Compose(
            [
                ApplyImpulseResponse(ir_path=responses, p=1.0, lru_cache_size=128),
                AddBackgroundNoise(sounds_path=noises, min_snr_db=SNR_DB[0], max_snr_db=SNR_DB[1], p=1.0),
                BandPassFilter(1000, 2000, 1.5, 1.9, p=1.0),
            ]
        )

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        warnings.simplefilter("ignore")
        samples, rate = soundfile.read(row["file"], dtype="float32")
        augmented = self.chain(samples=samples, sample_rate=rate)
        file = io.BytesIO()
        soundfile.write(file, augmented, rate, format="FLAC", subtype="PCM_16")
        return {"audio": {"bytes": file.getvalue(), "path": row["id"] + ".flac"}, "duration": len(augmented) / rate}


def main(metadata: str, root: str, responses: str, noises: str, output: str, processes: str = "2") -> None:
    datasets.disable_progress_bars()
    with open(metadata, newline="", encoding="utf-8") as file:
        rows = [row | {"file": f"{root}/{row['file']}"} for row in csv.DictReader(file)]
    with tempfile.TemporaryDirectory(dir=Path(output).parent) as cache:
        corpus = datasets.Dataset.from_list(rows)
        features = datasets.Features(
            corpus.features | {"audio": datasets.Audio(sampling_rate=RATE, decode=False), "duration": datasets.Value("float64")}
        )
        mapped = corpus.map(
            Augment(responses, noises),
            num_proc=int(processes),
            features=features,
            writer_batch_size=BATCH_ROWS,
            cache_file_name=f"{cache}/mapped.arrow",
        )
        Path(output).mkdir(parents=True, exist_ok=True)
        shards = max(1, len(mapped) // SHARD_ROWS)
        for index in range(shards):
            mapped.shard(shards, index).to_parquet(f"{output}/{index:05d}.parquet")
    print(len(mapped))


if __name__ == "__main__":
    main(*sys.argv[1:])
