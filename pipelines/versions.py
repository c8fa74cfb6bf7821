"""The versions of what a corpus's bytes depend on."""

from __future__ import annotations

import platform
from importlib import metadata

LIBRARIES = (
    "apache-beam",
    "audiomentations",
    "av",
    "great_expectations",
    "numpy",
    "panvox",
    "pyarrow",
    "scipy",
    "soundfile",
    "soxr",
)


def library_versions() -> dict[str, str]:
    """Python, the kind of processor, and each library with its version."""
    fixed = {"python": platform.python_version(), "machine": platform.machine()}
    return fixed | {library: _version(library) for library in LIBRARIES}


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:  # panvox itself, run from its source without being installed
        return "not installed"
