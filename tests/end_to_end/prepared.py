"""Commands without the seconds that each takes to import its libraries: processes forked from one that has them.

Run as a script it listens on a socket for command lines as JSON, runs each in a process of its own and answers with its code.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.end_to_end.command import TIMEOUT_S, Done, environment, succeeded

IMPORTED = (
    *("pipelines.ingest.stage", "pipelines.plan.stage", "pipelines.render.stage", "pipelines.report.stage"),
    *("pipelines.run", "pipelines.commands.simulate_file", "pipelines.export.run", "pipelines.report.terminal.matrix"),
    *("expectations.suite", "great_expectations", "av"),
)
"""What takes commands their first seconds."""


class Prepared:
    """Runs commands as :func:`tests.end_to_end.command.panvox` does; also several at a time."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()  # whose path is short, as that of a socket has to be
        self._numbers = itertools.count()
        self._address = f"{self._directory.name}/socket"
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, self._address],
            cwd="/",
            env=environment(PYTHONPATH=os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def __call__(self, *arguments: str | Path, cwd: str | Path = "/", **changes: str | None) -> Done:
        """Run a command; further arguments change its environment."""
        number = next(self._numbers)
        said = [f"{self._directory.name}/{number}.{name}" for name in ("out", "err")]
        order = {"arguments": [*map(str, arguments)], "cwd": str(cwd), "environment": environment(**changes), "said": said}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._address)
            connection.sendall(json.dumps(order).encode() + b"\n")
            code = int(connection.makefile().readline())
        out, err = (Path(path).read_text(encoding="utf-8") for path in said)
        return Done(code, out, err)

    def ok(self, *arguments: str | Path, cwd: str | Path = "/", **changes: str | None) -> Done:
        """Run a command that has to succeed."""
        return succeeded(self(*arguments, cwd=cwd, **changes))

    def close(self) -> None:
        """End the process they are forked from."""
        self._process.terminate()
        self._process.communicate(timeout=TIMEOUT_S)
        self._directory.cleanup()


class _Handler(socketserver.StreamRequestHandler):
    """Runs one command and says how it ended; itself in a process of its own."""

    def handle(self) -> None:
        order = json.loads(self.rfile.readline())
        child = os.fork()
        if child == 0:
            _run(order)
        _, status = os.waitpid(child, 0)
        self.wfile.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    pass


def _run(order: dict[str, Any]) -> None:
    """Run one command in a process that has just been forked, to its end."""
    import signal

    from pipelines.cli import main

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.alarm(int(TIMEOUT_S))
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["cwd"])
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


def serve(address: str) -> None:
    """Import what commands import, then run them."""
    for name in IMPORTED:
        importlib.import_module(name)
    with _Server(address, _Handler) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
