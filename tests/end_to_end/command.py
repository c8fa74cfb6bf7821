"""Running ``panvox`` as a user does: another process, with its own output, and never for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PANVOX = [sys.executable, "-c", "import sys; sys.path.remove(''); from pipelines.cli import main; main()"]
"""As the console script does it, which does not look for modules where it is called."""

TIMEOUT_S = 180.0
IN_PROCESS = ("--direct_running_mode", "in_memory")
"""Options of the quickest run of a small corpus: no worker process has to start."""


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said to standard error."""
        return self.err.splitlines()


def environment(**changes: str | None) -> dict[str, str]:
    """The environment of the tests with changes; None removes a variable."""
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "120"}
    for name in ("NO_COLOR", "FORCE_COLOR", "PYTHONWARNINGS"):
        env.pop(name, None)
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    return env


def panvox(
    *arguments: str | Path, cwd: str | Path = "/", env: Mapping[str, str] | None = None, timeout: float = TIMEOUT_S
) -> Done:
    """Run a command to its end. Its directory is not the checkout's, so nothing is found by chance."""
    done = subprocess.run(
        [*PANVOX, *map(str, arguments)],
        cwd=cwd,
        env=dict(env) if env is not None else environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def panvox_ok(
    *arguments: str | Path, cwd: str | Path = "/", env: Mapping[str, str] | None = None, timeout: float = TIMEOUT_S
) -> Done:
    """Run a command that has to succeed."""
    return succeeded(panvox(*arguments, cwd=cwd, env=env, timeout=timeout))


def succeeded(done: Done) -> Done:
    """A command that had to succeed."""
    assert done.code == 0, f"exit {done.code}\n{done.err}\n{done.out}"
    assert "Traceback" not in done.err
    return done


def message_of(done: Done, code: int) -> str:
    """The one message of a command that had to end with this exit code."""
    assert (done.code, done.out) == (code, ""), f"exit {done.code}\n{done.err}\n{done.out}"
    assert "Traceback" not in done.err
    told = [line for line in done.lines if line.startswith("panvox: ")]
    assert len(told) == 1, done.err
    assert done.lines[-1] == told[0], done.err
    return told[0].removeprefix("panvox: ")


def side_by_side(*commands: Callable[[], Done]) -> list[Done]:
    """What several commands did that have nothing to do with each other, run at the same time, one a core."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [future.result() for future in [pool.submit(command) for command in commands]]


@contextmanager
def started(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A command that is under way, in a process group of its own; it and its workers are gone afterwards."""
    process = subprocess.Popen(
        [*PANVOX, *map(str, arguments)],
        cwd="/",
        env=dict(env) if env is not None else environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], timeout: float = TIMEOUT_S) -> Done:
    """The end of a command that is under way."""
    out, err = process.communicate(timeout=timeout)
    return Done(process.returncode, out, err)


def wait_for(condition: Callable[[], object], timeout: float, every: float = 0.02) -> bool:
    """Whether the condition came true in time."""
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True


def processes() -> list[tuple[int, int, int]]:
    """Number, parent and session of every living process of this machine."""
    found = []
    if Path("/proc/self/stat").exists():
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if fields[0] not in "ZX":
                    found.append((int(entry.name), int(fields[1]), int(fields[3])))
        return found
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,sess=,stat="], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        pid, parent, session, state = line.split()
        if state[0] != "Z":
            found.append((int(pid), int(parent), int(session)))
    return found


def workers(driver: int) -> list[int]:
    """The processes a run has started."""
    return sorted(pid for pid, parent, _ in processes() if parent == driver)


def left_over(session: int) -> list[int]:
    """The processes of a run's session that still live."""
    return sorted(pid for pid, _, each in processes() if each == session)


def kill(pid: int) -> None:
    """End a process at once; one that has already ended is all right."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def seeds(default: Sequence[int], variable: str) -> list[int]:
    """The seeds of a repeated test: as many as the environment variable says, else the default ones."""
    count = os.environ.get(variable)
    return list(range(1, int(count) + 1)) if count else list(default)
