"""A file that declares more than it holds: cut, or lying."""

from __future__ import annotations

from pipelines.audio.problem import AudioProblem

MAX_DECLARED_HOURS = 24.0
ABSURD_FACTOR = 20
ABSURD_FLOOR_BYTES = 64 << 20


def shortfall(declared: int, held: int, byte_rate: int = 0) -> AudioProblem:
    """The problem of a file whose header declares more bytes of samples than follow it.

    A cut leaves some plausible share of the file; figures beyond that are no cut.

    Args:
        declared: bytes of samples by the header.
        held: bytes there are.
        byte_rate: bytes a second; 0 where it is not known.
    """
    message = f"the header declares {declared} bytes of samples, the file holds {held}"
    hours = declared / byte_rate / 3600 if byte_rate else 0.0
    absurd = hours > MAX_DECLARED_HOURS or declared > max(ABSURD_FLOOR_BYTES, ABSURD_FACTOR * held)
    return AudioProblem("absurd_size" if absurd else "truncated_audio", message)
