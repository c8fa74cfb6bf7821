"""Freeing a donor for a cell that finds none left: other cells give theirs up where they can be served by somebody else.

This is the search for an augmenting path in the flow from recordings over speakers to cells; a cell that it fails for could not
be filled further by any other choice (Ford and Fulkerson). What a failed search has seen leads nowhere for good, so it is looked
at once only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipelines.plan.donors import Recording

if TYPE_CHECKING:
    from pipelines.plan.fill import CellState


class _Want(NamedTuple):
    """A cell that wants a use: one more, or one in place of a donor that is ``released`` for the want ``before`` it."""

    cell: CellState
    released: Recording | None
    before: _Want | None


class Exchange:
    """Exchanges between the cells of one accent and split whose targets count rows."""

    def __init__(self, cells: Sequence[CellState]) -> None:
        self._cells = cells
        self._dead: set[object] = set()

    def free(self, cell: CellState) -> bool:
        """Give the cell one more use by exchanging donors; False where no exchange can."""
        if cell.demand.target.seconds is not None:
            return False  # recordings differ in length: an exchange would leave the other cell with more or less
        seen: set[object] = set()
        queue = deque([_Want(cell, None, None)])
        while queue:
            want = queue.popleft()
            for donor in self._candidates(want, seen):
                if want.cell.pool.spare(donor):
                    _carry_out(want, donor)
                    return True
                queue.extend(_Want(other, donor, want) for other in self._cells if other.uses[donor.row])
        self._dead |= seen
        return False

    def _candidates(self, want: _Want, seen: set[object]) -> Iterator[Recording]:
        """The donors that could serve a want, each once in a search."""
        cell = want.cell
        released = [] if want.released is None else [want.released.speaker_id]
        for speaker in (*released, *self._open_speakers(cell, seen)):
            if self._is_known(("speaker", id(cell), speaker), seen):
                continue
            for donor in cell.pool.by_speaker[speaker]:
                if donor.serves(cell.demand.need, cell.demand.need.snr_db) and not self._is_known(("donor", donor.row), seen):
                    yield donor

    def _open_speakers(self, cell: CellState, seen: set[object]) -> list[str]:
        """Those whom the cap lets stand in the cell once more; none when the cell was asked before."""
        if self._is_known(("cell", id(cell)), seen):
            return []
        return [speaker for speaker in cell.donor_speakers if cell.longest_next(speaker) > 0]

    def _is_known(self, what: object, seen: set[object]) -> bool:
        if what in self._dead or what in seen:
            return True
        seen.add(what)
        return False


def _carry_out(want: _Want | None, donor: Recording) -> None:
    """Move the donors along the chain of wants; only the last one is used once more."""
    assert want is not None
    want.cell.pool.use(donor)
    while want is not None:
        want.cell.put(donor)
        if want.released is None:
            return
        want.cell.release(want.released)
        donor, want = want.released, want.before
