from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.corpus import Corpus
from tests.verify.whole import write_corpus


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    write_corpus(root)
    return root


@pytest.fixture
def corpus(untouched: Path, tmp_path: Path) -> Corpus:
    """A whole corpus to tamper with."""
    return Corpus(str(shutil.copytree(untouched, tmp_path / "corpus")))
