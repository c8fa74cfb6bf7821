"""Decoding through FFmpeg (PyAV): MP3, AAC, M4A, WebM, AMR and whatever else libsndfile does not read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import IO, Any

import av
import numpy as np
from av import AudioFrame
from av.container import InputContainer
from numpy.typing import NDArray

from pipelines.audio.containers.flac import StreamInfo, frame_start
from pipelines.audio.decode import Decoded, Samples, Span, check_declared, check_length, frame_range
from pipelines.audio.problem import AudioProblem

DECLARED_SLACK_S = 0.1
"""Containers round their durations and codecs add their own delay; less than this is no truncation."""

MAX_PADDING_FRAMES = 4096
"""An encoder fills its last block; what MP4's track length leaves of that is less than this."""

_LONGER_THAN_ANY_S = 1e9
_BROKEN = 1 << 62  # past every span, so that the next one starts the stream anew

_FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,asf,au,avi,caf,eac3,flac,flv,gsm,matroska,mov,mp3,mpeg,mpegts,nistsphere,ogg,voc,w64,wav,wv,tta"
)
"""FFmpeg's demuxers of media files. Others read playlists, and open the files and addresses those name."""

_LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
"""A title in some other encoding than UTF-8 is no reason to refuse a file; PyAV 19 thinks so by itself."""

_KNOW_THEIR_LENGTH = ("MP4", "MATROSKA", "OGG", "CAF", "AIFF", "WAV")
"""Of other containers FFmpeg only estimates the length, from the bit rate."""

_BARE_FRAMES, _SYNC = ("MP3", "AAC"), 0xFF
_CODECS = {"MP3": "MPEG_LAYER_III", "MP2": "MPEG_LAYER_II", "MP1": "MPEG_LAYER_I"}


class FfmpegStream:
    """The first audio stream of a file.

    It is decoded from its start, since seeking in compressed streams is not exact to the sample; spans asked for in their order
    are cut from one pass over the file.

    Args:
        file: open for reading and seeking.
        size: of the file, bytes.
        container: its container's name, empty where it is not known.
    """

    def __init__(self, file: IO[bytes], size: int, container: str) -> None:
        self._file = file
        self._size = size
        self._name = container
        self._container: InputContainer | None = None
        self._open()

    def decode(self, span: Span, max_duration_s: float | None) -> Decoded:
        """The samples of a span; see :meth:`pipelines.audio.decode.AudioFile.decode`."""
        if span.is_whole and self._declared_s is not None:
            check_length(self._declared_s - DECLARED_SLACK_S, max_duration_s)
        start = _frames(span.offset_s or 0.0, self._rate)
        if start < self._position:
            self._open()
        self._take(start - self._position, keep=False)
        wanted = _frames(math.inf if span.duration_s is None else span.duration_s, self._rate)
        longest = _frames(math.inf if max_duration_s is None else max_duration_s, self._rate)
        samples = self._take(min(wanted, longest + 1))
        if not wanted:
            raise AudioProblem("impossible_segment", f"the segment at {span.offset_s or 0.0:.3f} s is shorter than one sample")
        if self._is_at_end:
            first, last = frame_range(span, self._rate, self._whole_length())
            samples = samples[: last - first]
        if len(samples) > longest:
            raise AudioProblem("too_long", f"longer than {max_duration_s:g} s")
        return Decoded(samples, self._rate, self._encoding)

    def close(self) -> None:
        """Free what FFmpeg holds."""
        if self._container is not None:
            self._container.close()

    def _open(self) -> None:
        self.close()
        self._file.seek(0)
        try:
            container = av.open(self._file, mode="r", options={"format_whitelist": _FORMATS}, **_LENIENT)
        except (av.FFmpegError, ValueError) as error:
            raise AudioProblem("unreadable_audio", "the file is in no known audio format") from error
        self._container = container
        if not container.streams.audio:
            raise AudioProblem("unreadable_audio", "the file has no audio stream")
        codec_context = container.streams.audio[0].codec_context
        if codec_context is None:
            raise AudioProblem("unreadable_audio", "the file's audio is in an encoding that cannot be decoded")
        codec_context.options = {"err_detect": "crccheck"}
        name = self._name or container.format.name.partition(",")[0].upper()
        codec = str(codec_context.name).removesuffix("float").upper()
        self._encoding = f"{name}/{_CODECS.get(codec, codec)}"
        self._declared_s = _declared_s(container) if self._name in _KNOW_THEIR_LENGTH else None
        self._position = 0
        self._is_at_end = False
        self._blocks = self._decode_blocks(container)
        self._left = next(self._blocks, None)
        if self._left is None:
            raise AudioProblem("empty_file", "the file has no samples")

    def _decode_blocks(self, container: InputContainer) -> Iterator[Samples]:
        """Blocks of shape (frames, channels), all of the rate of the first."""
        decoded, channels, self._rate = 0, 0, 0
        try:
            for frame in self._decode_frames(container):
                block, rate = _interleaved(frame), int(frame.sample_rate)
                if not len(block):
                    continue
                if not self._rate:
                    self._rate, channels = rate, block.shape[1]
                    declared = None if self._declared_s is None else _frames(self._declared_s, rate)
                    check_declared(rate, channels, declared, self._size)
                elif (rate, block.shape[1]) != (self._rate, channels):
                    message = f"the sampling rate or the number of channels changes after {decoded / self._rate:.3f} s"
                    raise AudioProblem("corrupt_audio", message)
                if self._name == "FLAC" and _start(frame) != decoded:
                    raise AudioProblem("corrupt_audio", f"the FLAC stream is damaged after {decoded / rate:.3f} s")
                decoded += len(block)
                yield block
        except (av.FFmpegError, ValueError) as error:
            self._position = _BROKEN
            if not decoded:
                raise AudioProblem("unreadable_audio", f"cannot be decoded: {_reason(error)}") from error
            message = f"decoding breaks off after {decoded / self._rate:.3f} s: {_reason(error)}"
            raise AudioProblem("truncated_audio", message) from error

    def _decode_frames(self, container: InputContainer) -> Iterator[AudioFrame]:
        for packet in container.demux(audio=0):
            # Between and behind frames stand tags and padding; that nothing else does was checked.
            if self._name in _BARE_FRAMES and packet.size and memoryview(packet)[0] != _SYNC:
                continue
            yield from packet.decode()

    def _take(self, frames: int, *, keep: bool = True) -> Samples:
        """The next frames, fewer where the stream ends."""
        taken: list[Samples] = []
        while frames > 0:
            block = self._left if self._left is not None else next(self._blocks, None)
            if block is None:
                self._is_at_end = True
                break
            block, left = block[:frames], block[frames:]
            self._left = left if len(left) else None
            self._position += len(block)
            frames -= len(block)
            if keep:
                taken.append(block)
        return np.concatenate(taken) if taken else np.empty((0, 1), np.float32)

    def _whole_length(self) -> int:
        """Frames in the stream, its end reached, without the padding that MP4's track length leaves out."""
        if self._declared_s is None:
            return self._position
        declared = _frames(self._declared_s, self._rate)
        if (declared - self._position) / self._rate > DECLARED_SLACK_S:
            message = f"decoding ends after {self._position / self._rate:.3f} s of {self._declared_s:.3f} s declared"
            raise AudioProblem("truncated_audio", message)
        is_padded = self._name == "MP4" and 0 < self._position - declared < MAX_PADDING_FRAMES
        return declared if is_padded else self._position


def flac_ends_whole(file: IO[bytes], info: StreamInfo) -> bool:
    """Whether the last frame of a FLAC stream is there and undamaged."""
    file.seek(0)
    try:
        with av.open(file, mode="r", format="flac", **_LENIENT) as container:
            container.streams.audio[0].codec_context.options = {"err_detect": "crccheck"}
            last = None
            for packet in container.demux(audio=0):
                last = packet if packet.size else last
            if last is None:
                return False
            end = frame_start(bytes(last), info) + sum(int(frame.samples) for frame in last.decode())
            return end >= info.frames
    except (av.FFmpegError, ValueError):
        return False


def _frames(duration_s: float, rate: int) -> int:
    return round(min(duration_s, _LONGER_THAN_ANY_S) * rate)


def _declared_s(container: InputContainer) -> float | None:
    stream = container.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = (container.duration or 0) / av.time_base
    return seconds if seconds > 0 else None


def _start(frame: AudioFrame) -> int:
    return round((frame.pts or 0) * float(frame.time_base or 0) * frame.sample_rate)


def _interleaved(frame: AudioFrame) -> Samples:
    """Samples of shape (frames, channels), full scale ±1, from any of FFmpeg's sample formats."""
    array: NDArray[Any] = frame.to_ndarray()
    array = array.T if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels)
    samples: Samples = array.astype(np.float32)
    if array.dtype.kind == "f":
        return samples
    middle, full_scale = (128, 128) if array.dtype == np.uint8 else (0, 2 ** (8 * array.dtype.itemsize - 1))
    samples -= np.float32(middle)
    samples /= np.float32(full_scale)
    return samples


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return re.sub(r"^\[Errno [^]]*\] ", "", str(text)).rstrip(".")
