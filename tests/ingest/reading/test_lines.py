"""Lines end as the file's lines do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.reading.lines import text_lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\n", ["a\n", "b\n"]),
        ("a\r\nb\r\n", ["a\r\n", "b\r\n"]),
        ("a\rb\r", ["a\r", "b\r"]),
        ("a,with\ra return\nb\n", ["a,with\ra return\n", "b\n"]),
        ("a\u2028b\x85c\n", ["a\u2028b\x85c\n"]),
        ("a" * 100_000 + "\nb\n", ["a" * 100_000 + "\n", "b\n"]),
        ("", []),
    ],
)
def test_lines_end_as_the_file_s_do(tmp_path: Path, text: str, lines: list[str], encoding: str) -> None:
    (tmp_path / "file").write_bytes(text.encode(encoding))
    with text_lines(str(tmp_path / "file")) as found:
        assert list(found) == lines
