"""A configuration made ready to run: every file it names found, every mistake told before anything is started."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from pipelines import storage
from pipelines.abilities import check_abilities
from pipelines.curves import with_curves
from pipelines.ingest.layouts import layouts
from pipelines.ingest.reading.lines import is_unicode, show_damage
from pipelines.people.pseudonyms import Pseudonyms, open_pseudonyms
from pipelines.populations import with_populations
from schemas.accents import Accents
from schemas.accents_file import parse_accents, shipped_accents, shipped_taxonomies
from schemas.config import CorpusConfig, SourceConfig
from schemas.config_file import YamlFile, parse_config, read_yaml
from schemas.errors import ConfigError
from schemas.setting_types import suggest
from schemas.targets import OTHERS


@dataclass(frozen=True)
class Settings:
    """What a run is told.

    Attributes:
        location: of ``corpus.yaml``, absolute or remote.
        config: its settings.
        accents: the taxonomy it names; empty where it names none.
        metadata: the metadata files of each source, in order.
        noises: the files of each noise that is a bank, by its name.
        rooms: the responses of each room that is measured, by its name.
        pinned: the lists of who belongs to a split, by the split.
        withdrawn: the lists of who withdrew.
        key_fingerprint: of the key that hides speakers' ids; None where it is not known yet, or nothing is hidden.
    """

    location: str
    config: CorpusConfig
    accents: Accents
    metadata: tuple[tuple[str, ...], ...]
    noises: dict[str, tuple[str, ...]]
    rooms: dict[str, tuple[str, ...]]
    pinned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    key_fingerprint: str | None = None

    @cached_property
    def base(self) -> str:
        """The directory that relative paths start from."""
        return storage.parent(self.location)

    def resolve(self, path: str) -> str:
        """A path of the configuration, or a manifest's ``audio``, as a location."""
        return storage.join(self.base, path)

    def audio_root(self, source: SourceConfig) -> str:
        """The directory a source's audio paths start from."""
        return self.resolve(source.audio_root)

    def open_pseudonyms(self) -> Pseudonyms | None:
        """The key that speakers' ids are hidden by; it is no part of the settings, which travel to workers.

        Raises:
            ConfigError: it is not there, is too short, or is not the one that the run was started with.
        """
        config = self.config.pseudonyms
        if config is None:
            return None
        try:
            return open_pseudonyms(config, self.base, self.key_fingerprint)
        except ConfigError as error:
            path = ["pseudonyms", "key_file" if config.key_env is None else "key_env"]
            raise read_yaml(self.location, storage.read_bytes).error(path, str(error)) from error

    def relative(self, location: str) -> str:
        """A location as the tables write it: relative to the configuration where it lies beside or under it."""
        return storage.relative(location, self.base)


def load_settings(location: str) -> Settings:
    """Read a ``corpus.yaml`` and find the files it names.

    Raises:
        ConfigError: for the first mistake, with file, line and what was expected.
    """
    file = read_yaml(location, storage.read_bytes)
    location = storage.absolute(location)
    base = storage.parent(location)
    config = with_populations(file, with_curves(file, parse_config(file), base), base)
    check_abilities(file, config)
    accents = Accents()
    if config.accents is not None:
        accents = _find_accents(file, config.accents, base)
        for name in config.targets.per_accent:
            if name not in (*accents.codes, OTHERS):
                known = suggest(name, accents.codes)
                raise file.error(["targets", "per_accent", name], f"there is no accent {name!r} in {config.accents}; {known}")
    metadata = [_units(file, index, source, base) for index, source in enumerate(config.sources)]
    for pattern in config.expectations or []:
        if not storage.exists(storage.join(base, pattern)):
            raise file.error(["expectations"], f"there is no file or directory {pattern!r}")
    noises = {
        name: _find(file, ["noises", name, "files"], noise.files, base)
        for name, noise in config.noises.items()
        if noise.files is not None
    }
    rooms = {
        name: _find(file, ["rooms", name, "responses"], room.responses, base)
        for name, room in config.rooms.items()
        if room.responses is not None
    }
    pinned: dict[str, tuple[str, ...]] = {
        split: _find(file, ["evaluation", "pinned", split], lists, base) for split, lists in config.evaluation.pinned.items()
    }
    policy = config.policy.withdrawn
    withdrawn = () if policy is None else _find(file, ["policy", "withdrawn"], policy, base)
    for found in (*metadata, *noises.values(), *rooms.values(), *pinned.values(), withdrawn):
        check_names(found)
    return Settings(location, config, accents, tuple(metadata), noises, rooms, pinned, withdrawn)


def check_names(locations: Iterable[str]) -> None:
    """Raise ConfigError where a name is no text, and could stand in no table and no message."""
    for location in locations:
        if not is_unicode(location):
            raise ConfigError(f"{show_damage(location)}: the name holds bytes that are not UTF-8; rename it")


def _find_accents(file: YamlFile, name: str, base: str) -> Accents:
    """The taxonomy of a file, or one that panvox brings."""
    location = storage.join(base, name)
    if storage.kind(location) == "file":
        taxonomy = read_yaml(location, storage.read_bytes)
        accents = parse_accents(taxonomy)
        for layout in accents.layouts:
            if layout not in layouts():
                raise taxonomy.error(["layouts", layout], f"there is no layout {layout!r}; {suggest(layout, layouts())}")
        return accents
    if name in shipped_taxonomies():
        return shipped_accents(name)
    known = ", ".join(shipped_taxonomies())
    raise file.error(["accents"], f"there is no file {name!r}, and panvox brings: {known}")


def _units(file: YamlFile, index: int, source: SourceConfig, base: str) -> tuple[str, ...]:
    """The metadata files of a source: those it names, else those its layout finds under its audio_root."""
    path: list[str | int] = ["sources", index]
    known = layouts()
    if source.layout not in known:
        raise file.error([*path, "layout"], f"there is no layout {source.layout!r}; {suggest(source.layout, known)}")
    layout = known[source.layout]
    root = storage.join(base, source.audio_root)
    if not storage.is_remote(root) and storage.kind(root) != "directory":
        raise file.error([*path, "audio_root"], f"there is no directory {source.audio_root!r}")
    if source.files is not None and not layout.is_tree:
        raise file.error([*path, "files"], f"layout {layout.name!r} walks no directories; its metadata name the audio files")
    if source.metadata is not None:
        if layout.is_tree:
            message = f"layout {layout.name!r} finds its own files; leave 'metadata' out and give 'audio_root'"
            raise file.error([*path, "metadata"], message)
        return _find(file, [*path, "metadata"], source.metadata, base)
    if layout.find is None:
        raise file.error(path, f"metadata is required: layout {layout.name!r} reads the files that are named there")
    found = layout.find(root)
    if not found:
        message = f"layout {layout.name!r} finds nothing in {source.audio_root!r}; expected {layout.expects}"
        raise file.error([*path, "audio_root"], message)
    return tuple(found)


def _find(file: YamlFile, path: list[str | int], patterns: list[str], base: str) -> tuple[str, ...]:
    """The files that fit the patterns, each once, in the patterns' order."""
    found: dict[str, None] = {}
    for pattern in patterns:
        location = storage.join(base, pattern)
        files = [location] if storage.kind(location) == "file" else storage.glob(storage.join(storage.escape(base), pattern))
        if not files:
            raise file.error(path, _nothing_found(pattern, storage.kind(location)))
        found.update(dict.fromkeys(files))
    return tuple(found)


def _nothing_found(pattern: str, kind: str | None) -> str:
    if kind is not None:
        return f"{pattern!r} is {'a directory' if kind == 'directory' else 'no regular file'}, expected a file"
    return f"no file fits {pattern!r}" if re.search(r"[*?\[]", pattern) else f"there is no file {pattern!r}"
