"""Running a command to its end: how long it took, and the most memory that any process of it held."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.corpus import ROOT

POLL_S = 0.05
PANVOX = [sys.executable, "-m", "pipelines.cli"]


@dataclass(frozen=True)
class Finished:
    """A command that ended well.

    Attributes:
        seconds: from before its start to after its end.
        peak_mb: largest resident set that any one of its processes had, 10^6 bytes; 0 where there is no /proc to tell.
        together_mb: largest sum of the resident sets of all its processes.
        cpu_s: processor time of all its processes together, as far as polling saw it.
    output: what it wrote to its standard output.
    """

    seconds: float
    peak_mb: float
    together_mb: float
    cpu_s: float
    output: str


def run(command: list[str], *, watch_memory: bool = False) -> Finished:
    """Run a command from the repository's root; a failure ends the benchmark with what the command said."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = together = 0
    cpu_s: dict[int, float] = {}
    while watch_memory and process.poll() is None:
        family = _family(process.pid)
        peak = max([peak, *(resident_bytes(pid, "VmHWM") for pid in family)])
        together = max(together, sum(resident_bytes(pid, "VmRSS") for pid in family))
        cpu_s.update((pid, max(_cpu_s(pid), cpu_s.get(pid, 0.0))) for pid in family)
        time.sleep(POLL_S)
    output, complaint = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{complaint}")
    return Finished(seconds, peak / 1e6, together / 1e6, sum(cpu_s.values()), output)


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


def resident_bytes(pid: int, figure: Literal["VmHWM", "VmRSS"]) -> int:
    """The resident set at its largest (VmHWM, which the kernel keeps, so that polling misses nothing) or now (VmRSS)."""
    try:
        found = re.search(rf"{figure}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far, in its own code and in the kernel."""
    try:
        user, system = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[place] for place in (11, 12))
    except OSError:
        return 0.0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
