"""What a local worker process runs: Beam's SDK harness, silent, and never outliving the run that started it."""

from __future__ import annotations

import os
import threading
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a worker is one core's; libraries must not start threads for the others


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Serve the runner that is this process's parent until it has no more work."""
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    quiet = os.open(os.devnull, os.O_WRONLY)  # decoders write warnings to the file descriptor itself
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main([])


if __name__ == "__main__":
    main()
