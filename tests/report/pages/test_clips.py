"""Clips read from the shards."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines.corpus import Corpus, read_json
from pipelines.report.counts.shard import counts_file
from pipelines.report.pages.clips import SECONDS_SHOWN, encode_mp3, read_clips, read_rows
from tests.report import outdir
from tests.report.conftest import ROWS
from tests.report.outdir import Row


@pytest.mark.parametrize("wanted", [[0], [7, 8], [0, 5, 31, 32, 33, 99], list(range(100))])
def test_rows_are_read_across_row_groups_and_batches(tmp_path: Path, wanted: list[int]) -> None:
    rows = [Row("train", "en-US", "clean", "recorded", "ann", samples=800 + n) for n in range(100)]
    (shard,) = outdir.write_shards(Corpus(str(tmp_path)), rows, row_group=40)
    found = list(read_rows(shard, wanted))
    assert [place for place, _ in found] == wanted
    for place, values in found:
        assert values["id"] == f"row-{place:05d}"
        assert len(soundfile.read(io.BytesIO(values["audio"]["bytes"]))[0]) == 800 + place


@pytest.mark.parametrize("rate", [8000, 9000, 16000, 44100, 48000])
def test_a_clip_is_the_beginning_as_an_mp3_at_the_same_level(rate: int) -> None:
    mp3 = encode_mp3(outdir.flac(rate * 8, rate))
    samples, clip_rate = soundfile.read(io.BytesIO(mp3))
    assert soundfile.info(io.BytesIO(mp3)).format == "MP3"
    assert len(samples) / clip_rate == pytest.approx(SECONDS_SHOWN, abs=0.15)
    middle = samples[clip_rate : 5 * clip_rate]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * clip_rate / len(middle) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.1 / np.sqrt(2), rel=0.02)
    assert len(mp3) < 40_000


def test_every_cell_and_origin_has_its_clip(corpus: Corpus) -> None:
    candidates = read_json(counts_file(corpus))["clips"]
    clips = list(read_clips(corpus, candidates))
    assert {(clip.accent, clip.condition, clip.origin) for clip in clips} == {(r.accent, r.condition, r.origin) for r in ROWS}
    for clip in clips:
        row = ROWS[int(clip.row["id"].removeprefix("row-"))]
        assert (row.accent, row.condition, row.origin, row.split) == (clip.accent, clip.condition, clip.origin, clip.row["split"])


def test_where_there_are_more_cells_than_clips_each_condition_is_heard(corpus: Corpus) -> None:
    candidates = read_json(counts_file(corpus))["clips"]
    kinds = {(condition, origin) for _, condition, origin, *_ in candidates}
    assert len(kinds) < len(candidates)
    clips = read_clips(corpus, candidates, limit=len(kinds))
    assert {(clip.condition, clip.origin) for clip in clips} == kinds


def test_too_many_cells_are_thinned_the_same_way_each_time(corpus: Corpus) -> None:
    candidates = read_json(counts_file(corpus))["clips"]
    few = [clip.row["id"] for clip in read_clips(corpus, candidates, limit=3)]
    assert len(few) == 3
    assert few == [clip.row["id"] for clip in read_clips(corpus, candidates[::-1], limit=3)]
