"""The hook of tests/conftest.py: with ``PANVOX_NO_SKIP`` set, a skip has to say why."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.command import environment

TESTS = """
import pytest

@pytest.mark.skip
def test_mark(): pass

@pytest.mark.skipif("True")
def test_condition(): pass

def test_call():
    pytest.skip()

def test_named():
    pytest.skip("no Chromium here")

@pytest.mark.skipif(True, reason="needs a Mac")
def test_named_condition(): pass

@pytest.mark.xfail(reason="known")
def test_expected_to_fail(): assert False
"""


@pytest.mark.parametrize(
    ("variable", "outcome"), [("1", "1 failed, 2 skipped, 1 xfailed, 2 errors"), (None, "5 skipped, 1 xfailed")]
)
def test_skip_says_why(tmp_path: Path, variable: str | None, outcome: str) -> None:
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        env=environment(PANVOX_NO_SKIP=variable, PYTEST_ADDOPTS=None),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[-1].startswith(f"{outcome} in ")
