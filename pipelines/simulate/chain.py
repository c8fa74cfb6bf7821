"""One simulation: clean speech and an asked record in, the audio and what was measured on it out.

Room, then noise, then handset, then what transforms the condition names. The signal-to-noise ratio holds where speech and noise
meet: the active level (ITU-T P.56) of the speech as it is summed, reverberation included, over the RMS of the noise. The
output's level is set by the speech's early part, what the room's first 50 ms make of it: an active level of -26 dBov unless
asked otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate import snr
from pipelines.simulate.alignment import delay_left_ms
from pipelines.simulate.handset import Sent, peak_of, send, within_full_scale
from pipelines.simulate.level import ActiveLevel, active_level, gain_of_db, power_db, rms_dbov, without_offset
from pipelines.simulate.noise import SILENT_DBOV
from pipelines.simulate.noise_source import Sounds, noise_in_place, response_of_room
from pipelines.simulate.room import Response, convolve
from pipelines.simulate.transforms import apply_transforms

Samples = NDArray[np.float32]

DECIMALS = 4


@dataclass(frozen=True, eq=False)
class Simulated:
    """``audio`` (n,) float32, what was ``measured`` on it (plain JSON), and the ``stems`` where they were asked for.

    ``speech`` and ``noise`` (n,) are the stems as they were summed, before microphone and codec; ``response`` (m,) is the room's.
    """

    audio: Samples
    measured: dict[str, Any]
    stems: dict[str, Samples]


class SilentSpeechError(ValueError):
    """There is no speech to set a level or a ratio by."""


def simulate(
    speech: Samples, sample_rate: int, asked: dict[str, Any], sounds: Sounds, *, details: bool = False, stems: bool = False
) -> Simulated:
    """``speech`` (n,) mono, as the record ``asked`` (of :func:`pipelines.simulate.draw.draw`) wants it.

    An offset of the speech is taken away. Output and input are equally long, and the direct path stays at its sample. Where the
    output's peak would leave full scale everything is lowered, and ``level_lowered`` says so. ``details`` adds the A-weighted
    ratio and the delay that is left, which take as long to measure as all the rest.
    Raises :class:`SilentSpeechError`; the same arguments give the same samples.
    """
    speech = without_offset(speech)
    response = None if asked["room"] is None else response_of_room(asked["room"], sounds)
    heard = convolve(speech, response) if response else speech
    heard_level = active_level(heard, sample_rate)
    early_level = active_level(response.early(speech), sample_rate) if response else heard_level
    if early_level.level_dbov < SILENT_DBOV:
        raise SilentSpeechError(f"the speech is silent: its active level is under {SILENT_DBOV:g} dBov")
    gain_db = asked["level_dbov"] - early_level.level_dbov
    spoken = heard * np.float32(gain_of_db(gain_db))
    spoken_level = ActiveLevel(heard_level.level_dbov + gain_db, heard_level.activity)

    noise, noise_start_s = noise_in_place(asked["noise"], sounds, sample_rate, len(speech))
    if noise is not None:
        noise = noise * np.float32(snr.noise_gain(spoken_level.level_dbov, rms_dbov(noise), asked["snr_db"]))
    mixture = spoken if noise is None else spoken + noise
    sent = send(mixture, spoken, spoken_level.level_dbov, sample_rate, asked["handset"])
    figures = dict(sent.figures)
    if details:
        figures["delay_left_ms"] = delay_left_ms(mixture, sent.audio, sample_rate)
    if sent.entry_gain < 1:
        spoken = spoken * np.float32(sent.entry_gain)
        noise = None if noise is None else noise * np.float32(sent.entry_gain)
    entry_db = 20 * math.log10(sent.entry_gain)
    spoken_level = ActiveLevel(spoken_level.level_dbov + entry_db, spoken_level.activity)
    audio, exit_gain, transforms = _transformed(sent, sample_rate, asked.get("transforms", []))
    lowered_db = entry_db + 20 * math.log10(exit_gain)
    return Simulated(
        audio=audio,
        measured={
            "level_dbov": _rounded(asked["level_dbov"] + lowered_db),
            "level_lowered": lowered_db < 0,
            "peak": _rounded(peak_of(audio)),
            "clipped_samples": int(np.count_nonzero(np.abs(audio) > 1)),
            "speech_level_dbov": _rounded(spoken_level.level_dbov),
            "speech_gain_db": _rounded(gain_db + entry_db),
            "output_gain_db": _rounded(lowered_db - entry_db),
            "activity": _rounded(spoken_level.activity),
            **_noise_figures(spoken, spoken_level, noise, noise_start_s, sample_rate, details),
            "t60_s": _rounded(response.t60_s if response else None),
            "drr_db": _rounded(response.drr_db if response else None),
            "c50_db": _rounded(response.c50_db if response else None),
            **{name: _rounded(value) if isinstance(value, float) else value for name, value in figures.items()},
            "transforms": transforms,
        },
        stems=_stems(spoken, noise, response) if stems else {},
    )


def _transformed(sent: Sent, sample_rate: int, asked: list[dict[str, Any]]) -> tuple[Samples, float, list[dict[str, Any]]]:
    """What was sent after the transforms, the gain taken since the first codec to stay within full scale, and what was drawn."""
    if not asked:
        return sent.audio, sent.exit_gain, []
    audio, drawn = apply_transforms(sent.audio, sample_rate, asked)
    audio, gain = within_full_scale(audio)
    return audio, sent.exit_gain * gain, drawn


def _noise_figures(
    speech: Samples,
    speech_level: ActiveLevel,
    noise: Samples | None,
    start_s: float | None,
    sample_rate: int,
    details: bool,
) -> dict[str, float | None]:
    if noise is None:
        names = ["noise_level_dbov", "noise_start_s", "snr_db", "snr_clip_db", "snr_segmental_db"]
        return dict.fromkeys(names + ["snr_a_weighted_db"] * details)
    noise_level_dbov = rms_dbov(noise)
    figures = {
        "noise_level_dbov": noise_level_dbov,
        "noise_start_s": start_s,
        "snr_db": speech_level.level_dbov - noise_level_dbov,
        "snr_clip_db": speech_level.level_dbov + power_db(speech_level.activity) - noise_level_dbov,
        "snr_segmental_db": snr.segmental_snr_db(speech, noise, sample_rate),
    }
    if details:
        figures["snr_a_weighted_db"] = snr.a_weighted_snr_db(speech, noise, sample_rate, speech_level.activity)
    return {name: _rounded(value) for name, value in figures.items()}


def _stems(speech: Samples, noise: Samples | None, response: Response | None) -> dict[str, Samples]:
    stems = {"speech": speech}
    if noise is not None:
        stems["noise"] = noise
    if response is not None:
        stems["response"] = response.samples
    return stems


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, DECIMALS)
