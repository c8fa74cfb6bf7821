"""Workers on other machines have no panvox: a run sends it along, and what they make is the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions

from pipelines.workers.runner import parse_options
from pipelines.workers.ship import PACKAGES, build_wheel, pinned_requirements, shipped
from tests.end_to_end.command import Done, environment, panvox, panvox_ok, wait_for
from tests.end_to_end.output import digests

ROOT = Path(__file__).parents[2]

CHECK = """
import importlib, pathlib, pkgutil, sys
target = pathlib.Path(sys.argv[1]).resolve()
found = []
for package in map(importlib.import_module, sys.argv[2:]):
    found.append(package.__name__)
    found += [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in found:
    file = importlib.import_module(name).__file__
    assert pathlib.Path(file).resolve().is_relative_to(target), file
from expectations.suite import load_suites
from pipelines.report.pages.html import write_report
assert {suite.name for suite in load_suites(None, ".")} == {"recordings", "corpus"}
print(len(found))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty directory into which the wheel was installed, as a worker does it."""
    target = tmp_path_factory.mktemp("installed")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--target",
        target,
        wheel,
    ]
    subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL)
    return target


def source_files() -> set[str]:
    """Every file of the packages, as the checkout has them."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()]
    return {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}


class TestWheel:
    def test_holds_every_file_as_it_is(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            held = {name for name in archive.namelist() if ".dist-info/" not in name}
            assert held == source_files()
            for name in held:
                assert archive.read(name) == (ROOT / name).read_bytes()

    def test_same_files_same_bytes(self, wheel: Path, tmp_path: Path) -> None:
        assert build_wheel(tmp_path).read_bytes() == wheel.read_bytes()

    def test_installs_and_imports(self, installed: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CHECK, installed, *PACKAGES],
            cwd=installed,
            env=environment(PYTHONPATH=str(installed)),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) == sum(name.endswith(".py") for name in source_files())

    def test_an_installed_panvox_sends_itself_on(self, installed: Path, wheel: Path, tmp_path: Path) -> None:
        """From a wheel as from a checkout; pip's own records of the installation are no part of it."""
        code = (
            "import sys; from pathlib import Path; from pipelines.workers.ship import build_wheel; build_wheel(Path(sys.argv[1]))"
        )
        command = [sys.executable, "-c", code, tmp_path]
        subprocess.run(command, cwd=installed, env=environment(PYTHONPATH=str(installed)), check=True, timeout=60)
        with zipfile.ZipFile(tmp_path / wheel.name) as again, zipfile.ZipFile(wheel) as first:
            assert set(again.namelist()) == set(first.namelist())
            assert all(again.read(name) == first.read(name) for name in first.namelist() if ".dist-info/" not in name)

    def test_requirements_are_pinned_to_what_is_installed(self) -> None:
        lines = pinned_requirements()
        names = [line.partition("==")[0] for line in lines]
        assert {"pyarrow", "numpy", "soundfile", "great-expectations", "pydantic"} <= set(names)
        assert "apache-beam" not in names, "workers bring it"
        assert "pytest" not in names, "nor what only development needs"
        for line in lines:
            name, _, version = line.partition("==")
            assert version == metadata.version(name)


class TestWhatIsSent:
    REMOTE = ("--runner", "PortableRunner", "--job_endpoint", "localhost:1")

    def sent(self, *arguments: str) -> tuple[PipelineOptions, SetupOptions]:
        options = parse_options([*self.REMOTE, *arguments])
        with shipped(options) as sent:
            setup = sent.view_as(SetupOptions)
            for file in [*(setup.extra_packages or ()), *filter(None, [setup.requirements_file])]:
                assert Path(file).exists()
        return options, setup

    def test_wheel_and_requirements(self) -> None:
        options, setup = self.sent()
        assert [Path(file).name for file in setup.extra_packages] == [f"panvox-{metadata.version('panvox')}-py3-none-any.whl"]
        assert setup.requirements_cache == "skip", "the run itself fetches nothing"
        assert not Path(setup.extra_packages[0]).exists(), "it is gone when the pipeline has run"
        assert options.view_as(SetupOptions).extra_packages is None

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--sdk_container_image", "registry/image:1"),
            ("--setup_file", "setup.py"),
            ("--extra_package", "mine.whl"),
            ("--extra_packages", "mine.whl"),
            ("--requirements_file", "requirements.txt"),
            ("--environment_type", "LOOPBACK"),
        ],
        ids=lambda arguments: arguments[0].lstrip("-"),
    )
    def test_nothing_where_the_user_says_what_workers_have(self, arguments: tuple[str, ...]) -> None:
        options = parse_options([*self.REMOTE, *arguments])
        with shipped(options) as sent:
            assert sent is options


@pytest.fixture
def job_service(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Beam's own portable job service on loopback: its address, and where runs stage what workers need."""
    port_file, staging = tmp_path / "port", tmp_path / "staging"
    arguments = ["--port", "0", "--port_file", str(port_file), "--staging_dir", str(staging)]
    with service("apache_beam.runners.portability.local_job_service_main", *arguments):
        assert wait_for(port_file.exists, 60)
        yield f"localhost:{port_file.read_text()}", staging


@pytest.fixture
def worker_pool(installed: Path, unused_port: int) -> Iterator[str]:
    """A process that starts workers, in which panvox is what the run would have sent, and the checkout is nowhere."""
    with service("apache_beam.runners.worker.worker_pool_main", "--service_port", str(unused_port), python_path=installed):
        yield f"localhost:{unused_port}"


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as chosen:
        chosen.bind(("localhost", 0))
        port: int = chosen.getsockname()[1]
        return port


def service(module: str, *arguments: str, python_path: Path | None = None) -> _Service:
    # The pool starts `python`, whichever comes first.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    changes = {"PATH": path} | ({"PYTHONPATH": str(python_path)} if python_path else {})
    return _Service([sys.executable, "-m", module, *arguments], environment(**changes))


class _Service:
    """A process that is ended, with those it started, when it is no longer needed."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self._command, self._env = command, env

    def __enter__(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd="/", env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, 9)
        self._process.wait()


def on(job_service: str, *arguments: str) -> list[str]:
    return ["--runner", "PortableRunner", "--job_endpoint", job_service, *arguments]


def test_remote_workers_make_the_same(
    job_service: tuple[str, Path], worker_pool: str, wheel: Path, small: Path, small_out: Path, tmp_path: Path
) -> None:
    address, staging = job_service
    out = tmp_path / "out"
    options = on(address, "--environment_type", "EXTERNAL", "--environment_config", worker_pool)
    done = panvox_ok("render", small, "--output", out, *options)
    assert done.lines[-1].startswith("render: ")
    made, before = digests(out), digests(small_out)
    assert made == {name: digest for name, digest in before.items() if name in made}
    assert [name for name in before if name.startswith("shards/") and name not in made] == []
    sent = list(staging.rglob("*.whl"))
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in sent} == {hashlib.sha256(wheel.read_bytes()).hexdigest()}
    assert (next(staging.rglob("*requirements.txt")).read_text().split()) == pinned_requirements()


def test_job_service_that_does_not_answer(small: Path, tmp_path: Path) -> None:
    done = panvox("ingest", small, "--output", tmp_path / "out", *on("localhost:1", "--job_server_timeout", "1"))
    assert done == Done(1, "", "panvox: --runner PortableRunner: no job service answers at localhost:1\n")
