"""Microphone responses from the user's own CSV files of Hz and dB."""

from __future__ import annotations

import csv
import io

from pydantic import ValidationError

from pipelines import storage
from schemas.config import CorpusConfig
from schemas.config_file import YamlFile
from schemas.handset import HandsetConfig


def with_curves(file: YamlFile, config: CorpusConfig, base: str) -> CorpusConfig:
    """``config`` with each microphone that names a CSV file replaced by the points in it, so that recipes can hold them.

    Raises:
        ConfigError: a file is not there, or is not two columns of numbers under at most one heading.
    """
    handsets = {
        name: handset.model_copy(update={"microphone": _read(file, name, handset.microphone, base)})
        for name, handset in config.handsets.items()
        if isinstance(handset.microphone, str) and handset.microphone.lower().endswith(".csv")
    }
    return config.model_copy(update={"handsets": config.handsets | handsets}) if handsets else config


def _read(file: YamlFile, handset: str, path: str, base: str) -> list[list[float]]:
    setting: list[str | int] = ["handsets", handset, "microphone"]
    try:
        text = storage.read_bytes(storage.join(base, path)).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise file.error(setting, f"there is no file {path!r}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise file.error(setting, f"{path!r} cannot be read: {error}") from error
    points = []
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        try:
            frequency_hz, gain_db = (float(cell) for cell in cells)
        except ValueError as error:
            if number == 1:
                continue  # a heading
            raise file.error(
                setting, f"{path!r}, line {number}: expected a frequency in Hz and a gain in dB, found {','.join(row)!r}"
            ) from error
        points.append([frequency_hz, gain_db])
    try:
        return list(HandsetConfig(microphone=points).microphone)  # type: ignore[arg-type]
    except ValidationError as error:
        raise file.error(setting, f"{path!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
