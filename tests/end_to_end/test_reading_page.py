"""The code of docs/reading.md, run as it stands beside an output directory, and what it finds there."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from tests.end_to_end.output import shard_table
from tests.export import corpora

PAGE = Path(__file__).parents[2] / "docs" / "reading.md"

FOUND = {
    "datasets": ["row['condition']", "len(samples)", "rate"],
    "datasets 2": ["len(quiet)", "sorted(quiet['id'])", "sorted(quiet.column_names)"],
    "pyarrow and pandas": ["table.num_rows", "len(samples)", "rate"],
    "pyarrow and pandas 2": ["speakers.to_dict()"],
    "Polars": ["coverage.rows()"],
    "DuckDB": ["coverage.fetchall()", "flac[:4]"],
    "lhotse": ["[(cut.custom['id'], cut.supervisions[0].text, cut.duration, cut.load_audio().shape[1]) for cut in calls]"],
    "Croissant": ["row['utterances/split']", "flac[:4]", "text"],
    "Sampling by cell": ["cells"],
    "Sampling by cell 2": ["seen"],
}
"""What is looked at after a piece of code, by its heading, and its number there from 2."""


def pieces() -> dict[str, str]:
    """The page's Python by heading."""
    found: dict[str, str] = {}
    heading = ""
    for title, code in re.findall(
        r"^## ([^\n]+)$|^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        heading = title or heading
        if code:
            number = sum(name == heading or name.startswith(f"{heading} ") for name in found) + 1
            found[heading if number == 1 else f"{heading} {number}"] = code
    return found


def missing(code: str) -> list[str]:
    """The libraries it imports that are not installed here."""
    imports = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        name for node in imports for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    return sorted({name.partition(".")[0] for name in names if name} - _installed(names))


def _installed(names: set[str | None]) -> set[str]:
    roots = {name.partition(".")[0] for name in names if name}
    return {root for root in roots if importlib.util.find_spec(root) is not None}


@pytest.fixture
def run(small_out: Path, tmp_path: Path) -> Any:
    """Runs a piece of the page where ``out`` is the small corpus or another, and returns what is looked at."""

    def running(name: str, out: Path = small_out, look: Sequence[str] | None = None) -> list[Any]:
        code = pieces()[name]
        if lacking := missing(code):
            assert "PANVOX_PEERS" not in os.environ, lacking
            pytest.skip(f"{' and '.join(lacking)}: run by make test-peers")
        (tmp_path / "out").symlink_to(out)
        looking = f"print(repr([{', '.join(look or FOUND[name])}]), file=open('found', 'w', encoding='utf-8'))"
        (tmp_path / "piece.py").write_text(f"{code}if __name__ == '__main__':\n    {looking}\n", encoding="utf-8")
        env = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        done = subprocess.run(
            [sys.executable, "piece.py"], cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", timeout=170, check=False
        )
        assert done.returncode == 0, done.stderr
        found = (tmp_path / "found").read_text(encoding="utf-8")
        return list(ast.literal_eval(found))

    return running


@pytest.fixture(scope="module")
def rows(small_out: Path) -> list[dict[str, Any]]:
    """Every row but its audio."""
    return list(shard_table(small_out).to_pylist())


def test_every_piece_is_run() -> None:
    assert pieces().keys() == FOUND.keys()


def test_datasets_streams_and_filters(run: Any) -> None:
    condition, length, rate = run("datasets")
    assert (condition, rate) == ("street_call", 16000)
    assert length > 1600


def test_datasets_reads_what_a_filter_leaves(run: Any, rows: list[dict[str, Any]]) -> None:
    wanted = [row["id"] for row in rows if (row["split"], row["accent"], row["origin"]) == ("train", "en-GB", "recorded")]
    assert wanted
    assert run("datasets 2") == [len(wanted), sorted(wanted), ["accent", "id", "snr_db", "text", "weight"]]


def test_pyarrow_and_pandas(run: Any, rows: list[dict[str, Any]]) -> None:
    count, length, rate = run("pyarrow and pandas")
    wanted = [row for row in rows if (row["split"], row["accent"]) == ("train", "en-GB")]
    assert (count, rate) == (len(wanted), 16000)
    assert length in {round(row["duration"] * rate) for row in wanted}


def test_pandas_counts_people(run: Any, rows: list[dict[str, Any]]) -> None:
    people: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row["split"] == "train":
            people.setdefault((row["accent"], row["condition"]), set()).add(row["speaker_id"])
    assert run("pyarrow and pandas 2") == [{cell: len(speakers) for cell, speakers in people.items()}]


@pytest.mark.parametrize("name", ["Polars", "DuckDB"])
def test_coverage_in_one_query(run: Any, rows: list[dict[str, Any]], name: str) -> None:
    coverage, *rest = run(name)
    cells: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["origin"] == "simulated":
            cells.setdefault((row["accent"], row["condition"]), []).append(row)
    assert [(accent, condition) for accent, condition, *_ in coverage] == sorted(cells)
    for accent, condition, utterances, hours, speakers in coverage:
        cell = cells[accent, condition]
        assert (utterances, speakers) == (len(cell), len({row["speaker_id"] for row in cell}))
        assert hours == pytest.approx(sum(row["duration"] for row in cell) / 3600)
    assert rest in ([], [b"fLaC"])


@pytest.mark.peers
def test_lhotse(run: Any, rows: list[dict[str, Any]]) -> None:
    (found,) = run("lhotse")
    wanted = [row for row in rows if (row["split"], row["condition"]) == ("train", "street_call")]
    assert sorted(found) == sorted((row["id"], row["text"], row["duration"], round(row["duration"] * 16000)) for row in wanted)


@pytest.mark.peers
def test_nemo(small_out: Path, rows: list[dict[str, Any]]) -> None:
    """The entry names shards as they are called, and what NeMo's adapter makes of a row, a recording and words, is whole."""
    lhotse = pytest.importorskip("lhotse", reason="run by make test-peers")
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (entry,) = YAML(typ="safe").load(text)["input_cfg"]
    assert entry["type"] == "parquet"
    shards = sorted((small_out / "shards" / "train").iterdir())
    named, called = entry["manifest_filepath"], [f"out/{shard.relative_to(small_out).as_posix()}" for shard in shards]
    assert {re.sub(r"\d{5}", "N", name) for name in named} == {re.sub(r"\d{5}", "N", name) for name in called}
    found = {}
    for batch in (batch for shard in shards for batch in pq.ParquetFile(shard).iter_batches()):
        for _, row in batch.to_pandas().iterrows():
            recording = lhotse.Recording.from_bytes(data=row["audio"]["bytes"], recording_id=str(row["id"]))
            assert recording.duration == row["duration"]
            found[recording.id] = (row["text"], row[entry["lang_field"]], recording.load_audio().shape[1])
    wanted = [row for row in rows if row["split"] == "train"]
    assert found == {row["id"]: (row["text"], row["language"], round(row["duration"] * 16000)) for row in wanted}


@pytest.mark.peers
def test_croissant(run: Any, rows: list[dict[str, Any]]) -> None:
    split, flac, text = run("Croissant")
    assert (split, flac) == (b"test", b"fLaC")
    assert text in {row["text"] for row in rows if row["split"] == "test"}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of two versions, each even in itself: together they hold 12 rows of one cell and 4 of each of two."""
    cells = {1: [("clean", 8, 0.5), ("call", 2, 2.0)], 2: [("clean", 4, 1.0), ("call", 2, 2.0), ("car", 4, 1.0)]}
    shards = {
        f"train/demo-train-v{version:03d}-00000-of-00001.parquet": [
            corpora.row(f"{version}-{condition}-{number}", condition=condition, weight=weight)
            for condition, count, weight in of_version
            for number in range(count)
        ]
        for version, of_version in cells.items()
    }
    return corpora.write_whole(tmp_path_factory.mktemp("grown") / "out", shards)


def test_cells_are_drawn_evenly(run: Any, rows: list[dict[str, Any]]) -> None:
    """A cell is drawn as often as any other, give or take five standard deviations; nothing depends on luck."""
    drawn = Counter(run("Sampling by cell")[0])
    cells = Counter((row["accent"], row["condition"]) for row in rows if row["split"] == "train")
    assert drawn.total() == cells.total()
    assert drawn.keys() <= cells.keys()
    each = cells.total() / len(cells)
    for cell in cells:
        assert abs(drawn[cell] - each) < 5 * each**0.5, cell


def test_cells_of_all_versions_are_drawn_evenly(run: Any, grown: Path) -> None:
    (shares,) = run("Sampling by cell", grown, look=["sorted(share.tolist())"])
    assert shares == pytest.approx(sorted([1 / 36] * 12 + [1 / 12] * 8))


@pytest.mark.peers
@pytest.mark.parametrize("corpus", ["small", "grown"])
def test_balanced_loader(run: Any, small_out: Path, grown: Path, corpus: str) -> None:
    """A cell is seen as often as any other, give or take one a row: nothing is lost or read twice."""
    out = {"small": small_out, "grown": grown}[corpus]
    seen = Counter(run("Sampling by cell 2", out)[0])
    counts = Counter((row["accent"], row["condition"]) for row in shard_table(out).to_pylist() if row["split"] == "train")
    assert seen.keys() == counts.keys()
    for cell, count in counts.items():
        assert abs(seen[cell] - counts.total() / len(counts)) < count, cell
