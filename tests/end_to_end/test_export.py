"""``panvox export``: a corpus in the forms that other trainers read, as plain readers of each form find it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.end_to_end.command import ended, kill, started, wait_for
from tests.end_to_end.output import digests, half_written
from tests.end_to_end.prepared import Prepared
from tests.export.corpora import expected
from tests.export.readers import READERS, read_kaldi

SPLITS = ("train", "dev", "test")


@pytest.mark.parametrize("form", READERS)
def test_every_row_of_every_split(small_out: Path, tmp_path: Path, prepared: Prepared, form: str) -> None:
    done = prepared("export", small_out, "--to", form, "--output", tmp_path / "to")
    assert (done.code, done.err) == (0, "")
    for split, line in zip(SPLITS, done.out.splitlines(), strict=True):
        rows = expected(small_out, split)
        assert READERS[form](tmp_path / "to", split) == rows
        hours = sum(samples for _, _, samples, _ in rows.values()) / 16000 / 3600
        assert line.split() == [split, f"{len(rows)}", "rows", f"{hours:.2f}", "h"]
    before = digests(tmp_path / "to")
    assert prepared("export", small_out, "--to", form, "--output", tmp_path / "to").code == 0
    assert digests(tmp_path / "to") == before


def test_card_of_the_repository(small_out: Path, tmp_path: Path, prepared: Prepared) -> None:
    done = prepared("export", small_out, "--to", "huggingface", "--output", tmp_path / "to", "--split", "test")
    assert done.code == 0
    _, head, card = (tmp_path / "to" / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert card.strip() == (small_out / "card.md").read_text(encoding="utf-8").strip()
    told = YAML(typ="safe").load(head)
    rows = len(expected(small_out, "test"))
    files = list((tmp_path / "to" / "data").iterdir())
    assert told["configs"] == [{"config_name": "default", "data_files": [{"split": "test", "path": "data/test-*.parquet"}]}]
    size = sum(file.stat().st_size for file in files)
    features = {feature["name"]: feature for feature in told["dataset_info"]["features"]}
    assert features["accent_all"] == {"name": "accent_all", "sequence": "string"}
    assert told["dataset_info"]["splits"] == [{"name": "test", "num_bytes": size, "num_examples": rows}]
    assert (told["pretty_name"], told["language"], told["size_categories"]) == ("small", ["en"], ["n<1K"])


def test_kaldi_directory(small_out: Path, tmp_path: Path, prepared: Prepared) -> None:
    done = prepared("export", small_out, "--to", "kaldi", "--output", tmp_path / "to", "--split", "train", "--split", "test")
    assert done.code == 0
    assert not (tmp_path / "to" / "dev").exists()
    for split in ("train", "test"):
        rows = {
            f"{speaker}+{each}": (speaker, text, samples)
            for each, (speaker, text, samples, _) in expected(small_out, split).items()
        }
        found = {key: (speaker, text, samples) for key, speaker, text, samples in read_kaldi(tmp_path / "to" / split)}
        assert found == rows


def test_killed_while_it_runs(small_out: Path, tmp_path: Path, prepared: Prepared) -> None:
    there = tmp_path / "to"
    with started("export", small_out, "--to", "kaldi", "--output", there) as process:
        assert wait_for(lambda: list(there.rglob("*.wav")), timeout=60)
        kill(process.pid)
        ended(process)
    assert prepared("export", small_out, "--to", "kaldi", "--output", there).code == 0
    again = digests(there)
    there.rename(tmp_path / "killed")
    assert prepared("export", small_out, "--to", "kaldi", "--output", there).code == 0
    assert again == digests(there)
    assert half_written(tmp_path) == []


def test_an_unfinished_corpus_is_refused(small_out: Path, tmp_path: Path, prepared: Prepared) -> None:
    (tmp_path / "out" / ".work").mkdir(parents=True)
    (tmp_path / "out" / ".work" / "run.json").write_text(json.dumps({"version": 1}))
    done = prepared("export", tmp_path / "out", "--to", "kaldi", "--output", tmp_path / "to")
    assert (done.code, done.out) == (2, "")
    assert done.lines == [f"panvox: {tmp_path}/out: the run that fills it is not finished; finish it with 'panvox run' first"]
