"""L2-ARCTIC: what stands in ``wav/`` beside the corpus's own."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.layouts.speech import put_audio, put_text
from tests.ingest.layouts.test_layouts import settings_for, told


def test_recordings_that_differ_in_their_extension_are_each_a_record(tmp_path: Path) -> None:
    speaker = tmp_path / "corpus" / "ABA"
    for number, extension in enumerate(("flac", "wav")):
        put_audio(speaker / "wav" / f"arctic_a0001.{extension}", number)
    put_text(speaker / "transcript" / "arctic_a0001.txt", "Author of the danger\n")
    expected = ("ABA-arctic_a0001", "ABA", "Author of the danger", "Arabic")  # the second is found to be duplicate_id later
    assert told(settings_for(tmp_path, "l2_arctic")) == [expected, expected]
