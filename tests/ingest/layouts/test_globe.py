"""GLOBE's descriptions of speakers were partly made by a model, so none of them counts unless the configuration says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.commands.init import init
from pipelines.ingest.recognise import recognise
from pipelines.ingest.record import Candidate
from pipelines.settings import load_settings
from tests.ingest.corpus import records
from tests.ingest.layouts.formats import parquet_rows
from tests.ingest.layouts.forms import FORMS

FILE = "data/test-00000-of-00001.parquet"


def rows(root: Path, defaults: dict[str, str] | None = None, **settings: Any) -> list[dict[str, Any]]:
    """The manifest's rows."""
    source = {"layout": "globe", "audio_root": "corpus", "defaults": defaults or {}}
    config = {"name": "x", "accents": "english", "sources": [source], **settings}
    (root / "corpus.yaml").write_text(json.dumps({"conditions": [{"name": "any"}], **config}))
    return [each.row for each in records(load_settings(str(root / "corpus.yaml"))) if isinstance(each, Candidate)]


@pytest.mark.parametrize("is_third", [False, True])
def test_what_may_be_imputed_counts_as_not_given(tmp_path: Path, is_third: bool) -> None:
    FORMS["globe"](tmp_path / "corpus")
    if is_third:
        table = pq.read_table(tmp_path / "corpus" / FILE)
        names = [f"predicted_{name}" if name in ("accent", "age", "gender") else name for name in table.column_names]
        pq.write_table(table.rename_columns(names), tmp_path / "corpus" / FILE)
    row = rows(tmp_path)[0]
    assert (row["accent"], row["accent_raw"], row["accent_provenance"]) == ("undeclared", "England English", "imputed")
    assert (row["gender"], row["age_band"]) == (None, None)
    marked = rows(tmp_path, policy={"imputed": "mark"})[0]
    assert (marked["accent"], marked["gender"], marked["gender_provenance"]) == ("en-GB-x-england", "male", "imputed")


def third_version(root: Path) -> None:
    """What the speaker said, ``nan`` where nothing, beside what a model made of it."""
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table(
        {
            "audio": pa.array(parquet_rows(33, 2), kind),
            "common_voice_path": ["common_voice_en_1.mp3", "common_voice_en_2.mp3"],
            "common_voice_sentence": ["One", "Two"],
            "common_voice_age": ["twenties", "nan"],
            "common_voice_gender": ["nan", "female_feminine"],
            "common_voice_accents": ["England English", "nan"],
            "whisper_transcription_large_v3": ["one", "to"],
            "predicted_accent": ["Scottish English", "United States English"],
            "predicted_gender": ["male", "male"],
            "predicted_age": ["fifties", "thirties"],
        }
    )
    (root / "data").mkdir(parents=True)
    pq.write_table(table, root / FILE)


def test_the_third_version_tells_what_was_said_from_what_was_predicted(tmp_path: Path) -> None:
    third_version(tmp_path / "corpus")
    lines = list(init([str(tmp_path / "corpus")], None, str(tmp_path / "found.yaml")))
    assert lines[0].startswith("layout     globe: ")
    assert "found      not accepted: 2 missing_speaker" in lines
    said, predicted = rows(tmp_path, {"speaker_id": "globe"})
    assert (said["recording_id"], said["text"]) == ("common_voice_en_1.mp3", "One")
    assert (said["accent"], said["accent_provenance"]) == ("en-GB-x-england", "self_reported")
    assert (said["age_band"], said["age_band_provenance"]) == ("twenties", "self_reported")
    assert (said["gender"], said["gender_provenance"]) == (None, "imputed")
    assert (predicted["accent"], predicted["accent_raw"]) == ("undeclared", "United States English")
    assert (predicted["gender"], predicted["gender_provenance"]) == ("female_feminine", "self_reported")
    assert (predicted["age_band"], predicted["age_band_provenance"]) == (None, "imputed")


def test_what_is_imputed_is_not_told_as_missing(tmp_path: Path) -> None:
    FORMS["globe"](tmp_path / "corpus")
    lines = list(init([str(tmp_path / "corpus")], None, str(tmp_path / "found.yaml")))
    assert any(line.startswith("mapped ") and "gender ← gender, age_band ← age" in line for line in lines)
    assert not any(line.startswith("missing ") and "gender" in line for line in lines)


@pytest.mark.parametrize(("more", "layout"), [("age", "globe"), ("license", "hf_parquet"), ("age_group", "hf_parquet")])
def test_tables_that_say_what_globe_does_not_are_somebody_elses(tmp_path: Path, more: str, layout: str) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    names = ("speaker_id", "transcript", "accent", "gender", more)
    table = pa.table({"audio": pa.array(parquet_rows(33, 1), kind)} | {name: ["x"] for name in names})
    (tmp_path / "corpus").mkdir()
    pq.write_table(table, tmp_path / "corpus" / "train.parquet")
    assert recognise(str(tmp_path / "corpus")).layout == layout
