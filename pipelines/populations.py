"""Reference populations from CSV files, the user's own or those that come with panvox."""

from __future__ import annotations

import csv
import io

from pydantic import ValidationError

from pipelines import storage
from schemas.config import CorpusConfig
from schemas.config_file import YamlFile
from schemas.errors import ConfigError
from schemas.population import MarginConfig, Reference, shipped_populations
from schemas.setting_types import show, suggest

COLUMNS = ("group", "share", "source", "year", "universe")
_TOLD_ONCE = COLUMNS[2:]
"""The same in every row: the first has to give it, the others may leave it empty."""


def with_populations(file: YamlFile, config: CorpusConfig, base: str) -> CorpusConfig:
    """``config`` with each margin's reference read, so that the corpus's own records hold it.

    Raises:
        ConfigError: a file is not there, or is no reference population.
    """
    if config.population is None:
        return config
    margins = [_with_reference(file, index, margin, base) for index, margin in enumerate(config.population.margins)]
    return config.model_copy(update={"population": config.population.model_copy(update={"margins": margins})})


def _with_reference(file: YamlFile, index: int, margin: MarginConfig, base: str) -> MarginConfig:
    if isinstance(margin.reference, Reference):
        return margin
    setting: list[str | int] = ["population", "margins", index]
    location, text = _read(file, [*setting, "reference"], margin.reference, base)
    reference = parse_reference(location, text)
    try:
        return MarginConfig(field=margin.field, reference=reference, groups=margin.groups)
    except ValidationError as error:
        problem = error.errors()[0]
        raise file.error([*setting, *problem["ctx"]["path"]], problem["msg"]) from error


def _read(file: YamlFile, setting: list[str | int], name: str, base: str) -> tuple[str, str]:
    shipped = shipped_populations()
    if name in shipped:
        return name, shipped[name]
    if not name.lower().endswith(".csv"):
        raise file.error(
            setting, f"{name!r} is neither a CSV file nor a population that comes with panvox; {suggest(name, shipped)}"
        )
    location = storage.join(base, name)
    try:
        return location, storage.read_bytes(location).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise file.error(setting, f"there is no file {name!r}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise file.error(setting, f"{name!r} cannot be read: {error}") from error


def parse_reference(location: str, text: str) -> Reference:
    """A reference population from CSV text with a header of :data:`COLUMNS`, in any order.

    Args:
        location: of the file, for messages.
        text: of it.

    Raises:
        ConfigError: with file and line, for the first mistake.
    """
    rows = csv.reader(io.StringIO(text))
    header = [cell.strip() for cell in next(rows, [])]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise ConfigError(f"{location}:1: the header lacks {', '.join(missing)}; expected {','.join(COLUMNS)}")
    shares: dict[str, float] = {}
    told: dict[str, str] = {}
    for row in rows:
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        where = f"{location}:{rows.line_num}"
        if not any(cells.values()):
            continue
        if len(row) != len(header):
            raise ConfigError(f"{where}: {len(row)} cells where the header has {len(header)}")
        group = cells["group"]
        if not group:
            raise ConfigError(f"{where}: names no group")
        if group in shares:
            raise ConfigError(f"{where}: the group {group!r} stands above too")
        shares[group] = _number(where, cells["share"])
        for column in _TOLD_ONCE:
            if told.setdefault(column, cells[column]) != cells[column] and cells[column]:
                raise ConfigError(f"{where}: another {column} than above; a file is one population's")
    try:
        return Reference(shares=shares, year=_year(location, told), **{key: told.get(key, "") for key in ("source", "universe")})
    except ValidationError as error:
        problem = error.errors()[0]
        if problem["type"] == "string_too_short":
            raise ConfigError(f"{location}:2: gives no {problem['loc'][0]}") from error
        raise ConfigError(f"{location}: {problem['msg']}") from error


def _number(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError(f"{where}: expected a number for the share, found {show(text)}") from error


def _year(location: str, told: dict[str, str]) -> int:
    try:
        return int(told.get("year", ""))
    except ValueError as error:
        raise ConfigError(f"{location}:2: expected a year, found {show(told.get('year', ''))}") from error
