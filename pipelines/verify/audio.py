"""The audio of every row: its digest, and what its FLAC header says."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import pyarrow as pa

from pipelines.verify.breach import Findings, shown
from pipelines.verify.tables import Reader

BATCH_ROWS = 64
"""A minute of speech takes about 1.5 MB."""

_COLUMNS = ("audio.bytes", "duration", "sampling_rate", "audio_sha256")
_STREAMINFO_BYTES = 42


class StreamInfo(NamedTuple):
    """What a FLAC file says of itself first (RFC 9639, section 8.2)."""

    sampling_rate: int
    channels: int
    bits: int
    samples: int


def stream_info(flac: bytes) -> StreamInfo | None:
    """The STREAMINFO block; None where the bytes do not begin as a FLAC file does."""
    if len(flac) < _STREAMINFO_BYTES or flac[:5] not in (b"fLaC\x00", b"fLaC\x80"):
        return None
    packed = int.from_bytes(flac[18:26], "big")
    return StreamInfo(packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1, packed & (1 << 36) - 1)


def check_audio(reader: Reader, file: str, sampling_rate: int | None, findings: Findings) -> None:
    """Check the audio of a shard, some rows at a time.

    Args:
        reader: of the corpus.
        file: the shard.
        sampling_rate: what all its audio has, Hz; None where the configuration it was written with is not known any more.
        findings: where breaches go.
    """
    for start, batch in reader.batches(file, _COLUMNS, BATCH_ROWS):
        audio = batch.column("audio").field("bytes")
        columns = (batch.column(name).to_pylist() for name in _COLUMNS[1:])
        for index, (duration, rate, sha256) in enumerate(zip(*columns, strict=True)):
            problem = _problem(audio[index], duration, rate, sha256, sampling_rate)
            if problem:
                findings.add("audio", file, start + index, problem)


def _problem(
    audio: pa.BinaryScalar, duration: float | None, rate: int | None, sha256: str | None, expected: int | None
) -> str | None:
    buffer: Any = audio.as_buffer()
    if buffer is None:
        return "has no audio"
    found = hashlib.sha256(buffer).hexdigest()
    if found != sha256:
        return f"audio_sha256 is {sha256}, but that of the audio is {found}"
    info = stream_info(buffer.slice(0, min(buffer.size, _STREAMINFO_BYTES)).to_pybytes())
    if info is None:
        return "the audio is no FLAC file"
    if info.sampling_rate != rate or (expected is not None and rate != expected):
        asked = "" if expected is None else f"; the corpus's is {expected}"
        return f"sampling_rate is {shown(rate)}, that of the audio {info.sampling_rate} Hz{asked}"
    if info.channels != 1 or info.bits != 16:
        return f"the audio has {info.channels} channels of {info.bits} bits, not one of 16"
    if duration is None or round(duration * info.sampling_rate) != info.samples:
        return f"duration is {shown(duration)} s, but the audio has {info.samples} samples at {info.sampling_rate} Hz"
    return None
