"""Which caps keep a cell's donors from being used more, and how far each would have to be relaxed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pipelines.plan.fill.fill import CellState
from pipelines.plan.targets.cells import SpeakerCap, speaker_cap


class _Donor(NamedTuple):
    """What a speaker can give to a cell, in the rows or seconds that it lacks.

    Attributes:
        given: by now.
        spare: how much more the uses of recordings leave.
        per_use: what one more use of each recording comes to.
        longest: of the recordings.
    """

    given: float
    spare: float
    per_use: float
    longest: float


class Relaxed(NamedTuple):
    """The settings with which a cell's donors could fill it.

    Attributes:
        uses: ``max_uses_per_recording``; None where it need not be raised.
        share: ``max_share_per_speaker``; None where it need not be raised.
        is_impossible: whether no share lets so few speakers fill it.
    """

    uses: int | None = None
    share: float | None = None
    is_impossible: bool = False


def relaxed(cell: CellState, accent_lacks: int, together: int, utterance_s: float, max_uses: int, max_share: float) -> Relaxed:
    """How far caps have to be relaxed for a cell that has donors and yet lacks something.

    Args:
        cell: as the planner left it.
        accent_lacks: rows that all cells of the accent lack in this split, this one's among them: they share the donors.
        together: how many cells of the split share in what is missing.
        utterance_s: mean length of the accent's recordings, s.
        max_uses: ``max_uses_per_recording`` as it is.
        max_share: ``max_share_per_speaker`` as it is.
    """
    rows, seconds = cell.demand.target.missing(cell.utterances, cell.seconds)
    by_rows = rows > 0
    all_missing = max(rows if by_rows else seconds, accent_lacks * (1.0 if by_rows else utterance_s))
    missing = math.ceil(rows / together) if by_rows else seconds / together
    donors = _donors(cell, by_rows=by_rows)
    spare, per_use = (math.fsum(each) for each in zip(*((donor.spare, donor.per_use) for donor in donors), strict=True))
    share, rooms = None, _rooms(donors, cell.cap, by_rows=by_rows)
    if math.fsum(rooms) < missing:
        limits = [donor.spare if spare >= all_missing else math.inf for donor in donors]
        share = _share_needed(cell, donors, limits, missing, max_share, by_rows=by_rows)
        if share is None:
            return Relaxed(is_impossible=True)
        if spare >= all_missing:
            return Relaxed(share=share)
        rooms = _rooms(donors, speaker_cap(cell.cap.of, share), by_rows=by_rows)
    # What other cells lack they take of each speaker alike where a share binds, and else of each recording.
    others = all_missing - missing
    parts = [
        others / len(donors) if math.isfinite(room) else others * donor.per_use / per_use
        for room, donor in zip(rooms, donors, strict=True)
    ]
    uses = max(1, math.ceil((all_missing - spare) / per_use - 1e-9))
    while (
        math.fsum(
            min(room, donor.spare + uses * donor.per_use - part) for room, donor, part in zip(rooms, donors, parts, strict=True)
        )
        < missing - 1e-9
    ):
        uses += 1
    return Relaxed(max_uses + uses, share)


def _donors(cell: CellState, *, by_rows: bool) -> Sequence[_Donor]:
    need, found = cell.demand.need, []
    for speaker in cell.donor_speakers:
        own = [donor for donor in cell.pool.by_speaker[speaker] if donor.serves(need, need.snr_db)]
        sizes = [1.0 if by_rows else donor.duration_s for donor in own]
        given = float(cell.simulated(speaker)) if by_rows else cell.simulated_seconds(speaker)
        spare = math.fsum(size * cell.pool.spare(donor) for size, donor in zip(sizes, own, strict=True))
        found.append(_Donor(given, spare, math.fsum(sizes), max(sizes)))
    return found


def _rooms(donors: Sequence[_Donor], cap: SpeakerCap, *, by_rows: bool) -> list[float]:
    """What a cap leaves each speaker, at least: of seconds, one may lose what is shorter than a recording."""
    if math.isinf(cap.utterances) and math.isinf(cap.seconds):
        return [math.inf] * len(donors)
    if by_rows:
        return [max(0.0, cap.utterances - donor.given) for donor in donors]
    return [max(0.0, cap.seconds - donor.given - donor.longest) for donor in donors]


def _share_needed(
    cell: CellState, donors: Sequence[_Donor], limits: Sequence[float], missing: float, max_share: float, *, by_rows: bool
) -> float | None:
    """The least ``max_share_per_speaker``, in hundredths, with which the donors fill the cell; None where none does."""
    for hundredths in range(math.floor(100 * max_share + 1e-9) + 1, 101):
        rooms = _rooms(donors, speaker_cap(cell.cap.of, hundredths / 100), by_rows=by_rows)
        if math.fsum(map(min, rooms, limits)) >= missing:
            return hundredths / 100
    return None
