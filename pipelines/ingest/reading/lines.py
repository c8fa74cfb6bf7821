"""Lines of a text file, with what is damaged in them kept apart."""

from __future__ import annotations

import codecs
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from typing import IO, Any

from pipelines import storage
from schemas.errors import ConfigError

EMPTY: tuple[object, ...] = (None, "", [])
"""What a cell of JSON holds where nothing is given; 0 is a speaker."""


def first_given(cells: Mapping[str, Any], names: Iterable[str]) -> Any:
    """What stands under the first of some names that says anything; None where none does."""
    for name in names:
        value = cells.get(name)
        if value is not None and value not in EMPTY:
            return value
    return None


_DAMAGED = "surrogateescape"
_SURROGATE = re.compile("[\ud800-\udfff]")
_GZIP_MAGIC = b"\x1f\x8b"
_START_BYTES = 1 << 16
"""By so many a file is judged."""

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


UNSCORED = "ignore_time_segment_in_scoring"
"""What NIST's segment time marks have for a transcript where none is scored; in small letters."""


@contextmanager
def text_lines(location: str) -> Iterator[Iterator[str]]:
    """Physical lines with their ends; UTF-8 or, by its byte order mark, UTF-16; also gzipped.

    Bytes that are no UTF-8 come as lone surrogates (see :func:`is_unicode` and :func:`show_damage`), so that they cost their
    own row only.

    Raises:
        ConfigError: the file cannot be read; with its name and line.
    """
    try:
        with storage.open_input(location) as raw:
            file: IO[bytes] = raw
            start = _start(file)
            if start.startswith(_GZIP_MAGIC):
                file = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
                start = _start(file)
            encoding, errors = ("utf-16", "strict") if start.startswith(_UTF_16_MARKS) else ("utf-8-sig", _DAMAGED)
            # Lines end with carriage returns only where there is nothing else; looking for those too takes thrice as long.
            newline = "\n" if b"\n" in start else ""
            yield _counted(io.TextIOWrapper(file, encoding, errors=errors, newline=newline), location)
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigError(f"{location}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def first_line(location: str) -> str:
    """The first line of a text file that is not blank, without its end; empty where there is none."""
    with text_lines(location) as lines:
        return next((line for line in lines if line.strip()), "").rstrip("\r\n")


def decoded(data: bytes) -> str:
    """A small file's text; bytes that are no UTF-8 come as lone surrogates."""
    if data[:2] in _UTF_16_MARKS:
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", _DAMAGED)  # "utf-8-sig" takes twenty times as long for it


def _start(file: IO[bytes]) -> bytes:
    start = file.read(_START_BYTES)
    file.seek(0)
    return start


def _counted(text: io.TextIOWrapper, location: str) -> Iterator[str]:
    numbers = itertools.count(1)
    try:
        yield from map(itemgetter(0), zip(text, numbers, strict=False))
    except (UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise ConfigError(f"{location}:{next(numbers)}: cannot be read: {error}") from error


def is_unicode(text: str) -> bool:
    """Whether the text holds no half surrogate pairs, and so no bytes that were not UTF-8."""
    return text.isascii() or _SURROGATE.search(text) is None


def show_damage(text: str) -> str:
    """The text with bytes that were not UTF-8 written as hexadecimal escapes."""
    return text.encode(errors=_DAMAGED).decode(errors="backslashreplace")
