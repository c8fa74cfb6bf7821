"""Reading the metadata files of a run, record by record."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.check import RecordChecker
from pipelines.ingest.layouts import Layout, Unit, find_layout
from pipelines.ingest.record import Candidate, Rejection
from pipelines.people.withdrawn import NOBODY, Withdrawn
from pipelines.settings import Settings
from schemas.errors import ConfigError


def check_sources(settings: Settings) -> None:
    """Raise ConfigError where a metadata file cannot be read or lacks a column that the configuration maps."""
    for index, source in enumerate(settings.config.sources):
        layout = find_layout(source.layout)
        for location in settings.metadata[index]:
            unit = layout.open(location, settings.audio_root(source), source)
            columns = layout.columns(unit)
            if settings.config.pseudonyms is not None and unit.columns.get("audio", "audio") == unit.columns.get("speaker_id"):
                message = (
                    f"its column {unit.columns['speaker_id']!r} is speaker and audio file, and 'pseudonyms' can hide one only"
                )
                raise ConfigError(f"{location}: {message}; give the speaker a column of its own")
            if columns is None:
                continue
            for field, column in source.columns.items():
                if column not in columns:
                    message = f"has no column {column!r} for '{field}'; its columns: {', '.join(columns)}"
                    raise ConfigError(f"{location}:1: {message} (sources[{index}].columns in {settings.location})")


def caveats(settings: Settings) -> list[str]:
    """What has to be known of the layouts that are used before the numbers are trusted."""
    used = dict.fromkeys(source.layout for source in settings.config.sources)
    return [f"{name}: {caveat}" for name in used for caveat in find_layout(name).caveats]


def metadata_files(settings: Settings) -> list[tuple[int, int, str]]:
    """Source, number within it, and location of every metadata file."""
    return [(source, number, file) for source, files in enumerate(settings.metadata) for number, file in enumerate(files)]


def open_unit(source: int, location: str, settings: Settings) -> tuple[Layout, Unit]:
    """A metadata file of a source, with the layout that reads it."""
    config = settings.config.sources[source]
    layout = find_layout(config.layout)
    return layout, layout.open(location, settings.audio_root(config), config)


def read_file(
    source: int, number: int, location: str, settings: Settings, withdrawn: Withdrawn = NOBODY
) -> Iterator[Candidate | Rejection]:
    """Every record of a metadata file, checked as far as that goes without its audio; nothing of people who were forgotten."""
    layout, unit = open_unit(source, location, settings)
    checker = RecordChecker(settings, unit, source, number, withdrawn)
    return map(checker.check, layout.read(unit))
