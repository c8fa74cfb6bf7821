"""What a file's container declares against what the file holds.

Decoders read a cut WAV or OGG file to its last byte without a word, so these two are looked at here. FLAC, MP3 and MP4 decoders
count their samples themselves.
"""

from __future__ import annotations

import struct
from typing import IO

from pipelines.audio.problem import AudioProblem

STREAMED = 0xFFFFFFFF
"""Both sizes of a WAV file that was written to a pipe: its length is not known, and the file's own end is its end."""

MAX_DECLARED_HOURS = 24.0
ABSURD_FACTOR = 20
ABSURD_FLOOR_BYTES = 64 << 20


def check_container(file: IO[bytes], size: int) -> None:
    """Raise AudioProblem where a WAV or OGG file declares more than it holds or ends in mid-stream.

    Args:
        file: open for reading and seeking; its position is left at the start.
        size: of the file, bytes.
    """
    file.seek(0)
    magic = file.read(12)
    if magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:] == b"WAVE":
        _check_wav(file, size, magic)
    elif magic[:4] == b"OggS":
        _check_ogg(file, size)
    file.seek(0)


def _check_wav(file: IO[bytes], size: int, magic: bytes) -> None:
    """RIFF chunks as in Microsoft/IBM's Multimedia Programming Interface 1.0, 64-bit sizes as in EBU Tech 3306 (RF64)."""
    order = ">" if magic[:4] == b"RIFX" else "<"
    riff_size: int = struct.unpack(order + "I", magic[4:8])[0]
    wide_size: int | None = None
    byte_rate = 0
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(order + "4sI", file.read(8))
        if name == b"ds64":
            wide_size = struct.unpack("<Q", file.read(16)[8:])[0]
        elif name == b"fmt ":
            byte_rate = struct.unpack(order + "I", file.read(12)[8:])[0]
        elif name == b"data":
            held = size - position - 8
            declared = wide_size if length == STREAMED and wide_size is not None else length
            if declared == STREAMED == riff_size:
                return
            if declared > held:
                _raise_short(declared, held, byte_rate)
            return
        position += 8 + length + (length & 1)
    raise AudioProblem("truncated_audio", "the WAV file ends before its samples begin")


def _raise_short(declared: int, held: int, byte_rate: int) -> None:
    message = f"the header declares {declared} bytes of samples, the file holds {held}"
    hours = declared / byte_rate / 3600 if byte_rate else 0.0
    if hours > MAX_DECLARED_HOURS or declared > max(ABSURD_FLOOR_BYTES, ABSURD_FACTOR * held):
        raise AudioProblem("absurd_size", message)
    raise AudioProblem("truncated_audio", message)


def _check_ogg(file: IO[bytes], size: int) -> None:
    """The last page must be whole and carry the end-of-stream flag (RFC 3533, section 6)."""
    tail = min(size, 2 * 65_307)  # a page is at most 65,307 bytes long, so the last one begins within this
    file.seek(size - tail)
    data = file.read(tail)
    start = data.rfind(b"OggS")
    if start < 0 or start + 27 > tail:
        raise AudioProblem("truncated_audio", "the OGG stream ends within a page's header")
    segments = data[start + 26]
    table = data[start + 27 : start + 27 + segments]
    if len(table) < segments or start + 27 + segments + sum(table) > tail:
        raise AudioProblem("truncated_audio", "the OGG stream's last page is cut")
    if not data[start + 5] & 4:
        raise AudioProblem("truncated_audio", "the OGG stream has no last page: it was cut or never finished")


def flac_md5(file: IO[bytes]) -> tuple[bytes, int] | None:
    """MD5 of the unencoded samples and their width in bits as FLAC's STREAMINFO has them (RFC 9639, section 8.2).

    Returns None where the file is no FLAC file or its encoder left the digest out. The position is left at the start.
    """
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3":  # a tag that some taggers put before the stream; its length is four 7-bit bytes
        length = 10 + ((head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127)
        file.seek(length)
    else:
        file.seek(0)
    head = file.read(42)
    file.seek(0)
    if head[:4] != b"fLaC" or len(head) < 42:
        return None
    bits = ((head[20] & 1) << 4 | head[21] >> 4) + 1
    digest = head[26:42]
    return (digest, bits) if any(digest) else None
