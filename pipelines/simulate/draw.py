"""Drawing what a simulation is asked to be. Applying it is :mod:`pipelines.simulate.chain`'s work.

An *asked* record is plain JSON: whatever was drawn stands in it, or the seed that it is drawn from, so that it alone, with the
sounds it names, gives the same samples again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.simulate.candidates import (
    DrawError,
    NoCandidates,
    NoiseFile,
    ResponseFile,
    RoomTooSmall,
    Talker,
    TalkerPool,
    TooFewTalkers,
)
from pipelines.simulate.draw_handset import draw_handset
from pipelines.simulate.draw_noise import draw_noise
from pipelines.simulate.draw_room import draw_elsewhere, draw_room
from pipelines.simulate.uniform import Uniform
from schemas.config import ConditionConfig, CorpusConfig

__all__ = [
    "DrawError",
    "NoCandidates",
    "NoiseFile",
    "ResponseFile",
    "RoomTooSmall",
    "Talker",
    "TalkerPool",
    "TooFewTalkers",
    "draw",
]


def draw(
    condition: ConditionConfig,
    config: CorpusConfig,
    *,
    seed: int,
    quantiles: Mapping[str, float],
    noise: Sequence[NoiseFile] = (),
    response: Sequence[ResponseFile] = (),
    talkers: Sequence[Talker] | TalkerPool = (),
    duration_s: float | None = None,
) -> dict[str, Any]:
    """The asked record of one simulation of ``condition``.

    ``quantiles`` fixes the places, in [0, 1), of what the planner stratifies: ``snr_db``, ``noise_file``, ``talkers`` (how many),
    ``t60_s``, ``distance_m``, ``response_file``; all else comes from ``seed``. ``noise``, ``response`` and ``talkers`` are
    what the split may use, the last without the target speaker. With ``duration_s``, the length of the speech, an excerpt
    of noise is placed so that it does not run over the end of its span where the span is long enough.

    Raises :class:`TooFewTalkers`, :class:`NoCandidates` or :class:`RoomTooSmall`, all of them :class:`DrawError`.
    """
    uniform = Uniform(seed, quantiles)
    snr_db = uniform.within("snr_db", condition.snr_db or (0.0, 0.0))
    room_seed, noise_seed, elsewhere_seed, handset_seed = (uniform.seed() for _ in range(4))
    room = None
    if condition.room is not None:
        room = draw_room(condition.room, config.rooms[condition.room], room_seed, quantiles, response)
    drawn = None
    if condition.noise is not None:
        settings = config.noises[condition.noise]
        drawn = draw_noise(condition.noise, settings, noise_seed, quantiles, noise, talkers, duration_s)
        drawn["room"] = draw_elsewhere(room, response, elsewhere_seed) if room is not None and settings.is_point_source else None
    handset = None
    if condition.handset is not None:
        handset = draw_handset(condition.handset, config.handsets[condition.handset], handset_seed)
    return {
        "condition": condition.name,
        "seed": seed,
        "level_dbov": uniform.within("level_dbov", condition.level_dbov),
        "snr_db": snr_db if condition.snr_db is not None else None,
        "room": room,
        "noise": drawn,
        "handset": handset,
        "transforms": [
            {"name": transform.name, "parameters": transform.parameters, "seed": uniform.seed()}
            for transform in condition.transforms
        ],
    }
