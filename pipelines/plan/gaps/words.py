"""Numbers and names as a gap's reason tells them."""

from __future__ import annotations

from collections.abc import Sequence


def count(number: int, what: str) -> str:
    """So many of something."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """One and another."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def named(people: Sequence[str]) -> str:
    """Some speakers by name, and how many more."""
    return listed(people) if len(people) <= 3 else f"{', '.join(people[:2])} or {len(people) - 2} others"
