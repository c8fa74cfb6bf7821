"""Codecs that PyAV (FFmpeg) brings: ITU-T G.722 and G.726, 3GPP AMR narrow-band, Opus (RFC 6716), MP3 (ISO/IEC 11172-3, 13818-3).

An encoder and a decoder are opened for each signal and closed after it: nothing of one signal is heard in the next, and the same
samples give the same bytes in every process.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from pipelines.simulate.codecs.codec import Codec, Samples, cut, of_pcm16, to_pcm16

PACKET_S = 0.02
"""Of the codecs that have no frames of their own: RFC 3551's default for RTP."""

G722_DELAY = 22
AMR_DELAY = 40
OPUS_DELAY = 311
MP3_DELAY = 1105
"""Samples at the codec's rate: G.722's and MP3's filter banks on both sides (MP3's encoder adds 576), AMR's look-ahead of 5 ms,
and Opus's of 6.5 ms."""

MP3_LOW_RATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
MP3_HIGH_RATES = (192, 224, 256, 320)
"""kbit/s of MPEG-2 at 16 and 24 kHz, and those that MPEG-1 at 48 kHz has above them."""

OPUS_OPTIONS = {"vbr": "off", "application": "audio", "compression_level": "5"}
"""Without the high-pass of "voip", whose phase shifts low sounds; at complexity 5, as calls use, it is four times as fast."""

ENCODERS = {"g722": "g722", "g726": "g726", "amr_nb": "libopencore_amrnb", "opus": "libopus", "mp3": "libmp3lame"}
DECODERS = {"g722": "g722", "g726": "g726", "amr_nb": "amr_nb", "opus": "libopus", "mp3": "mp3float"}


def g722() -> Codec:
    """ITU-T G.722 at 64 kbit/s."""
    return Codec(
        sample_rate=16000,
        frame=320,
        delay=G722_DELAY,
        bit_rate=64000,
        encode=lambda x: cut(b"".join(_encode("g722", x, 16000, 64000, {})), 160),
        decode=lambda packets: _decode("g722", [b"".join(packets)], 16000),
    )


def g726(kbit_s: int) -> Codec:
    """ITU-T G.726 at 16, 24, 32 or 40 kbit/s."""
    return Codec(
        sample_rate=8000,
        frame=160,
        delay=0,
        bit_rate=1000 * kbit_s,
        encode=lambda x: cut(b"".join(_encode("g726", x, 8000, 1000 * kbit_s, {})), kbit_s * 20 // 8),
        decode=lambda packets: _decode_g726(b"".join(packets), kbit_s // 8),
    )


def amr_nb(bit_rate: int) -> Codec:
    """AMR narrow-band (3GPP TS 26.071), one of its eight modes. A packet is a frame in RFC 4867's octet-aligned storage form."""
    return Codec(
        sample_rate=8000,
        frame=160,
        delay=AMR_DELAY,
        bit_rate=bit_rate,
        encode=lambda x: _encode("amr_nb", x, 8000, bit_rate, {}),
        decode=lambda packets: _decode("amr_nb", packets, 8000),
    )


def opus(kbit_s: float) -> Codec:
    """Opus in frames of 20 ms at a constant bit rate; it chooses mode and audio bandwidth by that rate itself."""
    return Codec(
        sample_rate=48000,
        frame=960,
        delay=OPUS_DELAY,
        bit_rate=1000 * kbit_s,
        encode=lambda x: _encode("opus", x, 48000, round(1000 * kbit_s), OPUS_OPTIONS),
        decode=lambda packets: _decode("opus", packets, 48000),
    )


def mp3(kbit_s: int) -> Codec:
    """MP3 at a constant bit rate, without bit reservoir, so that each frame can be decoded alone.

    At 16 kHz below 32 kbit/s, at 24 kHz (MPEG-2) up to 160, at 48 kHz (MPEG-1) above.
    """
    sample_rate = 16000 if kbit_s < 32 else 24000 if kbit_s <= MP3_LOW_RATES[-1] else 48000
    return Codec(
        sample_rate=sample_rate,
        frame=1152 if sample_rate == 48000 else 576,
        delay=MP3_DELAY,
        bit_rate=1000 * kbit_s,
        encode=lambda x: _encode("mp3", x, sample_rate, 1000 * kbit_s, {"reservoir": "0"}),
        decode=lambda packets: _decode("mp3", packets, sample_rate),
    )


def missing(family: str) -> str | None:
    """What has to be installed for the codecs of a ``family`` (a key of :data:`ENCODERS`); None where nothing has to."""
    try:
        import av
    except ImportError as error:
        return f"needs PyAV, which cannot be imported ({error}): pip install av"
    try:
        name = ENCODERS[family]
        av.codec.Codec(name, "w")
        name = DECODERS[family]
        av.codec.Codec(name, "r")
    except av.codec.codec.UnknownCodecError:
        return f"needs FFmpeg's codec '{name}', which this PyAV lacks; PyPI's wheels have it: pip install --force-reinstall av"
    return None


def _encode(family: str, x: Samples, sample_rate: int, bit_rate: int, options: dict[str, str]) -> list[bytes]:
    import av

    context: Any = av.CodecContext.create(ENCODERS[family], "w")
    context.sample_rate = sample_rate
    context.layout = "mono"
    context.format = {"opus": "flt", "mp3": "fltp"}.get(family, "s16")
    context.bit_rate = bit_rate
    context.options = options
    samples = x if family in ("opus", "mp3") else to_pcm16(x)
    plane: Any = np.ascontiguousarray(samples).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(plane, format=context.format.name, layout="mono")
    frame.sample_rate = sample_rate
    frame.pts = 0
    frame.time_base = Fraction(1, sample_rate)
    return [bytes(packet) for part in (frame, None) for packet in context.encode(part)]


def _decode(family: str, packets: Sequence[bytes], sample_rate: int) -> Samples:
    import av

    context: Any = av.CodecContext.create(DECODERS[family], "r")
    context.sample_rate = sample_rate
    context.layout = "mono"
    parts = [*map(av.Packet, packets), None]
    decoded = np.concatenate([frame.to_ndarray().reshape(-1) for part in parts for frame in context.decode(part)])
    return of_pcm16(decoded) if decoded.dtype == np.int16 else decoded.astype(np.float32)


def _decode_g726(stream: bytes, bits: int) -> Samples:
    """Through FFmpeg's raw format, for the decoder alone cannot be told the code size."""
    import av

    with av.open(io.BytesIO(stream), format="g726", options={"code_size": str(bits), "sample_rate": "8000"}) as container:
        decoded = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return of_pcm16(np.concatenate(decoded))
