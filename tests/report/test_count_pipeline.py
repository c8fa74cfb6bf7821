"""The counting pipeline against the rows it was given."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.corpus import Corpus, read_json
from pipelines.report.counts.count import count_batch, count_coverage
from pipelines.report.counts.coverage import read_coverage
from pipelines.report.counts.shard import Asked, count_shard, counts_file, snr_bins
from tests.report.conftest import HOSTILE_MARKDOWN, ROWS, build, count
from tests.report.outdir import ACCENTS, CONDITIONS, shard_row, shard_schema


def facets(corpus: Corpus, facet: str) -> dict[tuple[str | None, str], tuple[int, int]]:
    rows: list[dict[str, Any]] = read_json(counts_file(corpus))["facets"]
    return {(row["value"], row["origin"]): (row["utterances"], row["speakers"]) for row in rows if row["facet"] == facet}


def test_pipeline_counts_what_one_process_counts(corpus: Corpus) -> None:
    rows = pa.Table.from_pylist([shard_row(row, str(number)) for number, row in enumerate(ROWS)], schema=shard_schema(16000))
    alone = count_coverage([count_batch(rows)], ACCENTS, CONDITIONS)
    assert read_coverage(corpus).equals(alone)


def test_files_are_the_same_bytes_however_the_rows_are_dealt(corpus: Corpus, tmp_path: Path) -> None:
    other = build(tmp_path, shards=3)
    count(other)
    for name in ("coverage.parquet", "utterances.csv", "hours.csv", "speakers.csv"):
        assert (tmp_path / "coverage" / name).read_bytes() == Path(corpus.path("coverage", name)).read_bytes()
    assert facets(other, "licence") == facets(corpus, "licence")


def test_a_corpus_without_shards_is_all_zeros(tmp_path: Path) -> None:
    empty = Corpus(str(tmp_path))
    count(empty)
    assert read_coverage(empty)["utterances"].to_pylist() == [0] * (len(ACCENTS) + 1) * (len(CONDITIONS) + 1)
    assert read_json(counts_file(empty)) == {"facets": [], "clips": [], "snr_db": []}


def test_facets_count_rows_and_distinct_speakers(corpus: Corpus) -> None:
    assert facets(corpus, "speaker_type") == {
        (None, "*"): (14, 7),
        (None, "recorded"): (9, 6),
        (None, "simulated"): (5, 4),
        ("synthetic", "*"): (2, 1),
        ("synthetic", "recorded"): (1, 1),
        ("synthetic", "simulated"): (1, 1),
        ("professional", "*"): (1, 1),
        ("professional", "recorded"): (1, 1),
    }
    assert facets(corpus, "licence")[HOSTILE_MARKDOWN, "recorded"] == (1, 1)


def test_a_cell_s_clip_is_the_row_with_the_smallest_digest(corpus: Corpus) -> None:
    clips = {tuple(clip[:3]): clip[3:] for clip in read_json(counts_file(corpus))["clips"]}
    cells = {(row.accent, row.condition, row.origin) for row in ROWS}
    assert clips.keys() == cells
    for cell, (digest, shard, place) in clips.items():
        ids = [f"row-{number:05d}" for number, row in enumerate(ROWS) if (row.accent, row.condition, row.origin) == cell]
        smallest = min(ids, key=lambda row_id: hashlib.sha256(row_id.encode()).hexdigest())
        assert pq.read_table(corpus.path(shard), columns=["id"])["id"][place].as_py() == smallest
        assert digest == hashlib.sha256(smallest.encode()).hexdigest()


def test_measured_snr_of_simulated_rows(corpus: Corpus) -> None:
    assert read_json(counts_file(corpus))["snr_db"] == [[4, 1], [5, 1], [6, 1], [7, 1], [9, 1]]
    assert snr_bins([None, '{"measured": null}', '{"measured": {"snr_db": -0.5}}', '{"measured": {"snr_db": null}}']) == {-1: 1}


def test_audio_is_never_read(corpus: Corpus, tmp_path: Path) -> None:
    shard = corpus.shard_files()[0]
    without = tmp_path / "without.parquet"
    pq.write_table(pq.read_table(shard).drop_columns(["audio"]), without)
    counted, whole = count_shard(str(without), Asked()), count_shard(shard, Asked())
    assert (counted.tallies, counted.speakers, counted.snr_db) == (whole.tallies, whole.speakers, whole.snr_db)
