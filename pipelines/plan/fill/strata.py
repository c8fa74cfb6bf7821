"""Where in its range each parameter of a cell's simulations is drawn: evenly, one draw in each of equal strata."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.plan.fill.need import SNR_HEADROOM_DB

DRAWN = ("snr_db", "t60_s", "distance_m", "noise_file", "response_file", "talkers")
"""Parameters that are drawn evenly over a cell's uses; the others are drawn for each use alone."""

_OF_SPLIT = ("noise_file", "response_file")
"""What every split has its own of, so that evenness counts within each."""

Quantiles = dict[str, float]
_ROUNDING_DB = 1e-5
"""SNRs are written with six decimals; a drawn one stays this far under what its donor allows."""


def reach(donor_snr_db: float, snr_db: tuple[float, float] | None) -> float:
    """How far up a range of SNRs a donor is clean enough for, as a share of the range: 1 for all of it."""
    if snr_db is None or snr_db[0] == snr_db[1]:
        return 1.0
    share = (donor_snr_db - SNR_HEADROOM_DB - _ROUNDING_DB - snr_db[0]) / (snr_db[1] - snr_db[0])
    return min(1.0, max(0.0, share))


def draw_quantiles(reaches: Sequence[Sequence[float]], seed: int) -> list[list[Quantiles]]:
    """Quantiles, in [0, 1), of all parameters for the uses of a cell.

    Each parameter takes one value in each of as many equal strata as the whole cell has uses, and within each split its values
    lie as evenly as that allows; the choice of a file is stratified within each split. No SNR lies beyond its donor's reach:
    where the cleaner donors are too few for an even draw, those above their reach are drawn evenly below it.

    Args:
        reaches: of the donor of each use (see :func:`reach`), by split.
        seed: of the cell.

    Returns:
        One mapping a use, by split as given.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    sizes = [len(of_split) for of_split in reaches]
    drawn: list[list[Quantiles]] = [[{} for _ in of_split] for of_split in reaches]
    for name in DRAWN:
        together = [_spread([size], generator)[0] for size in sizes] if name in _OF_SPLIT else _spread(sizes, generator)
        for index, values in enumerate(together):
            within = (
                _under_reach(values, np.asarray(reaches[index]), generator) if name == "snr_db" else generator.permutation(values)
            )
            for use, value in zip(drawn[index], within, strict=True):
                use[name] = round(float(value), 9)
    return drawn


def _spread(sizes: Sequence[int], generator: np.random.Generator) -> list[NDArray[np.float64]]:
    """Ascending values for each split, all of them together one in each of as many equal strata.

    Every split lays out strata of its own; the order in which these lie says which of the common strata it gets.
    """
    places = np.concatenate([(np.arange(size) + generator.random(size)) / max(size, 1) for size in sizes])
    values = np.empty(len(places))
    values[np.argsort(places, kind="stable")] = (np.arange(len(places)) + generator.random(len(places))) / max(len(places), 1)
    return np.split(values, np.cumsum(sizes)[:-1])


def _under_reach(
    values: NDArray[np.float64], reaches: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Ascending values given to the uses so that those with more reach get the larger ones."""
    order = np.lexsort((generator.random(len(reaches)), reaches))
    given = np.empty(len(values))
    given[order] = values
    beyond = np.flatnonzero(given > reaches)
    strata = (generator.permutation(len(beyond)) + generator.random(len(beyond))) / max(len(beyond), 1)
    given[beyond] = strata * reaches[beyond]
    return given
