"""What was exported comes back as it was, and what was imputed still counts for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.export.run import export
from pipelines.ingest.record import Candidate
from tests.export.corpora import row, write_whole
from tests.ingest.corpus import records
from tests.ingest.layouts.test_layouts import settings_for

LAYOUTS = {"huggingface": "hf_parquet", "lhotse-shar": "lhotse", "nemo-tar": "nemo", "webdataset": "webdataset"}
SAID = {"accent_raw": "Scottish", "language": "en", "gender": "female", "age_band": "31", "speaker_type": "volunteer"}
WHENCE = {"gender_provenance": "self_reported", "age_band_provenance": "observed", "accent_provenance": "imputed"}


@pytest.mark.parametrize("form", LAYOUTS)
def test_an_export_is_read_again(tmp_path: Path, form: str) -> None:
    out = write_whole(
        tmp_path / "out", {"train/demo-train-v001-00000-of-00001.parquet": [row("x", text="aye", **SAID, **WHENCE)]}
    )
    export(str(out), form, str(tmp_path / "corpus"))
    (found,) = records(settings_for(tmp_path, LAYOUTS[form]))
    assert isinstance(found, Candidate)
    assert found.row | SAID | WHENCE | {"speaker_id": "p1", "text": "aye"} == found.row
    assert (found.row["accent"], found.row["accent_all"]) == ("undeclared", [])
