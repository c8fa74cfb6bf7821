"""Audio files of every kind, made in memory, and ways to damage them."""

from __future__ import annotations

import io
import random
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines.audio.decode import Decoded, Span, open_audio

Samples = NDArray[np.float32]
WHOLE = Span()
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def tone(sample_rate: int = 16_000, seconds: float = 2.0, channels: int = 1) -> Samples:
    """A modulated tone with a little noise, of shape (frames, channels)."""
    time = np.arange(round(sample_rate * seconds)) / sample_rate
    mono = 0.3 * np.sin(2 * np.pi * 440 * time) * (1 + 0.3 * np.sin(2 * np.pi * 3 * time))
    mono += 0.01 * np.random.default_rng(0).standard_normal(len(time))
    return np.repeat(mono[:, None], channels, axis=1).astype(np.float32)


def sound(
    container: str, subtype: str, samples: Samples | None = None, sample_rate: int = 16_000, endian: str | None = None
) -> bytes:
    """A file that libsndfile writes."""
    file = io.BytesIO()
    soundfile.write(file, tone() if samples is None else samples, sample_rate, format=container, subtype=subtype, endian=endian)
    return file.getvalue()


def encoded(
    path: Path,
    container: str,
    codec: str,
    sample_rate: int = 16_000,
    samples: Samples | None = None,
    *,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    bit_rate: int | None = None,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """A file that FFmpeg writes, through ``path``."""
    samples = tone(sample_rate) if samples is None else samples
    layout = LAYOUTS[samples.shape[1]]
    with av.open(str(path), "w", format=container, options=options or {}) as file:
        file.metadata.update(metadata or {})
        stream = file.add_stream(codec, rate=sample_rate, options=codec_options or {})
        stream.layout = layout
        if bit_rate:
            stream.bit_rate = bit_rate
        context = stream.codec_context
        whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="flt", layout=layout)
        whole.rate = sample_rate
        fifo = av.AudioFifo()
        resampler = av.AudioResampler(format=context.codec.audio_formats[0].name, layout=layout, rate=sample_rate)
        for frame in resampler.resample(whole):
            frame.pts = None
            fifo.write(frame)
        context.open()
        position = 0
        while fifo.samples:
            frame = fifo.read(context.frame_size or 1024, partial=True)
            frame.pts, frame.time_base = position, Fraction(1, sample_rate)
            position += frame.samples
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path.read_bytes()


def amr(seconds: float = 2.0) -> bytes:
    """An AMR file of 12.2 kbit/s frames (RFC 4867, section 5) that hold noise; not every FFmpeg brings an encoder."""
    draw = random.Random(1)
    return b"#!AMR\n" + b"".join(b"\x3c" + draw.randbytes(31) for _ in range(round(seconds / 0.02)))


def decode(path: Path, data: bytes, span: Span = WHOLE, max_duration_s: float | None = 60.0) -> Decoded:
    """What panvox decodes from a file of these bytes."""
    path.write_bytes(data)
    with open_audio(str(path)) as file:
        return file.decode(span, max_duration_s)


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """The bytes with some of them replaced."""
    return data[:at] + new + data[at + len(new) :]


def with_wav_sizes(data: bytes, riff: int, samples: int) -> bytes:
    """A WAV file that declares other sizes."""
    return patched(patched(data, 4, struct.pack("<I", riff)), data.index(b"data") + 4, struct.pack("<I", samples))


def with_flac_frames(data: bytes, frames: int, *, md5: bool = True) -> bytes:
    """A FLAC file whose STREAMINFO counts other samples, and has no digest where ``md5`` is false."""
    data = patched(data, 21, bytes([data[21] & 0xF0 | frames >> 32]) + (frames & 0xFFFFFFFF).to_bytes(4, "big"))
    return data if md5 else patched(data, 26, bytes(16))


def level_dbov(samples: NDArray[Any]) -> float:
    """RMS level of an array."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))
