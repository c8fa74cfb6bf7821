"""A corpus that is ingested and planned, so that rendering it is all that is left to do.

Its first version holds the recordings as they are; the second adds the simulated condition, and is planned only. What is then
rendered is simulated rows, one a recording, and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from benchmarks.corpus import ROOT, BenchCorpus
from benchmarks.process import PANVOX, run

VERSION = 2


def prepare(corpus: BenchCorpus) -> Path:
    """The output directory, made anew where panvox has changed since it was made."""
    planned = corpus.root / "planned"
    stamp = corpus.root / "planned-by"
    if not (stamp.exists() and stamp.read_text() == _source_digest()):
        stamp.unlink(missing_ok=True)
        shutil.rmtree(planned, ignore_errors=True)
        run([*PANVOX, "run", str(corpus.recorded_yaml), "--output", str(planned)])
        run([*PANVOX, "plan", str(corpus.simulated_yaml), "--output", str(planned)])
        stamp.write_text(_source_digest())
    return planned


def recipes(planned: Path) -> list[Path]:
    """The files with the recipes of what is left to render."""
    return sorted((planned / "plan" / "recipes").glob(f"part-v{VERSION:03d}-*.parquet"))


def linked_copy(source: Path, target: Path) -> None:
    """A copy of a directory that shares its files with it; panvox replaces files and never changes them in place."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, copy_function=os.link)


def _source_digest() -> str:
    digest = hashlib.sha256()
    for package in ("pipelines", "schemas", "expectations"):
        for file in sorted((ROOT / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
