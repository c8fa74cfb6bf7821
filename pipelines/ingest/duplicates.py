"""Which of the records that share an id or the same audio stays.

In the order of their places, a record stays when no record that stays before it has its id or its audio. Ids and audio may be
entangled: a record that loses by its audio leaves its id to a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipelines.ingest.record import Place


class Claim(NamedTuple):
    """A record's claim to its id and its audio."""

    place: Place
    recording_id: str
    audio_sha256: str


class Loss(NamedTuple):
    """A record that does not stay, the rule it broke, and the record it gives way to."""

    place: Place
    rule: str
    winner: Claim


def settle(claims: Iterable[Claim]) -> Iterator[Loss]:
    """The losses among claims that may conflict with each other; the order in which they come does not matter."""
    ids: dict[str, Claim] = {}
    audios: dict[str, Claim] = {}
    for claim in sorted(claims):
        if claim.recording_id in ids:
            yield Loss(claim.place, "duplicate_id", ids[claim.recording_id])
        elif claim.audio_sha256 in audios:
            yield Loss(claim.place, "duplicate_audio", audios[claim.audio_sha256])
        else:
            ids[claim.recording_id] = claim
            audios[claim.audio_sha256] = claim
