"""The way from the microphone to the file, each stage optional.

In the order in which sound passes them: microphone response, electronic noise floor, automatic gain control, converter
(clipping, DC), band filter, speech codecs with packet loss, sampling clock. The responses are those of ITU-T P.48, P.830, P.341
and G.712, levels are P.56's, losses Gilbert's, concealed as in G.711 Appendix I; each codec names its own standard.

The noise and the converter stand at levels re full scale, so the speech is brought back to its level behind what is linear
before them, the response and the gain control (whose gain, once chosen, multiplies speech and noise alike). A codec hears the
mixture at its level, and never more than full scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.agc import agc_gain
from pipelines.simulate.clock import of_length, on_clock, resampled
from pipelines.simulate.codecs.codec import Lost, through
from pipelines.simulate.codecs.packet_loss import loss_figures, lost_packets
from pipelines.simulate.codecs.registry import find_codec
from pipelines.simulate.fir import BlockFilter
from pipelines.simulate.level import active_level, gain_of_db
from pipelines.simulate.microphone import band_filter, microphone

Samples = NDArray[np.float32]

FULL_SCALE = 32767 / 32768
"""The largest sample of 16-bit PCM."""


class Sent(NamedTuple):
    """What a handset made of a mixture.

    ``audio`` (n,) float32; ``entry_gain`` and ``exit_gain`` (linear, at most 1): what level had to be taken away before the first
    codec and after it, to stay within full scale; ``figures``: what was measured on the way, by the names of
    :data:`schemas.documents.RECIPE`.
    """

    audio: Samples
    entry_gain: float
    exit_gain: float
    figures: dict[str, float | int | None]


NO_FIGURES: dict[str, float | int | None] = {
    "microphone_gain_db": 0.0,
    "agc_gain_db": None,
    "clipped_fraction": 0.0,
    "packets": None,
    "packets_lost": None,
    "loss_rate": None,
    "mean_burst": None,
    "delay_ms": 0.0,
}


def send(mixture: Samples, speech: Samples, speech_level_dbov: float, sample_rate: int, handset: dict[str, Any] | None) -> Sent:
    """``mixture`` (n,) through the ``handset`` of an asked record; None passes it on. A stage that the record lacks does nothing.

    ``speech`` (n,) is the mixture's speech and ``speech_level_dbov`` its P.56 level, which it has again behind every linear
    stage.
    """
    if handset is None:
        audio, gain = within_full_scale(mixture)
        return Sent(audio, gain, 1.0, NO_FIGURES)
    figures = dict(NO_FIGURES)
    band = band_filter(handset["band_filter"], sample_rate) if handset.get("band_filter") else None
    response = microphone(handset["microphone"], sample_rate)
    audio, speech = _through_microphone(mixture, speech, speech_level_dbov, sample_rate, response, band, figures)
    if handset.get("noise_floor_dbov") is not None:
        audio = audio + _white_noise(len(audio), handset["noise_floor_dbov"], handset["seed"])
    if handset.get("agc") is not None:
        audio = _levelled(audio, speech, speech_level_dbov, sample_rate, handset["agc"], band, figures)
    audio = _converted(audio, handset.get("clipping_dbov"), handset.get("dc"), figures)
    if band is not None:
        audio = band(audio)
    audio, entry_gain, exit_gain = _through_codecs(audio, sample_rate, handset, figures)
    filters = sum(each.delay for each in (response, band) if each is not None)
    figures["delay_ms"] = float(figures["delay_ms"] or 0.0) + 1000 * filters / sample_rate
    return Sent(audio, entry_gain, exit_gain, figures)


def within_full_scale(x: Samples) -> tuple[Samples, float]:
    """``x`` (n,), lowered where its peak would not fit into 16-bit PCM, and the gain that took, 1 where it fits."""
    peak = peak_of(x)
    if peak <= FULL_SCALE:
        return x, 1.0
    gain = FULL_SCALE / peak
    return x * np.float32(gain), gain


def peak_of(x: Samples) -> float:
    """The largest magnitude in ``x`` (n,); 0 where there is nothing."""
    return float(max(x.max(), -x.min())) if len(x) else 0.0


def _through_microphone(
    mixture: Samples,
    speech: Samples,
    level_dbov: float,
    sample_rate: int,
    response: BlockFilter | None,
    band: BlockFilter | None,
    figures: dict[str, float | int | None],
) -> tuple[Samples, Samples]:
    """Mixture and speech behind the microphone, at the gain that brings the speech behind the band filter to its level."""
    if response is None and band is None:
        return mixture, speech
    if response is not None:
        mixture, speech = response(mixture), response(speech)
    gain_db = level_dbov - _level(speech, sample_rate, band)
    figures["microphone_gain_db"] = gain_db
    gain = np.float32(gain_of_db(gain_db))
    return mixture * gain, speech * gain


def _levelled(
    audio: Samples,
    speech: Samples,
    level_dbov: float,
    sample_rate: int,
    agc: dict[str, Any],
    band: BlockFilter | None,
    figures: dict[str, float | int | None],
) -> Samples:
    """``audio`` behind the gain control, at the gain that gives the speech in it its level again."""
    gain = agc_gain(audio, sample_rate, agc)
    changed_db = _level(speech * gain, sample_rate, band) - level_dbov
    figures["agc_gain_db"] = changed_db
    return np.asarray(audio * (gain * np.float32(gain_of_db(-changed_db))), dtype=np.float32)


def _level(speech: Samples, sample_rate: int, band: BlockFilter | None) -> float:
    return active_level(speech if band is None else band(speech), sample_rate).level_dbov


def _white_noise(length: int, level_dbov: float, seed: int) -> Samples:
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal(length, dtype=np.float32)
    noise *= np.float32(gain_of_db(level_dbov))
    return noise


def _converted(audio: Samples, clipping_dbov: float | None, dc: float | None, figures: dict[str, float | int | None]) -> Samples:
    """``audio`` limited to an amplitude, where clipping is asked for, and with a constant added."""
    if clipping_dbov is not None:
        limit = np.float32(gain_of_db(clipping_dbov))
        figures["clipped_fraction"] = float(np.count_nonzero(np.abs(audio) > limit)) / max(len(audio), 1)
        audio = np.clip(audio, -limit, limit)
    return audio if dc is None else audio + np.float32(dc)


def _through_codecs(
    audio: Samples, sample_rate: int, handset: dict[str, Any], figures: dict[str, float | int | None]
) -> tuple[Samples, float, float]:
    """``audio`` (n,) after each codec in turn, at ``sample_rate`` again, and the gains taken before the first and since.

    Packets are lost on the way to the last one's decoder.
    """
    names: Sequence[str] = handset["codecs"]
    length, rate = len(audio), sample_rate
    gains = []
    delay_s = 0.0
    for index, name in enumerate(names):
        codec = find_codec(name)
        audio, gain = within_full_scale(resampled(audio, rate, codec.sample_rate))
        gains.append(gain)
        loss = handset.get("packet_loss") if index == len(names) - 1 else None
        audio, lost = through(codec, audio, _loss(loss))
        rate = codec.sample_rate
        delay_s += codec.delay / rate
        if lost is not None:
            figures["packets"], figures["packets_lost"] = len(lost), int(np.count_nonzero(lost))
            figures["loss_rate"], figures["mean_burst"] = loss_figures(lost)
    audio = of_length(resampled(audio, rate, sample_rate), length)
    if handset.get("clock_offset_ppm"):
        audio = on_clock(audio, sample_rate, handset["clock_offset_ppm"])
    audio, gain = within_full_scale(audio)
    gains.append(gain)
    figures["delay_ms"] = 1000 * delay_s
    return audio, gains[0], math.prod(gains[1:])


def _loss(loss: dict[str, Any] | None) -> Callable[[int], Lost] | None:
    if loss is None:
        return None
    return partial(lost_packets, rate=loss["rate"], mean_burst=loss["mean_burst"], seed=loss["seed"])
