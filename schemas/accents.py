"""``accents.yaml``: from the words speakers use for their accent to codes. Nothing is guessed.

A declared text is looked up whole, without regard to case and runs of spaces; a code stands for itself. A text that is not
known whole may list several accents (``|`` or ``;`` between them, or commas where every part is known).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

UNDECLARED = "undeclared"
"""The accent of a recording whose speaker gave none."""

UNMAPPED = "unmapped"
"""The accent of a recording whose speaker's words no entry knows."""


RESERVED = (UNDECLARED, UNMAPPED, "*")
"""No accent's code: the tables give these a meaning of their own."""


def normalise(text: str) -> str:
    """The form in which declared words are compared."""
    return " ".join(text.split()).casefold()


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

    def __post_init__(self) -> None:
        known: dict[str, str] = {}
        for code, words in self.words.items():
            if code in RESERVED:
                raise ValueError(f"accents: the code {code!r} is reserved")
            for word in (code, *words):
                key = normalise(word)
                if known.setdefault(key, code) != code:
                    raise ValueError(f"accents: {word!r} stands under both {known[key]!r} and {code!r}")
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
        known: dict[str, str] = self._known  # type: ignore[attr-defined]
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
