"""Drawing a room: a measured response, or a place to stand in a generated one, and where in it noise comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

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
Position = tuple[float, float, float]


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
    source, receiver = _positions(name, dimensions_m, distance_m, room.source_m or _CORNERS, room.receiver_m or _CORNERS, uniform)
    return {
        "kind": "generated",
        "name": name,
        "t60_s": t60_s.get(0),
        "t60_octaves_s": {str(octave): value for octave, value in t60_s.items()} if 0 not in t60_s else None,
        "distance_m": round(math.dist(source, receiver), DECIMALS),
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
    receiver = tuple(room["receiver_m"])
    box = _box(room["dimensions_m"], _CORNERS, WALL_M)
    for _ in range(_PLACEMENTS):
        source = _place(box, uniform)
        if math.dist(source, receiver) >= NEAREST_NOISE_M:
            break
    distance_m = round(math.dist(source, receiver), DECIMALS)
    return room | {"source_m": _metres(source), "distance_m": distance_m, "drr_db": None, "seed": uniform.seed()}


def _drr_db(room: RoomConfig, uniform: Uniform) -> float | None:
    return None if room.drr_db is None else uniform.within("drr_db", room.drr_db)


def _positions(
    name: str, dimensions_m: list[float], distance_m: float | None, source_m: Box, receiver_m: Box, uniform: Uniform
) -> tuple[Position, Position]:
    """Talker and microphone within their boxes, half a metre off the walls where room and boxes allow that.

    Without a distance both are anywhere in their boxes. Else the microphone is, and the talker in any direction, at most 30°
    above or below, that leaves it in its own; where chance does not find such a pair and no boxes are given, they stand on the
    room's diagonal.
    """
    source_box, receiver_box = _box(dimensions_m, source_m, WALL_M), _box(dimensions_m, receiver_m, WALL_M)
    for _ in range(_PLACEMENTS):
        receiver = _place(receiver_box, uniform)
        if distance_m is None:
            source = _place(source_box, uniform)
            if math.dist(source, receiver) >= NEAREST_WALL_M:
                return source, receiver
            continue
        azimuth, rise = uniform.between(-math.pi, math.pi), uniform.between(-STEEPEST, STEEPEST)
        level = math.sqrt(1 - rise**2)
        direction = (level * math.cos(azimuth), level * math.sin(azimuth), rise)
        x, y, z = (at + distance_m * along for at, along in zip(receiver, direction, strict=True))
        if all(low <= at <= high for at, (low, high) in zip((x, y, z), source_box, strict=True)):
            return (x, y, z), receiver
    size = " × ".join(f"{value:g}" for value in dimensions_m)
    if distance_m is None or source_m is not _CORNERS or receiver_m is not _CORNERS:
        raise RoomTooSmall(f"room {name!r}: no places found for talker and microphone within their ranges in {size} m")
    diagonal = [size - 2 * min(NEAREST_WALL_M, size / 4) for size in dimensions_m]
    longest = math.hypot(*diagonal)
    if distance_m > longest:
        raise RoomTooSmall(f"room {name!r}: a distance of {distance_m:g} m does not fit into {size} m")
    reach = [side * distance_m / longest / 2 for side in diagonal]
    x, y, z = (size / 2 for size in dimensions_m)
    return (x + reach[0], y + reach[1], z + reach[2]), (x - reach[0], y - reach[1], z - reach[2])


def _box(dimensions_m: Sequence[float], asked: Box, margin_m: float) -> Box:
    """What is asked, inside the room: off the walls unless what is asked is not."""
    return [_side(size, low, high, min(margin_m, size / 4)) for size, (low, high) in zip(dimensions_m, asked, strict=True)]


def _side(size: float, low: float, high: float, margin: float) -> tuple[float, float]:
    first = min(max(low, 0 if high < margin else margin), size)
    return first, min(high, size if low > size - margin else size - margin)


def _place(box: Box, uniform: Uniform) -> Position:
    (x_low, x_high), (y_low, y_high), (z_low, z_high) = box
    return uniform.between(x_low, x_high), uniform.between(y_low, y_high), uniform.between(z_low, z_high)


def _metres(position: Position) -> list[float]:
    return [round(value, DECIMALS) for value in position]
