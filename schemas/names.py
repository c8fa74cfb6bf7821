"""Names a configuration may use for what panvox brings along; each is explained on the reference page."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any

from schemas.setting_types import suggest

MICROPHONES = {
    "flat": "no colouration",
    "irs_send": "ITU-T P.48 intermediate reference system, sending side (narrow-band telephone)",
    "modified_irs_send": "ITU-T P.830 modified intermediate reference system, sending side (telephone without its low-pass)",
    "p341": "ITU-T P.341 sending side of a wide-band telephone, 50 Hz to 7 kHz",
    "msin": "mobile station input: the high-pass of a mobile phone's sending side",
}

CAUSES = {
    "no_speaker": "nobody with the accent is in the split",
    "too_few_speakers": "everybody with the accent is in the cell, and they are too few",
    "recorded_only": "the condition names nothing to simulate, and is not recorded often enough",
    "no_donor": "no recording of the accent and split is in a donor condition, apart from this condition's own",
    "too_reverberant": "the donors' own condition is more reverberant than this one",
    "too_narrow": "the donors' bandwidth is less than this condition needs",
    "too_noisy": "the donors' SNR is less than this condition needs",
    "speaker_cap": "every donor speaker has given what `max_share_per_speaker` allows",
    "recording_cap": "the donors have been used as often as `max_uses_per_recording` allows",
    "no_noise_file": "no file of the noise is left for the split",
    "no_response_file": "no response of the room is left for the split",
    "no_value_left": "none of the values of a condition's factors can be had in the split",
    "missing_combinations": "combinations of a condition's factors lack a recording that may still be used",
    "too_few_talkers": "babble, or speech-shaped noise, lacks other talkers in the split",
}
"""Why a target is missed."""

BAND_FILTERS = {"g712": "ITU-T G.712 band of a PCM channel, 300 to 3400 Hz"}

CODECS = {
    "g711_ulaw": "ITU-T G.711 µ-law, 8 kHz, 64 kbit/s",
    "g711_alaw": "ITU-T G.711 A-law, 8 kHz, 64 kbit/s",
    "g721": "ITU-T G.721 ADPCM, 8 kHz, 32 kbit/s (libsndfile)",
    "g722": "ITU-T G.722 sub-band ADPCM, 16 kHz, 64 kbit/s (PyAV)",
    "g726": "ITU-T G.726 ADPCM, 8 kHz, 32 kbit/s (PyAV)",
    "g726_16": "the same at 16 kbit/s",
    "g726_24": "the same at 24 kbit/s",
    "g726_40": "the same at 40 kbit/s",
    "gsm": "GSM 06.10 full rate, 8 kHz, 13 kbit/s (libsndfile)",
    **{
        f"amr_nb_{rate}": f"3GPP AMR narrow-band, 8 kHz, {rate} kbit/s (PyAV)"
        for rate in ("4.75", "5.15", "5.9", "6.7", "7.4", "7.95", "10.2", "12.2")
    },
    "opus_<kbit/s>": "Opus (RFC 6716), 48 kHz, any constant rate from 6 to 256 kbit/s, e.g. `opus_24` (PyAV)",
    "mp3_<kbit/s>": "MP3 at a constant rate, e.g. `mp3_32`: under 32 at 16 kHz, to 160 at 24 kHz, to 320 at 48 kHz (PyAV)",
}

OPUS_KBIT_S = (6.0, 256.0)
MP3_KBIT_S = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)

NOISE_COLOURS = {
    "white": "the same power in every hertz",
    "pink": "the same power in every octave",
    "brown": "3 dB an octave less than pink",
    "speech_shaped": "the long-term spectrum of the corpus's own talkers, of the same split, never of the target speaker",
}

_RATED = re.compile(r"(opus|mp3|amr_nb|g726)_(\d+(?:\.\d+)?)")
_DEFAULT_KBIT_S = {"g726": 32.0}


def split_codec(name: str) -> tuple[str, float]:
    """A codec's family and its rate in kbit/s; 0 for one that has only one."""
    rated = _RATED.fullmatch(name)
    return (rated[1], float(rated[2])) if rated else (name, _DEFAULT_KBIT_S.get(name, 0.0))


def codec_problem(name: str) -> str | None:
    """What is wrong with the name of a codec; None for a good one."""
    family, kbit_s = split_codec(name)
    if name in CODECS and "<" not in name:
        return None
    if family == "opus" and kbit_s:
        low, high = OPUS_KBIT_S
        return None if low <= kbit_s <= high else f"{name!r}: Opus has {low:g} to {high:g} kbit/s"
    if family == "mp3" and kbit_s:
        return None if kbit_s in MP3_KBIT_S else f"{name!r}: MP3 has {', '.join(map(str, MP3_KBIT_S))} kbit/s"
    return f"there is no codec {name!r}; {suggest(name, CODECS)}"


@lru_cache(maxsize=1)
def handset_presets() -> dict[str, dict[str, Any]]:
    """The handsets that come with panvox by name: ``about``, what each is, and ``handset``, its settings."""
    text = resources.files("schemas").joinpath("data/handsets.json").read_text(encoding="utf-8")
    return dict(json.loads(text))
