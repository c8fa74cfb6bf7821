"""Decoding: any file libsndfile or FFmpeg reads, to float32 samples at the file's own rate.

libsndfile (soundfile) reads WAV, FLAC, OGG and the like exactly and fast, and seeks in them to the sample. What it does not know,
or tells the length of wrongly (MP3), goes to FFmpeg (PyAV). Nothing is decoded whose header declares more than is accepted, and
never more than a block at a time, so a header's lie costs no memory.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines import storage
from pipelines.audio.containers import check_container
from pipelines.audio.containers.flac import StreamInfo, stream_info
from pipelines.audio.containers.ogg import is_opus_of_unknown_rate
from pipelines.audio.containers.shortfall import MAX_DECLARED_HOURS
from pipelines.audio.packed import open_packed, split_packed
from pipelines.audio.problem import AudioProblem
from schemas.config import MIN_SAMPLE_RATE

if TYPE_CHECKING:
    from pipelines.audio.ffmpeg import FfmpegStream

MAX_SAMPLE_RATE = 768_000
MAX_CHANNELS = 64
BLOCK_FRAMES = 1 << 18
IN_MEMORY_BYTES = 64 << 20
"""Files up to this size are read once and decoded from memory; larger ones are read from where they lie."""

MAX_FRAMES_PER_BYTE = 8192
"""No codec packs more samples into a byte: digital silence in FLAC takes about a byte for 6,000."""

SEGMENT_SLACK_S = 0.05
"""A segment may end this much after its file does, because metadata rounds; it then ends where the file ends."""

_FOR_FFMPEG = ("MP3", "AAC", "MP4", "MATROSKA", "AMR")

Samples = NDArray[np.float32]


class Span(NamedTuple):
    """The part of a file that is a recording; the whole file where both are None."""

    offset_s: float | None = None
    duration_s: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the whole file is the recording."""
        return self.offset_s is None and self.duration_s is None


WHOLE_FILE = Span()


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
        self._container: str | None = None
        self._problem: AudioProblem | None = None
        self._ffmpeg: FfmpegStream | None = None
        self.sha256 = sha256

    def decode(self, span: Span = WHOLE_FILE, max_duration_s: float | None = None, *, check_md5: bool = True) -> Decoded:
        """The samples of a span; spans of one file are decoded fastest in their order.

        Args:
            span: what to decode.
            max_duration_s: a longer span is refused, before it is decoded where the header tells its length.
            check_md5: hold the samples against a FLAC file's own checksum; needless where they are held against a digest anyway.

        Raises:
            AudioProblem: with one of the rules of stage ``audio``, or ``impossible_segment``.
        """
        container = self._check_container()
        info = stream_info(self._file, self._size) if container == "FLAC" else None
        is_unknown_length = info is not None and not info.frames
        if container in _FOR_FFMPEG or is_unknown_length or (container == "OGG" and is_opus_of_unknown_rate(self._file)):
            return self._decode_ffmpeg(container, span, max_duration_s)
        self._file.seek(0)
        try:
            sound = soundfile.SoundFile(self._file)
        except soundfile.LibsndfileError:
            return self._decode_ffmpeg(container, span, max_duration_s)
        with sound:
            return self._decode_sndfile(sound, info if check_md5 else None, span, max_duration_s)

    def close(self) -> None:
        """Free what the decoders hold."""
        if self._ffmpeg is not None:
            self._ffmpeg.close()

    def _check_container(self) -> str:
        """The container's name; what is wrong with the file is found once and told for every span."""
        if self._problem is not None:
            raise self._problem
        if self._container is None:
            try:
                self._container = check_container(self._file, self._size)
            except AudioProblem as problem:
                self._problem = problem
                raise
        return self._container

    def _decode_ffmpeg(self, container: str, span: Span, max_duration_s: float | None) -> Decoded:
        from pipelines.audio.ffmpeg import FfmpegStream

        if self._ffmpeg is None:
            self._ffmpeg = FfmpegStream(self._file, self._size, container)
        return self._ffmpeg.decode(span, max_duration_s)

    def _decode_sndfile(
        self, sound: soundfile.SoundFile, info: StreamInfo | None, span: Span, max_duration_s: float | None
    ) -> Decoded:
        rate, frames = int(sound.samplerate), int(sound.frames)
        check_declared(rate, int(sound.channels), frames, self._size)
        start, stop = frame_range(span, rate, frames)
        check_length((stop - start) / rate, max_duration_s)
        whole_numbers = info.whole_numbers if info is not None and span.is_whole else None
        try:
            if start and sound.seekable():
                sound.seek(start)
            elif start:
                _read(sound, start, "float32")
            samples = _read(sound, stop - start, whole_numbers or "float32")
        except soundfile.LibsndfileError as error:
            raise self._broken_off(info, error) from error
        if len(samples) < stop - start:
            message = f"decoding ends after {len(samples)} of {stop - start} samples"
            raise AudioProblem("truncated_audio", message)
        if info is not None and whole_numbers is not None:
            samples = _checked(samples, info)
        return Decoded(samples, rate, f"{sound.format}/{sound.subtype}")

    def _broken_off(self, info: StreamInfo | None, error: soundfile.LibsndfileError) -> AudioProblem:
        if info is not None:
            from pipelines.audio.ffmpeg import flac_ends_whole

            if flac_ends_whole(self._file, info):
                return AudioProblem("corrupt_audio", f"the FLAC stream is damaged in its midst: {_reason(error)}")
        return AudioProblem("truncated_audio", f"decoding breaks off: {_reason(error)}")


def _read(sound: soundfile.SoundFile, frames: int, dtype: str) -> NDArray[Any]:
    """Up to ``frames`` frames, read block by block, so that no more memory is taken than the file has samples for."""
    blocks = []
    while frames > 0:
        block = sound.read(min(frames, BLOCK_FRAMES), dtype=dtype, always_2d=True)
        if not len(block):
            break
        frames -= len(block)
        blocks.append(block)
    return blocks[0] if len(blocks) == 1 else np.concatenate([np.empty((0, sound.channels), dtype), *blocks])


def _checked(whole_numbers: NDArray[Any], info: StreamInfo) -> Samples:
    """The samples of a FLAC file, read as whole numbers, once they are known to be those that were encoded."""
    width = 8 * whole_numbers.dtype.itemsize
    packed: Any
    if info.bits == width:
        packed = np.ascontiguousarray(whole_numbers, f"<i{width // 8}").data
    else:  # libsndfile puts the bits at the upper end of the next wider type
        count = info.bits // 8
        little_endian = np.ascontiguousarray(whole_numbers, f"<i{width // 8}")
        packed = little_endian.reshape(-1, 1).view(np.uint8)[:, -count:].tobytes()
    if hashlib.md5(packed, usedforsecurity=False).digest() != info.md5:
        raise AudioProblem("corrupt_audio", "the samples do not match the checksum in the FLAC file")
    samples = whole_numbers.astype(np.float32)
    samples *= np.float32(2.0 ** (1 - width))
    return samples


def _reason(error: soundfile.LibsndfileError) -> str:
    text = " ".join(str(error.error_string).split()).removeprefix("Error : ").rstrip(".")
    return text or f"libsndfile error {error.code}"


@contextmanager
def open_audio(location: str) -> Iterator[AudioFile]:
    """Open an audio file, local or remote, of its own or packed inside another, and take its digest.

    Raises:
        AudioProblem: missing_file, empty_file or unreadable_audio.
    """
    packed = split_packed(location)
    found = storage.kind(location if packed is None else packed.file)
    if found is None:
        raise AudioProblem("missing_file", "there is no such file")
    if found != "file":
        raise AudioProblem("unreadable_audio", f"is a {found}, not a file" if found == "directory" else "is no regular file")
    try:
        with storage.open_input(location) if packed is None else open_packed(packed) as file:
            audio = _digested(file)
            try:
                yield audio
            finally:
                audio.close()
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
    length_s = frames / rate
    start_s = span.offset_s or 0.0
    end_s = length_s if span.duration_s is None else start_s + span.duration_s
    start = round(min(start_s, length_s) * rate)
    stop = frames if span.duration_s is None else min(start + round(min(span.duration_s, length_s) * rate), frames)
    if start >= frames or end_s - length_s > SEGMENT_SLACK_S:
        end = "" if span.duration_s is None else f" to {end_s:.3f} s"
        message = f"the segment from {start_s:.3f} s{end} leaves the file, which is {length_s:.3f} s long"
        raise AudioProblem("impossible_segment", message)
    if stop <= start:
        raise AudioProblem("impossible_segment", f"the segment at {start_s:.3f} s is shorter than one sample")
    return start, stop


def check_length(duration_s: float, max_duration_s: float | None) -> None:
    """Raise AudioProblem where a recording is too long to be decoded."""
    if max_duration_s is not None and duration_s > max_duration_s:
        raise AudioProblem("too_long", f"{duration_s:.3f} s, longer than {max_duration_s:g} s")
