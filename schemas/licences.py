"""Licences by their names: SPDX ids however they are written, and which of them do not go together.

What is told is a reading of names, not of licences, and no legal advice. Sources: the SPDX licence list (spdx.org/licenses); the
Creative Commons licences' own terms (sections 2 and 3 of 4.0) and their list of compatible licences
(creativecommons.org/share-your-work/licensing-considerations/compatible-licenses).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_CC_PARTS = ("by", "nc", "nd", "sa")
_SPDX = {
    "cc0": "CC0-1.0",
    "cc-0": "CC0-1.0",
    "cc-zero": "CC0-1.0",
    "cc0-1.0": "CC0-1.0",
    "cc-zero-1.0": "CC0-1.0",
    "pdm": "CC-PDM-1.0",
    "cc-pdm": "CC-PDM-1.0",
    "pdm-1.0": "CC-PDM-1.0",
    "cc-pdm-1.0": "CC-PDM-1.0",
    "public-domain": "Public-Domain",
    "publicdomain": "Public-Domain",
    "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "mit": "MIT",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "odbl": "ODbL-1.0",
    "odbl-1.0": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "odc-by-1.0": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
    "pddl-1.0": "PDDL-1.0",
}
"""SPDX ids by what :func:`_key` makes of how they are written, where no rule gives them."""

_WORDS = (
    (r"[\u2010-\u2015\u2212]", "-"),
    (r"^(https?://)?(www\.)?", ""),
    (r"^creativecommons\.org/publicdomain/(zero|mark)/.*", r"cc \1"),
    (r"^creativecommons\.org/licenses/([a-z-]+)/([0-9.]+)(?:/([a-z]{2}|igo|scotland))?(/.*)?$", r"cc \1 \2 \3"),
    (r"^apache\.org/licenses/license-2\.0.*", "apache 2.0"),
    (r"^opendatacommons\.org/licenses/(by|odbl|pddl)\b.*", r"open data commons \1 1.0"),
    (r"^gnu\.org/licenses/(old-licenses/)?([al]?gpl-[0-9.]+[0-9]).*", r"\2"),
    (r"^opensource\.org/licenses?/", ""),
    (r"\bopen data commons (open database licen[cs]e|odbl)\b|\bopen database licen[cs]e\b", "odbl"),
    (r"\bopen data commons (public domain dedication( and| &)? licen[cs]e|pddl)\b", "pddl"),
    (r"\bopen data commons (attribution|by)\b", "odc-by"),
    (r"\bgnu lesser general public licen[cs]e\b", "lgpl"),
    (r"\bgnu affero general public licen[cs]e\b", "agpl"),
    (r"\b(gnu )?general public licen[cs]e\b|\bgnu(?= [al]?gpl)", "gpl"),
    (r"\bgpl gpl\b", "gpl"),
    (r"\bpublic domain mark\b", "pdm"),
    (r"\bcc mark\b", "pdm"),
    (r"\bcreative commons\b", "cc"),
    (r"\battribution\b", "by"),
    (r"\bnon[ -]?commercial\b", "nc"),
    (r"\bno[ -]?deriv(ative)?s?\b", "nd"),
    (r"\bshare[ -]?alike\b", "sa"),
    (r"\b(public|software) licen[cs]e\b|\b(licen[cs]e|international|unported|universal|generic|deed|the)\b", " "),
    (r"(?<=cc0)(?P<version>[ -]1\.0)?\s+public domain( dedication)?|\bpublic domain dedication\b", r"\g<version>"),
    (r"\bversion\b|\bv(?=\d)", " "),
    (r"(?<=by|nc|nd|sa)(?=\d)", " "),
    (r"^ccby(nc)?(nd|sa)?(?=\d|[ -]|$)", r"cc-by-\1-\2-"),
    (r"[\s/,_-]+", "-"),
)


def _key(name: str) -> str:
    text = name.strip().casefold()
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text)
    return text.strip("-. ")


def spdx(name: str) -> str:
    """The SPDX id of a licence's name: `CC BY 4.0`, `cc-by-4.0` and Creative Commons' address are one.

    Names that are not known stay as they are, spaces apart.
    """
    # Often a name is followed by its short form, or its address, in brackets.
    parts = re.fullmatch(r"([^()]+)\(([^()]+)\)([^()]*)", name)
    names = (f"{parts[1]} {parts[3]}", parts[2]) if parts else (name,)
    found = [known for part in names if (known := _known(part)) is not None]
    if len(set(found)) == 1 and len(found) == (2 if parts else 1):
        return found[0]
    return " ".join(name.split())


def _known(name: str) -> str | None:
    key = _key(name)
    if key in _SPDX:
        return _SPDX[key]
    if match := re.fullmatch(r"(a?gpl|lgpl)-?v?(\d)(?:\.(\d))?(-only|-or-later|-or-any-later|\+)?", key):
        later = "-only" if match[4] in (None, "-only") else "-or-later"
        return f"{match[1].upper()}-{match[2]}.{match[3] or 0}{later}"
    parts = key.split("-")
    if parts[0] not in ("cc", "by"):
        return None
    kinds = [part for part in _CC_PARTS if part in parts]
    numbers = [part for part in parts if re.fullmatch(r"\d(\.\d)?", part)]
    rest = [part for part in parts if part != "cc" and part not in (*_CC_PARTS, *numbers)]
    if (
        kinds[:1] != ["by"]
        or len(numbers) > 1
        or len(rest) > 1
        or not all(re.fullmatch("[a-z]{2}|igo|scotland", each) for each in rest)
    ):
        return None
    version = [number if "." in number else f"{number}.0" for number in numbers]
    return "-".join(["CC", *map(str.upper, kinds), *version, *map(str.upper, rest)])


def as_pattern(name: str) -> str:
    """A licence's name in the configuration, where `*` stands for anything, as it is compared."""
    return re.sub(r"[\s_]+", "-", name.strip()).casefold() if "*" in name else spdx(name).casefold()


def fits(name: str, patterns: Collection[str]) -> bool:
    """Whether a licence is one of those that are named.

    Args:
        name: of the licence, however written.
        patterns: see :func:`as_pattern`.
    """
    known = spdx(name).casefold()
    # With a `*`, words are compared whatever stands between them, and `*-NC-*` means CC-BY-NC without a version too.
    words = re.sub(r"[\s_]+", "-", known)
    return known in patterns or any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), f"{words}{end}")
        for pattern in patterns
        if "*" in pattern
        for end in ("", "-")
    )


def is_denied(name: str, patterns: Collection[str]) -> bool:
    """Whether a licence is one of those that are not to be used, or its words say so: `*-NC-*` means "non-commercial use" too.

    Args:
        name: of the licence, however written.
        patterns: see :func:`as_pattern`.
    """
    words = _key(name)
    return fits(name, patterns) or ("commercial" not in words and fits(f"-{words}", patterns))


def is_share_alike(licence: str) -> bool:
    """Whether adaptations must be given on under the same terms."""
    return bool(
        re.search(r"(^|-)SA(-|$)|GPL|^(ODbL|GFDL|CDLA-Sharing)", licence) or re.search(r"share.?alike", licence, re.IGNORECASE)
    )


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
