"""Filling the cells of an accent with simulations.

The cells take turns, one use at a time, so that where the caps bind no condition starves another. A turn goes to the speaker who
stands least in the cell (of those to the one with most uses left), and there to the speaker's recordings one after the other.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.plan.apportion import stable_hash
from pipelines.plan.fill.donors import DonorPool, Recording
from pipelines.plan.fill.exchange import exchange
from pipelines.plan.fill.need import SNR_HEADROOM_DB, Need
from pipelines.plan.gaps.obstacle import Obstacle
from pipelines.plan.targets.cells import SpeakerCap, SplitTarget


@dataclass(frozen=True)
class Demand:
    """What is asked of one cell in one split.

    Attributes:
        need: what its condition needs of donors.
        split: which split.
        target: what it should hold.
        snr_db: range the SNR is drawn from; None where no noise is added.
        refusals: why it cannot be simulated from a given speaker, by speaker.
        refusal: why it cannot be simulated at all; None where it can.
    """

    need: Need
    split: str
    target: SplitTarget
    snr_db: tuple[float, float] | None = None
    refusals: Mapping[str, Obstacle] = field(default_factory=dict)
    refusal: Obstacle | None = None

    @property
    def condition(self) -> str:
        """The cell's condition."""
        return self.need.condition


class CellState:
    """A cell of one split while it is being filled.

    Attributes:
        demand: what is asked of it.
        pool: the donors of its accent and split.
        cap: on what one speaker's simulations may fill of it.
        utterances: rows it holds by now.
        seconds: their length.
        speakers: rows by speaker, recorded ones included.
        uses: the simulations chosen for it: how many by the donor's row.
        earlier: simulations that earlier versions of the corpus put there.
    """

    def __init__(self, demand: Demand, pool: DonorPool, cap: SpeakerCap, seed: int) -> None:
        self.demand = demand
        self.pool = pool
        self.utterances = 0
        self.seconds = 0.0
        self.speakers: Counter[str] = Counter()
        self.uses: Counter[int] = Counter()
        self.earlier = 0
        self.cap = cap
        self._seed = seed
        self._simulated: Counter[str] = Counter()
        self._simulated_seconds: defaultdict[str, float] = defaultdict(float)
        self._queue: list[tuple[int, int, int, str]] = []
        self._slots = self._open_slots = 0
        self._ceiling_db = float("inf")
        self._turns: dict[str, int] = {}

    def hold(self, speaker_id: str, duration_s: float) -> None:
        """Count a recorded row."""
        self.utterances += 1
        self.seconds += duration_s
        self.speakers[speaker_id] += 1

    def hold_simulated(self, speaker_id: str, duration_s: float) -> None:
        """Count a simulation that an earlier version made."""
        self.earlier += 1
        self._add(speaker_id, duration_s)

    def _add(self, speaker_id: str, duration_s: float) -> None:
        self.hold(speaker_id, duration_s)
        self._simulated[speaker_id] += 1
        self._simulated_seconds[speaker_id] += duration_s

    def put(self, donor: Recording) -> None:
        """Add one use of a donor."""
        self.uses[donor.row] += 1
        self._add(donor.speaker_id, donor.duration_s)

    def place(self, donor: Recording) -> None:
        """Use a donor for a row that must be this one: no exchange gives it away."""
        self.pool.use(donor)
        self._add(donor.speaker_id, donor.duration_s)

    def release(self, donor: Recording) -> None:
        """Take one use of a donor away."""
        self.uses[donor.row] -= 1
        self.utterances -= 1
        self.seconds -= donor.duration_s
        self._simulated[donor.speaker_id] -= 1
        self._simulated_seconds[donor.speaker_id] -= donor.duration_s
        self.speakers[donor.speaker_id] -= 1
        if not self.speakers[donor.speaker_id]:
            del self.speakers[donor.speaker_id]

    @property
    def is_met(self) -> bool:
        """Whether the cell holds what it should in this split."""
        return self.demand.target.is_met(self.utterances, self.seconds)

    @property
    def donor_speakers(self) -> list[str]:
        """The speakers it may be simulated from, caps apart."""
        if self.demand.refusal is not None:
            return []
        need = self.demand.need
        return [
            speaker
            for speaker, own in self.pool.by_speaker.items()
            if speaker not in self.demand.refusals and any(donor.serves(need, need.snr_db) for donor in own)
        ]

    def longest_next(self, speaker: str) -> float:
        """The length, s, of the longest simulation that the cap lets a speaker add; 0 for none."""
        return self.cap.longest_next(self._simulated[speaker], self._simulated_seconds[speaker])

    @property
    def counts_rows(self) -> bool:
        """Whether rows are all that is asked of it, and capped."""
        return self.demand.target.seconds is None and math.isinf(self.cap.seconds)

    def room(self, speaker: str) -> float:
        """How many more simulations the cap lets a speaker add, where it counts rows."""
        return max(0, self.cap.utterances - self._simulated[speaker])

    def is_capped(self, speaker: str) -> bool:
        """Whether the cap forbids every simulation of a speaker's donors."""
        return self.longest_next(speaker) < min(donor.duration_s for donor in self.pool.by_speaker[speaker])

    def simulated(self, speaker: str) -> int:
        """How many simulations of a speaker the cell holds."""
        return self._simulated[speaker]

    def simulated_seconds(self, speaker: str) -> float:
        """The length, s, of the simulations of a speaker that the cell holds."""
        return self._simulated_seconds[speaker]

    def open(self) -> None:
        """Line the speakers up, and lay out the strata that SNRs are to be drawn from."""
        self.reopen(self._missing(self.donor_speakers))
        self.line_up()

    def line_up(self) -> None:
        """Line the speakers up anew."""
        self._queue = [self._entry(speaker) for speaker in self.donor_speakers]
        heapq.heapify(self._queue)

    def reopen(self, uses: int) -> None:
        """Lay out the strata of so many further uses."""
        self._slots = self._open_slots = uses
        self._ceiling_db = float("inf")

    def _entry(self, speaker: str) -> tuple[int, int, int, str]:
        return self.speakers[speaker], -self.pool.left(speaker), stable_hash(self._seed, speaker), speaker

    def _missing(self, speakers: Iterable[str]) -> int:
        """How many uses it takes, about."""
        rows, seconds = self.demand.target.missing(self.utterances, self.seconds)
        lengths = [donor.duration_s for speaker in speakers for donor in self.pool.by_speaker[speaker]] if seconds else []
        return max(rows, math.ceil(seconds * len(lengths) / math.fsum(lengths)) if lengths else 0)

    def take(self, *, only_new: bool = False) -> bool:
        """Add one use, if any donor is left. With ``only_new`` only from a speaker who is not in the cell."""
        donor = self._choose(min(self._needed_db(), self._ceiling_db), only_new)
        if donor is None and self.demand.snr_db is not None and not only_new:
            # Nobody is clean enough for this stratum: the cleanest there is will be put at a lower SNR.
            self._ceiling_db = max(self._cleanest_db(), self.demand.need.snr_db)
            donor = self._choose(self._ceiling_db, only_new) or self._choose(self.demand.need.snr_db, only_new)
        if donor is None:
            return False
        self._open_slots -= 1
        self.pool.use(donor)
        self.put(donor)
        heapq.heappush(self._queue, self._entry(donor.speaker_id))
        return True

    def _needed_db(self) -> float:
        """The SNR that a donor of the highest open stratum needs: those that need the cleanest choose first."""
        if self.demand.snr_db is None or self._open_slots <= 0:
            return self.demand.need.snr_db
        low, high = self.demand.snr_db
        return low + (high - low) * self._open_slots / self._slots + SNR_HEADROOM_DB

    def _cleanest_db(self) -> float:
        return max(
            (self.pool.cleanest_db(speaker) for *_, speaker in self._queue if self.longest_next(speaker) > 0),
            default=float("-inf"),
        )

    def _choose(self, needed_db: float, only_new: bool) -> Recording | None:
        """The recording to use next, of those that reach ``needed_db``."""
        passed_over = []
        chosen = None
        while self._queue and chosen is None:
            entry = heapq.heappop(self._queue)
            speaker = entry[3]
            longest_s = self.longest_next(speaker)
            if not longest_s or not self.pool.left(speaker):
                continue  # for good: what is used up stays used up
            now = self._entry_now(entry)
            if now != entry:
                heapq.heappush(self._queue, now)
                continue
            if only_new and self.speakers[speaker]:
                passed_over.append(entry)
                break
            chosen = self._in_turn(speaker, needed_db, longest_s)
            if chosen is None:
                passed_over.append(entry)
        for entry in passed_over:
            heapq.heappush(self._queue, entry)
        return chosen

    def _in_turn(self, speaker: str, needed_db: float, longest_s: float) -> Recording | None:
        """The next of a speaker's recordings that may be used.

        Every cell goes through them in turns of its own, so that it hears them all; where it begins depends on how much they were
        used, so that cells do not begin with the same.
        """
        if self.pool.cleanest_db(speaker) < needed_db:
            return None
        own = self.pool.by_speaker[speaker]
        first = self._turns.setdefault(speaker, self.pool.used(speaker))
        for turn in range(first, first + len(own)):
            donor = own[turn % len(own)]
            if self.pool.spare(donor) and donor.serves(self.demand.need, needed_db, longest_s):
                self._turns[speaker] = turn + 1
                return donor
        return None

    def _entry_now(self, entry: tuple[int, int, int, str]) -> tuple[int, int, int, str]:
        return self.speakers[entry[3]], -self.pool.left(entry[3]), entry[2], entry[3]


def fill_cells(
    cells: Iterable[CellState], speakers: Mapping[str, int | None], totals: Mapping[str, SplitTarget] | None = None
) -> None:
    """Fill the cells of an accent as far as donors and caps allow.

    Where rows are asked for, no other choice of donors under the same caps fills more of them: of the cells' own targets, and
    then of the totals.

    Args:
        cells: of all conditions and splits.
        speakers: distinct speakers each condition's cell should have over all splits; None where none are asked.
        totals: by split, what all its cells should hold together.
    """
    everything = list(cells)
    for cell in everything:
        cell.open()
    by_split: dict[str, list[CellState]] = defaultdict(list)
    for cell in everything:
        by_split[cell.demand.split].append(cell)
    for group in by_split.values():
        _fill_split(group)
    for same in _by_condition(everything):
        wanted = speakers.get(same[0].demand.condition) or 0
        while sum(len(cell.speakers) for cell in same) < wanted and any(cell.take(only_new=True) for cell in same):
            pass
    for split, total in (totals or {}).items():
        _top_up(by_split[split], total)


def _fill_split(cells: list[CellState]) -> None:
    waiting = [cell for cell in cells if not cell.is_met]
    while waiting:
        waiting = [cell for cell in waiting if cell.take() and not cell.is_met]
    missing = [cell.demand.target.missing(cell.utterances, cell.seconds)[0] for cell in cells]
    exchange(cells, missing, sum(missing))


def _top_up(cells: Sequence[CellState], total: SplitTarget) -> None:
    """Add to the cells until they hold the total: each time to the one that holds least, as long as any can take more."""

    def amount(cell: CellState) -> float:
        return cell.utterances if total.utterances is not None else cell.seconds

    rows, seconds = sum(cell.utterances for cell in cells), math.fsum(cell.seconds for cell in cells)
    if total.is_met(rows, seconds):
        return
    able = sum(bool(cell.donor_speakers) for cell in cells)
    lengths = [donor.duration_s for own in cells[0].pool.by_speaker.values() for donor in own] if cells else []
    for cell in cells:
        mean_s = math.fsum(lengths) / len(lengths) if lengths else 1.0
        cell.reopen(math.ceil(total.missing_uses(rows, seconds, mean_s) / max(1, able)))
    queue = [(amount(cell), place) for place, cell in enumerate(cells)]
    heapq.heapify(queue)
    while queue and not total.is_met(rows, seconds):
        _, place = heapq.heappop(queue)
        cell = cells[place]
        before = cell.seconds
        if cell.take():
            rows, seconds = rows + 1, seconds + cell.seconds - before
            heapq.heappush(queue, (amount(cell), place))
    missing, _ = total.missing(rows, seconds)
    exchange(cells, [missing] * len(cells), missing)


def _by_condition(cells: Iterable[CellState]) -> Iterator[list[CellState]]:
    groups: dict[str, list[CellState]] = defaultdict(list)
    for cell in cells:
        groups[cell.demand.condition].append(cell)
    yield from groups.values()
