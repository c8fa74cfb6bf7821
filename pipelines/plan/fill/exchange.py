"""Rows for cells that find no donor left: other cells give theirs up where they can be served by somebody else.

What can be exchanged is a flow from cells over speakers, whose caps bound it, to recordings that are still to spare; those of
one speaker that serve the same cells are one node. A maximum flow on top of what is there takes nothing from any cell, and after
it no other choice of donors fills more rows (Ford and Fulkerson).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import maximum_flow

from pipelines.plan.fill.donors import Recording

if TYPE_CHECKING:
    from pipelines.plan.fill.fill import CellState

_MUCH = 2**30
"""More than any flow, and small enough for the solver's 32 bits."""

Numbers = NDArray[np.int64]


def exchange(cells: Sequence[CellState], wanted: Sequence[int], total: int) -> int:
    """Give cells of one accent and split as many more rows as exchanges allow.

    Cells whose length counts take no part: recordings differ in length, so another one would leave them with more or less.

    Args:
        cells: filled as far as they go without exchanges.
        wanted: how many more rows each may be given.
        total: how many more rows all together may be given.

    Returns:
        How many rows were given.
    """
    able = [(cell, rows) for cell, rows in zip(cells, wanted, strict=True) if cell.counts_rows and cell.demand.refusal is None]
    if not cells or not cells[0].pool.by_speaker or not any(rows for _, rows in able):
        return 0
    network = _Network([cell for cell, _ in able])
    given = network.solve(np.array([rows for _, rows in able]), total)
    for cell, _ in able if given else ():
        cell.line_up()
    return given


class _Network:
    """Cells, pairs of a cell and a speaker, and kinds of recordings: those of one speaker that serve the same cells."""

    def __init__(self, cells: Sequence[CellState]) -> None:
        self._cells, self._pool = cells, cells[0].pool
        speakers = self._pool.by_speaker
        self._donors = [donor for own in speakers.values() for donor in own]
        of_donor = np.repeat(np.arange(len(speakers)), [len(own) for own in speakers.values()])
        serves = self._serving(of_donor)
        alike = np.unique(serves.T, axis=0, return_inverse=True)[1].reshape(-1)
        kinds, first, self._kind_of = np.unique(of_donor * (int(alike.max()) + 1) + alike, return_index=True, return_inverse=True)
        of_kind = of_donor[first]
        self._members = np.split(np.argsort(self._kind_of, kind="stable"), np.cumsum(np.bincount(self._kind_of))[:-1])
        # A line for each cell that a kind serves: the cell, the kind, and the pair of the cell and the kind's speaker.
        self._line_cell, self._line_kind = np.nonzero(serves[:, first])
        pairs, self._line_pair = np.unique(self._line_cell * len(speakers) + of_kind[self._line_kind], return_inverse=True)
        self._pair_cell, self._pair_speaker = pairs // len(speakers), pairs % len(speakers)
        self._names = list(speakers)
        self._kinds = len(kinds)

    def _serving(self, of_donor: Numbers) -> NDArray[np.bool_]:
        """Which donors serve which cells; shape (cells, donors)."""
        snr_db = np.array([donor.snr_db for donor in self._donors])
        bandwidth_hz = np.array([donor.bandwidth_hz for donor in self._donors])
        names, condition = np.unique([donor.condition for donor in self._donors], return_inverse=True)
        serves = np.empty((len(self._cells), len(self._donors)), bool)
        for row, cell in zip(serves, self._cells, strict=True):
            need = cell.demand.need
            dry = np.array([name in need.donors for name in names.tolist()])[condition]
            row[:] = dry & (snr_db >= need.snr_db) & (bandwidth_hz >= need.bandwidth_hz)
            if cell.demand.refusals:
                row &= np.array([name not in cell.demand.refusals for name in self._pool.by_speaker])[of_donor]
        return serves

    def solve(self, wanted: Numbers, total: int) -> int:
        """Find the flow and carry it out; how many rows it gives."""
        spare = np.bincount(self._kind_of, [self._pool.spare(donor) for donor in self._donors], self._kinds).astype(np.int64)
        held = self._held()
        of_pair = np.bincount(self._line_pair, held, len(self._pair_cell)).astype(np.int64)
        room = np.array(
            [
                min(_MUCH, self._cells[cell].room(self._names[speaker]))
                for cell, speaker in zip(self._pair_cell, self._pair_speaker, strict=True)
            ],
            np.int64,
        )
        cell, pair = 3 + np.arange(len(self._cells)), 3 + len(self._cells) + np.arange(len(self._pair_cell))
        kind = 3 + len(self._cells) + len(pair) + np.arange(self._kinds)
        source, sink, shared = 0, 1, 2
        edges = [
            (np.array([source]), np.array([shared]), np.array([total])),
            (np.full(len(cell), shared), cell, wanted),
            (cell[self._pair_cell], pair, room),
            (pair, cell[self._pair_cell], of_pair),
            (pair[self._line_pair], kind[self._line_kind], np.full(len(held), _MUCH)),
            (kind[self._line_kind], pair[self._line_pair], held),
            (kind, np.full(len(kind), sink), spare),
        ]
        start, end, capacity = (np.concatenate(each) for each in zip(*edges, strict=True))
        nodes = 3 + len(cell) + len(pair) + len(kind)
        graph = scipy.sparse.csr_matrix((np.minimum(capacity, _MUCH).astype(np.int32), (start, end)), (nodes, nodes))
        found = maximum_flow(graph, source, sink)
        if found.flow_value:
            self._carry_out(np.asarray(found.flow[pair[self._line_pair], kind[self._line_kind]]).reshape(-1))
        return int(found.flow_value)

    def _held(self) -> Numbers:
        """How many uses of each line's kind its cell holds."""
        place = {donor.row: index for index, donor in enumerate(self._donors)}
        counts = np.zeros((len(self._cells), self._kinds), np.int64)
        for row, cell in zip(counts, self._cells, strict=True):
            for donor, uses in cell.uses.items():
                row[self._kind_of[place[donor]]] += uses
        return np.asarray(counts[self._line_cell, self._line_kind])

    def _carry_out(self, change: Numbers) -> None:
        """Change how many uses of each kind the cells hold: first all releases, so that what they free can be used."""
        for line in np.flatnonzero(change < 0):
            cell, own = self._cells[self._line_cell[line]], self._of_kind(line)
            for _ in range(-change[line]):
                donor = max(own, key=lambda donor: cell.uses[donor.row])
                cell.release(donor)
                self._pool.give_back(donor)
        for line in np.flatnonzero(change > 0):
            cell, own = self._cells[self._line_cell[line]], self._of_kind(line)
            for _ in range(change[line]):
                donor = min(filter(self._pool.spare, own), key=lambda donor: (cell.uses[donor.row], -self._pool.spare(donor)))
                self._pool.use(donor)
                cell.put(donor)

    def _of_kind(self, line: np.intp) -> list[Recording]:
        return [self._donors[place] for place in self._members[self._line_kind[line]]]
