"""The coverage matrix in the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from pipelines.report.counts.count import ALL
from pipelines.report.counts.coverage import MEASURES, Coverage, Targets, View, step
from schemas.errors import ConfigError

EMPTY = "-"
ONE_SPEAKER = "!"
STEP_STYLES = ("bold red", "red", "yellow", "yellow", "cyan", "green")
"""Of a cell, by how near it is to its target (:func:`pipelines.report.counts.coverage.step`)."""

LABEL_WIDTH = 28
HEADER_WIDTH = 10
GUTTER = "  "
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def print_matrix(
    console: Console,
    table: pa.Table,
    measure: str = "utterances",
    split: str | None = None,
    config: Mapping[str, Any] | None = None,
) -> None:
    """Print accents × conditions, recorded and simulated told apart, coloured by the distance from the target.

    Where the console is too narrow for all conditions, they are cut into blocks, one under the other.

    Args:
        console: where to.
        table: the coverage table.
        measure: utterances, hours or speakers.
        split: one split; by default all.
        config: the configuration as JSON, which holds the targets; without it cells have no colours.

    Raises:
        ConfigError: for an unknown measure, or a split without rows.
    """
    coverage = Coverage(table)
    if measure not in MEASURES:
        raise ConfigError(f"--count: there is no {measure!r}; expected {', '.join(MEASURES)}")
    if split is not None and split not in coverage.splits:
        raise ConfigError(f"--split: no rows in {split!r}; splits with rows: {', '.join(coverage.splits) or 'none'}")
    view = View(coverage, Targets.of_config(config or {}), measure, split or ALL)
    title = f"{measure} by accent and condition, " + ("all splits" if split is None else f"split {split}")
    lines = [Text(title, style="bold"), Text()]
    for block in _blocks(view, console):
        lines += [*block, Text()]
    for line in [*lines, *_legend(view)]:
        console.print(line, soft_wrap=True)


def _blocks(view: View, console: Console) -> Iterator[list[Text]]:
    """The matrix in runs of columns that fit the console's width."""
    accents, conditions = (*view.coverage.accents, ALL), (*view.coverage.conditions, ALL)
    labels = [Text(label(accent, console, LABEL_WIDTH), style="bold" if accent == ALL else "") for accent in accents]
    columns = [(header(condition, console), [_cell(view, accent, condition) for accent in accents]) for condition in conditions]
    return fit(labels, columns, console)


Column = tuple[list[Text], list[Text]]
"""Lines of a header, and the cells under it."""


def fit(labels: list[Text], columns: Sequence[Column], console: Console) -> Iterator[list[Text]]:
    """Runs of columns that fit the console's width, each at least one column, as lines that begin with the labels."""
    left = max(each.cell_len for each in labels)
    run: list[Column] = []
    used = left
    for column in columns:
        needed = len(GUTTER) + _width(column)
        if run and used + needed > console.width:
            yield _block(labels, run)
            run, used = [], left
        run.append(column)
        used += needed
    yield _block(labels, run)


def _block(labels: list[Text], columns: Sequence[Column]) -> list[Text]:
    """The lines of one run of columns, headers standing on their last line."""
    height = max(len(heads) for heads, _ in columns)
    aligned = [_align([*[Text()] * height, *labels], max(each.cell_len for each in labels), right=False)]
    for heads, cells in columns:
        aligned.append(_align([*[Text()] * (height - len(heads)), *heads, *cells], _width((heads, cells))))
    lines = [Text(GUTTER).join(cells) for cells in zip(*aligned, strict=True)]
    for line in lines:
        line.rstrip()
    return lines


def _width(column: Column) -> int:
    return max(text.cell_len for text in (*column[0], *column[1]))


def header(name: str, console: Console) -> list[Text]:
    """A column's name, broken into lines after its separators."""
    lines = [""]
    for piece in re.findall(r"[^ _.-]+[ _.-]*|[ _.-]+", label(name, console, 64)):
        if lines[-1] and cell_len(lines[-1] + piece) > HEADER_WIDTH:
            lines.append("")
        lines[-1] += piece
    return [Text(line.rstrip(), style="bold") for line in lines]


def _cell(view: View, accent: str, condition: str) -> Text:
    """``recorded+simulated`` with its marks and colour."""
    count = view.count(accent, condition)
    is_margin = ALL in (accent, condition)
    share = None if is_margin else view.share(accent, condition)
    style = "bold" if is_margin else "" if share is None else STEP_STYLES[step(share)]
    if not count.total:
        return Text(EMPTY, style=style)
    text = Text(style=style)
    if count.recorded:
        text.append(view.format(count.recorded))
    if count.more:
        text.append(f"+{view.format(count.more)}", style="italic")
    if view.is_one_speaker(accent, condition):
        text.append(ONE_SPEAKER)
    return text


def _align(texts: Sequence[Text], width: int, *, right: bool = True) -> list[Text]:
    spaces = [Text(" " * (width - text.cell_len)) for text in texts]
    return [
        Text.assemble(space, text) if right else Text.assemble(text, space) for text, space in zip(texts, spaces, strict=True)
    ]


def label(name: str, console: Console, width: int) -> str:
    """A name as the console can show it on one line: hostile control characters and what its encoding lacks replaced."""
    if name == ALL:
        return "all"
    shown = _UNPRINTABLE.sub("?", name).encode(console.encoding, "replace").decode(console.encoding)
    return shown if cell_len(shown) <= width else set_cell_size(shown, width - 2).rstrip() + ".."


def _legend(view: View) -> Iterator[Text]:
    if view.measure == "speakers":
        yield Text("3+2  speakers with a recording there, and more heard there in simulation only: together 5 distinct ones")
    else:
        yield Text("3+2  recorded, and simulated")
    yield Text(f"{EMPTY}    empty      {ONE_SPEAKER}  one speaker only      all  speakers counted anew, never added up")
    if view.target is None:
        return
    names = ("empty", "under 25 %", "25 %", "50 %", "75 %", "met")
    scale = [Text(name, style=style) for name, style in zip(names, STEP_STYLES, strict=True)]
    yield Text.assemble(f"target {view.format_target()} {view.measure} a cell: ", Text(" · ").join(scale))
