"""What a local worker process runs: Beam's SDK harness for one pipeline after the other, silent, and never outliving its run."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a worker is one core's; libraries must not start threads for the others
_NOT_BY_PROXY = "no_grpc_proxy"  # before no_proxy, which would hold for the libraries that reach s3:// and gs:// as well
_KEPT = os.environ.get(_NOT_BY_PROXY) or os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
os.environ[_NOT_BY_PROXY] = f"{_KEPT},localhost" if _KEPT else "localhost"  # the run is on this machine


def _read_orders(orders: queue.SimpleQueue[dict[str, str]]) -> None:
    """Hand on what the run asks for. Its end of the pipe closes when it ends, in whatever way, and this process ends with it."""
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)


def main() -> None:
    """Serve pipelines as they come in: each a line of JSON with the environment variables Beam's harness looks at.

    A line goes out for each that is done.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches every process; the run answers to it
    answers = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)  # decoders write warnings to the file descriptors themselves
    os.dup2(silence, 2)
    orders: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    from apache_beam.runners.worker import sdk_worker_main

    while True:
        os.environ.update(orders.get())
        sdk_worker_main.main([])
        os.write(answers, b"done\n")
