"""Clips to listen to: one row a cell and origin, read from the shards and made small."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pyarrow.parquet as pq

from pipelines import storage
from pipelines.corpus import Corpus

CLIPS_SHOWN = 400
SECONDS_SHOWN = 6.0
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000)
"""Those of MPEG audio layer III up to what speech needs here, Hz."""

COLUMNS = ("id", "split", "text", "duration", "noise", "snr_db", "handset", "room", "t60_s")


@dataclass(frozen=True)
class Clip:
    """A row to listen to.

    Attributes:
        accent: of the cell.
        condition: of the cell.
        origin: recorded or simulated.
        row: the row's :data:`COLUMNS`.
        mp3: its first :data:`SECONDS_SHOWN` seconds as an MP3 file.
    """

    accent: str
    condition: str
    origin: str
    row: dict[str, Any]
    mp3: bytes = field(repr=False)


def read_clips(corpus: Corpus, candidates: Sequence[Sequence[Any]], limit: int = CLIPS_SHOWN) -> Iterator[Clip]:
    """Read the clips of the candidates that count_shards chose; where there are too many, an even choice of them.

    Args:
        corpus: whose shards hold them.
        candidates: accent, condition, origin, digest of the row's id, shard relative to the corpus, and row in it.
        limit: the most clips to read.
    """
    # The digests are as good as random, so the smallest ones are a fair choice, and the same one each time. Conditions take
    # turns: where there are more cells than clips, each condition can still be heard.
    turns: Counter[tuple[str, str]] = Counter()
    by_turn = []
    for candidate in sorted(candidates, key=lambda candidate: candidate[3]):
        condition, origin = candidate[1:3]
        by_turn.append((turns[condition, origin], candidate[3], candidate))
        turns[condition, origin] += 1
    chosen = [candidate for _, _, candidate in sorted(by_turn, key=lambda each: each[:2])[:limit]]
    chosen.sort(key=lambda candidate: (candidate[4], candidate[5]))
    for shard, wanted in groupby(chosen, key=lambda candidate: str(candidate[4])):
        cells = {int(row): (accent, condition, origin) for accent, condition, origin, _, _, row in wanted}
        for row, values in read_rows(corpus.path(shard), sorted(cells)):
            mp3 = encode_mp3(values.pop("audio")["bytes"])
            yield Clip(*cells[row], row=values, mp3=mp3)


def read_rows(location: str, rows: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a shard with their audio; memory holds a few rows at a time, and row groups without a wanted row are not read.

    Args:
        location: of the shard.
        rows: places of the rows in it, from 0, ascending.
    """
    left = list(rows)
    with storage.open_input(location) as file:
        parquet = pq.ParquetFile(file)
        first = 0
        for group in range(parquet.num_row_groups):
            end = first + parquet.metadata.row_group(group).num_rows
            start = first
            batches = parquet.iter_batches(batch_size=32, row_groups=[group], columns=[*COLUMNS, "audio.bytes"])
            while left and left[0] < end:
                batch = next(batches)
                while left and left[0] < start + batch.num_rows:
                    yield left[0], batch.slice(left.pop(0) - start, 1).to_pylist()[0]
                start += batch.num_rows
            first = end


def encode_mp3(audio: bytes, seconds: float = SECONDS_SHOWN) -> bytes:
    """The beginning of a sound file as a small mono MP3, no gain applied."""
    import soundfile

    with soundfile.SoundFile(io.BytesIO(audio)) as file:
        rate = file.samplerate
        samples = file.read(int(seconds * rate), dtype="float32", always_2d=True).mean(axis=1)
    out_rate = max(allowed for allowed in MP3_RATES if allowed <= rate)
    if out_rate != rate:
        import soxr

        samples = soxr.resample(samples, rate, out_rate)
    mp3 = io.BytesIO()
    soundfile.write(
        mp3, samples, out_rate, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.8, bitrate_mode="VARIABLE"
    )
    return mp3.getvalue()
