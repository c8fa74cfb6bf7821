"""GLOBE's descriptions of speakers were partly made by a model, so none of them counts unless the configuration says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.ingest.record import Candidate
from pipelines.settings import load_settings
from tests.ingest.corpus import records
from tests.ingest.layouts.forms import FORMS

FILE = "data/test-00000-of-00001.parquet"


def first_row(root: Path, **settings: Any) -> dict[str, Any]:
    """The manifest's row of the first recording."""
    config = {"name": "x", "accents": "english", "sources": [{"layout": "globe", "audio_root": "corpus"}], **settings}
    (root / "corpus.yaml").write_text(json.dumps({"conditions": [{"name": "any"}], **config}))
    first = records(load_settings(str(root / "corpus.yaml")))[0]
    assert isinstance(first, Candidate)
    return first.row


@pytest.mark.parametrize("is_third", [False, True])
def test_what_may_be_imputed_counts_as_not_given(tmp_path: Path, is_third: bool) -> None:
    FORMS["globe"](tmp_path / "corpus")
    if is_third:
        table = pq.read_table(tmp_path / "corpus" / FILE)
        names = [f"predicted_{name}" if name in ("accent", "age", "gender") else name for name in table.column_names]
        pq.write_table(table.rename_columns(names), tmp_path / "corpus" / FILE)
    row = first_row(tmp_path)
    assert (row["accent"], row["accent_raw"], row["accent_provenance"]) == ("undeclared", "England English", "imputed")
    assert (row["gender"], row["age_band"]) == (None, None)
    marked = first_row(tmp_path, policy={"imputed": "mark"})
    assert (marked["accent"], marked["gender"], marked["gender_provenance"]) == ("en-GB-x-england", "male", "imputed")
