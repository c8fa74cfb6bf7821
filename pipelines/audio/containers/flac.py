"""FLAC (RFC 9639): what STREAMINFO declares. The decoder itself notices where the frames break off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from pipelines.audio.containers.tags import skip_tags
from pipelines.audio.problem import AudioProblem

STREAMINFO_END = 42


@dataclass(frozen=True)
class StreamInfo:
    """The part of STREAMINFO (RFC 9639, section 8.2) that is held against the samples.

    Attributes:
        block: samples a channel in each frame but the last, where that is the same for all.
        bits: width of a sample.
        frames: samples a channel; 0 where the encoder wrote to a pipe and could not know.
        md5: of the unencoded samples, interleaved and little-endian; None where the encoder left it out.
    """

    block: int
    bits: int
    frames: int
    md5: bytes | None

    @property
    def whole_numbers(self) -> str | None:
        """The type to read the samples as, so that they can be held against the digest; None where they cannot."""
        return {8: "int16", 16: "int16", 24: "int32"}.get(self.bits) if self.md5 is not None else None


def check_flac(size: int, start: int) -> None:
    """The header must be whole."""
    if size < start + STREAMINFO_END:
        raise AudioProblem("truncated_audio", "the FLAC file ends within its header")


def stream_info(file: IO[bytes], size: int) -> StreamInfo:
    """STREAMINFO of a FLAC file that was checked."""
    file.seek(skip_tags(file, size))
    head = file.read(STREAMINFO_END)
    bits = ((head[20] & 1) << 4 | head[21] >> 4) + 1
    frames = (head[21] & 15) << 32 | int.from_bytes(head[22:26], "big")
    digest = head[26:42]
    block = int.from_bytes(head[8:10], "big")
    return StreamInfo(block, bits, frames, digest if any(digest) else None)


def frame_start(frame: bytes, info: StreamInfo) -> int:
    """The first sample of an encoded frame by the number in its header (RFC 9639, section 9.1)."""
    head = frame[4:11]
    length = max(1, 8 - (head[0] ^ 0xFF).bit_length())
    number = head[0] & (0x7F >> (length if length > 1 else 0))
    for byte in head[1:length]:
        number = number << 6 | byte & 0x3F
    has_blocks_of_any_size = frame[1] & 1
    return number if has_blocks_of_any_size else number * info.block
