"""``accents.yaml``: from the words speakers use for their accent to codes. Nothing is guessed.

A declared text is looked up whole, without regard to case and runs of spaces; a code stands for itself. A text that is not
known whole may list several accents (``|`` or ``;`` between them, or commas where every part is known; a known name may hold
commas itself).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

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
class AccentCode:
    """What a code stands for.

    Attributes:
        words: declared words that mean it.
        variety: BCP 47 tag of the variety spoken; null where the accent is none.
        region: ISO 3166-1 country or ISO 3166-2 subdivision it belongs to; null where it is no single one.
        first_language: ISO 639-3 code of the first language that colours it; null where that is not what it says.
        taxonomy: the taxonomy that it comes from and its version, as a row's ``accent_rule`` names it.
    """

    words: tuple[str, ...] = ()
    variety: str | None = None
    region: str | None = None
    first_language: str | None = None
    taxonomy: str = "1"


NO_CODE = AccentCode()


class Mapped(NamedTuple):
    """What declared words come to; the fields are the manifest's columns."""

    accent: str
    accent_all: tuple[str, ...] = ()
    accent_rule: str | None = None
    accent_variety: str | None = None
    accent_region: str | None = None
    accent_first_language: str | None = None


@dataclass(frozen=True)
class Accents:
    """A taxonomy of accents.

    Attributes:
        codes: what each code stands for. Empty where the configuration names no ``accents``: every declared text is then its
            own code.
        wanted: codes that the user's own file names: accents that the corpus should hold, with a recording or without.
        no_answer: declared words that say nothing, such as "don't know".
    """

    codes: Mapping[str, AccentCode] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    no_answer: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for code, entry in self.codes.items():
            if code in RESERVED:
                raise AccentMistake(code, "this code is reserved")
            for word in (code, *entry.words):
                key = normalise(word)
                if not key:
                    raise AccentMistake(code, "an empty text is no declared word")
                if seen.setdefault(key, code) != code:
                    raise AccentMistake(code, f"{word!r} also stands under {seen[key]!r}")

    @cached_property
    def words(self) -> Mapping[str, tuple[str, str]]:
        """Code, and the word as the taxonomy spells it, by normalised word."""
        known: dict[str, tuple[str, str]] = {}
        for code, entry in self.codes.items():
            for word in (code, *entry.words):
                known.setdefault(normalise(word), (code, word))
        return known

    @cached_property
    def _silence(self) -> frozenset[str]:
        return frozenset(map(normalise, self.no_answer))

    def map(self, declared: str | None) -> Mapped:
        """The first accent that was declared, and all of them."""
        if declared is None or not declared.strip() or normalise(declared) in self._silence:
            return Mapped(UNDECLARED)
        if not self.codes:
            code = " ".join(declared.split())
            return Mapped(UNMAPPED) if code in RESERVED else Mapped(code, (code,))
        found = list(self._find(declared))
        if not found:
            return Mapped(UNMAPPED)
        code, word = found[0]
        entry = self.codes[code]
        return Mapped(
            code,
            tuple(dict.fromkeys(each for each, _ in found)),
            f"{entry.taxonomy}: {word}",
            entry.variety,
            entry.region,
            entry.first_language,
        )

    def _find(self, declared: str) -> Iterator[tuple[str, str]]:
        """Code and word of everything known in a declared text."""
        whole = self.words.get(normalise(declared))
        if whole is not None:
            yield whole
            return
        listed = [part for part in re.split(r"[|;]", declared) if part.strip()]
        for part in listed:
            yield from self._find_list(part)

    def _find_list(self, text: str) -> list[tuple[str, str]]:
        """What a text with commas lists; nothing where any part of it is not known."""
        parts = [part for part in text.split(",") if part.strip()]
        found = []
        start = 0
        while start < len(parts):
            for end in range(len(parts), start, -1):  # a known name may hold commas itself: the longest counts
                known = self.words.get(normalise(",".join(parts[start:end])))
                if known is not None:
                    break
            else:
                return []
            found.append(known)
            start = end
        return found
