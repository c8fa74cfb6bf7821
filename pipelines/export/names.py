"""Ids as names of files and keys, where not every character may stand."""

from __future__ import annotations

import hashlib
import string

LONGEST = 180
"""Characters; file systems allow 255 bytes, and an ending has to fit as well."""

_PLAIN = frozenset(string.ascii_letters + string.digits + "-_~")


def escape(text: str, keep: str = "") -> str:
    """A name that belongs to this id alone: ASCII letters, digits, ``-_~`` and ``keep``, all else as ``=`` and two digits a byte.

    That is quoted-printable, so ``quopri.decodestring`` gives the id back. Of a name of more than :data:`LONGEST` characters
    the beginning stands, then ``=~`` and the first 32 digits of the id's SHA-256.

    Args:
        text: the id, of any characters.
        keep: what may stand besides; not ``=``.
    """
    plain = _PLAIN | set(keep)
    escaped = "".join(
        character if character in plain else "".join(f"={byte:02X}" for byte in character.encode()) for character in text
    )
    if escaped.startswith("."):  # a file of that name would be hidden, or count as unfinished
        escaped = f"=2E{escaped[1:]}"
    if len(escaped) <= LONGEST:
        return escaped
    return f"{escaped[:100]}=~{hashlib.sha256(text.encode()).hexdigest()[:32]}"
