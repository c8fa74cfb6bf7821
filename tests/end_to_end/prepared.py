"""Many short commands without the seconds that each takes to import its libraries: processes forked from one that has them.

Run as a script it reads command lines as JSON, one a line, runs each in a process of its own, and answers with its exit code.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.command import Done, environment

TIMEOUT_S = 60.0
IMPORTED = ("pipelines.run", "pipelines.commands.simulate_file", "pipelines.export.run", "pipelines.report.terminal.matrix")
"""What takes commands their first seconds."""


class Prepared:
    """Runs commands one after the other, as :func:`tests.end_to_end.command.panvox` does.

    Args:
        directory: for what they say.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd="/",
            env=environment(PYTHONPATH=os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, *arguments: str | Path, **changes: str) -> Done:
        """Run a command; further arguments change its environment."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        said = [self._directory / name for name in ("out", "err")]
        order = {"arguments": [str(argument) for argument in arguments], "said": [str(path) for path in said], "changes": changes}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        out, err = (path.read_text(encoding="utf-8") for path in said)
        return Done(code, out, err)

    def close(self) -> None:
        """End the process they are forked from."""
        self._process.communicate(timeout=TIMEOUT_S)


def run_in_child(order: dict[str, list[str]]) -> None:
    """Run one command in a process that has just been forked, to its end."""
    import signal

    from pipelines.cli import main

    signal.alarm(int(TIMEOUT_S))
    os.environ.update(order["changes"])
    for descriptor, path in enumerate(order["said"], 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, descriptor)
    sys.argv = ["panvox", *order["arguments"]]
    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def serve() -> None:
    """Import what commands import, then run them."""
    for name in IMPORTED:
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run_in_child(json.loads(line))
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    serve()
