"""Drawing a handset: one value of every range, and the seeds of its noise floor and of the packets it loses."""

from __future__ import annotations

from typing import Any

from pipelines.simulate.uniform import Uniform
from schemas.handset import HandsetConfig


def draw_handset(name: str, handset: HandsetConfig, seed: int) -> dict[str, Any]:
    """The ``handset`` of an asked record; a stage that is left out is null."""
    uniform = Uniform(seed, {})
    agc, loss = handset.agc, handset.packet_loss
    ranges = {key: getattr(handset, key) for key in ("noise_floor_dbov", "clipping_dbov", "dc", "clock_offset_ppm")}
    drawn = {key: None if bounds is None else uniform.within(key, bounds) for key, bounds in ranges.items()}
    return {
        "name": name,
        "preset": handset.preset,
        "microphone": handset.microphone,
        "agc": None if agc is None else {key: uniform.within(key, getattr(agc, key)) for key in type(agc).model_fields},
        "band_filter": handset.band_filter,
        "codecs": list(handset.codecs),
        "packet_loss": None
        if loss is None
        else {key: uniform.within(key, getattr(loss, key)) for key in type(loss).model_fields} | {"seed": uniform.seed()},
        **drawn,
        "seed": uniform.seed(),
    }
