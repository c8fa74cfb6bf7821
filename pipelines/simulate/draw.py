"""Drawing what a simulation is asked to be. Applying it is :mod:`pipelines.simulate.chain`'s work.

An *asked* record is plain JSON: whatever was drawn stands in it, so that it alone, with the sounds it names, gives the same
samples again.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.config import ConditionConfig, CorpusConfig
from schemas.errors import PanvoxError

LEVEL_DBOV = -26.0
"""Nominal active speech level of the output (ITU-T P.56 level customary in speech coding tests)."""

DECIMALS = 6
WALL_M = 0.5
NEAREST_WALL_M = 0.1
STEEPEST = 0.5
"""The largest difference in height between talker and microphone, as a share of their distance (30°)."""

_PLACEMENTS = 200


@dataclass(frozen=True)
class NoiseFile:
    """A noise recording and the span of it, s, that the split may use."""

    file: str
    sha256: str
    span_s: tuple[float, float]
    duration_s: float


@dataclass(frozen=True)
class ResponseFile:
    """A measured impulse response."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Talker:
    """A recording of the corpus that may be heard in babble, and where in its file it is."""

    recording_id: str
    speaker_id: str
    audio: str
    offset_s: float | None
    duration_s: float
    audio_sha256: str


class TalkerPool:
    """The talkers of a split by speaker; made once, it is drawn from in time that does not depend on its size.

    Attributes:
        left_out: speakers that are there, but not to be drawn.
    """

    def __init__(self, talkers: Iterable[Talker]) -> None:
        self._recordings: dict[str, list[Talker]] = {}
        for talker in sorted(talkers, key=lambda talker: (talker.speaker_id, talker.recording_id)):
            self._recordings.setdefault(talker.speaker_id, []).append(talker)
        self._speakers = list(self._recordings)
        self.left_out: frozenset[str] = frozenset()

    def without(self, *speaker_ids: str) -> TalkerPool:
        """The same talkers but these speakers; nothing is copied."""
        other = copy.copy(self)
        other.left_out = self.left_out | (set(speaker_ids) & self._recordings.keys())
        return other

    def __len__(self) -> int:
        """How many speakers there are."""
        return len(self._speakers) - len(self.left_out)

    def draw(self, count: int, generator: np.random.Generator) -> list[Talker]:
        """A recording each of ``count`` distinct speakers, all as likely, however much there is of each."""
        if count > len(self):
            raise TooFewTalkers(f"{count} talkers are asked for; there are {len(self)}")
        chosen: dict[str, Talker] = {}
        while len(chosen) < count:
            speaker = self._speakers[generator.integers(len(self._speakers))]
            if speaker not in chosen and speaker not in self.left_out:
                recordings = self._recordings[speaker]
                chosen[speaker] = recordings[generator.integers(len(recordings))]
        return list(chosen.values())


class DrawError(PanvoxError):
    """What a condition asks for cannot be drawn from what there is."""


class TooFewTalkers(DrawError):
    """Babble asks for more speakers than the split has beside the target speaker."""


class NoCandidates(DrawError):
    """The split has no file of the noise or of the room responses that the condition names."""


class RoomTooSmall(DrawError):
    """Talker and microphone cannot stand that far apart in the room."""


class _Uniform:
    """Values in [0, 1) by name: the caller's where given, else of the seed; the others do not depend on which are given."""

    def __init__(self, seed: int, quantiles: Mapping[str, float]) -> None:
        self.generator = np.random.Generator(np.random.PCG64(seed))
        self._quantiles = quantiles

    def __call__(self, name: str) -> float:
        drawn = float(self.generator.random())
        return self._quantiles.get(name, drawn)

    def within(self, name: str, bounds: tuple[float, float]) -> float:
        return round(bounds[0] + self(name) * (bounds[1] - bounds[0]), DECIMALS)

    def index(self, name: str, count: int) -> int:
        return min(int(self(name) * count), count - 1)


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
    uniform = _Uniform(seed, quantiles)
    snr_db = uniform.within("snr_db", condition.snr_db or (0.0, 0.0))
    room_seed, noise_seed = (int(value) for value in uniform.generator.integers(2**32, size=2))
    return {
        "condition": condition.name,
        "seed": seed,
        "level_dbov": LEVEL_DBOV,
        "snr_db": snr_db if condition.snr_db is not None else None,
        "room": _draw_room(condition.room, config, room_seed, quantiles, response),
        "noise": _draw_noise(condition.noise, config, noise_seed, quantiles, noise, talkers, duration_s),
        "handset": _handset(condition.handset, config),
    }


def _handset(name: str | None, config: CorpusConfig) -> dict[str, Any] | None:
    if name is None:
        return None
    handset = config.handsets[name]
    return {"name": name, "microphone": handset.microphone, "codecs": list(handset.codecs)}


def _draw_noise(
    bank: str | None,
    config: CorpusConfig,
    seed: int,
    quantiles: Mapping[str, float],
    files: Sequence[NoiseFile],
    talkers: Sequence[Talker] | TalkerPool,
    duration_s: float | None,
) -> dict[str, Any] | None:
    if bank is None:
        return None
    uniform = _Uniform(seed, quantiles)
    if (count := config.noises[bank].talkers) is not None:
        pool = talkers if isinstance(talkers, TalkerPool) else TalkerPool(talkers)
        return _draw_babble(bank, count, uniform, pool)
    if not files:
        raise NoCandidates(f"there is no recording of the noise {bank!r} in this split")
    drawn = files[uniform.index("noise_file", len(files))]
    begin, end = drawn.span_s
    last_start = end - duration_s if duration_s is not None and end - begin >= duration_s else end
    return {
        "kind": "recording",
        "bank": bank,
        "file": drawn.file,
        "sha256": drawn.sha256,
        "span_s": [round(begin, DECIMALS), round(end, DECIMALS)],
        "start_s": uniform.within("noise_start", (begin, last_start)),
    }


def _draw_babble(bank: str, count: tuple[int, int], uniform: _Uniform, pool: TalkerPool) -> dict[str, Any]:
    fewest, most = count
    if len(pool) < fewest:
        raise TooFewTalkers(f"the babble {bank!r} needs {fewest} talkers; this split has {len(pool)} beside the target speaker")
    talkers = pool.draw(fewest + uniform.index("talkers", min(most, len(pool)) - fewest + 1), uniform.generator)
    return {
        "kind": "babble",
        "bank": bank,
        "talkers": [asdict(talker) | {"start_s": uniform.within("talker_start", (0.0, talker.duration_s))} for talker in talkers],
    }


def _draw_room(
    name: str | None, config: CorpusConfig, seed: int, quantiles: Mapping[str, float], responses: Sequence[ResponseFile]
) -> dict[str, Any] | None:
    if name is None:
        return None
    room = config.rooms[name]
    uniform = _Uniform(seed, quantiles)
    if room.t60_s is None or room.distance_m is None or room.dimensions_m is None:
        if not responses:
            raise NoCandidates(f"there is no response of the room {name!r} in this split")
        drawn = responses[uniform.index("response_file", len(responses))]
        return {"kind": "measured", "name": name, "file": drawn.file, "sha256": drawn.sha256}
    t60_s = uniform.within("t60_s", room.t60_s)
    distance_m = uniform.within("distance_m", room.distance_m)
    dimensions_m = [uniform.within("dimensions_m", bounds) for bounds in room.dimensions_m]
    source_m, receiver_m = _positions(name, dimensions_m, distance_m, uniform.generator)
    return {
        "kind": "generated",
        "name": name,
        "t60_s": t60_s,
        "distance_m": distance_m,
        "dimensions_m": dimensions_m,
        "source_m": source_m,
        "receiver_m": receiver_m,
        "seed": int(uniform.generator.integers(2**32)),
    }


def _positions(
    name: str, dimensions_m: list[float], distance_m: float, generator: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Talker and microphone ``distance_m`` apart, half a metre off the walls where the room allows that.

    The microphone is anywhere and the talker in any direction, at most 30° above or below, that leaves it in the room;
    where chance does not find such a pair, they stand on the room's diagonal.
    """
    dimensions = np.array(dimensions_m)
    margin = np.minimum(WALL_M, dimensions / 4)
    low, high = margin, dimensions - margin
    for _ in range(_PLACEMENTS):
        receiver = generator.uniform(low, high)
        azimuth, rise = generator.uniform(-math.pi, math.pi), generator.uniform(-STEEPEST, STEEPEST)
        level = math.sqrt(1 - rise**2)
        source = receiver + distance_m * np.array([level * math.cos(azimuth), level * math.sin(azimuth), rise])
        if np.all((source >= low) & (source <= high)):
            return _metres(source), _metres(receiver)
    low = np.minimum(NEAREST_WALL_M, dimensions / 4)
    diagonal = dimensions - 2 * low
    longest = float(np.sqrt(np.add.reduce(np.square(diagonal))))
    if distance_m > longest:
        size = " × ".join(f"{value:g}" for value in dimensions_m)
        raise RoomTooSmall(f"room {name!r}: a distance of {distance_m:g} m does not fit into {size} m")
    reach = diagonal * (distance_m / longest / 2)
    return _metres(dimensions / 2 + reach), _metres(dimensions / 2 - reach)


def _metres(position: NDArray[np.float64]) -> list[float]:
    return [round(float(value), DECIMALS) for value in position]
