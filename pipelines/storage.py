"""The one file layer: local paths, ``s3://`` and ``gs://`` alike, through :mod:`pyarrow.fs`.

A location is a plain string, a path or a URI. Credentials and endpoints come from where the clouds' own tools look for them
(``AWS_*``, ``AWS_ENDPOINT_URL``, ``GOOGLE_APPLICATION_CREDENTIALS``, ``STORAGE_EMULATOR_HOST``), on every worker anew.
"""

from __future__ import annotations

import fnmatch
import functools
import io
import os
import posixpath
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any

from schemas.errors import ConfigError

if TYPE_CHECKING:
    from pyarrow import NativeFile, fs

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_GLOB = re.compile(r"[*?\[]")
TEMPORARY = ".tmp-"
"""Names with this in them are being written; a reader never looks at them and the next run removes them."""

COMPANION = "._"
"""How names begin that macOS writes beside files on other file systems and into archives: neither text nor audio is in them."""


def is_remote(location: str) -> bool:
    """Whether the location is a URI rather than a path of this machine."""
    return "://" in location and _SCHEME.match(location) is not None


def join(base: str, *parts: str) -> str:
    """``base`` followed by ``parts``; a part that is absolute or remote starts afresh, as with os.path.join."""
    location = base
    for part in parts:
        if is_remote(part):
            location = part
        elif is_remote(location):
            location = location.rstrip("/") + "/" + part.lstrip("/")
        else:
            location = os.path.join(location, part)
    return location


def absolute(location: str) -> str:
    """A location that means the same to every process of this machine, whatever directory it was started in."""
    return location if is_remote(location) else os.path.abspath(location)


def real(location: str) -> str:
    """The location with symbolic links followed."""
    return location if is_remote(location) else os.path.realpath(location)


def parent(location: str) -> str:
    """The directory that holds the location."""
    match = _SCHEME.match(location)
    if match is None:
        return os.path.dirname(location) or "."
    return match.group(0) + posixpath.dirname(location[match.end() :].rstrip("/"))


def name(location: str) -> str:
    """The last part of the location."""
    path = location.replace("\\", "/") if os.sep == "\\" else location
    return path.rstrip("/").rpartition("/")[2]


@functools.lru_cache(maxsize=8)
def _remote_filesystem(scheme: str) -> fs.FileSystem:
    from pyarrow import fs

    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        return fs.S3FileSystem(endpoint_override=endpoint) if endpoint else fs.S3FileSystem()
    if scheme in ("gs", "gcs"):
        emulator = os.environ.get("STORAGE_EMULATOR_HOST")
        if not emulator:
            return fs.GcsFileSystem()
        address, _, host = emulator.rpartition("://")
        return fs.GcsFileSystem(anonymous=True, scheme=address or "http", endpoint_override=host)
    raise ConfigError(f"{scheme}:// locations are not supported; use a local path, s3:// or gs://")


def _resolve(location: str) -> tuple[fs.FileSystem, str]:
    """The file system of a remote location, and the path in it."""
    match = _SCHEME.match(location)
    assert match is not None, location
    return _remote_filesystem(match.group(1).lower()), location[match.end() :].rstrip("/")


class _RemoteFile(io.RawIOBase):
    """A remote file that goes to a place only in order to read there.

    Arrow's own asks the store for the rest of the file at every seek, and Google's refuses where that is nothing: at the end,
    which is where readers go to learn the size.
    """

    def __init__(self, file: NativeFile) -> None:
        self._file = file
        self._size = file.size()
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"negative position {start + offset}")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        if self._file.tell() != self._position:
            self._file.seek(self._position)
        data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def open_input(location: str) -> IO[bytes]:
    """The file's bytes, open for reading and seeking. Raises FileNotFoundError, IsADirectoryError or OSError."""
    if not is_remote(location):
        return open(location, "rb")
    filesystem, path = _resolve(location)
    return io.BufferedReader(_RemoteFile(filesystem.open_input_file(path)), 1 << 20)


def read_bytes(location: str) -> bytes:
    """The whole file."""
    with open_input(location) as file:
        return file.read()


_SMALL_BYTES = 4096


def read_small(location: str) -> bytes:
    """The whole of a file that is likely to be small, in as few calls as that takes: corpora have one for each recording."""
    if is_remote(location):
        return read_bytes(location)
    descriptor = os.open(location, os.O_RDONLY)
    try:
        data = os.read(descriptor, _SMALL_BYTES)
    finally:
        os.close(descriptor)
    return data if len(data) < _SMALL_BYTES else read_bytes(location)


@contextmanager
def atomic_output(location: str) -> Iterator[IO[bytes]]:
    """A file that appears under its name whole or not at all.

    Locally it is written beside its place and renamed once it is on disk. For an object store it is written to a local
    temporary file first, because closing an upload after an error would publish what had been written.
    """
    if is_remote(location):
        filesystem, path = _resolve(location)
        with tempfile.TemporaryFile() as spool:
            yield spool
            spool.seek(0)
            with filesystem.open_output_stream(path) as stream:
                shutil.copyfileobj(spool, stream, 1 << 20)
        return
    directory, base = os.path.split(location)
    os.makedirs(directory or ".", exist_ok=True)
    temporary = os.path.join(directory, f"{TEMPORARY}{uuid.uuid4().hex}-{base}")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, location)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def write_bytes(location: str, data: bytes) -> None:
    """Write a whole file, atomically."""
    with atomic_output(location) as file:
        file.write(data)


def write_text(location: str, text: str) -> None:
    """Write a whole UTF-8 file, atomically."""
    write_bytes(location, text.encode())


def exists(location: str) -> bool:
    """Whether there is a file or a directory."""
    return kind(location) is not None


def kind(location: str) -> str | None:
    """``file``, ``directory``, ``other`` (a pipe, a device), or None where there is nothing."""
    if not is_remote(location):
        if os.path.isfile(location):
            return "file"
        if os.path.isdir(location):
            return "directory"
        return "other" if os.path.exists(location) else None
    from pyarrow import fs

    filesystem, path = _resolve(location)
    found = filesystem.get_file_info(path).type
    return {fs.FileType.File: "file", fs.FileType.Directory: "directory"}.get(found)


def size(location: str) -> int:
    """Bytes in a file."""
    if not is_remote(location):
        return os.path.getsize(location)
    filesystem, path = _resolve(location)
    info = filesystem.get_file_info(path)
    if info.size is None:
        raise FileNotFoundError(location)
    return int(info.size)


def stamp(location: str) -> tuple[int, int]:
    """What changes when a file is written anew: its size, and where the file system tells it when that was."""
    if is_remote(location):
        return size(location), 0
    status = os.stat(location)
    return status.st_size, status.st_mtime_ns


def list_files(directory: str, pattern: str = "*", *, recursive: bool = False) -> list[str]:
    """The finished files in a directory whose name fits the pattern, sorted; none where there is no such directory.

    What macOS writes beside files is passed over.
    """
    if not is_remote(directory):
        if recursive:
            found = [os.path.join(base, file) for base, _, files in os.walk(directory) for file in files]
        else:
            found = [os.path.join(directory, file) for file in list_names(directory)]
    else:
        from pyarrow import fs

        filesystem, path = _resolve(directory)
        scheme = directory[: directory.index("://") + 3]
        selector = fs.FileSelector(path, allow_not_found=True, recursive=recursive)
        found = [scheme + info.path for info in filesystem.get_file_info(selector) if info.type == fs.FileType.File]
    return sorted(file for file in found if fnmatch.fnmatchcase(name(file), pattern) and _is_listed(name(file)))


def _is_listed(file: str) -> bool:
    return TEMPORARY not in file and not file.startswith(COMPANION)


def list_names(directory: str) -> list[str]:
    """The names of the finished files in a directory, sorted; none where there is no such directory."""
    if is_remote(directory):
        return [name(file) for file in list_files(directory)]
    try:
        with os.scandir(directory) as entries:
            return sorted([entry.name for entry in entries if _is(entry, os.DirEntry.is_file) and TEMPORARY not in entry.name])
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is(entry: os.DirEntry[str], kind: Callable[[os.DirEntry[str]], bool]) -> bool:
    """Whether an entry is of a kind; a link that leads to itself is of none."""
    try:
        return kind(entry)
    except OSError:
        return False


def list_directories(directory: str) -> list[str]:
    """The directories in a directory, sorted; none where there is no such directory."""
    if is_remote(directory):
        from pyarrow import fs

        filesystem, path = _resolve(directory)
        scheme = directory[: directory.index("://") + 3]
        infos = filesystem.get_file_info(fs.FileSelector(path, allow_not_found=True))
        return sorted(scheme + info.path for info in infos if info.type == fs.FileType.Directory)
    try:
        with os.scandir(directory) as entries:
            return sorted(os.path.join(directory, entry.name) for entry in entries if _is(entry, os.DirEntry.is_dir))
    except (FileNotFoundError, NotADirectoryError):
        return []


def list_sizes(directory: str) -> list[tuple[str, int]]:
    """Every file under a directory with its size in bytes, sorted; hidden directories and finished corpora are passed over."""
    if is_remote(directory):
        from pyarrow import fs

        filesystem, path = _resolve(directory)
        scheme = directory[: directory.index("://") + 3]
        infos = filesystem.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
        return sorted((scheme + info.path, int(info.size)) for info in infos if info.type == fs.FileType.File)
    found: list[tuple[str, int]] = []
    for base, directories, files in os.walk(directory):
        if ".work" in directories:
            directories.clear()
            continue
        directories[:] = [each for each in directories if not each.startswith(".")]
        found.extend((path, os.lstat(path).st_size) for path in (os.path.join(base, file) for file in files))
    return sorted(found)


_WALKED: ContextVar[dict[tuple[str, str], list[tuple[str, list[str]]]] | None] = ContextVar("walked", default=None)


@contextmanager
def walking_once() -> Iterator[None]:
    """Within it a walk of a directory is taken once, for whoever asks much of one; in a bucket it takes minutes."""
    token = _WALKED.set({})
    try:
        yield
    finally:
        _WALKED.reset(token)


def walk(directory: str, top: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """A directory and every one under it, each with the names of its files, both sorted; hidden directories are passed over.

    So is what macOS writes beside files. Symbolic links are followed to directories that would not be walked otherwise.

    Args:
        directory: to walk.
        top: the directory whose parts are walked one by one, if this is a part.
    """
    walked, key = _WALKED.get(), (directory, top or directory)
    if walked is None:
        return _walk(*key)
    if key not in walked:
        walked[key] = list(_walk(*key))
    return iter(walked[key])


def _walk(directory: str, top: str) -> Iterator[tuple[str, list[str]]]:
    if not is_remote(directory):
        real, followed = os.path.realpath(top), set[str]()
        for base, directories, files in os.walk(directory, followlinks=True):
            visible = sorted(each for each in directories if not each.startswith("."))
            directories[:] = [each for each in visible if _is_to_walk(os.path.join(base, each), real, followed)]
            yield base, sorted(filter(_is_listed, files))
        return
    inside: dict[str, list[str]] = {}
    for file in list_files(directory, recursive=True):
        inside.setdefault(parent(file), []).append(name(file))
    yield from sorted(inside.items())


def _is_to_walk(directory: str, top: str, followed: set[str]) -> bool:
    """Whether to go into a directory: not by a link to what is walked anyway, nor to what holds it all, which had no end.

    Args:
        directory: to go into.
        top: where the walk began, without links.
        followed: directories that links led to, without links; one more is added.
    """
    is_link = os.path.islink(directory)
    if not is_link and not followed:
        return True
    real = os.path.realpath(directory)
    if real in followed or not is_link:
        return real not in followed
    is_walked = _holds(top, real) and "/." not in real[len(top) :]
    if is_walked or _holds(real, top) or any(_holds(each, real) for each in followed):
        return False
    followed.add(real)
    return True


def _holds(directory: str, location: str) -> bool:
    return f"{location}/".startswith(f"{directory}/")


def relative(location: str, base: str) -> str:
    """The location as seen from ``base``, with forward slashes; unchanged where it does not lie under it."""
    start = base.rstrip("/") + "/"
    inside = location.removeprefix(start)
    if is_remote(location) or is_remote(base):
        return inside
    if inside != location and inside and not ("/." in location or "//" in inside or inside[-1] == "/"):
        return inside  # as nearly always, and finding it out by os.path takes ten times as long
    inside = os.path.relpath(location, base)
    return location if inside.split(os.sep)[0] == os.pardir else inside.replace(os.sep, "/")


def glob(pattern: str) -> list[str]:
    """The files that fit a pattern (``*``, ``?``, ``[…]``, and ``**`` for any depth), sorted."""
    if not _GLOB.search(pattern):
        return [pattern] if kind(pattern) == "file" else []
    if not is_remote(pattern):
        import glob as local

        return sorted(path for path in local.glob(pattern, recursive=True) if os.path.isfile(path) and TEMPORARY not in path)
    fixed = pattern[: _GLOB.search(pattern).start()].rpartition("/")[0]  # type: ignore[union-attr]
    expression = re.compile(_glob_expression(pattern))
    return [file for file in list_files(fixed, recursive=True) if expression.fullmatch(file)]


def escape(location: str) -> str:
    """The location as a pattern that it alone fits."""
    return re.sub(r"([*?\[])", r"[\1]", location)


def _glob_expression(pattern: str) -> str:
    """A regular expression in which a single star stays within one part of the path."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}

    def expression(part: str) -> str:
        if part.startswith("[") and part.endswith("]"):
            inside = part[1:-1].replace("\\", r"\\").replace("[", r"\[")
            return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
        return known.get(part) or re.escape(part)

    return "".join(map(expression, parts))


def remove(location: str) -> None:
    """Delete a file; nothing happens where there is none."""
    if not is_remote(location):
        if os.path.exists(location):
            os.unlink(location)
        return
    filesystem, path = _resolve(location)
    if exists(location):
        filesystem.delete_file(path)


def remove_unfinished(directory: str) -> None:
    """Delete what a killed run left half-written under a directory. Object stores drop unfinished uploads themselves."""
    if is_remote(directory):
        return
    for base, directories, files in os.walk(directory):
        for file in files:
            if file.startswith(TEMPORARY):
                os.unlink(os.path.join(base, file))
        for inner in [each for each in directories if each.startswith(TEMPORARY)]:
            shutil.rmtree(os.path.join(base, inner))
            directories.remove(inner)
