"""Babble: several talkers at once, each at the same active speech level (ITU-T P.56)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.level import active_level, gain_of_db, without_offset
from pipelines.simulate.noise import CROSSFADE_S, SILENT_DBOV, SilentNoiseError, excerpt


def babble(talkers: Sequence[NDArray[np.float32]], starts: Sequence[int], sample_rate: int, length: int) -> NDArray[np.float32]:
    """The sum (``length``,) of ``talkers``, recordings (m,) of as many different speakers.

    Each, its offset taken away, is brought to 0 dBov active level, read from its own start on (samples, taken round its end)
    and looped with a cross-fade where it is short. The sum has no level of its own: the caller scales it to the ratio asked for.
    Raises :class:`~pipelines.simulate.noise.SilentNoiseError` for a talker without speech.
    """
    total = np.zeros(length, dtype=np.float32)
    for recording, start in zip(talkers, starts, strict=True):
        talker = without_offset(recording)
        level = active_level(talker, sample_rate).level_dbov
        if level < SILENT_DBOV:
            raise SilentNoiseError("a talker of the babble is silent")
        voice = excerpt(talker, start % len(talker), length, round(CROSSFADE_S * sample_rate))
        total += voice * np.float32(gain_of_db(-level))
    return total
