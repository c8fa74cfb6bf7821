"""What speakers declared as their accent, and what no rule of the taxonomy knows: ``panvox accents``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.ingest.read import check_sources, metadata_files, read_file
from pipelines.ingest.record import Candidate
from pipelines.ingest.withdrawals import listed_ids
from pipelines.people.withdrawn import NOBODY
from pipelines.settings import Settings
from schemas.accents import UNDECLARED, UNMAPPED, Accents, Rule, normalise
from schemas.provenance import IMPUTED

if TYPE_CHECKING:
    from rich.console import Console

SUGGESTIONS = 3
LEAST_LIKENESS = 80.0
"""Of a suggestion, 0–100 (rapidfuzz's token_set_ratio): under it, words of other accents come up as often as the right ones."""

_SAID_OF_ALL = frozenset({"english", "accent", "accented"})
"""What tells no accent from another, and would make any two texts alike."""


@dataclass
class Declared:
    """What is declared in the metadata of all sources.

    Attributes:
        counts: records by accent code and declared words.
        refused: records by the rule for which they would go to quarantine; what they declare is not counted.
        imputed: records that are undeclared because their words were imputed.
    """

    counts: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    imputed: int = 0

    def records(self, code: str) -> int:
        """How many records have a code."""
        return sum(count for (each, _), count in self.counts.items() if each == code)

    def ordered(self) -> list[tuple[str, str | None, int]]:
        """Codes, words and counts, the most frequent first."""
        return sorted(((*key, count) for key, count in self.counts.items()), key=lambda each: (-each[2], each[1] or "", each[0]))


def count_declared(settings: Settings) -> Declared:
    """Count what is declared, over all sources. No audio is read, and nothing is counted of people who withdrew.

    Raises:
        ConfigError: metadata cannot be read, or lacks a column that the configuration maps.
    """
    check_sources(settings)
    found = Declared()
    withdrawn = NOBODY.with_people([], [], [], listed_ids(settings)) if settings.withdrawn else NOBODY
    for source, number, location in metadata_files(settings):
        for record in read_file(source, number, location, settings, withdrawn):
            if not isinstance(record, Candidate):
                found.refused[record.rule] += 1
                continue
            row = record.row
            found.counts[row["accent"], row["accent_raw"]] += 1
            found.imputed += row["accent"] == UNDECLARED and row["accent_provenance"] == IMPUTED
    return found


class Suggestions:
    """What a taxonomy knows that reads like words it does not know."""

    def __init__(self, accents: Accents) -> None:
        self._rules: dict[str, Rule] = {}
        for rule in accents.words.values():
            self._rules.setdefault(_telling(rule.word), rule)
        self._texts = list(self._rules)

    def of(self, declared: str) -> list[Rule]:
        """Rules whose words read most like the declared ones, best first, each of another code; it may be none."""
        from rapidfuzz import fuzz, process

        text = _telling(declared)
        found = process.extract(text, self._texts, scorer=fuzz.token_set_ratio, score_cutoff=LEAST_LIKENESS, limit=None)
        likely: dict[str, Rule] = {}
        for known, _, _ in sorted(found, key=lambda match: (-match[1], -len(match[0]), match[2])):
            likely.setdefault(self._rules[known].code, self._rules[known])
        return list(likely.values())[:SUGGESTIONS]


def _telling(text: str) -> str:
    """The words of a text that tell an accent, without punctuation; all of them where none does."""
    words = re.findall(r"\w+", normalise(text))
    return " ".join([word for word in words if word not in _SAID_OF_ALL] or words)


def print_declared(console: Console, found: Declared, accents: Accents, *, everything: bool) -> None:
    """Print the declared words that no rule matched, by count, with suggestions; with ``everything`` those that one did, too."""
    from rich.markup import escape

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    for line in _summary(found):
        say(line)
    has_taxonomy = bool(accents.codes)
    suggestions = Suggestions(accents)
    rows = found.ordered()
    for code, words, count in rows:
        if code != UNMAPPED and (everything or (not has_taxonomy and words is not None)):
            say(f"{count:>9,}  {escape(_shown(words))}  →  {escape(code)}")
    for code, words, count in rows:
        if code == UNMAPPED:
            likely = ", ".join(f"{rule.code} ({rule.word})" for rule in suggestions.of(words or ""))
            hint = f"  like {likely}" if likely else ""
            say(f"{count:>9,}  {escape(_shown(words))}  →  [bold]{UNMAPPED}[/bold]{escape(hint)}")
    say(escape(_next_step(found, accents)))


def _summary(found: Declared) -> Iterator[str]:
    total, unmapped, undeclared = found.counts.total(), found.records(UNMAPPED), found.records(UNDECLARED)
    texts = len({words for code, words in found.counts if code == UNMAPPED})
    yield (
        f"{total:,} records: {total - unmapped - undeclared:,} with a known accent, {undeclared:,} {UNDECLARED}, "
        f"{unmapped:,} {UNMAPPED} in {texts:,} different texts"
    )
    if found.imputed:
        yield f"{found.imputed:,} are {UNDECLARED} because their accent was imputed: 'policy: {{imputed: mark}}' would count it"
    if found.refused:
        rules = ", ".join(f"{count:,} {rule}" for rule, count in sorted(found.refused.items()))
        yield f"{found.refused.total():,} more records are not counted, for they would go to quarantine: {rules}"


def _shown(words: str | None) -> str:
    """Declared words in one line, as no terminal takes them for anything else."""
    if words is None:
        return "(nothing)"
    return "".join(each if each.isprintable() else "\ufffd" for each in " ".join(words.split()))


def _next_step(found: Declared, accents: Accents) -> str:
    if not found.counts:
        return "No record can be accepted as it is: 'panvox run' writes to quarantine why."
    if not accents.codes:
        return (
            "There is no taxonomy: each text is a code of its own. 'accents: english' in corpus.yaml brings one, "
            "and 'accents: accents.yaml' names yours: docs/configuration.md, Accents"
        )
    if found.records(UNDECLARED) == found.counts.total():
        return "No accent is declared: 'columns: {accent: …}' of a source maps a column, 'defaults' give one to all its records."
    if not found.records(UNMAPPED):
        return "Every accent that is declared has a code."
    told = "Put words that you know the meaning of under a code of your accents.yaml; panvox guesses none."
    if not accents.wanted:
        told += " Such a file begins with 'include: english', and 'accents: accents.yaml' in corpus.yaml names it."
    return told


def as_json(found: Declared, accents: Accents) -> dict[str, Any]:
    """The same for machines: counts, and every text with its code, or with suggestions where it has none."""
    suggestions = Suggestions(accents)
    texts = []
    for code, words, count in found.ordered():
        text: dict[str, Any] = {"accent_raw": words, "accent": code, "records": count}
        if code == UNMAPPED:
            text["like"] = [{"accent": rule.code, "word": rule.word} for rule in suggestions.of(words or "")]
        texts.append(text)
    return {
        "records": found.counts.total(),
        UNDECLARED: found.records(UNDECLARED),
        UNMAPPED: found.records(UNMAPPED),
        "imputed": found.imputed,
        "refused": dict(sorted(found.refused.items())),
        "texts": texts,
    }
