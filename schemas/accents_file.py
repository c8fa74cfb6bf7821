"""Reading an ``accents.yaml``, and the taxonomies that panvox brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from schemas.accents import AccentCode, AccentMistake, Accents, normalise
from schemas.config_file import YamlFile, read_yaml
from schemas.setting_types import show, suggest

_KEYS = ("version", "include", "accents", "no_answer")
_ENTRY_KEYS = ("words", "variety", "region", "first_language")
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


def shipped_taxonomies() -> list[str]:
    """Names of the taxonomies that panvox brings."""
    return sorted(file.name.removesuffix(".yaml") for file in _shipped_directory().iterdir() if file.name.endswith(".yaml"))


def shipped_bytes(name: str) -> bytes:
    """The file of a taxonomy that panvox brings, as it is written."""
    return bytes((_shipped_directory() / f"{name}.yaml").read_bytes())


def shipped_accents(name: str) -> Accents:
    """A taxonomy that panvox brings. Raises KeyError where there is none of that name."""
    if name not in shipped_taxonomies():
        raise KeyError(name)
    file = read_yaml(f"{name}.yaml", lambda _: shipped_bytes(name))
    return Accents(_parse_codes(file, name), (), _parse_no_answer(file))


def parse_accents(file: YamlFile) -> Accents:
    """The taxonomy of an ``accents.yaml``, with the one it includes. Raises ConfigError with the line of a mistake."""
    for key in file.root:
        if key not in _KEYS:
            raise file.error([key], f"unknown key; {suggest(str(key), _KEYS)}")
    own, no_answer = _parse_codes(file, None), _parse_no_answer(file)
    codes = dict(own)
    if "include" in file.root:
        included = _included(file)
        codes = _merge(own, included)
        no_answer += included.no_answer
    try:
        return Accents(codes, tuple(own), no_answer)
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


def _merge(own: Mapping[str, AccentCode], included: Accents) -> dict[str, AccentCode]:
    """The user's codes and the included ones: words stay where the user has put them, and a code of both has both's words."""
    placed = {normalise(word): code for code, entry in own.items() for word in (code, *entry.words)}
    codes = dict(own)
    for code, entry in included.codes.items():
        words = tuple(word for word in entry.words if placed.get(normalise(word), code) == code)
        if code in own:
            axes = {axis: getattr(own[code], axis) or getattr(entry, axis) for axis in _SHAPES}
            known = set(map(normalise, own[code].words))
            words = own[code].words + tuple(word for word in words if normalise(word) not in known)
            codes[code] = AccentCode(words, **axes, taxonomy=own[code].taxonomy)
        elif normalise(code) not in placed:
            codes[code] = AccentCode(words, entry.variety, entry.region, entry.first_language, entry.taxonomy)
    return codes


def _parse_codes(file: YamlFile, name: str | None) -> dict[str, AccentCode]:
    version = file.root.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        raise file.error(["version"], f"expected a whole number, found {show(version)}")
    taxonomy = f"{name} {version}" if name else str(version)
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
    return AccentCode(_parse_words(file, ["accents", code], given.get("words")), **axes, taxonomy=taxonomy)


def _parse_no_answer(file: YamlFile) -> tuple[str, ...]:
    return _parse_words(file, ["no_answer"], file.root.get("no_answer"))


def _parse_words(file: YamlFile, path: list[str | int], declared: Any) -> tuple[str, ...]:
    listed = [declared] if isinstance(declared, str) else declared or []
    if not isinstance(listed, list):
        raise file.error(path, f"expected a list of declared words, found {show(declared)}")
    for word in listed:
        if not isinstance(word, str):
            raise file.error(path, f"expected a list of declared words, found {show(word)} in it; put it in quotes")
    return tuple(str(word) for word in listed)
