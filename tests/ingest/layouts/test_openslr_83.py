"""OpenSLR 83 however its archives were fetched and unpacked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.corpus import rules
from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for

WELSH, IRISH, MIDLANDS = "wef_02484_00388340153", "irm_02484_00388340154", "mif_00610_00000000001"


def index(*names: str) -> str:
    """Lines of an index: no header, a comma in the text."""
    return "".join(f"EN{number:04d}, {name}, Thirteen, isn't it?\n" for number, name in enumerate(names))


@pytest.mark.parametrize(
    ("indexes", "recordings", "expected"),
    [
        # one archive of three, its index beside the whole one
        ({"mid/line_index.csv": [MIDLANDS]}, {MIDLANDS: "mid/{}.wav"}, [""]),
        # as above, with a recording that no index names
        ({"mid/line_index.csv": [MIDLANDS]}, {MIDLANDS: "mid/{}.wav", "wef_1_2": "mid/{}.wav"}, [""]),
        # all archives in one directory
        ({"all/line_index.csv": [MIDLANDS]}, dict.fromkeys((WELSH, IRISH, MIDLANDS), "all/{}.wav"), ["", "", ""]),
        # a directory whose index is missing
        (
            {"welsh/line_index.csv": [WELSH], "irish/line_index.csv": [IRISH]},
            {WELSH: "welsh/{}.wav", IRISH: "irish/{}.wav", MIDLANDS: "mid/{}.wav"},
            ["", "", ""],
        ),
        # no index but the whole one, capitals
        ({}, {WELSH: "a/{}.WAV", IRISH: "b/{}.WAV", MIDLANDS: "{}.wav"}, ["", "", ""]),
        ({}, {WELSH: "a/{}.WAV"}, ["", "missing_file", "missing_file"]),
    ],
)
def test_which_index_is_read(
    tmp_path: Path, indexes: dict[str, list[str]], recordings: dict[str, str], expected: list[str]
) -> None:
    root = tmp_path / "corpus"
    put_text(root / "line_index_all.csv", index(WELSH, IRISH, MIDLANDS))
    for path, names in indexes.items():
        put_text(root / path, index(*names))
    for number, (name, path) in enumerate(recordings.items()):
        put_audio(root / path.format(name), number)
    assert rules(settings_for(tmp_path, "openslr_83")) == expected
