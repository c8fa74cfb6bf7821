"""Licences by their names: SPDX ids however they are written, and which of them do not go together.

What is told is a reading of names, not of licences, and no legal advice. Sources: the SPDX licence list (spdx.org/licenses); the
Creative Commons licences' own terms (sections 2 and 3 of 4.0) and their list of compatible licences
(creativecommons.org/share-your-work/licensing-considerations/compatible-licenses).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

_CC_PARTS = ("by", "nc", "nd", "sa")
_SPDX = {
    "cc0": "CC0-1.0",
    "cc-0": "CC0-1.0",
    "cc-zero": "CC0-1.0",
    "creative-commons-zero": "CC0-1.0",
    "apache-2": "Apache-2.0",
    "apache-2-0": "Apache-2.0",
    "apache-licence-2-0": "Apache-2.0",
    "mit": "MIT",
    "gpl-2-0": "GPL-2.0-only",
    "gpl-3-0": "GPL-3.0-only",
    "agpl-3-0": "AGPL-3.0-only",
    "odbl-1-0": "ODbL-1.0",
    "odc-by-1-0": "ODC-By-1.0",
    "pddl-1-0": "PDDL-1.0",
    "public-domain": "Public-Domain",
}
"""SPDX ids by what :func:`_key` makes of how they are written, where no rule gives them."""

_WORDS = (
    (r"^https?://creativecommons\.org/publicdomain/zero/1\.0.*", "cc0 1.0"),
    (r"^https?://creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)/?([a-z]{2})?.*", r"cc \1 \2 \3"),
    (r"\bcreative commons\b", "cc"),
    (r"\battribution\b", "by"),
    (r"\bnon[ -]?commercial\b", "nc"),
    (r"\bno[ -]?deriv(ative)?s?\b", "nd"),
    (r"\bshare[ -]?alike\b", "sa"),
    (r"\b(licen[cs]e|international|unported|universal|public domain dedication|version|v(?=\d))\b", " "),
    (r"(?<=\d)[.](?=\d)", "_"),
    (r"[\s/,_-]+", "-"),
)


def _key(name: str) -> str:
    text = name.strip().casefold()
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text)
    return text.strip("-. ()")


def spdx(name: str) -> str:
    """The SPDX id of a licence's name: `CC BY 4.0`, `cc-by-4.0` and Creative Commons' address are one.

    Names that are not known stay as they are, spaces apart.
    """
    key = _key(name)
    if key in _SPDX:
        return _SPDX[key]
    parts = key.split("-")
    if parts[0] == "cc0":
        return "CC0-1.0"
    if parts[0] in ("cc", "by"):
        kinds = [part for part in _CC_PARTS if part in parts]
        numbers = [part for part in parts if part.isdigit()]
        rest = [part for part in parts if part != "cc" and part not in _CC_PARTS and not part.isdigit()]
        if kinds[:1] == ["by"] and len(rest) <= 1 and all(len(each) <= 3 for each in rest):
            version = ".".join([*numbers, "0"][:2])
            return "-".join(["CC", *(kind.upper() for kind in kinds), *([version] if numbers else []), *map(str.upper, rest)])
    if match := re.fullmatch(r"(a?gpl|lgpl)-?v?(\d)(?:-(\d))?(-only|-or-later|\+)?", key):
        later = "-or-later" if match[4] in ("-or-later", "+") else "-only"
        return f"{match[1].upper()}-{match[2]}.{match[3] or 0}{later}"
    return " ".join(name.split())


def as_pattern(name: str) -> str:
    """A licence's name in the configuration, where `*` stands for anything, as it is compared."""
    return (name if "*" in name else spdx(name)).strip().casefold()


def fits(name: str, patterns: Collection[str]) -> bool:
    """Whether a licence is one of those that are named.

    Args:
        name: of the licence, however written.
        patterns: see :func:`as_pattern`.
    """
    known = spdx(name).casefold()
    return any(fnmatchcase(known, pattern) for pattern in patterns)


def is_share_alike(licence: str) -> bool:
    """Whether adaptations must be given on under the same terms."""
    return bool(re.search(r"(^|-)SA(-|$)|GPL|^ODbL", licence) or re.search(r"share.?alike", licence, re.IGNORECASE))


def is_non_commercial(licence: str) -> bool:
    """Whether commercial use is forbidden."""
    return bool(re.search(r"(^|[- ])NC([- ]|$)|non.?commercial", licence, re.IGNORECASE))


def is_no_derivatives(licence: str) -> bool:
    """Whether adaptations may not be given on."""
    return bool(re.search(r"(^|[- ])ND([- ]|$)|no.?deriv", licence, re.IGNORECASE))


@dataclass(frozen=True)
class Conflict:
    """Licences that do not go together.

    Attributes:
        licences: SPDX ids.
        why: and what follows.
        source: where that is laid down.
    """

    licences: tuple[str, ...]
    why: str
    source: str


_CC_TERMS = "Creative Commons 4.0, section 2(a) and 3(b)"
_COMPATIBLE = "Creative Commons, list of compatible licences"


def conflicts(names: Collection[str], *, is_adapted: bool) -> list[Conflict]:
    """What does not go together in a corpus of rows under these licences.

    Args:
        names: of the rows' licences, however written.
        is_adapted: whether rows are simulated from recordings, which adapts them.
    """
    found = []
    known = sorted({spdx(name) for name in names})
    no_derivatives = tuple(filter(is_no_derivatives, known))
    non_commercial = tuple(filter(is_non_commercial, known))
    free_alike = [each for each in known if is_share_alike(each) and not is_non_commercial(each)]
    alike = [each for each in known if is_share_alike(each)]
    if no_derivatives and is_adapted:
        why = "forbids giving on adaptations, and simulated rows are adaptations: exclude it, or simulate nothing"
        found.append(Conflict(no_derivatives, why, _CC_TERMS))
    if no_derivatives and alike:
        why = "what is shared alike may be adapted by whoever has it, what is under ND may not: no one work can be made of both"
        found.append(Conflict((*no_derivatives, *alike), why, _CC_TERMS))
    if non_commercial and free_alike:
        why = "share-alike terms allow commercial use of whatever is made from it, NC terms forbid it: no one work can be both"
        found.append(Conflict((*dict.fromkeys([*non_commercial, *free_alike]),), why, _CC_TERMS))
    found += [
        Conflict(pair, "each asks that what is made from both be under its own terms alone", _COMPATIBLE)
        for pair in _alike_pairs(alike)
    ]
    return found


def _alike_pairs(alike: Sequence[str]) -> list[tuple[str, str]]:
    """Share-alike licences of different families, two and two."""
    return [
        (one, other)
        for index, one in enumerate(alike)
        for other in alike[index + 1 :]
        if _family(one) != _family(other) and {_family(one), _family(other)} != {"CC-BY-SA-4", "GPL-3"}
    ]


def _family(licence: str) -> str:
    """Share-alike licences under whose later versions each other's adaptations may be given on."""
    if match := re.match(r"CC-BY-(NC-)?SA", licence):
        version = re.search(r"-(\d)\.", licence)
        return match[0] + ("-1" if version and version[1] == "1" else "-4")
    if match := re.match(r"(A|L)?GPL-(\d)", licence):
        later = "-or-later" in licence
        return f"{match[1] or ''}GPL-{'3' if later else match[2]}"
    return licence
