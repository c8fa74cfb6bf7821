"""The coverage matrix as pictures.

Drawn with matplotlib's objects on its Agg canvas, without pyplot: nothing global is touched and no display is needed.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from pipelines import storage
from pipelines.corpus import Corpus
from pipelines.report.counts.count import ALL
from pipelines.report.counts.coverage import MEASURES, Coverage, Targets, View

COLOURS = "cividis"
"""Even in lightness, and read alike with and without colour vision."""

DPI = 120
FONT = "DejaVu Sans"
LABEL_CHARACTERS = 30
INK, MARK, HATCH = "#1b1b1b", "#c1121f", "#b5b5b5"
NO_COLOUR = (0.94, 0.94, 0.94)
ROW, CHARACTER = 0.27, 0.078
"""Height of a row and width of a character, inches."""

TOP, BOTTOM, SIDE = 0.45, 1.15, 0.25
"""Room for the title, the legend and the edges, inches."""


def write_heatmaps(corpus: Corpus, table: pa.Table, targets: Targets) -> None:
    """Write ``coverage/heatmap-<measure>.png`` for every measure, over all splits."""
    coverage = Coverage(table)
    for measure in MEASURES:
        storage.write_bytes(corpus.path("coverage", f"heatmap-{measure}.png"), draw_heatmap(View(coverage, targets, measure)))


def draw_heatmap(view: View) -> bytes:
    """A view as a PNG file; the same view gives the same bytes.

    A cell's colour is what it holds as a share of its target (of the fullest cell where there is no target), its text
    ``recorded+simulated``. The last row and column are counted anew from the shards, never added up.
    """
    accents, conditions = (*view.coverage.accents, ALL), (*view.coverage.conditions, ALL)
    texts = [[_text(view, accent, condition) for condition in conditions] for accent in accents]
    cell = (max(len(text) for row in texts for text in row) + 2) * CHARACTER
    headers = [_label(condition) for condition in conditions]
    upright = max(map(len, headers)) * CHARACTER > cell
    header = (max(map(len, headers)) * CHARACTER if upright else ROW) + 0.1
    left = max(len(_label(accent)) for accent in accents) * CHARACTER + SIDE
    width, height = cell * len(conditions), ROW * len(accents)
    figure_width, figure_height = max(left + width + SIDE, 7.5), TOP + header + height + BOTTOM
    figure = Figure(figsize=(figure_width, figure_height), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)

    def place(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        return x / figure_width, y / figure_height, w / figure_width, h / figure_height

    axes = figure.add_axes(place(left, BOTTOM, width, height), xlim=(0, len(conditions)), ylim=(len(accents), 0))
    _draw_cells(axes, view, texts)
    for row, accent in enumerate(accents):
        _write(axes, -0.08 / cell, row + 0.5, _label(accent), ha="right", weight="bold" if accent == ALL else "normal")
    for column, name in enumerate(headers):
        how = {"rotation": 90} if upright else {}
        bold = "bold" if conditions[column] == ALL else "normal"
        _write(axes, column + 0.5, -0.06 / ROW, name, va="bottom", weight=bold, **how)
    axes.set_axis_off()
    title = figure.add_axes(place(SIDE, figure_height - TOP, width, TOP), xlim=(0, 1), ylim=(0, 1))
    _write(title, 0, 0.5, f"{view.measure} by accent and condition, all splits", ha="left", size=12, weight="bold")
    title.set_axis_off()
    end = 1.0 if view.target is None else 1.2  # past the target the colour stays
    _draw_scale(figure.add_axes(place(SIDE + 0.1, 0.66, 2.9 * end, 0.16), xlim=(0, end), ylim=(0, 1)), view, end)
    legend = figure.add_axes(place(SIDE, 0.08, width, 0.2), xlim=(0, 1), ylim=(0, 1))
    _write(legend, 0, 0.5, _legend(view), ha="left", size=8)
    legend.set_axis_off()
    png = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks is drawn as boxes
        canvas.print_png(png, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return png.getvalue()


def _draw_cells(axes: Axes, view: View, texts: Sequence[Sequence[str]]) -> None:
    accents, conditions = view.coverage.accents, view.coverage.conditions
    shares = np.array([[_share(view, accent, condition) for condition in conditions] for accent in accents], float)
    shares = shares.reshape(len(accents), len(conditions))
    colours = colormaps[COLOURS](np.clip(np.nan_to_num(shares), 0, 1))[..., :3]
    colours[np.isnan(shares) | (shares == 0)] = NO_COLOUR
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    is_light = linear @ (0.2126, 0.7152, 0.0722) > 0.179  # where black on it has more contrast than white (WCAG 2)
    boxes = [_box(row, column) for row, column in np.ndindex(shares.shape)]
    faces = colours.reshape(-1, 3)
    axes.add_collection(PolyCollection(boxes, facecolors=faces, edgecolors="white", linewidths=0.8), autolim=False)
    empty = [_box(row, column) for row, column in np.argwhere(shares == 0)]
    axes.add_collection(PolyCollection(empty, facecolors="none", edgecolors=HATCH, hatch="////", linewidths=0), autolim=False)
    single = [
        [(column + 1, row), (column + 1, row + 0.45), (column + 0.8, row)]
        for row, accent in enumerate(accents)
        for column, condition in enumerate(conditions)
        if view.is_one_speaker(accent, condition)
    ]
    axes.add_collection(PolyCollection(single, facecolors=MARK, linewidths=0), autolim=False)
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            is_margin = row == len(accents) or column == len(conditions)
            ink = INK if is_margin or is_light[row, column] else "white"
            _write(axes, column + 0.5, row + 0.5, text, color=ink, weight="bold" if is_margin else "normal")


def _share(view: View, accent: str, condition: str) -> float:
    """What the cell's colour shows; NaN for a cell without a target."""
    if view.target is None:
        return view.count(accent, condition).total / (view.largest or 1)
    share = view.share(accent, condition)
    return math.nan if share is None else share


def _box(row: int, column: int) -> list[tuple[int, int]]:
    return [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]


def _draw_scale(axes: Axes, view: View, end: float) -> None:
    """What the colours mean, the target marked."""
    axes.imshow(np.linspace(0, end, 241)[None], cmap=COLOURS, vmin=0, vmax=1, extent=(0, end, 0, 1), aspect="auto")
    label = f"fullest cell {view.format(view.largest)}"
    if view.target is not None:
        label = f"target {view.format_target()}"
        axes.axvline(1, color=MARK, lw=2)
    for at, text in ((0.0, "0"), (0.5, "50 %"), (1.0, label)):
        _write(axes, at, -0.3, text, va="top", size=8)
    axes.set_axis_off()


def _legend(view: View) -> str:
    sense = "heard there in simulation only" if view.measure == "speakers" else "simulated"
    grey = "" if view.target is None else " · grey: no target"
    return f"r+s: recorded + {sense} · hatched: empty · red corner: one speaker only{grey}"


def _text(view: View, accent: str, condition: str) -> str:
    count = view.count(accent, condition)
    if not count.total:
        return "0"
    recorded = view.format(count.recorded) if count.recorded else ""
    return recorded + (f"+{view.format(count.more)}" if count.more else "")


def _label(name: str) -> str:
    name = "all" if name == ALL else "".join(letter if letter.isprintable() else "?" for letter in name)
    return name if len(name) <= LABEL_CHARACTERS else name[: LABEL_CHARACTERS - 1] + "…"


def _write(axes: Axes, x: float, y: float, text: str, **how: Any) -> None:
    style: dict[str, Any] = {"ha": "center", "va": "center", "size": 8.5, "color": INK, "family": FONT, **how}
    axes.text(x, y, text, parse_math=False, clip_on=False, **style)
