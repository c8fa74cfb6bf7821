"""A difference between corpora in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.commands.diff import CellChange, Difference, TargetKey

CELLS_SHOWN = 60
NAMES_SHOWN = 20


def print_difference(console: Console, difference: Difference) -> None:
    """Print it: totals, the cells that changed most, targets and people."""
    before, after = difference.total
    console.print(f"[bold]{escape(difference.old)} → {escape(difference.new)}[/bold]", highlight=False)
    speakers = f"{before.speakers:,} → {after.speakers:,} speakers"
    console.print(
        f"{before.utterances:,} → {after.utterances:,} utterances, {before.hours:,.2f} → {after.hours:,.2f} h, {speakers}",
        highlight=False,
    )
    for note in difference.notes:
        console.print(f"[yellow]{escape(note)}[/yellow]", highlight=False)
    _print_cells(console, difference.cells)
    _print_targets(console, "newly met", difference.newly_met)
    _print_targets(console, "newly missed", difference.newly_missed)
    if difference.still_missed:
        console.print(f"{_count(difference.still_missed, 'target')} missed in both", highlight=False)
    _print_names(console, "added", difference.added)
    _print_names(console, "removed", difference.removed)


def _print_cells(console: Console, cells: Sequence[CellChange]) -> None:
    if not cells:
        console.print("No cell changed.")
        return
    most = sorted(cells, key=lambda each: -abs(each.after.utterances - each.before.utterances))[:CELLS_SHOWN]
    table = Table(title=f"{_count(len(cells), 'cell')} changed", title_justify="left", box=None, pad_edge=False)
    for name in ("accent", "condition", "origin"):
        table.add_column(name, overflow="fold")
    for name in ("utterances", "hours", "speakers"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in sorted(most, key=lambda each: (each.accent, each.condition, each.origin)):
        table.add_row(
            escape(each.accent),
            escape(each.condition),
            each.origin,
            f"{each.before.utterances:,} → {each.after.utterances:,}",
            f"{_hours(each.before.hours)} → {_hours(each.after.hours)}",
            f"{each.before.speakers:,} → {each.after.speakers:,}",
        )
    console.print(table)
    if len(cells) > len(most):
        console.print(f"and {len(cells) - len(most):,} more; --json has all of them")


def _print_targets(console: Console, what: str, targets: Sequence[TargetKey]) -> None:
    by_accent: dict[str, list[str]] = {}
    for accent, condition in targets:
        by_accent.setdefault(accent, []).append(condition)
    if targets:
        console.print(f"[bold]{_count(len(targets), 'target')} {what}[/bold]", highlight=False)
    for accent, conditions in by_accent.items():
        console.print(f"  {escape(accent)}: {escape(', '.join(conditions))}", highlight=False)


def _print_names(console: Console, what: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
        told = escape(", ".join(names[:NAMES_SHOWN]))
        console.print(f"[bold]{_count(len(names), 'speaker')} {what}[/bold]: {told}{more}", highlight=False)


def _hours(hours: float) -> str:
    return f"{hours:,.2f}" if hours >= 1 else f"{hours:.4f}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing if number == 1 else thing + 's'}"
