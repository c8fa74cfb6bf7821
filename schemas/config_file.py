"""Reading ``corpus.yaml`` and the files it names, with the file and line of every mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from schemas.accents import Accents
from schemas.config import CorpusConfig
from schemas.errors import ConfigError


class ReadBytes(Protocol):
    """What reads a file, local or remote."""

    def __call__(self, location: str) -> bytes: ...


@dataclass(frozen=True)
class YamlFile:
    """A YAML document that knows where its parts stand."""

    location: str
    root: Any

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of the deepest part of ``path`` that the file has."""
        node, line = self.root, 0
        for step in path:
            if isinstance(node, dict) and step in node:
                line = node.lc.key(step)[0]  # type: ignore[attr-defined]
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                line = node.lc.item(step)[0]  # type: ignore[attr-defined]
            else:
                break
            node = node[step]
        return line + 1

    def error(self, path: Sequence[str | int], message: str) -> ConfigError:
        """A ConfigError that names file, line and setting."""
        setting = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        return ConfigError(f"{self.location}:{self.line(path)}: {setting + ': ' if setting else ''}{message}")


def read_yaml(location: str, read: ReadBytes) -> YamlFile:
    """Read a YAML 1.2 mapping. Raises ConfigError where it cannot be read or is no mapping."""
    try:
        text = read(location).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{location}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{location}: cannot be read: {error}") from error
    try:
        root = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = (error.problem or str(error)).strip().splitlines()[0]
        raise ConfigError(f"{location}:{line}: not valid YAML: {problem}") from error
    if not isinstance(root, dict):
        raise ConfigError(f"{location}:1: expected a mapping of settings")
    return YamlFile(location, root)


def parse_config(file: YamlFile) -> CorpusConfig:
    """The settings of a ``corpus.yaml``. Raises ConfigError with the line of the first mistake and how many more there are."""
    try:
        # JSON in strict mode takes a list for a tuple and an int for a float, but no string for a number.
        return CorpusConfig.model_validate_json(json.dumps(file.root, default=str), strict=True)
    except ValidationError as error:
        mistakes = sorted({_message(file, dict(mistake)) for mistake in error.errors()})
        raise ConfigError("\n".join(message for _, message in mistakes)) from error


def _message(file: YamlFile, mistake: dict[str, Any]) -> tuple[int, str]:
    path = [step for step in mistake["loc"] if not _is_branch(step)]
    message = str(mistake["msg"]).removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        message = "unknown key"
    elif mistake["type"] == "missing":
        message = "is required"
    elif mistake["type"] not in ("value_error", "assertion_error"):
        message = f"{message[0].lower()}{message[1:]}, found {_short(mistake['input'])}"
    return file.line(path), str(file.error(path, message))


def _is_branch(step: str | int) -> bool:
    """Whether pydantic put this step in for a branch of a union rather than for a key of the file."""
    return isinstance(step, str) and (step in ("Bounds", "[key]") or "[" in step)


def _short(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def parse_accents(file: YamlFile) -> Accents:
    """The taxonomy of an ``accents.yaml``. Raises ConfigError with the line of a mistake."""
    for key in file.root:
        if key not in ("version", "accents"):
            raise file.error([key], "unknown key; expected 'version' and 'accents'")
    version = file.root.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        raise file.error(["version"], f"expected a whole number, found {_short(version)}")
    codes = file.root.get("accents")
    if not isinstance(codes, dict) or not codes:
        raise file.error(["accents"], "expected a mapping of codes to lists of declared words")
    words: dict[str, tuple[str, ...]] = {}
    for code, declared in codes.items():
        listed = [declared] if isinstance(declared, str) else declared
        if not isinstance(code, str) or not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise file.error(["accents", code], "expected a list of declared words")
        words[str(code)] = tuple(str(word) for word in listed)
    try:
        return Accents(int(version), words)
    except ValueError as error:
        raise file.error(["accents"], str(error).removeprefix("accents: ")) from error
