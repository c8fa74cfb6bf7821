"""Runs that many tests look at, done once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.command import Done, environment, panvox_ok
from tests.end_to_end.corpora import SAMPLES, write_small
from tests.end_to_end.prepared import Prepared

# What the tests run must not depend on what the caller's shell happens to name.
for _name in (
    "PANVOX_NO_SKIP",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "STORAGE_EMULATOR_HOST",
    "AWS_PROFILE",
    "OMP_NUM_THREADS",
):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus's configuration; nobody changes it."""
    return write_small(tmp_path_factory.mktemp("small") / "corpus")


@dataclass(frozen=True)
class Surroundings:
    """A home and a place for temporary files that hold nothing, and a proxy that does not answer."""

    home: Path
    temporary: Path

    @property
    def environment(self) -> dict[str, str]:
        proxy = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
        config = {"XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None, "MPLCONFIGDIR": None, "no_proxy": None, "NO_PROXY": None}
        return environment(HOME=str(self.home), TMPDIR=str(self.temporary), **proxy, **config)


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    """Where the small corpus is run."""
    return Surroundings(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary"))


@pytest.fixture(scope="session")
def small_run(small: Path, surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The small corpus run with two worker processes, and what that said; nobody changes it."""
    out = tmp_path_factory.mktemp("small-run") / "out"
    return out, panvox_ok("run", small, "--output", out, "--direct_num_workers", "2", env=surroundings.environment)


@pytest.fixture(scope="session")
def small_out(small_run: tuple[Path, Done]) -> Path:
    """The output directory of the small corpus."""
    return small_run[0]


@pytest.fixture(scope="session")
def samples_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The sample corpus, run as `make demo` does, and what that said; nobody changes it."""
    out = tmp_path_factory.mktemp("samples-run") / "out"
    return out, panvox_ok("run", SAMPLES / "corpus.yaml", "--output", out)


@pytest.fixture(scope="session")
def samples_out(samples_run: tuple[Path, Done]) -> Path:
    """The output directory of the sample corpus."""
    return samples_run[0]


@pytest.fixture(scope="session")
def prepared() -> Iterator[Prepared]:
    """Runs commands whose libraries are imported already."""
    commands = Prepared()
    yield commands
    commands.close()
