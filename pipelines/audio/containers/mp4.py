"""MP4, M4A, 3GP and QuickTime: boxes (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from typing import IO

from pipelines.audio.containers.shortfall import shortfall
from pipelines.audio.problem import AudioProblem

MAGIC = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
MAX_BOXES = 1_000_000
TO_THE_END, WIDE = 0, 1


def check_mp4(file: IO[bytes], size: int) -> None:
    """Every box must be whole, and the one that says where the samples are must be there."""
    position = 0
    names = set()
    for _ in range(MAX_BOXES):
        if position + 8 > size:
            break
        file.seek(position)
        length, name = struct.unpack(">I4s", file.read(8))
        if not name.strip().isalnum():
            break  # bytes that some program left behind the last box
        names.add(name)
        if length == TO_THE_END:
            break
        if length == WIDE:
            wide = file.read(8)
            length = int.from_bytes(wide, "big") if len(wide) == 8 else size + 1
        if position + length > size:
            raise shortfall(length, size - position)
        position += max(length, 8)
    if b"moov" not in names:
        raise AudioProblem("truncated_audio", "the MP4 file has no index ('moov'): it was cut, or recording was never finished")
