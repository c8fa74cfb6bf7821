"""``accents.yaml``: from the words speakers use for their accent to codes. Nothing is guessed.

A declared text is looked up whole, without regard to case and runs of spaces; a code stands for itself. A text that is not
known whole may list several accents (``|`` or ``;`` between them, or commas where every part is known).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

UNDECLARED = "undeclared"
"""The accent of a recording whose speaker gave none."""

UNMAPPED = "unmapped"
"""The accent of a recording whose speaker's words no entry knows."""


RESERVED = (UNDECLARED, UNMAPPED, "*")
"""No accent's code: the tables give these a meaning of their own."""


class AccentMistake(ValueError):
    """An entry of the taxonomy is wrong.

    Attributes:
        code: under which it stands.
        message: what is wrong with it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def normalise(text: str) -> str:
    """The form in which declared words are compared: regardless of case, runs of spaces and how accented letters are composed."""
    return unicodedata.normalize("NFC", " ".join(text.split()).casefold())


@dataclass(frozen=True)
class Accents:
    """A taxonomy of accents.

    Attributes:
        version: of the taxonomy.
        words: declared words by code. Empty where the configuration names no ``accents`` file: every declared text is
            then its own code.
    """

    version: int = 0
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _known: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known: dict[str, str] = {}
        for code, words in self.words.items():
            if code in RESERVED:
                raise AccentMistake(code, "this code is reserved")
            for word in (code, *words):
                key = normalise(word)
                if not key:
                    raise AccentMistake(code, "an empty text is no declared word")
                if known.setdefault(key, code) != code:
                    raise AccentMistake(code, f"{word!r} also stands under {known[key]!r}")
        object.__setattr__(self, "_known", known)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code, in the order of the file."""
        return tuple(self.words)

    def map(self, declared: str | None) -> tuple[str, tuple[str, ...]]:
        """The code of the first accent declared, and all codes declared."""
        if declared is None or not declared.strip():
            return UNDECLARED, ()
        if not self.words:
            code = " ".join(declared.split())
            return (UNMAPPED, ()) if code in RESERVED else (code, (code,))
        known = self._known
        whole = known.get(normalise(declared))
        if whole is not None:
            return whole, (whole,)
        listed = [known.get(normalise(part)) for part in re.split(r"[|;]", declared) if part.strip()]
        if not any(listed):
            listed = [known.get(normalise(part)) for part in declared.split(",") if part.strip()]
            if None in listed:
                return UNMAPPED, ()
        codes = tuple(dict.fromkeys(code for code in listed if code is not None))
        return codes[0] if codes else UNMAPPED, codes
