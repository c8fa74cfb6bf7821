"""Generated room responses: image sources for the early reflections, decaying noise for all that follows.

A hybrid of the image sources of a shoebox (Allen & Berkley 1979) up to the third order, and of a Gaussian tail that decays
exponentially in each octave, as a diffuse field does, from the mixing time on (Polack 1993). Eyring's formula gives the
absorption, the critical distance the energy of the tail, so that reverberation time and direct-to-reverberant ratio are those
of the geometry.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate import decay
from pipelines.simulate.room import Response, response_of
from pipelines.simulate.tail import DECAY, DEFAULT_T60_RATIOS, Tail, middle_t60_s

SPEED_OF_SOUND = 343.0
"""m/s, at 20 °C."""

IMAGE_ORDER = 3
MIXING_SHARE = 1 / 20
"""The longest mixing time, as a share of T60: in a dead hall a few reflections would otherwise make up the whole decay."""

EARLY_TRIM_DB = 6.0
DECAY_TRIM = 1.4
T60_TOLERANCE = 0.003
ADJUSTMENTS = 3
TAIL_LENGTH = 1.1
"""In T60, which takes the decay to -66 dB."""

_SINC_HALF_WIDTH = 20
_IMAGES = np.array(
    [
        image
        for image in itertools.product(range(-IMAGE_ORDER, IMAGE_ORDER + 1), repeat=3)
        if 0 < sum(map(abs, image)) <= IMAGE_ORDER
    ]
)


def generated_response(room: dict[str, Any], sample_rate: int) -> Response:
    """The response of a ``room`` of kind ``generated``, as :mod:`pipelines.simulate.draw_room` draws it.

    ``room`` gives ``t60_s`` or, by octave, ``t60_octaves_s``, further ``dimensions_m``, ``source_m``, ``receiver_m`` and
    ``seed``; the distance is that of the positions. With a ``drr_db`` the direct sound is scaled to it.
    """
    octaves = room.get("t60_octaves_s")
    t60_s = room["t60_s"] if octaves is None else {int(octave): value for octave, value in octaves.items()}
    samples = room_impulse(t60_s, room["dimensions_m"], room["source_m"], room["receiver_m"], room["seed"], sample_rate)
    return response_of(samples, sample_rate, room.get("drr_db"))


def critical_distance_m(volume_m3: float, t60_s: float) -> float:
    """Distance, m, at which direct and reverberant sound of an omnidirectional source are equal: 0.057·√(V/T60)."""
    return 0.057 * math.sqrt(volume_m3 / t60_s)


def room_impulse(
    t60_s: float | Mapping[int, float],
    dimensions_m: Sequence[float],
    source_m: Sequence[float],
    receiver_m: Sequence[float],
    seed: int,
    sample_rate: int,
) -> NDArray[np.float64]:
    """An impulse response (m,) from the direct path on, which is 1 at sample 0.

    Reflections that arrive before the mixing time - √V ms, V in m³, and at most a twentieth of T60 - are images. Together they
    are brought, by at most 6 dB, to the energy that a diffuse field of (distance / critical distance)² has until then;
    the tail continues that field. Of one ``t60_s``, the octaves decay as :data:`~pipelines.simulate.tail.DEFAULT_T60_RATIOS`
    has it, all made faster or slower until T30 of the whole band, which octaves and early reflections bend, is within 0.3 % of
    it. With ``t60_s`` by octave each decays as it is asked.
    """
    dimensions, source, receiver = (np.asarray(values, dtype=np.float64) for values in (dimensions_m, source_m, receiver_m))
    octaves = t60_s if isinstance(t60_s, Mapping) else {octave: ratio * t60_s for octave, ratio in DEFAULT_T60_RATIOS.items()}
    middle_s = middle_t60_s(octaves)
    volume = float(dimensions.prod())
    distance = float(np.sqrt(np.add.reduce(np.square(source - receiver))))
    reverberant_energy = (distance / critical_distance_m(volume, middle_s)) ** 2
    mixing_s = min(math.sqrt(volume) / 1000, MIXING_SHARE * middle_s)
    length = math.ceil(TAIL_LENGTH * max(octaves.values()) * sample_rate)
    mixing = round(mixing_s * sample_rate)
    remaining = math.exp(-DECAY * mixing / sample_rate / middle_s)

    early = _early_reflections(middle_s, dimensions, source, receiver, mixing_s, sample_rate, length)
    early_energy = float(np.add.reduce(np.square(early)))
    if early_energy > 0:
        trim = math.sqrt(reverberant_energy * (1 - remaining) / early_energy)
        limit = 10 ** (EARLY_TRIM_DB / 20)
        early *= min(max(trim, 1 / limit), limit)
    early[0] += 1.0
    tail = Tail(length - mixing, mixing / sample_rate, octaves, seed, sample_rate)
    wanted_s = None if isinstance(t60_s, Mapping) else t60_s
    return _with_tail(early, tail, mixing, math.sqrt(reverberant_energy * remaining), wanted_s, sample_rate)


def _early_reflections(
    t60_s: float,
    dimensions: NDArray[np.float64],
    source: NDArray[np.float64],
    receiver: NDArray[np.float64],
    until_s: float,
    sample_rate: int,
    length: int,
) -> NDArray[np.float64]:
    """The images heard less than ``until_s`` after the direct path, relative to it, at their fractions of a sample."""
    x, y, z = dimensions
    surface = 2 * (x * y + y * z + z * x)
    log_reflection = -2 * DECAY / SPEED_OF_SOUND * (x * y * z) / (surface * t60_s)  # Eyring: T60 = 4·V·13.8 / (-c·S·ln(1 - α))
    images = np.where(_IMAGES % 2 == 0, _IMAGES * dimensions + source, (_IMAGES + 1) * dimensions - source)
    paths = np.sqrt(np.add.reduce(np.square(images - receiver), axis=1))
    direct = np.sqrt(np.add.reduce(np.square(source - receiver)))
    gains = direct / paths * np.exp(log_reflection * np.add.reduce(np.abs(_IMAGES), axis=1))
    delays = (paths - direct) / SPEED_OF_SOUND
    heard = delays < until_s
    at = delays[heard, np.newaxis] * sample_rate

    taps = np.floor(at).astype(np.int64) + np.arange(1 - _SINC_HALF_WIDTH, _SINC_HALF_WIDTH + 1)
    values = np.sinc(taps - at) * np.cos((taps - at) * (math.pi / 2 / _SINC_HALF_WIDTH)) ** 2 * gains[heard, np.newaxis]
    inside = (taps >= 0) & (taps < length)
    early = np.zeros(length)
    np.add.at(early, taps[inside], values[inside])
    return early


def _with_tail(
    early: NDArray[np.float64], tail: Tail, begin: int, amplitude: float, t60_s: float | None, sample_rate: int
) -> NDArray[np.float64]:
    """``early`` with the ``tail`` from sample ``begin`` on, at a speed that makes T30 of the whole ``t60_s`` if asked."""
    speed = 1.0
    for adjustment in range(ADJUSTMENTS + 1):
        response: NDArray[np.float64] = early.copy()
        response[begin:] += amplitude * tail.at(speed)
        if t60_s is None or adjustment == ADJUSTMENTS:
            break
        measured = decay.t60_s(response, sample_rate)
        if measured is None or abs(measured / t60_s - 1) < T60_TOLERANCE:
            break
        speed = min(max(speed * measured / t60_s, 1 / DECAY_TRIM), DECAY_TRIM)
    return response
