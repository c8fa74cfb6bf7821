"""Decoding through FFmpeg (PyAV): AAC, M4A, WebM, AMR and whatever else libsndfile does not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from pipelines.audio.decode import Decoded, Samples, Span, check_declared, check_length, frame_range
from pipelines.audio.problem import AudioProblem

DECLARED_SLACK_S = 0.1
"""Containers round their durations and codecs add their own delay; less than this is no truncation."""


def decode_ffmpeg(file: IO[bytes], span: Span, max_duration_s: float | None) -> Decoded:
    """The samples of a span of the first audio stream.

    Compressed streams are decoded from their start, since seeking in them is not exact to the sample.

    Raises:
        AudioProblem: with one of the rules of stage ``audio``, or ``impossible_segment``.
    """
    file.seek(0)
    try:
        container = av.open(file, mode="r")
    except (av.FFmpegError, ValueError) as error:
        raise AudioProblem("unreadable_audio", f"no known audio format: {_reason(error)}") from error
    with container:
        if not container.streams.audio:
            raise AudioProblem("unreadable_audio", "the file has no audio stream")
        return _decode_stream(container, span, max_duration_s)


def _decode_stream(container: InputContainer, span: Span, max_duration_s: float | None) -> Decoded:
    stream = container.streams.audio[0]
    rate, channels = int(stream.rate or 0), int(stream.codec_context.channels or 0)
    check_declared(rate, channels, None, 0)
    declared_s = _declared_duration_s(container)
    if span.is_whole and declared_s is not None:
        check_length(declared_s - DECLARED_SLACK_S, max_duration_s)
    wanted_s = None if span.duration_s is None else (span.offset_s or 0.0) + span.duration_s + 1.0
    limit_s = wanted_s if wanted_s is not None else None if max_duration_s is None else (span.offset_s or 0.0) + max_duration_s + 1.0
    blocks: list[Samples] = []
    decoded = 0
    try:
        for block in _decode_blocks(container):
            blocks.append(block)
            decoded += len(block)
            if limit_s is not None and decoded > limit_s * rate:
                break
    except av.FFmpegError as error:
        rule = "truncated_audio" if decoded else "unreadable_audio"
        raise AudioProblem(rule, f"decoding breaks off after {decoded / rate:.3f} s: {_reason(error)}") from error
    if not decoded and not declared_s:
        raise AudioProblem("empty_file", "the file has no samples")
    reached_end = limit_s is None or decoded <= limit_s * rate
    if reached_end and declared_s is not None and decoded / rate < declared_s - DECLARED_SLACK_S:
        message = f"decoding ends after {decoded / rate:.3f} s of {declared_s:.3f} s declared"
        raise AudioProblem("truncated_audio", message)
    start, stop = frame_range(span, rate, decoded)
    check_length((stop - start) / rate, max_duration_s)
    container_name = container.format.name.split(",")[-1].upper() if "mp4" not in container.format.name else "MP4"
    return Decoded(np.concatenate(blocks)[start:stop], rate, f"{container_name}/{stream.codec_context.name}")


def _declared_duration_s(container: InputContainer) -> float | None:
    """What the container says; raw ADTS streams only estimate theirs from the bit rate, so they say nothing."""
    stream = container.streams.audio[0]
    if container.format.name == "aac":
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def _decode_blocks(container: InputContainer) -> Iterator[Samples]:
    """Blocks of shape (frames, channels), interleaved float32 made by FFmpeg's own format conversion."""
    stream = container.streams.audio[0]
    channels = stream.codec_context.channels
    packed = AudioResampler(format="flt")
    for frame in container.decode(stream):
        for converted in packed.resample(frame):
            yield converted.to_ndarray().reshape(-1, channels)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return re.sub(r"^\[Errno [^]]*\] ", "", str(text)).rstrip(".")
