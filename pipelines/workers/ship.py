"""Sending panvox to remote workers: a wheel made from what is installed here, and what it needs at the versions used here.

Beam would leave this to the user, who would have to build a package by hand before every run.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, metadata
from pathlib import Path

from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions, SetupOptions, WorkerOptions

from schemas.errors import PanvoxError

DISTRIBUTION = "panvox"
PACKAGES = ("expectations", "pipelines", "schemas")
_BEAM = "apache-beam"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same files make the same wheel
_WHEEL = "Wheel-Version: 1.0\nGenerator: panvox\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@contextmanager
def shipped(options: PipelineOptions) -> Iterator[PipelineOptions]:
    """Options under which remote workers install panvox before they start, for as long as the pipeline runs.

    They are the ones given where those already say what workers have, or the workers are this very process's.
    """
    if _says_what_workers_have(options):
        yield options
        return
    with tempfile.TemporaryDirectory(prefix="panvox-") as directory:
        requirements = Path(directory, "requirements.txt")
        requirements.write_text("".join(f"{line}\n" for line in pinned_requirements()), encoding="utf-8")
        sent = copy.deepcopy(options)
        setup = sent.view_as(SetupOptions)
        setup.extra_packages = [str(build_wheel(Path(directory)))]
        setup.requirements_file = str(requirements)
        # Workers fetch what they lack themselves, unless the user keeps packages for them.
        setup.requirements_cache = setup.requirements_cache or "skip"
        yield sent


def _says_what_workers_have(options: PipelineOptions) -> bool:
    setup = options.view_as(SetupOptions)
    given = (setup.setup_file, setup.extra_packages, setup.requirements_file, options.view_as(WorkerOptions).sdk_container_image)
    environment = options.view_as(PortableOptions).environment_type or ""
    return any(given) or environment.upper() == "LOOPBACK"


def pinned_requirements() -> list[str]:
    """What panvox needs, each at the version installed here, as lines of a requirements file.

    Beam itself is left out: workers bring the version that the pipeline was built with.

    Raises:
        PanvoxError: panvox is not installed, so nobody knows what it needs.
    """
    lines = []
    for requirement in _installed().requires or ():
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        if name != _BEAM and "extra ==" not in requirement:
            lines.append(f"{name}=={metadata.version(name)}")
    return sorted(lines)


def build_wheel(directory: Path) -> Path:
    """Write a wheel of the installed panvox, be it installed from a wheel or in place from a checkout.

    Returns:
        The wheel. The same files give the same bytes.

    Raises:
        PanvoxError: panvox is not installed, so nobody knows its version and what it needs.
    """
    installed = _installed()
    stem = f"{DISTRIBUTION}-{installed.version}"
    contents = {file: path.read_bytes() for file, path in sorted(_package_files())}
    for name, text in (
        ("METADATA", installed.read_text("METADATA") or installed.read_text("PKG-INFO")),
        ("WHEEL", _WHEEL),
        ("entry_points.txt", installed.read_text("entry_points.txt")),
    ):
        if text:
            contents[f"{stem}.dist-info/{name}"] = text.encode()
    record = f"{stem}.dist-info/RECORD"
    lines = [f"{file},sha256={_digest(content)},{len(content)}\n" for file, content in contents.items()]
    contents[record] = "".join([*lines, f"{record},,\n"]).encode()
    wheel = directory / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    return wheel


def _installed() -> metadata.Distribution:
    try:
        return metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        message = "panvox runs from a directory it is not installed from, so it cannot be sent to remote workers; "
        raise PanvoxError(f"{message}install it with pip, or give --setup_file or --sdk_container_image") from error


def _package_files() -> Iterator[tuple[str, Path]]:
    """Name in the wheel and place here of every file of our packages."""
    for package in PACKAGES:
        root = Path(str(import_module(package).__file__)).parent
        for path in root.rglob("*"):
            inside = path.relative_to(root)
            if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside.parts):
                yield f"{package}/{inside.as_posix()}", path


def _digest(content: bytes) -> str:
    """As a wheel's RECORD writes it (PEP 376)."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
