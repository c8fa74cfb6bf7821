"""OGG pages (RFC 3533), whatever codec they carry.

Both libvorbis and libopus step over a page that is damaged or missing, and what comes out is shorter and sounds whole.
"""

from __future__ import annotations

import struct
import zlib
from typing import IO

from pipelines.audio.problem import AudioProblem

MAX_OPUS_RATE = 768_000
_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST, _LAST = 2, 4
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def check_ogg(file: IO[bytes], size: int) -> None:
    """Every page must be whole, undamaged and in its place, and every stream must have its last page."""
    position = 0
    next_page: dict[int, int] = {}  # of the streams that have begun and not ended
    while position < size:
        file.seek(position)
        head = file.read(_HEADER.size)
        if not b"OggS".startswith(head[:4]):
            if not next_page:
                return  # a tag that some program left behind the stream
            raise AudioProblem("corrupt_audio", f"the OGG stream is damaged at byte {position}: no page begins where one should")
        if len(head) < _HEADER.size:
            raise AudioProblem("truncated_audio", "the OGG stream ends within a page's header")
        _, _, flags, _, serial, number, checksum, segments = _HEADER.unpack(head)
        table = file.read(segments)
        body = file.read(sum(table))
        end = position + _HEADER.size + segments + sum(table)
        if len(table) < segments or end > size:
            raise AudioProblem("truncated_audio", "the OGG stream's last page is cut")
        if _checksum(head[:22] + bytes(4) + head[26:] + table + body) != checksum:
            raise AudioProblem("corrupt_audio", f"the OGG stream is damaged at byte {position}: page {number} fails its checksum")
        if not flags & _FIRST and number != next_page.get(serial, number):
            raise AudioProblem("corrupt_audio", f"the OGG stream lacks page {next_page[serial]}, before byte {position}")
        next_page[serial] = number + 1
        if flags & _LAST:
            del next_page[serial]
        position = end
    if next_page:
        raise AudioProblem("truncated_audio", "the OGG stream has no last page: it was cut or never finished")


def is_opus_of_unknown_rate(file: IO[bytes]) -> bool:
    """Whether an Opus stream leaves out the rate it was recorded at (RFC 7845, section 5.1).

    It is then to be played at 48 kHz; libsndfile takes it to 8 kHz.
    """
    file.seek(0)
    head = file.read(_HEADER.size + 255 + 16)
    at = head.find(b"OpusHead")
    return at >= 0 and not 0 < int.from_bytes(head[at + 12 : at + 16], "little") <= MAX_OPUS_RATE


def _checksum(page: bytes) -> int:
    """CRC-32 of RFC 3533: polynomial 0x04c11db7, most significant bit first, no inversion.

    zlib's is the same polynomial mirrored and inverted, so it is given mirrored bytes and its result is mirrored back.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
