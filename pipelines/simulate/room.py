"""Room responses ready for use: aligned on the direct path, level kept on the early part, spectrum computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate import decay
from pipelines.simulate.fir import BlockFilter

ONSET_DB = -20.0
INAUDIBLE_DB = -60.0
FLOOR_BLOCK_S = 0.01
FLOOR_MARGIN_DB = 6.0


@dataclass(frozen=True, eq=False)
class Response:
    """An impulse response from its direct path (sample 0) on, with what was measured on it.

    ``samples`` (m,) float32 is scaled so that its first 50 ms have unit energy. ``whole`` and ``early`` filter speech with all
    of it and with its first 50 ms. ``t60_s``, ``drr_db`` and ``c50_db`` are those of :mod:`pipelines.simulate.decay`.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    whole: BlockFilter
    early: BlockFilter
    t60_s: float | None
    drr_db: float | None
    c50_db: float | None


def convolve(x: NDArray[np.float32], response: Response) -> NDArray[np.float32]:
    """``x`` (n,) as heard in the room, (n,): the direct path stays at the same sample, what rings on after the end is cut."""
    return response.whole(x)


def response_of(samples: NDArray[Any], sample_rate: int, drr_db: float | None = None) -> Response:
    """The :class:`Response` of ``samples`` (m,) that begin at their direct path.

    With a ``drr_db`` the direct sound is scaled to that ratio. Raises ValueError for silence.
    """
    if drr_db is not None:
        samples = decay.with_drr(samples, sample_rate, drr_db)
    boundary = round(decay.EARLY_S * sample_rate)
    early_energy = float(np.add.reduce(np.square(samples[:boundary], dtype=np.float64)))
    if not early_energy > 0:
        raise ValueError("the response is silent")
    scaled = (samples / np.sqrt(early_energy)).astype(np.float32)
    return Response(
        samples=scaled,
        sample_rate=sample_rate,
        whole=BlockFilter(scaled),
        early=BlockFilter(scaled[:boundary]),
        t60_s=decay.t60_s(scaled, sample_rate),
        drr_db=decay.drr_db(scaled, sample_rate),
        c50_db=decay.c50_db(scaled, sample_rate),
    )


def measured_response(recording: NDArray[Any], sample_rate: int, drr_db: float | None = None) -> Response:
    """The :class:`Response` of a ``recording`` (m,) of an impulse response, as measured in a room.

    The direct path is the first sample within 20 dB of the peak, and what is before it is dropped. The tail ends where it sinks
    into the recording's own noise, or where less than a millionth of the energy is still to come. ``drr_db`` is as in
    :func:`response_of`. Raises ValueError for silence.
    """
    magnitude = np.abs(recording)
    if not len(recording) or not magnitude.max() > 0:
        raise ValueError("the response is silent")
    direct = int(np.argmax(magnitude >= magnitude.max() * 10 ** (ONSET_DB / 20)))
    response = recording[direct:]
    response = response[: _noise_begins(response, sample_rate)]
    curve = decay.decay_curve_db(response)
    return response_of(response[: int(np.searchsorted(-curve, -INAUDIBLE_DB))], sample_rate, drr_db)


def _noise_begins(response: NDArray[Any], sample_rate: int) -> int:
    """The sample from which on ``response`` is nothing but the noise it was recorded with; its length where that never is.

    The noise is the level of the last tenth; the decay has reached it where 10 ms blocks first come within 6 dB of it, if
    they then stay there.
    """
    block = max(1, round(FLOOR_BLOCK_S * sample_rate))
    count = len(response) // block
    tail = count // 10
    if tail < 2:
        return len(response)
    rows = response[: count * block].reshape(count, block)
    energy = np.add.reduce(np.square(rows, dtype=np.float64), axis=1)
    floor = float(np.mean(energy[-tail:]))
    louder = np.flatnonzero(energy > floor * 10 ** (FLOOR_MARGIN_DB / 10))
    end = int(louder[-1] + 1) if len(louder) else count
    return end * block if end < count - 2 * tail else len(response)
