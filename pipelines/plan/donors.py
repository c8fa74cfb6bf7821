"""Which recordings an accent's cells are simulated from.

The cells of an accent take turns, one use at a time, so that where the caps bind no condition starves another. A turn goes to the
speaker who stands least in the cell, and there to the recording that was used least.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.plan.apportion import stable_hash
from pipelines.plan.cells import SpeakerCap, SplitTarget

SNR_HEADROOM_DB = 10.0
"""A donor's own noise adds to what is mixed in; 10 dB below it biases the result by at most 0.41 dB."""

DRAWN = ("snr_db", "t60_s", "distance_m", "noise_file", "response_file", "talkers")
"""Parameters that are drawn evenly over a cell's uses; the others are drawn for each use alone."""


@dataclass(frozen=True)
class Recording:
    """What the choice needs to know of a recording.

    Attributes:
        index: of its row in the accent's table.
        recording_id: its id.
        speaker_id: who speaks.
        split: where the speaker belongs.
        condition: the condition it is in.
        duration_s: its length.
        snr_db: its own SNR.
        is_donor: whether its condition is one to simulate from.
    """

    index: int
    recording_id: str
    speaker_id: str
    split: str
    condition: str
    duration_s: float
    snr_db: float
    is_donor: bool


@dataclass(frozen=True)
class Use:
    """One simulation from a recording.

    Attributes:
        recording: the donor.
        condition: what it is put in.
        number: counts the uses of this recording in this condition, from 1, over all versions.
        quantiles: where in its range each parameter of :data:`DRAWN` is drawn, 0 to 1.
    """

    recording: Recording
    condition: str
    number: int
    quantiles: Mapping[str, float]

    @property
    def id(self) -> str:
        """The utterance's id."""
        return f"{self.recording.recording_id}~{self.condition}~{self.number}"


@dataclass(frozen=True)
class Demand:
    """What is asked of one cell in one split.

    Attributes:
        condition: the cell's condition.
        split: which split.
        target: what it should hold.
        snr_db: range the SNR is drawn from; None where no noise is added.
        refusals: why it cannot be simulated from a given speaker, by speaker.
        refusal: why it cannot be simulated at all; None where it can.
    """

    condition: str
    split: str
    target: SplitTarget
    snr_db: tuple[float, float] | None
    refusals: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None


@dataclass
class UseCounts:
    """Uses made before and during the assignment, which caps are held against."""

    by_recording: Counter[str] = field(default_factory=Counter)
    by_recording_and_condition: Counter[tuple[str, str]] = field(default_factory=Counter)


class CellState:
    """A cell of one split while it is being filled.

    Attributes:
        utterances: rows it holds by now.
        seconds: their length.
        speakers: rows by speaker, recorded ones included.
        uses: the simulations chosen for it.
        capped_speakers: those who may not be used any more.
    """

    def __init__(self, demand: Demand, donors: Sequence[Recording], seed: int) -> None:
        self.demand = demand
        self.utterances = 0
        self.seconds = 0.0
        self.speakers: Counter[str] = Counter()
        self.uses: list[Use] = []
        self.capped_speakers: set[str] = set()
        self._simulated: Counter[str] = Counter()
        self._simulated_seconds: defaultdict[str, float] = defaultdict(float)
        self._seed = seed
        self._donors: dict[str, list[Recording]] = defaultdict(list)
        if demand.refusal is None:
            for donor in donors:
                if donor.speaker_id not in demand.refusals:
                    self._donors[donor.speaker_id].append(donor)
        self._queue: list[tuple[int, int, str]] = []
        self._quantiles: list[dict[str, float]] = []

    def hold(self, speaker_id: str, duration_s: float, *, simulated: bool) -> None:
        """Count a row that is in the cell already."""
        self.utterances += 1
        self.seconds += duration_s
        self.speakers[speaker_id] += 1
        if simulated:
            self._simulated[speaker_id] += 1
            self._simulated_seconds[speaker_id] += duration_s

    def open(self) -> None:
        """Draw the quantiles of the uses that are missing and line the speakers up."""
        missing = self._missing()
        self._quantiles = list(stratified_quantiles(missing, self._seed))
        # Those that need the cleanest donors choose first.
        self._quantiles.sort(key=lambda quantiles: quantiles["snr_db"])
        self._queue = [(self.speakers[speaker], stable_hash(self._seed, speaker), speaker) for speaker in self._donors]
        heapq.heapify(self._queue)

    def _missing(self) -> int:
        target = self.demand.target
        if target.utterances is not None:
            return max(0, target.utterances - self.utterances)
        if target.seconds is None or not self._donors:
            return 0
        mean_s = sum(donor.duration_s for donor in self.donors) / len(self.donors)
        return max(0, math.ceil((target.seconds - self.seconds) / mean_s))

    @property
    def donors(self) -> list[Recording]:
        """The recordings it may be simulated from."""
        return [donor for group in self._donors.values() for donor in group]

    @property
    def is_met(self) -> bool:
        """Whether the cell holds what it should in this split."""
        return self.demand.target.is_met(self.utterances, self.seconds)

    def take(self, counts: UseCounts, cap: SpeakerCap, max_uses: int, *, only_new: bool = False) -> bool:
        """Add one use, if any donor is left. With ``only_new`` only from a speaker who is not in the cell."""
        while True:
            drawn = bool(self._quantiles)
            quantiles = self._quantiles.pop() if drawn else next(stratified_quantiles(1, stable_hash(self._seed, len(self.uses))))
            donor = self._choose(self._needed_db(quantiles), counts, cap, max_uses, only_new)
            if donor is not None:
                self._use(donor, quantiles, counts)
                return True
            if not self._quantiles or not self._queue or only_new:
                return False
            # No donor left is clean enough for this SNR; the next one drawn is noisier.

    def _choose(self, needed_db: float, counts: UseCounts, cap: SpeakerCap, max_uses: int, only_new: bool) -> Recording | None:
        """The recording used least of the speaker who stands least in the cell, among those that may be used."""
        passed_over = []
        chosen = None
        while self._queue and chosen is None:
            entry = heapq.heappop(self._queue)
            speaker = entry[2]
            if not cap.allows(self._simulated[speaker], self._simulated_seconds[speaker]):
                self.capped_speakers.add(speaker)  # for good: a cap is never lifted again
                continue
            left = [donor for donor in self._donors[speaker] if counts.by_recording[donor.recording_id] < max_uses]
            if not left:
                continue
            fit = [donor for donor in left if donor.snr_db >= needed_db]
            if fit and not (only_new and self.speakers[speaker]):
                chosen = min(fit, key=lambda donor: self._claim(donor, counts))
            else:
                passed_over.append(entry)
        for entry in passed_over:
            heapq.heappush(self._queue, entry)
        return chosen

    def _claim(self, donor: Recording, counts: UseCounts) -> tuple[int, int]:
        return counts.by_recording[donor.recording_id], stable_hash(self._seed, donor.recording_id)

    def _needed_db(self, quantiles: Mapping[str, float]) -> float:
        if self.demand.snr_db is None:
            return float("-inf")
        low, high = self.demand.snr_db
        return low + quantiles["snr_db"] * (high - low) + SNR_HEADROOM_DB

    def _use(self, donor: Recording, quantiles: Mapping[str, float], counts: UseCounts) -> None:
        condition = self.demand.condition
        counts.by_recording[donor.recording_id] += 1
        counts.by_recording_and_condition[donor.recording_id, condition] += 1
        number = counts.by_recording_and_condition[donor.recording_id, condition]
        self.uses.append(Use(donor, condition, number, quantiles))
        self.hold(donor.speaker_id, donor.duration_s, simulated=True)
        heapq.heappush(self._queue, (self.speakers[donor.speaker_id], stable_hash(self._seed, donor.speaker_id), donor.speaker_id))


def stratified_quantiles(count: int, seed: int) -> Iterator[dict[str, float]]:
    """``count`` draws of all parameters, each parameter evenly over its range: one draw in each of ``count`` equal strata."""
    generator = np.random.Generator(np.random.PCG64(seed))
    columns = {name: (generator.permutation(count) + generator.random(count)) / max(count, 1) for name in DRAWN}
    for index in range(count):
        yield {name: round(float(values[index]), 9) for name, values in columns.items()}


def fill_cells(cells: Iterable[CellState], counts: UseCounts, cap: SpeakerCap, max_uses: int, speakers: int | None) -> None:
    """Fill the cells of an accent as far as donors and caps allow.

    Args:
        cells: of all conditions and splits.
        counts: uses made before; updated.
        cap: on one speaker's simulations in a cell.
        max_uses: simulations from one recording, over all cells.
        speakers: distinct speakers each cell should have over all splits; None where none are asked.
    """
    everything = list(cells)
    for cell in everything:
        cell.open()
    waiting = [cell for cell in everything if not cell.is_met]
    while waiting:
        waiting = [cell for cell in waiting if cell.take(counts, cap, max_uses) and not cell.is_met]
    if speakers is None:
        return
    by_condition: dict[str, list[CellState]] = defaultdict(list)
    for cell in everything:
        by_condition[cell.demand.condition].append(cell)
    for group in by_condition.values():
        while sum(len(cell.speakers) for cell in group) < speakers:
            if not any(cell.take(counts, cap, max_uses, only_new=True) for cell in group):
                break
