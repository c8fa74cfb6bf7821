"""The way from the microphone to the file: microphone response, speech codecs, resampling between them.

The stages stand in the order in which sound passes them. The microphone is linear; a codec hears speech at the level that
the mixture has, and never more than full scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from pipelines.simulate.codec import CODECS
from pipelines.simulate.level import active_level, gain_of_db
from pipelines.simulate.microphone import microphone

FULL_SCALE = 32767 / 32768
"""The largest sample of 16-bit PCM."""


class Sent(NamedTuple):
    """What a handset made of a mixture.

    ``audio`` (n,) float32; ``microphone_gain_db``: the gain behind the microphone that gives the speech its level back;
    ``entry_gain`` and ``exit_gain`` (linear, at most 1): what level had to be taken away before the first codec and
    after it, to stay within full scale.
    """

    audio: NDArray[np.float32]
    microphone_gain_db: float
    entry_gain: float
    exit_gain: float


def send(
    mixture: NDArray[np.float32],
    speech: NDArray[np.float32],
    speech_level_dbov: float,
    sample_rate: int,
    handset: dict[str, Any] | None,
) -> Sent:
    """``mixture`` (n,) through the ``handset`` of an asked record (``microphone``, ``codecs``); None passes it on.

    ``speech`` (n,) is the mixture's speech and ``speech_level_dbov`` its P.56 level: the microphone's loss of it is made up for.
    """
    if handset is None:
        audio, gain = within_full_scale(mixture)
        return Sent(audio, 0.0, gain, 1.0)
    audio, microphone_gain_db = _through_microphone(mixture, speech, speech_level_dbov, sample_rate, handset["microphone"])
    audio, entry_gain, exit_gain = _through_codecs(audio, sample_rate, handset["codecs"])
    return Sent(audio, microphone_gain_db, entry_gain, exit_gain)


def within_full_scale(x: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """``x`` (n,), lowered where its peak would not fit into 16-bit PCM, and the gain that took, 1 where it fits."""
    peak = peak_of(x)
    if peak <= FULL_SCALE:
        return x, 1.0
    gain = FULL_SCALE / peak
    return x * np.float32(gain), gain


def peak_of(x: NDArray[np.float32]) -> float:
    """The largest magnitude in ``x`` (n,); 0 where there is nothing."""
    return float(max(x.max(), -x.min())) if len(x) else 0.0


def _through_microphone(
    mixture: NDArray[np.float32], speech: NDArray[np.float32], speech_level_dbov: float, sample_rate: int, name: str
) -> tuple[NDArray[np.float32], float]:
    response = microphone(name, sample_rate)
    if response is None:
        return mixture, 0.0
    gain_db = speech_level_dbov - active_level(response(speech), sample_rate).level_dbov
    return response(mixture) * np.float32(gain_of_db(gain_db)), gain_db


def _through_codecs(
    audio: NDArray[np.float32], sample_rate: int, names: Sequence[str]
) -> tuple[NDArray[np.float32], float, float]:
    """``audio`` (n,) after each codec in turn, at ``sample_rate`` again, and the gains taken before the first and since."""
    length, rate = len(audio), sample_rate
    gains = []
    for name in names:
        codec = CODECS[name]
        audio, gain = within_full_scale(_resampled(audio, rate, codec.sample_rate))
        gains.append(gain)
        audio, rate = codec.transcode(audio), codec.sample_rate
    audio, gain = within_full_scale(_of_length(_resampled(audio, rate, sample_rate), length))
    gains.append(gain)
    return audio, gains[0], math.prod(gains[1:])


def _resampled(x: NDArray[np.float32], rate: int, new_rate: int) -> NDArray[np.float32]:
    return x if rate == new_rate else np.asarray(soxr.resample(x, rate, new_rate, quality="HQ"), dtype=np.float32)


def _of_length(x: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """``x`` cut or filled up with silence: resampling twice can end a sample early or late."""
    return x[:length] if len(x) >= length else np.concatenate([x, np.zeros(length - len(x), dtype=np.float32)])
