"""Drawing a room: a measured response, or a place to stand in a generated one, and where in it noise comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.candidates import NoCandidates, ResponseFile, RoomTooSmall
from pipelines.simulate.uniform import DECIMALS, Uniform
from schemas.acoustics import RoomConfig

WALL_M = 0.5
NEAREST_WALL_M = 0.1
STEEPEST = 0.5
"""The largest difference in height between talker and microphone, as a share of their distance (30°)."""

NEAREST_NOISE_M = 0.3
"""A noise does not come from closer to the microphone than this, where the room allows that."""

_PLACEMENTS = 200
_CORNERS = ((0.0, math.inf),) * 3

Box = Sequence[tuple[float, float]]
Position = NDArray[np.float64]


def draw_room(
    name: str, room: RoomConfig, seed: int, quantiles: Mapping[str, float], responses: Sequence[ResponseFile]
) -> dict[str, Any]:
    """The ``room`` of an asked record. Raises NoCandidates or RoomTooSmall."""
    uniform = Uniform(seed, quantiles)
    if room.t60_s is None or room.dimensions_m is None:
        if not responses:
            raise NoCandidates(f"there is no response of the room {name!r} in this split")
        drawn = responses[uniform.index("response_file", len(responses))]
        return {"kind": "measured", "name": name, "file": drawn.file, "sha256": drawn.sha256, "drr_db": _drr_db(room, uniform)}
    quantile = uniform("t60_s")
    bands = room.t60_s if isinstance(room.t60_s, dict) else {0: room.t60_s}
    t60_s = {octave: round(low + quantile * (high - low), DECIMALS) for octave, (low, high) in sorted(bands.items())}
    distance_m = None if room.distance_m is None else uniform.within("distance_m", room.distance_m)
    dimensions_m = [uniform.within("dimensions_m", bounds) for bounds in room.dimensions_m]
    source, receiver = _positions(
        name, dimensions_m, distance_m, room.source_m or _CORNERS, room.receiver_m or _CORNERS, uniform.generator
    )
    return {
        "kind": "generated",
        "name": name,
        "t60_s": t60_s.get(0),
        "t60_octaves_s": {str(octave): value for octave, value in t60_s.items()} if 0 not in t60_s else None,
        "distance_m": round(_length(source - receiver), DECIMALS),
        "dimensions_m": dimensions_m,
        "source_m": _metres(source),
        "receiver_m": _metres(receiver),
        "drr_db": _drr_db(room, uniform),
        "seed": uniform.seed(),
    }


def draw_elsewhere(room: dict[str, Any], responses: Sequence[ResponseFile], seed: int) -> dict[str, Any]:
    """The room of a noise from one place: another in the same generated ``room``, or another of its measured responses.

    The same response where there is no other.
    """
    uniform = Uniform(seed, {})
    if room["kind"] == "measured":
        others = [response for response in responses if response.sha256 != room["sha256"]]
        drawn = others[uniform.index("response_file", len(others))] if others else ResponseFile(room["file"], room["sha256"])
        return room | {"file": drawn.file, "sha256": drawn.sha256, "drr_db": None}
    dimensions, receiver = np.array(room["dimensions_m"]), np.array(room["receiver_m"])
    low, high = _box(dimensions, _CORNERS, WALL_M)
    source = uniform.generator.uniform(low, high)
    for _ in range(_PLACEMENTS):
        if _length(source - receiver) >= NEAREST_NOISE_M:
            break
        source = uniform.generator.uniform(low, high)
    distance_m = round(_length(source - receiver), DECIMALS)
    return room | {"source_m": _metres(source), "distance_m": distance_m, "drr_db": None, "seed": uniform.seed()}


def _drr_db(room: RoomConfig, uniform: Uniform) -> float | None:
    return None if room.drr_db is None else uniform.within("drr_db", room.drr_db)


def _positions(
    name: str, dimensions_m: list[float], distance_m: float | None, source_m: Box, receiver_m: Box, generator: np.random.Generator
) -> tuple[Position, Position]:
    """Talker and microphone within their boxes, half a metre off the walls where room and boxes allow that.

    Without a distance both are anywhere in their boxes. Else the microphone is, and the talker in any direction, at most 30°
    above or below, that leaves it in its own; where chance does not find such a pair and no boxes are given, they stand on the
    room's diagonal.
    """
    dimensions = np.array(dimensions_m)
    source_box, receiver_box = _box(dimensions, source_m, WALL_M), _box(dimensions, receiver_m, WALL_M)
    for _ in range(_PLACEMENTS):
        receiver = generator.uniform(*receiver_box)
        if distance_m is None:
            source = generator.uniform(*source_box)
            if _length(source - receiver) >= NEAREST_WALL_M:
                return source, receiver
            continue
        azimuth, rise = generator.uniform(-math.pi, math.pi), generator.uniform(-STEEPEST, STEEPEST)
        level = math.sqrt(1 - rise**2)
        source = receiver + distance_m * np.array([level * math.cos(azimuth), level * math.sin(azimuth), rise])
        if np.all((source >= source_box[0]) & (source <= source_box[1])):
            return source, receiver
    size = " × ".join(f"{value:g}" for value in dimensions_m)
    if distance_m is None or source_m is not _CORNERS or receiver_m is not _CORNERS:
        raise RoomTooSmall(f"room {name!r}: no places found for talker and microphone within their ranges in {size} m")
    low = np.minimum(NEAREST_WALL_M, dimensions / 4)
    diagonal = dimensions - 2 * low
    longest = _length(diagonal)
    if distance_m > longest:
        raise RoomTooSmall(f"room {name!r}: a distance of {distance_m:g} m does not fit into {size} m")
    reach = diagonal * (distance_m / longest / 2)
    return dimensions / 2 + reach, dimensions / 2 - reach


def _box(dimensions: Position, asked: Box, margin_m: float) -> tuple[Position, Position]:
    """The lowest and the highest corner of what is asked, inside the room: off the walls unless what is asked is not."""
    margin = np.minimum(margin_m, dimensions / 4)
    low, high = np.array(asked).T
    inside = np.maximum(low, np.where(high < margin, 0, margin))
    return np.minimum(inside, dimensions), np.minimum(high, np.where(low > dimensions - margin, dimensions, dimensions - margin))


def _length(vector: Position) -> float:
    return float(np.sqrt(np.add.reduce(np.square(vector))))


def _metres(position: Position) -> list[float]:
    return [round(float(value), DECIMALS) for value in position]
