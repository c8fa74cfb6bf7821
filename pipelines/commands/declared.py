"""What speakers declared as their accent, and what no rule of the taxonomy knows: ``panvox accents``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.ingest.read import check_sources, metadata_files, read_file
from pipelines.ingest.record import Candidate
from pipelines.settings import Settings
from schemas.accents import UNDECLARED, UNMAPPED, Accents, normalise

if TYPE_CHECKING:
    from rich.console import Console

SUGGESTIONS = 3
LEAST_LIKENESS = 80.0
"""Of a suggestion, 0–100 (rapidfuzz's WRatio): under it, words of other accents come up as often as the right ones."""


def count_declared(settings: Settings) -> Counter[tuple[str, str | None]]:
    """Records by accent code and declared words, over all sources. No audio is read.

    Raises:
        ConfigError: metadata cannot be read, or lacks a column that the configuration maps.
    """
    check_sources(settings)
    counts: Counter[tuple[str, str | None]] = Counter()
    for source, number, location in metadata_files(settings):
        for record in read_file(source, number, location, settings):
            if isinstance(record, Candidate):
                counts[record.row["accent"], record.row["accent_raw"]] += 1
    return counts


def suggest_codes(declared: str, accents: Accents) -> Iterator[tuple[str, str]]:
    """Code and word of what the taxonomy knows that reads most like the declared words, best first; it may be nothing."""
    from rapidfuzz import fuzz, process

    words = list(accents.words)
    found = process.extract(normalise(declared), words, scorer=fuzz.WRatio, score_cutoff=LEAST_LIKENESS, limit=None)
    seen: set[str] = set()
    for word, _, _ in sorted(found, key=lambda match: (-match[1], match[2])):
        code, spelt = accents.words[word]
        if code not in seen:
            seen.add(code)
            yield code, spelt
        if len(seen) == SUGGESTIONS:
            return


def print_declared(console: Console, counts: Counter[tuple[str, str | None]], accents: Accents, *, everything: bool) -> None:
    """Print the declared words that no rule matched, by count, with suggestions; with ``everything`` those that one did, too."""
    from rich.markup import escape

    total = counts.total()
    unmapped, undeclared = (sum(n for (code, _), n in counts.items() if code == accent) for accent in (UNMAPPED, UNDECLARED))
    texts = len({words for code, words in counts if code == UNMAPPED})
    console.print(
        f"{total:,} records: {total - unmapped - undeclared:,} with a known accent, {undeclared:,} {UNDECLARED}, "
        f"{unmapped:,} {UNMAPPED} in {texts:,} different texts",
        highlight=False,
    )
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0][1] or ""))
    if everything:
        for (code, words), count in ordered:
            if code != UNMAPPED:
                console.print(f"{count:>9,}  {escape(words or '(nothing)')}  →  {escape(code)}", highlight=False, soft_wrap=True)
    for (code, words), count in ordered:
        if code == UNMAPPED and words is not None:
            likely = ", ".join(f"{each} ({word})" for each, word in suggest_codes(words, accents))
            hint = f"  like {likely}" if likely else ""
            console.print(
                f"{count:>9,}  {escape(words)}  →  [bold]{UNMAPPED}[/bold]{escape(hint)}", highlight=False, soft_wrap=True
            )
    if unmapped:
        console.print("Put words that you know the meaning of under a code of your accents.yaml; panvox guesses none.")
