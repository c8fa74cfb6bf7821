"""Codecs that libsndfile brings: GSM 06.10 full rate and ITU-T G.721."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import soundfile

from pipelines.simulate.codecs.codec import Codec, Samples, cut, of_pcm16, to_pcm16

SUBTYPES = {"gsm": ("RAW", "GSM610"), "g721": ("AU", "G721_32")}
AU_HEADER_BYTES = 24
AU_G721 = 23


def gsm() -> Codec:
    """GSM 06.10 (ETSI EN 300 961), regular-pulse excitation: frames of 20 ms in 33 bytes, 260 bits of them used."""
    return Codec(
        sample_rate=8000,
        frame=160,
        delay=0,
        bit_rate=13000,
        encode=lambda x: cut(_write(x, "gsm"), 33),
        decode=lambda packets: _read(b"".join(packets), "gsm", 160 * len(packets)),
    )


def g721() -> Codec:
    """ITU-T G.721, ADPCM at 32 kbit/s (G.726 took its place), in packets of 15 ms, which is how libsndfile cuts it."""
    return Codec(
        sample_rate=8000,
        frame=120,
        delay=0,
        bit_rate=32000,
        encode=lambda x: cut(_write(x, "g721")[AU_HEADER_BYTES:], 60),
        decode=_decode_g721,
    )


def missing(family: str) -> str | None:
    """What has to be installed for a codec of :data:`SUBTYPES`; None where nothing has to."""
    if soundfile.check_format(*SUBTYPES[family]):
        return None
    subtype = SUBTYPES[family][1]
    return f"needs libsndfile with {subtype}, which this lacks; PyPI's wheels have it: pip install --force-reinstall soundfile"


def _decode_g721(packets: Sequence[bytes]) -> Samples:
    stream = b"".join(packets)
    header = struct.pack(">4s5I", b".snd", AU_HEADER_BYTES, len(stream), AU_G721, 8000, 1)
    return _read(header + stream, "g721", 120 * len(packets))


def _write(x: Samples, family: str) -> bytes:
    format_, subtype = SUBTYPES[family]
    file = io.BytesIO()
    soundfile.write(file, to_pcm16(x), 8000, format=format_, subtype=subtype)
    return file.getvalue()


def _read(stream: bytes, family: str, length: int) -> Samples:
    format_, subtype = SUBTYPES[family]
    raw = {"samplerate": 8000, "channels": 1, "format": format_, "subtype": subtype} if format_ == "RAW" else {}
    decoded, _ = soundfile.read(io.BytesIO(stream), dtype="int16", **raw)
    return of_pcm16(decoded[:length])
