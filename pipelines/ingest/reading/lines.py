"""Lines of a text file, with what is damaged in them kept apart."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
            start = raw.read(_START_BYTES)
            raw.seek(0)
            if start.startswith(_GZIP_MAGIC):
                packed = gzip.GzipFile(fileobj=raw)
                start = packed.read1(_START_BYTES)  # damage further on counts where it is met
                packed.seek(0)
                file = packed  # type: ignore[assignment]
            encoding, errors = ("utf-16", "strict") if start.startswith(_UTF_16_MARKS) else ("utf-8-sig", _DAMAGED)
            newline = "\n" if b"\n" in start else ""
            yield _counted(io.TextIOWrapper(file, encoding, errors=errors, newline=newline), location)
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigError(f"{location}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


_NO_TEXT = (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError)


def first_line(location: str) -> str:
    """The first line of a text file that is not blank, without its end; empty where there is none, or no such file or text."""
    try:
        with text_lines(location) as lines:
            return next((line for line in lines if line.strip()), "").rstrip("\r\n")
    except ConfigError as error:
        if isinstance(error.__cause__, _NO_TEXT):  # which stands beside what is looked for
            return ""
        raise


def decoded(data: bytes) -> str:
    """A small file's text; bytes that are no UTF-8 come as lone surrogates."""
    if data[:2] in _UTF_16_MARKS:
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", _DAMAGED)  # "utf-8-sig" takes twenty times as long for it


def _counted(text: io.TextIOWrapper, location: str) -> Iterator[str]:
    number = 1
    try:
        for line in text:
            # Looked for here, carriage returns that end lines as well take a third of the time that Python takes for it.
            if "\r" in line and line.find("\r") < len(line) - 2:
                yield from io.StringIO(line, newline="")
            else:
                yield line
            number += 1
    except (UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise ConfigError(f"{location}:{number}: cannot be read: {error}") from error


def is_unicode(text: str) -> bool:
    """Whether the text holds no half surrogate pairs, and so no bytes that were not UTF-8."""
    return text.isascii() or _SURROGATE.search(text) is None


def show_damage(text: str) -> str:
    """The text with bytes that were not UTF-8 written as hexadecimal escapes."""
    return text.encode(errors=_DAMAGED).decode(errors="backslashreplace")
