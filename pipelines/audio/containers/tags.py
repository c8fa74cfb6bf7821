"""ID3v2 tags, which taggers put before MP3, AAC and sometimes FLAC streams."""

from __future__ import annotations

from typing import IO

from pipelines.audio.problem import AudioProblem


def skip_tags(file: IO[bytes], size: int) -> int:
    """Where the file goes on after the tags at its start; a tag's length stands in four bytes of seven bits."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            return start
        has_footer = head[5] & 16
        start += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + (10 if has_footer else 0)
        if start > size:
            raise AudioProblem("truncated_audio", "the file ends within its tag")
