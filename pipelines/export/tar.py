"""Tar files that are the same whenever their members are."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


@contextmanager
def writing(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    """A tar file that is written from its beginning to its end."""
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        yield tar


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a member: nobody's, of no time, for everyone to read."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o444
    tar.addfile(member, io.BytesIO(data))
