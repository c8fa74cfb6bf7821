"""The heatmaps."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps, image

from pipelines.corpus import Corpus
from pipelines.report.counts.count import count_coverage
from pipelines.report.counts.coverage import Coverage, Targets, View, read_coverage
from pipelines.report.pages.heatmap import draw_heatmap, write_heatmaps
from tests.report.outdir import CONFIG, Row
from tests.report.terminal.test_matrix import table_of

TARGETS = Targets.of_config(CONFIG)


def colours(png: bytes) -> set[tuple[int, ...]]:
    pixels = np.rint(image.imread(io.BytesIO(png))[..., :3] * 255).astype(int)
    return {tuple(colour) for colour in np.unique(pixels.reshape(-1, 3), axis=0).tolist()}


def test_the_same_table_gives_the_same_picture(corpus: Corpus) -> None:
    view = View(Coverage(read_coverage(corpus)), TARGETS, "utterances")
    assert draw_heatmap(view) == draw_heatmap(view)


def test_a_cell_s_colour_is_its_share_of_the_target() -> None:
    rows = [Row("train", "a", "clean", "recorded", f"s{n}") for n in range(3)]
    view = View(Coverage(table_of(rows, ["a"], ["clean"])), TARGETS, "utterances")
    expected = tuple(np.rint(np.array(colormaps["cividis"](3 / 4)[:3]) * 255).astype(int).tolist())
    assert expected in colours(draw_heatmap(view))


def test_every_measure_is_written(corpus: Corpus, tmp_path: Path) -> None:
    write_heatmaps(Corpus(str(tmp_path)), read_coverage(corpus), TARGETS)
    assert sorted(file.name for file in (tmp_path / "coverage").iterdir()) == [
        f"heatmap-{measure}.png" for measure in ("hours", "speakers", "utterances")
    ]


@pytest.mark.parametrize("accents", [[], ["$x_1$ \n 方言"]])
def test_odd_names_and_no_names_are_drawn_in_silence(accents: list[str]) -> None:
    rows = [Row("train", accent, "clean", "recorded", "ann") for accent in accents]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw_heatmap(View(Coverage(table_of(rows, accents, ["clean"])), TARGETS, "hours")).startswith(b"\x89PNG")


def test_a_picture_grows_with_its_matrix() -> None:
    table = count_coverage([], [f"en-x-l1-{n:03d}" for n in range(50)], [f"condition_{n}" for n in range(40)])
    height, width = image.imread(io.BytesIO(draw_heatmap(View(Coverage(table), TARGETS, "speakers")))).shape[:2]
    assert height / 51 > 25
    assert width / 41 > 25


def test_pyplot_is_never_imported() -> None:
    code = "import sys, pipelines.report.pages.heatmap; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
