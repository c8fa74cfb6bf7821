"""``accents.yaml``: from the words speakers use for their accent to codes. Nothing is guessed.

A declared text is looked up whole, without regard to case and runs of spaces; a code stands for itself. A text that is not
known whole may list several accents: with ``|`` or ``;`` between them, or with commas, ``/``, ``&``, ``+`` or "and" where every
part is known. A known name may hold these itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

UNDECLARED = "undeclared"
"""The accent of a recording whose speaker gave none."""

UNMAPPED = "unmapped"
"""The accent of a recording whose speaker's words no entry knows."""

RESERVED = (UNDECLARED, UNMAPPED, "*")
"""No accent's code: the tables give these a meaning of their own."""


_ALTERNATIVES = re.compile(r"[|;]")
_SEPARATORS = re.compile(r"[,/&+]|\band\b", re.IGNORECASE)
"""What may stand between accents, and as well within a name, or in a sentence."""

_PARTS = re.compile(f"{_ALTERNATIVES.pattern}|{_SEPARATORS.pattern}", re.IGNORECASE)


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
    """The form in which declared words are compared: regardless of case, spaces, typeset apostrophes and composed letters."""
    return unicodedata.normalize("NFC", " ".join(text.split()).casefold().replace("\u2019", "'"))


GAP = "{}"
"""Where a name is in a form."""


@dataclass(frozen=True)
class AccentCode:
    """What a code stands for.

    Attributes:
        words: declared words that mean it.
        names: those among them that mean it in the taxonomy's forms too.
        variety: BCP 47 tag of the variety spoken; null where the accent is none.
        region: ISO 3166-1 country or ISO 3166-2 subdivision it belongs to; null where it is no single one.
        first_language: ISO 639-3 code of the first language that colours it; null where that is not what it says.
        taxonomy: the taxonomy that it comes from and its version, as a row's ``accent_rule`` names it.
        included: entries of an included taxonomy whose words mean this code too.
    """

    words: tuple[str, ...] = ()
    variety: str | None = None
    region: str | None = None
    first_language: str | None = None
    taxonomy: str = "1"
    names: tuple[str, ...] = ()
    included: tuple[AccentCode, ...] = ()


class Rule(NamedTuple):
    """What a known word means: its code, the word as the taxonomy spells it, and the taxonomy."""

    code: str
    word: str
    taxonomy: str


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
        alone: words that mean what they do where they are all that was declared, and not in a list of several.
        forms: texts that mean what the name in them means, with ``{}`` where the name is.
        layouts: words that say something else in the sources of one layout, by the layout.
        here: those of the layout whose sources this taxonomy is for; of two rules for one word the first counts.
        includes: name of the taxonomy that the user's own file includes.
    """

    codes: Mapping[str, AccentCode] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    no_answer: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    layouts: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    here: tuple[Rule, ...] = ()
    includes: str | None = None

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for code, word, _ in self._rules():
            if code in RESERVED:
                raise AccentMistake(code, "this code is reserved")
            key = normalise(word)
            if not key:
                raise AccentMistake(code, "an empty text is no declared word")
            if seen.setdefault(key, code) != code:
                raise AccentMistake(code, f"{word!r} also stands under {seen[key]!r}")

    def _rules(self) -> Iterator[Rule]:
        for code, entry in self.codes.items():
            yield Rule(code, code, entry.taxonomy)
            for part in (entry, *entry.included):
                for word in part.words:
                    yield Rule(code, word, part.taxonomy)

    @cached_property
    def words(self) -> Mapping[str, Rule]:
        """What each known word means, by the word as :func:`normalise` has it."""
        return self._everywhere | {normalise(rule.word): rule for rule in reversed(self.here)}

    @cached_property
    def _everywhere(self) -> dict[str, Rule]:
        known: dict[str, Rule] = {}
        for rule in self._rules():
            known.setdefault(normalise(rule.word), rule)
        return known

    @cached_property
    def _names(self) -> frozenset[str]:
        parts = [part for entry in self.codes.values() for part in (entry, *entry.included)]
        return frozenset(normalise(name) for part in parts for name in part.names)

    @cached_property
    def _forms(self) -> list[tuple[str, str, str]]:
        """Each form, and what stands before and after the name."""
        return [(form, *normalise(form).split(GAP)) for form in self.forms]  # type: ignore[misc]

    def _look_up(self, text: str) -> Rule | None:
        """What a word means, or a name in one of the forms."""
        key = normalise(text)
        if key in self.words:
            return self.words[key]
        for form, before, after in self._forms:
            name = key[len(before) : len(key) - len(after)]
            if name in self._names and key == before + name + after:
                rule = self._everywhere[name]
                return rule._replace(word=form.replace(GAP, rule.word))
        return None

    def in_layout(self, layout: str) -> Accents:
        """The taxonomy for what is declared in the sources of a layout."""
        return self._in_layouts.get(layout, self)

    @cached_property
    def _in_layouts(self) -> Mapping[str, Accents]:
        return {layout: replace(self, here=rules, layouts={}) for layout, rules in self.layouts.items()}

    @cached_property
    def _silence(self) -> frozenset[str]:
        return frozenset(map(normalise, self.no_answer))

    @cached_property
    def _alone(self) -> frozenset[str]:
        return frozenset(map(normalise, self.alone)) - {normalise(rule.word) for rule in self.here}

    @cached_property
    def _most_parts(self) -> int:
        """Parts of the known name that holds the most separators."""
        return max(len(_SEPARATORS.split(word)) for word in self.words)

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
        code, word, taxonomy = found[0]
        entry = self.codes[code]
        return Mapped(
            code,
            tuple(dict.fromkeys(each.code for each in found)),
            f"{taxonomy}: {word}",
            entry.variety,
            entry.region,
            entry.first_language,
        )

    def _find(self, declared: str) -> Iterator[Rule]:
        """The rules of everything known in a declared text."""
        parts = {normalise(part) for part in _PARTS.split(declared)} - {""} - self._silence
        whole = self._look_up(declared) or (self._look_up(parts.pop()) if len(parts) == 1 else None)
        if whole is not None:
            yield whole
            return
        for part in _ALTERNATIVES.split(declared):
            yield from self._find_list(part)

    def _find_list(self, text: str) -> list[Rule]:
        """What a part of a declared text lists; nothing where any part of that is not known."""
        edges = [0, *(edge for match in _SEPARATORS.finditer(text) for edge in match.span()), len(text)]
        parts = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if text[start:end].strip()]
        found: list[Rule] = []
        first = 0
        while first < len(parts):
            for last in range(min(first + self._most_parts, len(parts)), first, -1):  # the longest name counts
                part = text[parts[first][0] : parts[last - 1][1]]
                known = None if normalise(part) in self._alone else self._look_up(part)
                if known is not None:
                    found.append(known)
                if known is not None or normalise(part) in self._silence:
                    break
            else:
                return []
            first = last
        return found
