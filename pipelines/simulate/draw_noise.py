"""Drawing a noise: an excerpt of a recording, the talkers of babble, a machine's rhythm, a colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.simulate.candidates import NoCandidates, NoiseFile, Talker, TalkerPool, TooFewTalkers
from pipelines.simulate.uniform import DECIMALS, Uniform
from schemas.acoustics import NoiseConfig

SPECTRUM_TALKERS = 10
"""Talkers, at most, whose long-term spectrum speech-shaped noise has; that of ten differs little from that of any others."""

LONGEST_RAMP_S = 0.01
"""Of a machine's bursts where none is asked: shorter ones would spread each harmonic over its neighbours."""


def draw_noise(
    bank: str,
    noise: NoiseConfig,
    seed: int,
    quantiles: Mapping[str, float],
    files: Sequence[NoiseFile],
    talkers: Sequence[Talker] | TalkerPool,
    duration_s: float | None,
) -> dict[str, Any]:
    """The ``noise`` of an asked record, without its room. Raises NoCandidates or TooFewTalkers."""
    uniform = Uniform(seed, quantiles)
    pool = talkers if isinstance(talkers, TalkerPool) else TalkerPool(talkers)
    if noise.kind == "babble":
        drawn = _babble(bank, noise, uniform, pool)
    elif noise.kind == "machine":
        drawn = _machine(noise, uniform)
    elif noise.kind == "coloured":
        drawn = _coloured(bank, noise, uniform, pool)
    else:
        drawn = _recording(bank, uniform, files, duration_s)
    return {"kind": noise.kind, "bank": bank, **drawn}


def _recording(bank: str, uniform: Uniform, files: Sequence[NoiseFile], duration_s: float | None) -> dict[str, Any]:
    if not files:
        raise NoCandidates(f"there is no recording of the noise {bank!r} in this split")
    drawn = files[uniform.index("noise_file", len(files))]
    begin, end = drawn.span_s
    last_start = end - duration_s if duration_s is not None and end - begin >= duration_s else end
    return {
        "file": drawn.file,
        "sha256": drawn.sha256,
        "span_s": [round(begin, DECIMALS), round(end, DECIMALS)],
        "start_s": uniform.within("noise_start", (begin, last_start)),
    }


def _babble(bank: str, noise: NoiseConfig, uniform: Uniform, pool: TalkerPool) -> dict[str, Any]:
    fewest, most = noise.talkers or (1, 1)
    if len(pool) < fewest:
        raise TooFewTalkers(f"the babble {bank!r} needs {fewest} talkers; this split has {len(pool)} beside the target speaker")
    talkers = pool.draw(fewest + uniform.index("talkers", min(most, len(pool)) - fewest + 1), uniform)
    return {
        "talkers": [vars(talker) | {"start_s": uniform.within("talker_start", (0.0, talker.duration_s))} for talker in talkers]
    }


def _machine(noise: NoiseConfig, uniform: Uniform) -> dict[str, Any]:
    repetition_hz = None if noise.repetition_hz is None else uniform.within("repetition_hz", noise.repetition_hz)
    duty = uniform.within("duty", noise.duty)
    ramp_s = min(LONGEST_RAMP_S, duty / (repetition_hz or 1) / 4)
    return {
        "fundamental_hz": uniform.within("fundamental_hz", noise.fundamental_hz or (1.0, 1.0)),
        "harmonics_db": list(noise.harmonics_db),
        "repetition_hz": repetition_hz,
        "duty": duty,
        "jitter": uniform.within("jitter", noise.jitter),
        "ramp_s": uniform.within("ramp_s", noise.ramp_s or (ramp_s, ramp_s)),
        "start_s": uniform.within("noise_start", (0.0, 0.0 if repetition_hz is None else 1 / repetition_hz)),
        "seed": uniform.seed(),
    }


def _coloured(bank: str, noise: NoiseConfig, uniform: Uniform, pool: TalkerPool) -> dict[str, Any]:
    talkers: list[Talker] = []
    if noise.colour == "speech_shaped":
        if not len(pool):
            raise TooFewTalkers(
                f"the noise {bank!r} takes its spectrum from other talkers; this split has none beside the target speaker"
            )
        talkers = pool.draw(min(SPECTRUM_TALKERS, len(pool)), uniform)
    return {"colour": noise.colour, "talkers": [dict(vars(talker)) for talker in talkers], "seed": uniform.seed()}
