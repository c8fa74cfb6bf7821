"""An environment for a peer in the version that panvox's own environment cannot hold."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.corpus import BENCH

OLD_DATASETS = "datasets 3.6.0"
_REQUIREMENTS = ["datasets==3.6.0", "audiomentations==0.43.1", "librosa==0.11.0", "soundfile", "soxr"]


def python_with_old_datasets() -> Path | None:
    """The interpreter of an environment with the last `datasets` that decodes audio without torch, made at first use.

    None, and a line saying so, where it cannot be installed.
    """
    root = BENCH / "datasets-3.6"
    python = root / "bin" / "python"
    done = root / "installed"
    if not done.exists():
        print(f"  installing {OLD_DATASETS} in {root}", file=sys.stderr)
        venv.create(root, clear=True, with_pip=True)
        pip = subprocess.run(
            [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *_REQUIREMENTS], check=False
        )
        if pip.returncode:
            print(f"  {OLD_DATASETS} cannot be installed: it is not measured", file=sys.stderr)
            return None
        # Byte code, and what numba compiles, are made once and not in the time that is measured.
        subprocess.run([python, "-c", "import datasets, librosa, soundfile, audiomentations"], check=True)
        done.touch()
    return python
