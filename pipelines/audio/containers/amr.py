"""AMR narrow-band and wide-band storage format (RFC 4867, section 5)."""

from __future__ import annotations

from typing import IO

from pipelines.audio.problem import AudioProblem

MAGIC = b"#!AMR"
_MAGIC_LINES = {b"#!AMR\n": (13, 14, 16, 18, 20, 21, 27, 32, 6), b"#!AMR-WB\n": (18, 24, 33, 37, 41, 47, 51, 59, 61, 6)}
"""The file's first line, and the length in bytes of a frame of each type, its header included."""

_NO_DATA = (14, 15)


def check_amr(file: IO[bytes], size: int) -> None:
    """The last frame must be whole."""
    file.seek(0)
    lengths = _MAGIC_LINES.get(file.readline(16))
    if lengths is None:
        return
    position = file.tell()
    while position < size:
        file.seek(position)
        kind = file.read(1)[0] >> 3 & 15
        if kind >= len(lengths) and kind not in _NO_DATA:
            raise AudioProblem("corrupt_audio", f"the AMR stream is damaged at byte {position}")
        position += 1 if kind in _NO_DATA else lengths[kind]
    if position > size:
        raise AudioProblem("truncated_audio", "the AMR stream's last frame is cut")
