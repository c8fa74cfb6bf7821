"""Reading an ``accents.yaml``, and the taxonomies that panvox brings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.accents import GAP, AccentCode, AccentMistake, Accents, Rule, normalise
from schemas.config_file import YamlFile, read_yaml
from schemas.setting_types import show, suggest

_KEYS = ("version", "include", "forms", "accents", "layouts", "no_answer", "alone")
_ENTRY_KEYS = ("names", "words", "variety", "region", "first_language")
_SHAPES = {
    "variety": (
        re.compile(
            r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-x(-[A-Za-z0-9]{1,8})+)?"
        ),
        "a BCP 47 tag such as en-GB-scotland",
    ),
    "region": (re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?"), "an ISO 3166-2 code such as GB-SCT, or a country's of two letters"),
    "first_language": (re.compile(r"[a-z]{3}"), "an ISO 639-3 code of three letters such as hin"),
}

_SUBTAGS = {
    "region": re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?-([A-Z]{2})(?![^-])"),
    "first_language": re.compile(r"[^x]+-x-l1-([a-z]{3})(?![^-])"),
}
"""What a variety's tag says of the other axes: the country's subtag, and by our own convention the first language's."""


def shipped_taxonomies() -> list[str]:
    """Names of the taxonomies that panvox brings."""
    return sorted(file.name.removesuffix(".yaml") for file in _shipped_directory().iterdir() if file.name.endswith(".yaml"))


def shipped_bytes(name: str) -> bytes:
    """The file of a taxonomy that panvox brings, as it is written."""
    return bytes((_shipped_directory() / f"{name}.yaml").read_bytes())


@cache
def shipped_accents(name: str) -> Accents:
    """A taxonomy that panvox brings. Raises KeyError where there is none of that name."""
    if name not in shipped_taxonomies():
        raise KeyError(name)
    file = read_yaml(f"{name}.yaml", lambda _: shipped_bytes(name))
    codes = _parse_codes(file, name)
    layouts = _parse_layouts(file, name, codes)
    return Accents(codes, (), _parse_list(file, "no_answer"), _parse_list(file, "alone"), _parse_forms(file), layouts)


def parse_accents(file: YamlFile) -> Accents:
    """The taxonomy of an ``accents.yaml``, with the one it includes. Raises ConfigError with the line of a mistake."""
    for key in file.root:
        if key not in _KEYS:
            raise file.error([key], f"unknown key; {suggest(str(key), _KEYS)}")
    own, forms = _parse_codes(file, None), _parse_forms(file)
    no_answer, alone = _parse_list(file, "no_answer"), _parse_list(file, "alone")
    codes: Mapping[str, AccentCode] = own
    layouts: dict[str, tuple[Rule, ...]] = {}
    if "include" in file.root:
        included = _included(file)
        codes, layouts = _merge(own, included)
        known = _placed(own)
        no_answer += tuple(word for word in included.no_answer if normalise(word) not in known)
        alone += tuple(word for word in included.alone if normalise(word) not in known)
        forms += included.forms
    for layout, rules in _parse_layouts(file, None, codes).items():
        layouts[layout] = (*rules, *layouts.get(layout, ()))
    try:
        return Accents(codes, tuple(own), no_answer, alone, forms, layouts, includes=file.root.get("include"))
    except AccentMistake as mistake:
        raise file.error(["accents", mistake.code], mistake.message) from mistake


def _shipped_directory() -> Any:
    return files("schemas") / "data" / "accents"


def _included(file: YamlFile) -> Accents:
    name = file.root["include"]
    if not isinstance(name, str) or name not in shipped_taxonomies():
        known = ", ".join(shipped_taxonomies())
        raise file.error(["include"], f"expected the name of a taxonomy that panvox brings ({known}), found {show(name)}")
    return shipped_accents(name)


def _merge(own: Mapping[str, AccentCode], included: Accents) -> tuple[dict[str, AccentCode], dict[str, tuple[Rule, ...]]]:
    """The user's codes and the included ones, and what the latter say of layouts.

    Words stay where the user has put them. A code that stands among the words of one of the user's brings its own words along.
    """
    placed = _placed(own)
    codes = dict(own)
    for code, entry in included.codes.items():
        rest = replace(entry, words=tuple(word for word in entry.words if normalise(word) not in placed))
        home = placed.get(normalise(code))
        if home is None:
            codes[code] = rest
            continue
        axes = {axis: getattr(own[home], axis) or getattr(entry, axis) for axis in _SHAPES} if home == code else {}
        codes[home] = replace(codes[home], included=(*codes[home].included, rest), **axes)
    layouts = {
        layout: tuple(
            rule._replace(code=placed.get(normalise(rule.code), rule.code))
            for rule in rules
            if normalise(rule.word) not in placed
        )
        for layout, rules in included.layouts.items()
    }
    return codes, layouts


def _placed(own: Mapping[str, AccentCode]) -> dict[str, str]:
    """Where the user has put a word, by the normalised word."""
    return {normalise(word): code for code, entry in own.items() for word in (code, *entry.words)}


def _parse_codes(file: YamlFile, name: str | None) -> dict[str, AccentCode]:
    taxonomy = _parse_version(file, name)
    codes = file.root.get("accents")
    if codes is None and "include" in file.root:
        return {}
    if not isinstance(codes, dict) or not codes:
        raise file.error(["accents"], "expected a mapping of codes to lists of declared words")
    found = {}
    for code, entry in codes.items():
        if not isinstance(code, str):
            raise file.error(["accents", code], f"expected text for a code, found {show(code)}; put it in quotes")
        found[str(code)] = _parse_code(file, str(code), entry, taxonomy)
    return found


def _parse_code(file: YamlFile, code: str, entry: Any, taxonomy: str) -> AccentCode:
    given = entry if isinstance(entry, dict) else {"words": entry}
    for key in given:
        if key not in _ENTRY_KEYS:
            raise file.error(["accents", code, key], f"unknown key; {suggest(str(key), _ENTRY_KEYS)}")
    axes: dict[str, str | None] = {}
    for axis, (shape, expected) in _SHAPES.items():
        value = given.get(axis)
        if value is not None and not (isinstance(value, str) and shape.fullmatch(value)):
            raise file.error(["accents", code, axis], f"expected {expected}, found {show(value)}")
        axes[axis] = None if value is None else str(value)
    if axes["variety"] is None and _SHAPES["variety"][0].fullmatch(code):
        axes["variety"] = code  # a code that is a tag says itself what it is
    for axis, subtag in _SUBTAGS.items():
        if axes[axis] is None and (match := subtag.match(axes["variety"] or "")):
            axes[axis] = match[1]
    names = _parse_words(file, ["accents", code, "names"], given.get("names"))
    words = _parse_words(file, ["accents", code, *(["words"] if given is entry else [])], given.get("words"))
    return AccentCode((*names, *words), axes["variety"], axes["region"], axes["first_language"], taxonomy, names)


def _parse_version(file: YamlFile, name: str | None) -> str:
    """What rows call the taxonomy."""
    version = file.root.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        raise file.error(["version"], f"expected a whole number, found {show(version)}")
    return f"{name} {version}" if name else str(version)


def _parse_forms(file: YamlFile) -> tuple[str, ...]:
    forms = _parse_words(file, ["forms"], file.root.get("forms"))
    for form in forms:
        if form.count(GAP) != 1:
            raise file.error(["forms"], f"expected {GAP} once, where a name goes, found {show(form)}")
    return forms


def _parse_layouts(file: YamlFile, name: str | None, codes: Mapping[str, AccentCode]) -> dict[str, tuple[Rule, ...]]:
    """What words say in the sources of one layout, by the layout."""
    layouts = file.root.get("layouts") or {}
    if not isinstance(layouts, dict):
        raise file.error(["layouts"], f"expected a mapping of layouts to words and their codes, found {show(layouts)}")
    found = {}
    for layout, words in layouts.items():
        if not isinstance(words, dict):
            raise file.error(["layouts", layout], f"expected a mapping of words to codes, found {show(words)}")
        for word, code in words.items():
            if code not in codes:
                raise file.error(["layouts", layout, word], f"there is no accent {show(code)}; {suggest(str(code), codes)}")
        taxonomy = f"{_parse_version(file, name)}, in {layout}"
        found[str(layout)] = tuple(Rule(str(code), str(word), taxonomy) for word, code in words.items())
    return found


def _parse_list(file: YamlFile, key: str) -> tuple[str, ...]:
    return _parse_words(file, [key], file.root.get(key))


def _parse_words(file: YamlFile, path: Sequence[str | int], declared: Any) -> tuple[str, ...]:
    listed = [declared] if isinstance(declared, str) else declared or []
    if not isinstance(listed, list):
        raise file.error(path, f"expected a list of declared words, found {show(declared)}")
    for word in listed:
        if not isinstance(word, str):
            raise file.error(path, f"expected a list of declared words, found {show(word)} in it; put it in quotes")
    return tuple(str(word) for word in listed)
