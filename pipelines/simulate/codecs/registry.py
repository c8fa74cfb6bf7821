"""Codecs by the names of :data:`schemas.names.CODECS`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pipelines.simulate.codecs import ffmpeg, sndfile
from pipelines.simulate.codecs.codec import Codec
from pipelines.simulate.codecs.g711 import g711
from schemas.names import codec_problem, split_codec

_MAKERS: dict[str, Callable[[float], Codec]] = {
    "g711_ulaw": lambda _: g711("mu"),
    "g711_alaw": lambda _: g711("a"),
    "g721": lambda _: sndfile.g721(),
    "g722": lambda _: ffmpeg.g722(),
    "g726": lambda kbit_s: ffmpeg.g726(round(kbit_s)),
    "gsm": lambda _: sndfile.gsm(),
    "amr_nb": lambda kbit_s: ffmpeg.amr_nb(round(1000 * kbit_s)),
    "opus": ffmpeg.opus,
    "mp3": lambda kbit_s: ffmpeg.mp3(round(kbit_s)),
}


@lru_cache(maxsize=64)
def find_codec(name: str) -> Codec:
    """The codec of that name. Raises KeyError for one that is not known."""
    if codec_problem(name) is not None:
        raise KeyError(name)
    family, kbit_s = split_codec(name)
    return _MAKERS[family](kbit_s)


def missing(name: str) -> str | None:
    """What this machine lacks for the codec of that name, and how to get it; None where it can run."""
    family, _ = split_codec(name)
    if family in ffmpeg.ENCODERS:
        return ffmpeg.missing(family)
    return sndfile.missing(family) if family in sndfile.SUBTYPES else None
