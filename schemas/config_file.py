"""Reading ``corpus.yaml`` and the files it names, with the file and line of every mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from schemas.config import CorpusConfig
from schemas.errors import ConfigError
from schemas.setting_types import MISTAKE, show


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
    except UnicodeDecodeError as error:
        raise ConfigError(f"{location}: cannot be read: it is no UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{location}: cannot be read: {error.strerror or error}") from error
    try:
        root = YAML(typ="rt", pure=True).load(text)
    except (YAMLError, RecursionError) as error:
        line, problem = _yaml_problem(error, text)
        raise ConfigError(f"{location}:{line}: not valid YAML: {problem}") from error
    if root is None:
        raise ConfigError(f"{location}:1: the file is empty; expected a mapping of settings")
    if not isinstance(root, dict):
        raise ConfigError(f"{location}:1: expected a mapping of settings, found {show(root)}")
    return YamlFile(location, root)


def _yaml_problem(error: Exception, text: str) -> tuple[int, str]:
    """Line, and what is wrong there."""
    if isinstance(error, ReaderError):
        return text.count("\n", 0, error.position) + 1, "control characters are not allowed"
    if not isinstance(error, MarkedYAMLError):
        return 1, "nested too deep"
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or str(error)).strip().splitlines()[0]
    if "\\t" in problem:
        problem = "a tab, where spaces are needed"
    elif problem == "mapping values are not allowed here":
        problem = "a second ':' in one setting; is the line before it complete, and the indentation right?"
    elif error.context and error.context_mark and error.context_mark is not mark and "duplicate" not in problem:
        problem = f"{problem} ({error.context} that begins in line {error.context_mark.line + 1})"
    return min(mark.line, text.rstrip().count("\n")) + 1 if mark else 1, problem


def parse_config(file: YamlFile) -> CorpusConfig:
    """The settings of a ``corpus.yaml``. Raises ConfigError with every mistake, each with its line."""
    try:
        # JSON in strict mode takes a list for a tuple and an int for a float, but no string for a number.
        return CorpusConfig.model_validate_json(json.dumps(file.root, default=str), strict=True)
    except ValidationError as error:
        mistakes = sorted({_message(file, dict(mistake)) for mistake in error.errors()})
        raise ConfigError("\n".join(message for _, message in mistakes)) from error


_EXPECTED = {
    "bool_type": "expected true or false",
    "dict_type": "expected a mapping",
    "finite_number": "expected a finite number",
    "float_type": "expected a number",
    "int_from_float": "expected a whole number",
    "int_type": "expected a whole number",
    "list_type": "expected a list",
    "model_type": "expected a mapping of settings",
    "string_pattern_mismatch": "expected a name of letters, digits, '_', '.' and '-'",
    "string_type": "expected text",
}
"""What pydantic's errors say, in the words of YAML, by their type."""


def _message(file: YamlFile, error: dict[str, Any]) -> tuple[int, str]:
    path, message = path_and_message(error)
    return file.line(path), str(file.error(path, message))


def path_and_message(error: dict[str, Any]) -> tuple[list[str | int], str]:
    """Where one of pydantic's errors is, and what it says in the words of a configuration."""
    path = [step for step in error["loc"] if not _is_branch(step)]
    kind, found = error["type"], error["input"]
    if kind == MISTAKE:
        path += error["ctx"]["path"]
        message = str(error["msg"])
    elif kind == "missing":
        message = "is required"
    elif kind in _EXPECTED:
        message = f"{_EXPECTED[kind]}, found {show(found)}"
        if kind == "string_type" and isinstance(found, (int, float)):
            message += "; put it in quotes"
    else:
        message = f"{_reworded(str(error['msg']))}, found {show(found)}"
    return path, message


def _is_branch(step: str | int) -> bool:
    """Whether pydantic put this step in, for a branch of a union or a key of a mapping, and the file has no such thing."""
    return step == "[key]" or (isinstance(step, str) and step.startswith("<"))


def _reworded(message: str) -> str:
    message = message.replace("List should have at least 1 item after validation, not 0", "expected at least one")
    return re.sub("^(Input|String) should (be|have)( a number)?", "expected", message)
