"""Fair-Speech wherever its table was put."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.corpus import rules
from tests.ingest.layouts.forms import FORMS
from tests.ingest.layouts.test_layouts import settings_for


@pytest.mark.parametrize(
    ("table", "audio"),
    [
        ("meta/asr_fairness_metadata.tsv", "asr_fairness_audio"),
        ("speech_fairness.txt", "asr_fairness_audio/asr_fairness_audio"),
        ("asr_fairness_audio/metadata.tsv", "asr_fairness_audio"),
    ],
)
def test_where_the_table_lies(tmp_path: Path, table: str, audio: str) -> None:
    root = tmp_path / "corpus"
    FORMS["fair_speech"](root)
    (root / table).parent.mkdir(exist_ok=True)
    (root / "downloaded_file.tsv").rename(root / table)
    if "/" in audio:
        (root / "asr_fairness_audio").rename(root / "sound")
        (root / "asr_fairness_audio").mkdir()
        (root / "sound").rename(root / audio)
    assert rules(settings_for(tmp_path, "fair_speech")) == ["", "", "", "missing_file"]
    inner = {"metadata": f"corpus/{table}", "audio_root": f"corpus/{audio}"}
    assert rules(settings_for(tmp_path, "fair_speech", **inner)) == ["", "", "", "missing_file"]
