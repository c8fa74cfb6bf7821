"""Transforms of audiomentations that a condition names, seeded and recorded."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.clock import of_length

REFUSED = {
    "AddBackgroundNoise": "name the recordings under 'noises', which seals them by split and keeps a true SNR",
    "AddShortNoises": "name the recordings under 'noises', which seals them by split and keeps a true SNR",
    "ApplyImpulseResponse": "name the responses under 'rooms', which seals them by split",
    "Lambda": "it takes a function, which a configuration cannot hold",
}
"""What has a place of its own in panvox, and what cannot be written down."""

_one_at_a_time = threading.Lock()


def transform_problem(name: str, parameters: dict[str, Any]) -> str | None:
    """What is wrong with a transform's name or parameters; None where it can be applied."""
    if name in REFUSED:
        return f"{name!r} is not taken: {REFUSED[name]}"
    import audiomentations
    from audiomentations.core.transforms_interface import BaseWaveformTransform

    made = getattr(audiomentations, name, None)
    if not (isinstance(made, type) and issubclass(made, BaseWaveformTransform)):
        return f"audiomentations has no transform {name!r}"
    try:
        made(**parameters)
    except (TypeError, ValueError, AssertionError) as error:
        return f"{name!r} does not take these parameters: {error}"
    except ImportError as error:
        return f"{name!r} needs a package that is not installed: {error}"
    return None


def apply_transforms(
    x: NDArray[np.float32], sample_rate: int, transforms: Sequence[dict[str, Any]]
) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """``x`` (n,) through each of an asked record's ``transforms`` (``name``, ``parameters``, ``seed``), (n,), and what they drew.

    audiomentations draws from the generators that Python and numpy share among all; they are seeded for each transform, one
    at a time, and put back as they were.
    """
    drawn = []
    for asked in transforms:
        x, parameters = _apply(x, sample_rate, asked)
        drawn.append({"name": asked["name"], "parameters": parameters})
    return x, drawn


def _apply(x: NDArray[np.float32], sample_rate: int, asked: dict[str, Any]) -> tuple[NDArray[np.float32], dict[str, Any]]:
    import audiomentations

    transform = getattr(audiomentations, asked["name"])(**asked["parameters"])
    with _one_at_a_time:
        states = random.getstate(), np.random.get_state()  # noqa: NPY002 (what audiomentations draws from)
        try:
            random.seed(asked["seed"])
            np.random.seed(asked["seed"])  # noqa: NPY002
            changed = np.asarray(transform(x.copy(), sample_rate), dtype=np.float32)
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002
    return of_length(changed, len(x)), json.loads(json.dumps(transform.serialize_parameters(), default=_plain))


def _plain(value: Any) -> Any:
    """A value of numpy's as JSON has it; of an array, its shape."""
    return value.item() if isinstance(value, np.generic) else f"array of shape {np.shape(value)}"
