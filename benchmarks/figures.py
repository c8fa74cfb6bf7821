"""What a benchmark found: figures beside their bounds, and whether peers wrote the same number of rows."""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Literal

from rich.console import Console
from rich.table import Table

from benchmarks.corpus import HOURS

PEERS = ("apache-beam", "audiomentations", "datasets", "numpy", "pyarrow", "scipy", "soundfile", "soxr")


@dataclass(frozen=True)
class Figure:
    """One figure of the table.

    Attributes:
        what: was measured.
        value: the figure.
        unit: of value and bound.
        bound: what it must reach or stay under; None where nothing is asked.
        sense: whether the bound is the least or the most.
        detail: the figures behind it.
    """

    what: str
    value: float
    unit: str
    bound: float | None = None
    sense: Literal["≥", "<"] = "≥"
    detail: str = ""

    @property
    def verdict(self) -> str:
        """``ok``, ``MISSED``, or nothing where nothing is asked."""
        if self.bound is None:
            return ""
        return "ok" if (self.value >= self.bound if self.sense == "≥" else self.value < self.bound) else "MISSED"


@dataclass
class Findings:
    """The figures of one or more benchmarks, and the rows that should have been there and were not."""

    figures: list[Figure] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Take a figure in."""
        self.figures.append(figure)

    def hold_rows(self, expected: int, **written: int) -> None:
        """Note who did not write ``expected`` rows."""
        self.mismatches += [f"{name} wrote {rows} rows, not {expected}" for name, rows in written.items() if rows != expected]

    def join(self, other: Findings) -> None:
        """Take another's findings in."""
        self.figures += other.figures
        self.mismatches += other.mismatches


@dataclass(frozen=True)
class Size:
    """How much is measured: hours of audio, and how often what is compared is repeated."""

    hours: float
    repeats: int


def parse_size(arguments: Sequence[str] | None, description: str) -> tuple[Size, list[str]]:
    """The size asked for on the command line, and the words left over."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--minutes", type=float, default=HOURS * 60, help="of audio (default: %(default)g, what the bounds are for)"
    )
    parser.add_argument("--repeats", type=int, default=3, help="of what is compared; the median counts (default: %(default)s)")
    known, rest = parser.parse_known_args(arguments)
    return Size(known.minutes / 60, known.repeats), rest


def ratio(peer_s: Sequence[float], ours_s: Sequence[float]) -> float:
    """How many times as fast ours is: the median over runs made in turns, each pair under the same conditions."""
    return statistics.median(peer / ours for peer, ours in zip(peer_s, ours_s, strict=True))


def show(findings: Findings, size: Size) -> int:
    """Print the table; the exit code, which is 1 only where rows are missing, for speed is reported and not tested."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PEERS)
    title = f"Benchmarks on {size.hours:.3g} h of audio" + (f": the bounds are for {HOURS:g} h" if size.hours < HOURS else "")
    table = Table(title=title, caption=f"Python {platform.python_version()}, {versions}", title_justify="left")
    for heading, justify in (("measured", "left"), ("figure", "right"), ("bound", "right"), ("", "left"), ("from", "left")):
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for figure in findings.figures:
        bound = "" if figure.bound is None else f"{figure.sense} {figure.bound:,g} {figure.unit}"
        table.add_row(figure.what, f"{_digits(figure.value)} {figure.unit}", bound, figure.verdict, figure.detail)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for mismatch in findings.mismatches:
        console.print(f"rows differ: {mismatch}", style="bold red")
    return 1 if findings.mismatches else 0


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def run_alone(measure: Callable[[Size], Findings], description: str) -> None:
    """Run one benchmark as a script."""
    size, rest = parse_size(None, description)
    if rest:
        raise SystemExit(f"unknown words: {' '.join(rest)}")
    raise SystemExit(show(measure(size), size))
