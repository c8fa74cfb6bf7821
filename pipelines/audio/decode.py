"""Decoding: any file libsndfile or FFmpeg reads, to float32 samples at the file's own rate.

libsndfile (soundfile) comes first, for it decodes exactly and fast; what it does not know goes to FFmpeg (PyAV). Nothing is
decoded whose header declares more than is accepted, and never more than a block at a time, so a header's lie costs no memory.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines import storage
from pipelines.audio.containers import MAX_DECLARED_HOURS, check_container, flac_md5
from pipelines.audio.problem import AudioProblem
from schemas.config import MIN_SAMPLE_RATE

MAX_SAMPLE_RATE = 768_000
MAX_CHANNELS = 64
BLOCK_FRAMES = 1 << 18
IN_MEMORY_BYTES = 64 << 20
"""Files up to this size are read once and decoded from memory; larger ones are read from where they lie."""

MAX_FRAMES_PER_BYTE = 8192
"""No codec packs more samples into a byte: digital silence in FLAC takes about a byte for 6,000."""

SEGMENT_SLACK_S = 0.05
"""A segment may end this much after its file does, because metadata rounds; it then ends where the file ends."""

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Span:
    """The part of a file that is a recording; the whole file where both are None."""

    offset_s: float | None = None
    duration_s: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the whole file is the recording."""
        return self.offset_s is None and self.duration_s is None


@dataclass(frozen=True)
class Decoded:
    """A recording's samples.

    Attributes:
        samples: shape (frames, channels), full scale ±1; float files may go beyond.
        sample_rate: Hz.
        encoding: container and sample encoding, e.g. ``WAV/PCM_24`` or ``MP4/aac``.
    """

    samples: Samples
    sample_rate: int
    encoding: str

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    def sha256(self) -> str:
        """Digest of rate, channel count and samples: the same for the same audio in any lossless container."""
        digest = hashlib.sha256(f"{self.sample_rate}:{self.samples.shape[1]}:".encode())
        digest.update(np.ascontiguousarray(self.samples, dtype="<f4").data)
        return digest.hexdigest()


class AudioFile:
    """An audio file open for decoding.

    Attributes:
        sha256: digest of the file's bytes.
    """

    def __init__(self, file: IO[bytes], size: int, sha256: str) -> None:
        self._file = file
        self._size = size
        self.sha256 = sha256

    def decode(self, span: Span = Span(), max_duration_s: float | None = None) -> Decoded:
        """The samples of a span.

        Args:
            span: what to decode.
            max_duration_s: a longer span is refused, before it is decoded where the header tells its length.

        Raises:
            AudioProblem: with one of the rules of stage ``audio``, or ``impossible_segment``.
        """
        check_container(self._file, self._size)
        try:
            with soundfile.SoundFile(self._file) as sound:
                return self._decode_sndfile(sound, span, max_duration_s)
        except soundfile.LibsndfileError as error:
            self._file.seek(0)
            if self._file.read(4) in (b"RIFF", b"fLaC"):
                raise AudioProblem("unreadable_audio", f"cannot be decoded: {_reason(error)}") from error
        from pipelines.audio.ffmpeg import decode_ffmpeg

        return decode_ffmpeg(self._file, span, max_duration_s)

    def _decode_sndfile(self, sound: soundfile.SoundFile, span: Span, max_duration_s: float | None) -> Decoded:
        rate, frames = int(sound.samplerate), int(sound.frames)
        check_declared(rate, int(sound.channels), frames, self._size)
        start, stop = frame_range(span, rate, frames)
        check_length((stop - start) / rate, max_duration_s)
        try:
            sound.seek(start)
            samples = np.concatenate(list(_blocks(sound, stop - start)))
        except soundfile.LibsndfileError as error:
            raise AudioProblem("truncated_audio", f"decoding breaks off: {_reason(error)}") from error
        if len(samples) < stop - start:
            message = f"decoding ends after {len(samples)} of {stop - start} samples"
            raise AudioProblem("truncated_audio", message)
        if span.is_whole and sound.format == "FLAC":
            self._check_flac_md5(samples)
        return Decoded(samples, rate, f"{sound.format}/{sound.subtype}")

    def _check_flac_md5(self, samples: Samples) -> None:
        declared = flac_md5(self._file)
        if declared is None or declared[1] not in (8, 16, 24):
            return
        digest, bits = declared
        whole = np.rint(samples * np.float32(1 << (bits - 1)))
        if bits == 24:
            packed = whole.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
        else:
            packed = whole.astype(f"<i{bits // 8}").tobytes()
        if hashlib.md5(packed, usedforsecurity=False).digest() != digest:
            raise AudioProblem("corrupt_audio", "the samples do not match the checksum in the FLAC file")


def _blocks(sound: soundfile.SoundFile, frames: int) -> Iterator[Samples]:
    """Blocks of at most BLOCK_FRAMES until ``frames`` are read or the file gives no more."""
    yield np.empty((0, sound.channels), np.float32)
    while frames > 0:
        block = sound.read(min(frames, BLOCK_FRAMES), dtype="float32", always_2d=True)
        if not len(block):
            return
        frames -= len(block)
        yield block


def _reason(error: soundfile.LibsndfileError) -> str:
    text = " ".join(str(error.error_string).split()).rstrip(".")
    return text or f"libsndfile error {error.code}"


@contextmanager
def open_audio(location: str) -> Iterator[AudioFile]:
    """Open an audio file, local or remote, and take its digest.

    Raises:
        AudioProblem: missing_file, empty_file or unreadable_audio.
    """
    found = storage.kind(location)
    if found is None:
        raise AudioProblem("missing_file", "there is no such file")
    if found != "file":
        raise AudioProblem("unreadable_audio", f"is a {found}, not a file" if found == "directory" else "is no regular file")
    try:
        with storage.open_input(location) as file:
            yield _digested(file)
    except OSError as error:
        raise AudioProblem("unreadable_audio", f"cannot be read: {error.strerror or error}") from error


def _digested(file: IO[bytes]) -> AudioFile:
    digest = hashlib.sha256()
    kept: IO[bytes] = io.BytesIO()
    size = 0
    while block := file.read(1 << 20):
        digest.update(block)
        size += len(block)
        if size <= IN_MEMORY_BYTES:
            kept.write(block)
        else:
            kept = file
    if not size:
        raise AudioProblem("empty_file", "the file has no bytes")
    return AudioFile(kept, size, digest.hexdigest())


def check_declared(rate: int, channels: int, frames: int | None, size: int) -> None:
    """Raise AudioProblem where a header's figures cannot be meant."""
    if rate > MAX_SAMPLE_RATE or rate < 1 or channels > MAX_CHANNELS or channels < 1:
        raise AudioProblem("absurd_size", f"the header declares {channels} channels at {rate} Hz")
    if rate < MIN_SAMPLE_RATE:
        raise AudioProblem("unsupported_rate", f"{rate} Hz is under {MIN_SAMPLE_RATE} Hz")
    if frames is None:
        return
    if frames <= 0:
        raise AudioProblem("empty_file", "the file has no samples")
    if frames / rate > MAX_DECLARED_HOURS * 3600 or frames > MAX_FRAMES_PER_BYTE * size:
        raise AudioProblem("absurd_size", f"the header declares {frames / rate / 3600:.1f} h of audio in {size} bytes")


def frame_range(span: Span, rate: int, frames: int) -> tuple[int, int]:
    """First frame, and the frame after the last, of a span in a file of ``frames`` frames. Raises impossible_segment."""
    start = round((span.offset_s or 0.0) * rate)
    stop = frames if span.duration_s is None else start + round(span.duration_s * rate)
    if start >= frames or stop - frames > SEGMENT_SLACK_S * rate:
        end = "" if span.duration_s is None else f" to {stop / rate:.3f} s"
        message = f"the segment from {start / rate:.3f} s{end} leaves the file, which is {frames / rate:.3f} s long"
        raise AudioProblem("impossible_segment", message)
    return start, min(stop, frames)


def check_length(duration_s: float, max_duration_s: float | None) -> None:
    """Raise AudioProblem where a recording is too long to be decoded."""
    if max_duration_s is not None and duration_s > max_duration_s:
        raise AudioProblem("too_long", f"{duration_s:.3f} s, longer than {max_duration_s:g} s")
