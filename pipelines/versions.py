"""The versions of what a corpus's bytes depend on."""

from __future__ import annotations

import platform
from importlib import metadata

LIBRARIES = ("apache-beam", "av", "great_expectations", "numpy", "panvox", "pyarrow", "scipy", "soundfile", "soxr")


def library_versions() -> dict[str, str]:
    """Python, the kind of processor, and each library with its version."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found
