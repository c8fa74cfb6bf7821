"""Where a recording went, told line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.commands.explain import explain
from pipelines.corpus import Corpus, write_json, write_table
from schemas.tables import ASSIGNMENT, QUARANTINE, RECIPE
from tests.plan.corpus import manifest_of

MEASURED = {
    "source_file": "recordings.csv",
    "encoding": "WAV/PCM_16",
    "bandwidth_hz": 7800.0,
    "snr_db": 41.5,
    "duration_s": 2.5,
    "condition_declared": False,
}


def recipe(**given: Any) -> dict[str, Any]:
    row = {"version": 1, "shard": 2, "shards": 8, "split": "dev", "accent": "en-GB", "condition": "clean", "origin": "recorded"}
    return row | given


def rejected(row_number: int, record: dict[str, Any], rule: str, message: str) -> dict[str, Any]:
    record_json = json.dumps(record, ensure_ascii=False)
    return {
        "source": "recordings.csv",
        "row_number": row_number,
        "record_json": record_json,
        "stage": "audio",
        "rule": rule,
        "message": message,
    }


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus(str(tmp_path))
    recordings = [
        {"recording_id": "a", "speaker_id": "ann", "row_number": 7},
        {
            "recording_id": "surplus",
            "speaker_id": "ann",
            "row_number": 8,
            "offset_s": 1.5,
            "condition_declared": True,
            "accent_all": ["en-GB", "en-IE"],
            "accent_rule": "english 1: British",
        },
        {"recording_id": "unsaid", "speaker_id": "bob", "row_number": 9, "accent": "undeclared", "accent_raw": None},
    ]
    write_table(corpus.path("manifest", "part-00000.parquet"), manifest_of([MEASURED | row for row in recordings]))
    rows = [
        recipe(id="a", source_id="a"),
        recipe(
            id="a~street~2",
            source_id="a",
            condition="street",
            origin="simulated",
            noise="street",
            snr_db=12.345,
            version=2,
            shard=0,
            shards=1,
        ),
        recipe(id="a~street~1", source_id="a", condition="street", origin="simulated", noise="street", snr_db=5.0),
        recipe(id="surplus~phone~1", source_id="surplus", condition="phone", origin="simulated"),
        recipe(id="unsaid", source_id="unsaid", accent="undeclared", split="train"),
    ]
    table = pa.Table.from_pylist(rows, schema=RECIPE.schema())
    write_table(corpus.path("plan", "recipes", "part-v001-dev-00000.parquet"), table)
    assignments = [{"kind": "speaker", "key": "ann", "split": "dev"}, {"kind": "speaker", "key": "bob", "split": "train"}]
    write_json(corpus.stage_file("plan"), {})
    write_table(corpus.assignments_file, pa.Table.from_pylist(assignments, schema=ASSIGNMENT.schema()))
    quarantine = [
        rejected(11, {"id": "quiet", "file": "quiet.wav"}, "silence", "the active speech level is -88 dBov"),
        rejected(12, {"id": "a", "file": "other.wav"}, "duplicate_id", "row 7 of source 0 ('a') has the same id and stays"),
        rejected(13, {"unparsed": 'müll",x'}, "malformed_row", "the quote that opens is never closed"),
    ]
    write_table(corpus.path("quarantine", "part-00000.parquet"), pa.Table.from_pylist(quarantine, schema=QUARANTINE.schema()))
    return corpus


def test_an_accepted_recording_its_uses_and_a_namesake_in_quarantine(corpus: Corpus) -> None:
    assert explain(corpus, "a") == [
        "a: accepted, from row 7 of recordings.csv",
        "  audio     a.wav, 2.500 s, 16000 Hz, WAV/PCM_16",
        "  speaker   ann, accent en-GB (declared: British)",
        "  condition clean (by its measurements); SNR 41.5 dB, bandwidth 7800 Hz",
        "  split     dev, as every recording of ann",
        "  written   as recorded into shard 3 of 8 of dev, version 1, cell en-GB × clean",
        "  simulated a~street~1 into shard 3 of 8 of dev, version 1, cell en-GB × street (street) at 5.0 dB",
        "  simulated a~street~2 into shard 1 of 1 of dev, version 2, cell en-GB × street (street) at 12.3 dB",
        "  uses      2",
        "a: quarantined, row 12 of recordings.csv",
        "  rule      duplicate_id (audio)",
        "  why       row 7 of source 0 ('a') has the same id and stays",
        "  means     an accepted record that stands earlier has the same id",
    ]


def test_a_recording_that_surplus_left_out_says_so(corpus: Corpus) -> None:
    lines = explain(corpus, "surplus")
    assert lines[1] == "  audio     surplus.wav from 1.5 s, 2.500 s, 16000 Hz, WAV/PCM_16"
    assert lines[2] == "  speaker   ann, accent en-GB by 'english 1: British', also en-IE (declared: British)"
    assert "(declared)" in lines[3]
    assert "  left out  of the shards: the target of en-GB × clean in dev is met without it, and `surplus: drop` is set" in lines
    assert lines[-1] == "  uses      1"


def test_an_undeclared_accent_has_no_targets(corpus: Corpus) -> None:
    lines = explain(corpus, "unsaid")
    assert lines[2] == "  speaker   bob, accent undeclared (declared: nothing)"
    assert "  targets   none: nothing is simulated for accent undeclared" in lines


def test_an_utterance_leads_to_its_recording(corpus: Corpus) -> None:
    assert explain(corpus, "a~street~1") == [
        "a~street~1: simulated from recording a",
        "  written   into shard 3 of 8 of dev, version 1, cell en-GB × street (street) at 5.0 dB",
    ]


def test_a_quarantined_record_says_why(corpus: Corpus) -> None:
    assert explain(corpus, "quiet") == [
        "quiet: quarantined, row 11 of recordings.csv",
        "  rule      silence (audio)",
        "  why       the active speech level is -88 dBov",
        "  means     the active speech level lies under `accept.silence_dbov`",
    ]
    assert explain(corpus, 'müll"')[0] == 'müll": quarantined, row 13 of recordings.csv'


def test_before_there_is_a_plan_the_manifest_answers(corpus: Corpus) -> None:
    Path(corpus.stage_file("plan")).unlink()
    for file in corpus.recipe_files():
        Path(file).unlink()
    assert explain(corpus, "surplus")[-1] == "  plan      not made yet"


def test_nothing_has_an_unknown_id(corpus: Corpus) -> None:
    assert explain(corpus, "nobody") == []
    assert explain(corpus, "qui") == []
