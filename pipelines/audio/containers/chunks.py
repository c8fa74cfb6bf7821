"""Files made of chunks, each with a name and a size: WAV in its several widths, AIFF and CAF."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from pipelines.audio.containers.shortfall import shortfall
from pipelines.audio.problem import AudioProblem

WAV_MAGIC = (b"RIFF", b"RIFX", b"RF64", b"BW64")
UNKNOWN = 0xFFFFFFFF
"""A size that was not known when it was written: FFmpeg writes both sizes so to a pipe, RF64 keeps the true one elsewhere."""

SOX_UNKNOWN = 0x7FFFF000
"""What SoX writes to a pipe, rounded down to whole frames."""

MAX_CHUNKS = 10_000


def _chunks(
    file: IO[bytes], size: int, position: int, header: struct.Struct, *, padded: bool
) -> Iterator[tuple[bytes, int, int]]:
    """Name, declared size and start of the contents of every chunk that begins within the file, from ``position`` on."""
    for _ in range(MAX_CHUNKS):
        if position < 0 or position + header.size > size:
            return
        file.seek(position)
        name, length = header.unpack(file.read(header.size))
        position += header.size
        yield name, length, position
        position += length + (length & 1 if padded else 0)


def check_wav(file: IO[bytes], size: int) -> None:
    """RIFF as in Microsoft and IBM's Multimedia Programming Interface 1.0, with the 64-bit sizes of EBU Tech 3306 (RF64)."""
    file.seek(0)
    head = file.read(8)
    order = ">" if head[:4] == b"RIFX" else "<"
    riff_size: int = struct.unpack(order + "I", head[4:])[0]
    wide_size: int | None = None
    byte_rate, block = 0, 1
    for name, length, start in _chunks(file, size, 12, struct.Struct(order + "4sI"), padded=True):
        contents = file.read(16)
        if name == b"ds64" and len(contents) == 16:
            wide_size = struct.unpack("<Q", contents[8:])[0]
        elif name == b"fmt " and len(contents) >= 14:
            byte_rate, block = struct.unpack(order + "IH", contents[8:14])
        elif name == b"data":
            declared = wide_size if length == UNKNOWN and wide_size is not None else length
            _check_wav_data(declared, riff_size, size - start, byte_rate, block)
            return
    raise AudioProblem("truncated_audio", "the WAV file ends before its samples begin")


def _check_wav_data(declared: int, riff_size: int, held: int, byte_rate: int, block: int) -> None:
    streamed = declared == riff_size == UNKNOWN or SOX_UNKNOWN - block < declared <= SOX_UNKNOWN
    if streamed and held:
        return
    if declared > held:
        raise shortfall(declared, held, byte_rate)
    if declared == 0 and held and riff_size in (0, UNKNOWN):
        raise AudioProblem(
            "truncated_audio", f"the header declares no samples, but {held} bytes follow: recording was not finished"
        )


def check_aiff(file: IO[bytes], size: int) -> None:
    """Apple's Audio Interchange File Format 1.3 and AIFF-C."""
    for name, length, start in _chunks(file, size, 12, struct.Struct(">4sI"), padded=True):
        if name == b"SSND":
            if length > size - start:
                raise shortfall(length, size - start)
            return
    raise AudioProblem("truncated_audio", "the AIFF file ends before its samples begin")


def check_caf(file: IO[bytes], size: int) -> None:
    """Apple's Core Audio Format 1.0; a size of -1 is not known, and the samples reach to the file's end."""
    for name, length, start in _chunks(file, size, 8, struct.Struct(">4sq"), padded=False):
        if name == b"data":
            if length > size - start:
                raise shortfall(length, size - start)
            return
    raise AudioProblem("truncated_audio", "the CAF file ends before its samples begin")
