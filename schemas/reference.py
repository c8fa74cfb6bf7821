"""``docs/reference.md``, generated from the definitions in this package: ``python -m schemas.reference > docs/reference.md``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from schemas.config import CorpusConfig
from schemas.dimensions import DIMENSIONS
from schemas.documents import DOCUMENTS
from schemas.names import BAND_FILTERS, CAUSES, CODECS, MICROPHONES, NOISE_COLOURS, handset_presets
from schemas.rules import RULES
from schemas.tables import TABLES

HEAD = """# Reference

Every column, setting, rule and name, generated from `schemas/` by `make reference`. Do not edit.
"""


def reference() -> str:
    """The whole page."""
    parts = [HEAD, "## Tables\n", *_tables(), "## JSON documents\n", *_documents(), "## Settings of corpus.yaml\n", *_settings()]
    parts += [
        "## Dimensions\n",
        _dimensions(),
        "## Rules of quarantine\n",
        _rules(),
        "## Causes of gaps\n",
        _names(CAUSES),
        "## Noise colours\n",
        _names(NOISE_COLOURS),
    ]
    parts += ["## Microphones\n", _names(MICROPHONES), "## Band filters\n", _names(BAND_FILTERS)]
    parts += ["## Codecs\n", _names(CODECS), "## Handset presets\n", _presets()]
    return "\n".join(parts)


def _tables() -> Iterator[str]:
    for table in TABLES:
        rows = [(f"`{column.name}`", str(column.type), column.doc) for column in table.columns]
        yield f"### {table.name}\n\nOne row is {table.row}.\n\n{_markdown(('column', 'type', 'meaning'), rows)}"


def _documents() -> Iterator[str]:
    for name, keys in DOCUMENTS.items():
        yield f"### {name}\n\n{_markdown(('key', 'meaning'), [(f'`{key}`', doc) for key, doc in keys.items()])}"


def _settings() -> Iterator[str]:
    waiting: list[tuple[str, type[BaseModel]]] = [("", CorpusConfig)]
    seen = set()
    while waiting:
        path, model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        rows = []
        for name, field in model.model_fields.items():
            inner = _models_in(field.annotation)
            waiting += [(f"{path}.{name}".lstrip("."), each) for each in inner]
            default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
            rows.append((f"`{name}`", default, field.description or (_summary(inner[0]) if inner else "")))
        title = f"`{path}`" if path else "The file"
        yield f"### {title}\n\n{_summary(model)}\n\n{_markdown(('key', 'default', 'meaning'), rows)}"


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (None, Literal):
        return []
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined:
        return "none"
    if isinstance(value, BaseModel):
        return "see below"
    if value in ({}, [], ""):
        return "none"
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, dict):
        value = "{" + ", ".join(f"{key}: {each:g}" for key, each in value.items()) + "}"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _dimensions() -> str:
    rows = [(f"`{each.name}`", each.doc, f"`{each.column}`", each.absent) for each in DIMENSIONS.values()]
    return _markdown(("dimension", "meaning", "column of the shards", "a row without a value"), rows)


def _rules() -> str:
    rows = [(f"`{rule.name}`", rule.stage, rule.doc) for rule in RULES.values()]
    rows.append(("`expectation:<suite>.<name>`", "expectation", "a row-level expectation of that suite fails"))
    return _markdown(("rule", "stage", "meaning"), rows)


def _presets() -> str:
    rows = [(f"`{name}`", preset["about"], f"`{json.dumps(preset['handset'])}`") for name, preset in handset_presets().items()]
    return _markdown(("preset", "what it is", "its settings"), rows)


def _names(names: dict[str, str]) -> str:
    return _markdown(("name", "what it is"), [(f"`{name}`", doc) for name, doc in names.items()])


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
