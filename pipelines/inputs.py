"""What a run is made from, so that a later one can say what changed."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.corpus import digest_of, file_sha256
from pipelines.ingest.layouts import find_layout
from pipelines.ingest.read import open_unit
from pipelines.settings import Settings
from schemas.accents_file import shipped_bytes
from schemas.errors import ConfigError


def describe_inputs(settings: Settings) -> dict[str, str]:
    """A digest of every input, by the name to call it by in a message.

    Recordings, noises and responses count by name and size: ingest takes their digests, and rendering holds against those what
    it decodes.

    Raises:
        ConfigError: the configuration names expectations that are not there.
    """
    inputs = {f"setting {key}": digest_of(value) for key, value in settings.config.model_dump(mode="json").items()}
    named = list(_metadata(settings))
    named.extend(file for files in settings.pinned.values() for file in files)
    if settings.config.accents is not None:
        location = settings.resolve(settings.config.accents)
        shipped: str | None = settings.config.accents
        if storage.kind(location) == "file":
            named.append(location)
            shipped = settings.accents.includes
        if shipped is not None:
            inputs[f"taxonomy {shipped}"] = digest_of(shipped_bytes(shipped).decode())
    for pattern in settings.config.expectations or []:
        location = settings.resolve(pattern)
        if storage.kind(location) == "directory":
            named.extend(storage.list_files(location, "*.json"))
        elif storage.kind(location) == "file":
            named.append(location)
        else:
            raise ConfigError(f"{settings.location}: expectations: there is no file or directory {pattern!r}")
    inputs.update({settings.relative(file): file_sha256(file) for file in named})
    for kind, banks in (("noise", settings.noises), ("room", settings.rooms)):
        for name, files in banks.items():
            inputs[f"files of {kind} {name}"] = digest_of({settings.relative(file): storage.size(file) for file in files})
    for index, source in enumerate(settings.config.sources):
        root = settings.audio_root(source)
        listing = {storage.relative(file, root): size for file, size in storage.list_sizes(root)}
        inputs[f"audio files of source {index}"] = digest_of(listing)
        beside = {settings.relative(file): file_sha256(file) for file in _read_beside(settings, index)}
        if beside:
            inputs[f"files read beside the metadata of source {index}"] = digest_of(beside)
    return inputs


def _metadata(settings: Settings) -> Iterator[str]:
    """Every metadata file, but those that hold the audio as well: they count as recordings do, by name and size."""
    for source, files in zip(settings.config.sources, settings.metadata, strict=True):
        layout = find_layout(source.layout)
        if not layout.holds_audio and not layout.is_tree:
            yield from files


def _read_beside(settings: Settings, source: int) -> list[str]:
    """What is read together with a source's metadata: speaker tables, transcripts."""
    found: set[str] = set()
    for file in settings.metadata[source]:
        layout, unit = open_unit(source, file, settings)
        found.update(layout.side_files(unit))
    return sorted(file for file in found if storage.kind(file) == "file")
