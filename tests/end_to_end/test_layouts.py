"""Corpora of several layouts side by side, through the whole run, as a user would have them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.end_to_end.command import IN_PROCESS
from tests.end_to_end.corpora import write_config
from tests.end_to_end.prepared import Prepared
from tests.ingest.layouts.forms import FORMS

SOURCES = [
    {"layout": "common_voice", "audio_root": "common_voice", "id_prefix": "cv-"},
    {"layout": "timit", "audio_root": "timit"},
    {"layout": "kaldi", "audio_root": "kaldi", "defaults": {"language": "en", "licence": "mine", "condition": "studio"}},
    {
        "layout": "hf_parquet",
        "audio_root": "hf_parquet",
        "defaults": {"language": "cy", "speaker_type": "actor"},
        "id_prefix": "hf-",
    },
    {"layout": "webdataset", "audio_root": "webdataset", "defaults": {"language": "en"}, "id_prefix": "wds-"},
]
CONDITIONS = [{"name": "clean", "match": {"snr_db": {"min": 1}}}, {"name": "studio"}, {"name": "call", "handset": "phone"}]


def test_sources_of_several_layouts_in_one_corpus(tmp_path: Path, prepared: Prepared) -> None:
    for source in SOURCES:
        FORMS[str(source["layout"])](tmp_path / str(source["layout"]))
    config = write_config(
        tmp_path / "corpus.yaml",
        {
            "name": "mixed",
            "sources": SOURCES,
            "handsets": {"phone": {"microphone": "irs_send", "codecs": ["g711_ulaw"]}},
            "conditions": CONDITIONS,
            "targets": {"per_cell": {"utterances": 2}},
            "shards": {"target_mb": 1},
        },
    )
    out = tmp_path / "out"
    done = prepared.ok("run", config, "--output", out, *IN_PROCESS)
    assert "a client_id stands for an account or a device" in done.err
    assert "ingest: 2 speakers' ids stand in several sources (s1, s2): they count as the same people" in done.err
    manifest = pq.read_table(out / "manifest")
    count = {number: len(manifest.filter(pc.equal(manifest["source"], number))) for number in range(5)}
    assert count == {0: 4, 1: 3, 2: 4, 3: 5, 4: 2}
    told = {(row["source"], row["language"], row["licence"], row["speaker_type"]) for row in manifest.to_pylist()}
    assert told == {
        (0, "en", "CC0-1.0", "volunteer"),
        (1, "en-US", "LDC-User-Agreement", "volunteer"),
        (2, "en", "mine", None),
        (3, "cy", None, "actor"),
        (4, "en", None, None),
    }
    assert set(manifest.filter(pc.equal(manifest["source"], 2))["condition"].to_pylist()) == {"studio"}
    shards = pq.read_table(out / "shards")
    recorded = shards.filter(pc.equal(shards["origin"], "recorded"))
    assert set(recorded["id"].to_pylist()) == set(manifest["recording_id"].to_pylist())
    packed = {row["recording_id"]: row["audio"] for row in manifest.to_pylist() if "!/" in row["audio"]}
    assert packed["wds-a/001"].startswith("webdataset/shard-000000.tar!/")
    assert any(row in packed for row in shards.filter(pc.equal(shards["origin"], "simulated"))["source_id"].to_pylist())
    prepared.ok("verify", out)


def test_what_init_writes_runs(tmp_path: Path, prepared: Prepared) -> None:
    FORMS["vctk"](tmp_path / "VCTK")
    done = prepared.ok("init", "VCTK", cwd=tmp_path)
    assert f"written    {tmp_path / 'corpus.yaml'}" in done.out
    prepared.ok("run", "corpus.yaml", "--output", "out", *IN_PROCESS, cwd=tmp_path)
    rows = pq.read_table(tmp_path / "out" / "manifest").to_pylist()
    assert sorted((row["recording_id"], row["accent"]) for row in rows) == [
        ("p225_001_mic1", "en-GB-x-england"),
        ("p225_002_mic1", "en-GB-x-england"),
        ("p280_001_mic1", "undeclared"),
    ]
