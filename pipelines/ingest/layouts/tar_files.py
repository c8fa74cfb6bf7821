"""Tar files of recordings, read at their places."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import NamedTuple

from pipelines import storage
from pipelines.audio.packed import member_name
from schemas.errors import ConfigError


class Member(NamedTuple):
    """A file in a tar file: its name there, and how packed audio is named."""

    name: str
    packed: str


def members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The files in a tar file, one at a time. Raises tarfile.TarError where it is damaged."""
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # it would keep them all
        if member.isfile():
            yield member
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE).strip(b"\0"):  # where tarfile takes what is no header for the end
        raise tarfile.ReadError(f"no header at byte {tar.offset:,}")


def packed_members(location: str) -> Iterator[Member]:
    """The files in a tar file and where they lie. Raises ConfigError where it cannot be read."""
    try:
        with storage.open_input(location) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            for member in members(tar):
                name = member.name.removeprefix("./")
                yield Member(name, member_name(location, member.offset_data, member.size, name))
    except (tarfile.TarError, OSError) as error:
        raise ConfigError(f"{location}: cannot be read as a tar file: {error}") from error
