"""The worker processes of a run on this machine, and how Beam's local runner gets at them.

Beam has a handler that starts a process for each worker of each pipeline. It waits for ever where a worker was killed or does
not leave, and each start costs seconds of imports; ours watches its processes, and keeps them from one pipeline to the next.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import python_urns
from apache_beam.runners.portability.fn_api_runner import fn_runner
from apache_beam.runners.portability.fn_api_runner.worker_handlers import GrpcWorkerHandler, WorkerHandler
from apache_beam.transforms import environments
from google.protobuf import text_format  # type: ignore[import-untyped]

from schemas.errors import Interrupted, PanvoxError

LEAVE_WITHIN_S = 5.0
"""How long a worker may take to finish what it is at when its pipeline is over."""

_GOES_ON = "run the same command again, it goes on where this run stopped"
_COMMAND = "import sys; sys.path[:] = sys.argv[1:]; from pipelines.workers.worker import main; main()"


class _Process:
    """A worker process.

    Args:
        died: told the exit code where the process ends while it serves a pipeline.
    """

    def __init__(self, died: Callable[[int], None]) -> None:
        # Told where modules are found here: a user's own folder named "pipelines" or "schemas" must not stand in for ours.
        command = [sys.executable, "-c", _COMMAND, *sys.path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._died = died
        self._is_killed = False
        self._free = threading.Event()
        self._free.set()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            self._free.set()
        code = self._process.wait()
        if not self._free.is_set() and not self._is_killed:
            self._died(code)
        self._free.set()

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return not self._is_killed and self._process.poll() is None

    def is_free(self) -> bool:
        """Whether it serves no pipeline."""
        return self._free.is_set()

    def serve(self, environment: dict[str, str]) -> None:
        """Begin to serve a pipeline."""
        self._free.clear()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has just died; _watch tells
            self._process.stdin.write(json.dumps(environment).encode() + b"\n")
            self._process.stdin.flush()

    def finish(self) -> None:
        """Wait until the pipeline is served; a process that does not come to its end is ended."""
        if not self._free.wait(LEAVE_WITHIN_S):
            self.kill()

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self._is_killed = True
        self._process.kill()


class LocalWorkers:
    """The worker processes of this machine, as many as Beam asks for at a time."""

    def __init__(self) -> None:
        self._processes: list[_Process] = []
        self._lock = threading.RLock()  # a signal may find the main thread holding it
        self._stopped: list[PanvoxError] = []
        self._over = threading.Event()
        self._interrupting: threading.Thread | None = None

    def take(self) -> _Process:
        """A process that is free, or a new one."""
        with self._lock:
            self._processes = [process for process in self._processes if process.is_alive()]
            free = next((process for process in self._processes if process.is_free()), None)
            if free is None:
                free = _Process(self._died)
                self._processes.append(free)
            return free

    def _died(self, code: int) -> None:
        self._stop(
            Interrupted(f"interrupted; {_GOES_ON}") if code == -signal.SIGINT else PanvoxError(f"{_cause(code)}; {_GOES_ON}")
        )

    def _stop(self, why: PanvoxError) -> None:
        """End every process, and the main thread's waiting for them: Beam's local runner would wait for ever."""
        with self._lock:
            if self._stopped:
                return
            self._stopped.append(why)
            for process in self._processes:
                process.kill()
            self._processes.clear()
            self._interrupting = threading.Thread(target=self._interrupt, daemon=True)
        self._interrupting.start()

    def _interrupt(self) -> None:
        """Interrupt the main thread, again and again, for an exception raised in a callback would be lost.

        It has to be a true signal: nothing else wakes a thread that waits for a lock.
        """
        main = threading.main_thread().ident
        while main is not None:
            signal.pthread_kill(main, signal.SIGINT)
            if self._over.wait(1.0):
                return

    def _stop_interrupting(self) -> None:
        self._over.set()
        if self._interrupting is not None:
            self._interrupting.join()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """While a pipeline runs, have Ctrl-C or the death of a worker end it.

        Raises:
            Interrupted: it was interrupted.
            PanvoxError: a worker died.
        """

        def interrupted(*_: Any) -> None:
            if self._over.is_set() or (before is signal.SIG_IGN and not self._stopped):
                return
            self._stop(Interrupted(f"interrupted; {_GOES_ON}"))
            raise KeyboardInterrupt

        self._stopped.clear()
        self._interrupting = None
        self._over.clear()
        before, hook = signal.getsignal(signal.SIGINT), threading.excepthook
        threading.excepthook = lambda _: None  # Beam's threads fail as well then; what matters reaches the main thread
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread:
            signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        except BaseException as error:
            if not self._stopped:
                raise
            raise self._stopped[0] from error
        finally:
            self._stop_interrupting()
            threading.excepthook = hook
            if in_main_thread:
                signal.signal(signal.SIGINT, before)
        if self._stopped:
            raise self._stopped[0]


def _cause(code: int) -> str:
    if code == -signal.SIGKILL:
        return "a worker process was killed by signal 9, as the system does when memory runs out"
    return f"a worker process was killed by signal {-code}" if code < 0 else f"a worker process ended with code {code}"


LOCAL_WORKERS = LocalWorkers()


class _Handler(GrpcWorkerHandler):
    """What Beam's local runner starts and stops for a worker of a pipeline."""

    def __init__(self, payload: bytes, state: Any, provision_info: Any, grpc_server: Any) -> None:
        super().__init__(state, provision_info, grpc_server)
        self._options = payload.decode()

    def start_worker(self) -> None:
        self._process = LOCAL_WORKERS.take()
        self._process.serve(
            {
                "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.control_api_service_descriptor()),
                "PIPELINE_OPTIONS": self._options,
                "WORKER_ID": self.worker_id,
            }
        )

    def stop_worker(self) -> None:
        self._process.finish()


def local_runner(options: PipelineOptions) -> Any:
    """Beam's local runner on our worker processes.

    Asked for by name, ``DirectRunner`` would first try to download another runner, and its workers would log to the terminal.
    """
    WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(_Handler)
    payload = json.dumps({"options": options.get_all_options(drop_default=True)}, default=str)
    return fn_runner.FnApiRunner(default_environment=environments.SubprocessSDKEnvironment.from_command_string(payload))
