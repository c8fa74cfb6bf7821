"""Giving the rows of a condition with ``factors`` to people, evenly; and what its further rows are put through."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.combinations.constraints import OPEN
from pipelines.combinations.design import Design, Variant, variants
from pipelines.combinations.space import Space
from pipelines.plan.apportion import stable_hash
from pipelines.plan.factors.combined import Asked, People
from pipelines.plan.fill.donors import Recording
from pipelines.plan.fill.fill import CellState
from pipelines.plan.fill.need import SNR_HEADROOM_DB

Given = tuple[Recording, Variant]
"""A recording and what it is put through."""


class Options:
    """What a condition can be in one split, whoever speaks.

    Attributes:
        is_empty: whether it can be nothing at all.
        snr_db: the lowest and the highest SNR; None where it can be without noise.
    """

    def __init__(self, design: Design, space: Space) -> None:
        self._design = design
        self._space = space
        self._nobody = (None,) * design.observed
        self.is_empty = not space.allows([OPEN] * len(design.factors))
        bands = self._bands()
        self.snr_db = (min(low for low, _ in bands), max(high for _, high in bands)) if bands else None

    def _bands(self) -> list[tuple[float, float]]:
        factor = self._design.factors.index("snr_db")
        row = [OPEN] * len(self._design.factors)
        found = []
        for number, value in enumerate(self._design.values[factor]):
            row[factor] = number
            if self._space.allows(row):
                if isinstance(value, str):
                    return []
                found.append(value)
        return found

    def allow(self, variant: Variant) -> bool:
        """Whether the split has what the variant takes."""
        return self._space.allows(self._design.encode((*self._nobody, *variant)))

    def all(self) -> Iterable[Variant]:
        """Everything that the condition can be."""
        return variants(self._design, self._space)


@dataclass
class Placed:
    """The rows of one condition and accent.

    Attributes:
        given: to each split, recordings and what they are put through.
        left: rows that nobody could take any more.
        more_uses: how often the recordings that would serve them best would have to be used again, at most.
        most_rows: how many rows those speakers would have who may give no more; 0 where that is not in the way.
    """

    given: dict[str, list[Given]] = field(default_factory=lambda: defaultdict(list))
    left: list[Asked] = field(default_factory=list)
    more_uses: int = 0
    most_rows: int = 0


@dataclass(frozen=True)
class _Donors:
    """The donors of one speaker that share their observed values."""

    speaker: str
    people: People
    cell: CellState
    own: Sequence[Recording]
    tie: int

    def choose(self, needed_db: float) -> Recording | None:
        """The recording to use next, the least used first; None where none is left that is clean and short enough."""
        longest_s = self.cell.longest_next(self.speaker)
        need, pool = self.cell.demand.need, self.cell.pool
        fit = [each for each in self.own if pool.spare(each) and each.serves(need, needed_db, longest_s)]
        return max(fit, key=pool.spare, default=None)


def place_rows(
    asked: Iterable[Asked], cells: Sequence[CellState], options: Mapping[str, Options], people: Mapping[int, People], seed: int
) -> Placed:
    """Give each row to a recording of somebody it fits: of those to the speaker who has fewest.

    Rows that few can take come first. What is given is counted in the cells.

    Args:
        asked: the rows.
        cells: of the condition, in all splits.
        options: what the condition can be, by split.
        people: observed values by a recording's row.
        seed: decides between equal claims.
    """
    donors: list[_Donors] = []
    for cell in cells:
        for speaker, own in cell.pool.by_speaker.items():
            by_people: dict[People, list[Recording]] = defaultdict(list)
            for recording in own:
                by_people[people[recording.row]].append(recording)
            tie = stable_hash(seed, speaker)
            donors += [_Donors(speaker, values, cell, recordings, tie) for values, recordings in by_people.items()]
    able = []
    for row in asked:
        needed_db = needed(row.variant)
        may = {split for split, own in options.items() if own.allow(row.variant)}
        fit = [each for each in donors if each.cell.demand.split in may and row.fits(each.people, each.cell.demand.split)]
        clean = [each for each in fit if any(recording.snr_db >= needed_db for recording in each.own)]
        able.append((len(clean), -needed_db, stable_hash(seed, row), row, clean))
    placed = Placed()
    held: Counter[str] = Counter()
    left: list[tuple[Asked, list[_Donors]]] = []
    for _, _, _, row, clean in sorted(able, key=lambda each: each[:3]):
        clean.sort(key=lambda each: (held[each.speaker], -each.cell.pool.left(each.speaker), each.tie))
        for each in clean:
            chosen = each.choose(needed(row.variant))
            if chosen is not None:
                each.cell.place(chosen)
                held[each.speaker] += 1
                placed.given[each.cell.demand.split].append((chosen, row.variant))
                break
        else:
            left.append((row, clean))
    _find_ways(placed, left)
    return placed


def _find_ways(placed: Placed, left: Iterable[tuple[Asked, list[_Donors]]]) -> None:
    """What would have to be allowed for the rows that are left: each goes to the speaker and recording it asks least of."""
    uses: Counter[int] = Counter()
    rows: Counter[str] = Counter()
    for row, clean in left:
        placed.left.append(row)
        ways = [
            (max(0, uses[each.row] + 1 - donors.cell.pool.spare(each)), rows[donors.speaker], place, number)
            for place, donors in enumerate(clean)
            for number, each in enumerate(donors.own)
            if each.serves(donors.cell.demand.need, needed(row.variant))
        ]
        if not ways:
            continue
        more, _, place, number = min(ways)
        donors = clean[place]
        uses[donors.own[number].row] += 1
        rows[donors.speaker] += 1
        placed.more_uses = max(placed.more_uses, more)
        if donors.cell.is_capped(donors.speaker):
            placed.most_rows = max(placed.most_rows, donors.cell.simulated(donors.speaker) + rows[donors.speaker])


def needed(variant: Variant) -> float:
    """The SNR that a donor must have at the least, dB."""
    return float("-inf") if variant.band_db is None else variant.band_db[0] + SNR_HEADROOM_DB


def vary(
    donors: Sequence[Recording], turns_of: Iterable[Variant], options: Options, given: Iterable[Given], seed: int
) -> list[Given]:
    """What further uses of a condition are put through: its variants in turns, those first whose values were heard least.

    Args:
        donors: of the uses, each clean enough for something that ``options`` has.
        turns_of: what takes turns; where a donor is clean enough for none of them, it gets another one that is possible.
        options: what the condition can be in the split.
        given: what is given out already.
        seed: decides between equal claims.
    """
    known = [variant for variant in turns_of if options.allow(variant)]
    known.sort(key=lambda variant: stable_hash(seed, variant))
    needed_db = np.array([needed(variant) for variant in known])
    before = [variant for _, variant in given]
    turns = np.array([before.count(variant) for variant in known], np.int64)
    values = [list(dict.fromkeys(each)) for each in zip(*known, *before, strict=True)]
    numbers = np.array([[of.index(value) for of, value in zip(values, variant, strict=True)] for variant in known], np.int64)
    heard = [np.array([sum(variant[factor] == value for variant in before) for value in of]) for factor, of in enumerate(values)]
    found = []
    for donor in sorted(donors, key=lambda donor: (donor.snr_db, donor.recording_id)):
        able = np.flatnonzero(needed_db <= donor.snr_db)
        if not len(able):
            found.append((donor, next(each for each in options.all() if needed(each) <= donor.snr_db)))
            continue
        able = able[turns[able] == turns[able].min()]
        own = numbers[able]
        place = able[np.argmin(sum(counts[own[:, factor]] for factor, counts in enumerate(heard)))]
        turns[place] += 1
        for counts, number in zip(heard, numbers[place], strict=True):
            counts[number] += 1
        found.append((donor, known[place]))
    return found
