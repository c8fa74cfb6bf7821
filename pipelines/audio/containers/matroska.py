"""Matroska and WebM: EBML elements (RFC 8794, RFC 9559)."""

from __future__ import annotations

from typing import IO

from pipelines.audio.problem import AudioProblem

MAGIC = b"\x1aE\xdf\xa3"
_SEGMENT, _CLUSTER = b"\x18S\x80g", b"\x1fC\xb6u"
UNKNOWN = -1
"""A size that was not known when it was written, as browsers and other live recorders leave it."""


def check_matroska(file: IO[bytes], size: int) -> None:
    """Every element of the segment must be whole; inside a cluster of unknown size, every block."""
    position = 0
    while position < size:
        file.seek(position)
        name, length, start = _element(file, position)
        if start + max(length, 0) > size:
            raise AudioProblem("truncated_audio", f"the Matroska (WebM) file ends within the element at byte {position}")
        inside = name == _SEGMENT or (name == _CLUSTER and length == UNKNOWN)
        position = start if inside or length == UNKNOWN else start + length


def _element(file: IO[bytes], position: int) -> tuple[bytes, int, int]:
    """Name and size of the element at the file's position, and where its contents begin."""
    head = file.read(16)
    name_length = _width(head[:1])
    size_length = _width(head[name_length : name_length + 1])
    coded = head[name_length : name_length + size_length]
    start = position + name_length + size_length
    value = int.from_bytes(coded, "big") - (1 << 7 * size_length)
    unknown = value == (1 << 7 * size_length) - 1
    return head[:name_length], UNKNOWN if unknown else value, start


def _width(first: bytes) -> int:
    """Length in bytes of a variable-length number, which its first byte tells."""
    if not first:
        raise AudioProblem("truncated_audio", "the Matroska (WebM) file ends within an element's header")
    if not first[0]:
        raise AudioProblem("corrupt_audio", "the Matroska (WebM) file is damaged: an element has no valid header")
    return 9 - first[0].bit_length()
