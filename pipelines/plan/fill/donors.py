"""The recordings that an accent's cells are simulated from, and how often each may still be used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pipelines.plan.apportion import stable_hash
from pipelines.plan.fill.need import Need


class Recording(NamedTuple):
    """What the choice needs to know of a recording.

    Attributes:
        row: where it stands in the accent's table.
        recording_id: its id.
        speaker_id: who speaks.
        split: where the speaker belongs.
        condition: the condition it is in.
        duration_s: its length.
        snr_db: its own SNR.
        bandwidth_hz: its own bandwidth.
        is_donor: whether its condition is one to simulate from.
    """

    row: int
    recording_id: str
    speaker_id: str
    split: str
    condition: str
    duration_s: float
    snr_db: float
    bandwidth_hz: float
    is_donor: bool

    def serves(self, need: Need, snr_db: float, longest_s: float = float("inf")) -> bool:
        """Whether it may be simulated into a condition, at an SNR that takes ``snr_db`` of its own, and is short enough."""
        return (
            self.condition in need.donors
            and self.snr_db >= snr_db
            and self.bandwidth_hz >= need.bandwidth_hz
            and self.duration_s <= longest_s
        )


class DonorPool:
    """The donors of an accent in one split. Each may be used a number of times, over all conditions.

    Attributes:
        by_speaker: donors by speaker, in an order that depends on their ids alone.
        by_row: donors by their row.
    """

    def __init__(self, donors: Iterable[Recording], used: Mapping[str, int], max_uses: int, seed: int) -> None:
        known = list(donors)
        orders = {donor.row: stable_hash(seed, donor.recording_id) for donor in known}
        self.by_speaker: dict[str, list[Recording]] = defaultdict(list)
        for donor in sorted(known, key=lambda donor: (donor.speaker_id, orders[donor.row], donor.recording_id)):
            self.by_speaker[donor.speaker_id].append(donor)
        self.by_row = {donor.row: donor for donor in known}
        self._max_uses = max_uses
        self._uses = {donor.row: used.get(donor.recording_id, 0) for donor in known}
        self._used = {speaker: sum(self._uses[donor.row] for donor in own) for speaker, own in self.by_speaker.items()}
        self._left = {speaker: sum(self.spare(donor) for donor in own) for speaker, own in self.by_speaker.items()}
        self._by_snr = {speaker: sorted(own, key=lambda donor: donor.snr_db) for speaker, own in self.by_speaker.items()}

    def spare(self, donor: Recording) -> int:
        """How often a donor may still be used."""
        return max(0, self._max_uses - self._uses[donor.row])

    def left(self, speaker: str) -> int:
        """How often a speaker's donors may still be used, together."""
        return self._left[speaker]

    def cleanest_db(self, speaker: str) -> float:
        """The best SNR among a speaker's donors that may still be used; minus infinity where there is none."""
        own = self._by_snr[speaker]
        while own and not self.spare(own[-1]):
            own.pop()
        return own[-1].snr_db if own else float("-inf")

    def used(self, speaker: str) -> int:
        """How often a speaker's donors were used, together."""
        return self._used[speaker]

    def give_back(self, donor: Recording) -> None:
        """Count one use less."""
        self._uses[donor.row] -= 1
        self._used[donor.speaker_id] -= 1
        self._left[donor.speaker_id] += 1
        self._by_snr[donor.speaker_id] = sorted(self.by_speaker[donor.speaker_id], key=lambda each: each.snr_db)

    def use(self, donor: Recording) -> None:
        """Count one use."""
        self._uses[donor.row] += 1
        self._used[donor.speaker_id] += 1
        self._left[donor.speaker_id] -= 1
