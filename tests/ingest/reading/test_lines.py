"""Lines end with any line end, also several kinds of one file."""

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
        ("a\rb\nc\r\nd\r\r\ne", ["a\r", "b\n", "c\r\n", "d\r", "\r\n", "e"]),
        ("a\r" * 40_000 + "b\nc\r", ["a\r"] * 40_000 + ["b\n", "c\r"]),
        ("a\u2028b\x85c\n", ["a\u2028b\x85c\n"]),
        ("a" * 100_000 + "\nb\n", ["a" * 100_000 + "\n", "b\n"]),
        ("", []),
    ],
)
def test_any_line_end_ends_a_line(tmp_path: Path, text: str, lines: list[str], encoding: str) -> None:
    (tmp_path / "file").write_bytes(text.encode(encoding))
    with text_lines(str(tmp_path / "file")) as found:
        assert list(found) == lines
