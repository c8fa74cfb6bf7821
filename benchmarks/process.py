"""Running a command to its end: how long it took, and the most memory that any process of it held."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import ROOT

POLL_S = 0.05
PANVOX = [sys.executable, "-m", "pipelines.cli"]


@dataclass(frozen=True)
class Finished:
    """A command that ended well.

    Attributes:
        seconds: from before its start to after its end.
        peak_mb: largest resident set that any one of its processes had, 10^6 bytes; 0 where there is no /proc to tell.
        output: what it wrote to its standard output.
    """

    seconds: float
    peak_mb: float
    output: str


def run(command: list[str], *, watch_memory: bool = False) -> Finished:
    """Run a command from the repository's root; a failure ends the benchmark with what the command said."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = 0
    while watch_memory and process.poll() is None:
        peak = max([peak, *(_peak_bytes(pid) for pid in _family(process.pid))])
        time.sleep(POLL_S)
    output, complaint = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{complaint}")
    return Finished(seconds, peak / 1e6, output)


def _family(root: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {int(process.name): _parent(process) for process in Path("/proc").glob("[0-9]*")}
    family = [root]
    for pid in family:
        family.extend(child for child, parent in parents.items() if parent == pid)
    return family


def _parent(process: Path) -> int | None:
    """The process's parent; None where it has ended since."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _peak_bytes(pid: int) -> int:
    """The kernel keeps the largest resident set itself, so that polling misses nothing but a process's last moments."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
