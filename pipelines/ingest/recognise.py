"""Which layout a directory has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines import storage
from pipelines.ingest.layouts import Layout, Unit, find_layout, layouts, table
from pipelines.ingest.spellings import mapped_columns
from schemas.config import SourceConfig
from schemas.errors import ConfigError

TABLE = "table"
_BY_HAND = "`columns` names them, and `defaults: {speaker_id: …}` says who speaks where one person speaks all"
_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".7z", ".rar")
_SUFFIXES = (
    *(".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet", ".pq"),
    *(".csv.gz", ".tsv.gz", ".tab.gz", ".jsonl.gz", ".ndjson.gz"),
)
_UNREAD = {
    "a spreadsheet, to be saved as CSV": (".xlsx", ".xls", ".ods"),
    "of datasets' save_to_disk; Dataset.to_parquet writes what can be read": (".arrow",),
    "no JSON Lines; 'lhotse copy' makes .jsonl.gz of lhotse's manifests": (".json", ".json.gz", ".yaml", ".yaml.gz"),
}
"""What files are, by how their names end, that hold a corpus in a form that no layout reads."""


@dataclass(frozen=True)
class Guess:
    """A source as it would stand in the configuration.

    Attributes:
        layout: its name.
        metadata: files, relative to the directory; empty where the layout finds them.
        columns: the mapping; empty where the layout knows it.
        about: what there is to say of the guess.
    """

    layout: str
    metadata: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    about: str = ""


def recognise(root: str) -> Guess:
    """The one layout that a directory has.

    A corpus's own layout goes before a format's, and any layout before a plain table.

    Raises:
        ConfigError: none fits, or several do.
    """
    fitting, problems = dict[str, list[str]](), list[ConfigError]()
    for name, layout in layouts().items():
        units = _units(layout, root)
        if isinstance(units, ConfigError):
            problems += [units] if layout.holds_audio else []
        elif units:
            fitting[name] = units
    corpora = [name for name in fitting if layouts()[name].is_corpus]
    chosen = corpora or list(fitting)
    if len(chosen) > 1:
        message = f"{root}: fits several layouts: {', '.join(chosen)}; choose one with --layout, or give the directory of one"
        raise ConfigError(message)
    if chosen:
        others = ", ".join(name for name, units in fitting.items() if not set(units) <= set(fitting[chosen[0]]))
        about = f"there is also what fits {others}: --layout chooses, and further corpora are further sources" if others else ""
        return Guess(chosen[0], about=about)
    if problems:
        raise problems[0]
    if not list(_tables(root)):
        raise ConfigError(f"{root}: fits no layout, and holds no table{_unread(root)}; see 'panvox layouts' for what is known")
    return guess_table(root)


def _units(layout: Layout, root: str) -> list[str] | ConfigError:
    """What a layout finds in a directory, or why a file that it has to look into for that cannot be read."""
    try:
        return [] if layout.find is None else layout.find(root)
    except ConfigError as error:
        return error


def _unread(root: str) -> str:
    """A file that no layout reads, and what it is, to be told; empty where there is none."""
    files = [storage.join(directory, name) for directory, names in storage.walk(root) for name in names]
    for what, suffixes in _UNREAD.items():
        for location in files:
            if location.lower().endswith(suffixes):
                return f"; {storage.relative(location, root)!r} is {what}"
    return ""


def guess_layout(root: str, name: str) -> Guess:
    """The source that a directory is under a layout. Raises ConfigError where it does not fit."""
    layout = find_layout(name)
    if name == TABLE:
        return guess_table(root)
    if layout.find is None:
        raise ConfigError(f"layout {name!r} reads files that were written by panvox; 'panvox init' has no use for it")
    if not layout.find(root):
        raise ConfigError(f"layout {name!r} finds nothing in {root}; expected {layout.expects}{_unread(root)}")
    return Guess(name)


def guess_table(root: str) -> Guess:
    """The tables of a directory whose columns are those of the first that names audio, and what these are likely to mean."""
    tables = list(_tables(root))
    if not tables:
        raise ConfigError(f"{root}: holds no table (.csv, .tsv, .jsonl or .parquet)")
    looked_at = {location: _columns(location) for location in tables}
    seen = {location: names for location, names in looked_at.items() if not isinstance(names, ConfigError)}
    problems = [names for names in looked_at.values() if isinstance(names, ConfigError)]
    for location, names in seen.items():
        mapped = mapped_columns(names)
        if "audio" in mapped and "speaker_id" in mapped:
            alike = [each for each, its in seen.items() if its == names and _kind(each) == _kind(location)]
            others = [storage.relative(each, root) for each in tables if each not in alike]
            shown = ", ".join(others[:3]) + (", …" if len(others) > 3 else "")
            about = f"{len(others)} other tables under the directory are left out: {shown}" if others else ""
            return Guess(TABLE, [storage.relative(each, root) for each in alike], mapped, about)
    location, names = next(((location, names) for location, names in seen.items() if names), (tables[0], []))
    if not names:
        message = f"{location}:1: names no column; expected a header, or JSON Lines or Parquet with records"
        raise problems[0] if problems else ConfigError(message)
    wanted = {"audio": "audio files", "speaker_id": "speakers"}
    lacking = " and ".join(what for field_name, what in wanted.items() if field_name not in mapped_columns(names))
    message = f"has no column that is likely to name {lacking}; its columns: {', '.join(names)}"
    raise ConfigError(f"{location}:1: {message}. Write the mapping by hand, as docs/layouts/table.md shows: {_BY_HAND}")


def _tables(root: str) -> Iterator[str]:
    for directory, files in storage.walk(root):
        yield from (storage.join(directory, name) for name in files if name.lower().endswith(_SUFFIXES))


def _kind(location: str) -> str:
    return storage.name(location).partition(".")[2].lower()


def _columns(location: str) -> list[str] | ConfigError:
    """The columns of a table, of JSON Lines those of the first record; or why it cannot be read."""
    unit = Unit(location, storage.parent(location), SourceConfig(metadata=[location], quoting=True))
    try:
        names = table.columns(unit)
        if names is None:
            record = next(table.read(unit), None)
            names = list(record.cells or ()) if record is not None else []
    except ConfigError as error:
        return error
    return names


def archives_in(root: str) -> list[str]:
    """Files under a directory that hold other files and are not read: what a download left to be unpacked."""
    found = (storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(_ARCHIVES))
    return [storage.relative(location, root) for location in found]
