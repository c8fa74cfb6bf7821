"""Which layout a directory has, and what a plain table's columns are likely to mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines import storage
from pipelines.ingest.layouts import Unit, find_layout, layouts, table
from pipelines.ingest.layouts.hf_parquet import FIELDS as SPELLINGS
from pipelines.ingest.layouts.tree import is_audio
from schemas.config import SourceConfig
from schemas.errors import ConfigError

TABLE = "table"
FIRST_MICROPHONE = "*_mic1.*"
OLDER_RELEASES = "*_[0-9][0-9][0-9].*"
"""As VCTK's recordings are named, since there are two microphones and before."""

_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".csv.gz", ".tsv.gz", ".jsonl.gz")
_MORE_SPELLINGS = {
    "recording_id": ("recording_id", "id", "utterance_id", "utt_id", "recording", "utterance", "take"),
    "audio": (
        "audio",
        "file",
        "path",
        "audio_file",
        "audio_path",
        "filename",
        "file_name",
        "filepath",
        "wav",
        "clip",
        "recording",
    ),
    "text": (*SPELLINGS["text"], "prompt", "words", "said"),
    "speaker_id": (*SPELLINGS["speaker_id"], "spk", "spk_id", "participant", "participant_id", "who"),
    "offset": ("offset", "offset_s", "start", "start_s", "start_time"),
    "duration": ("duration_s", "length_s"),
    "condition": ("condition", "scene", "environment_condition"),
    "speaker_type": ("speaker_type",),
    "split": ("panvox_split",),
}


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
    fitting = [name for name, layout in layouts().items() if layout.find is not None and _fits(name, root)]
    corpora = [name for name in fitting if layouts()[name].is_corpus]
    chosen = corpora or fitting
    if len(chosen) > 1:
        raise ConfigError(f"{root}: fits several layouts: {', '.join(chosen)}; choose one with --layout")
    if chosen:
        return Guess(chosen[0])
    if not list(_tables(root)):
        raise ConfigError(f"{root}: fits no layout, and holds no table; see 'panvox layouts' for what is known")
    return guess_table(root)


def _fits(name: str, root: str) -> bool:
    find = layouts()[name].find
    try:
        return find is not None and bool(find(root))
    except ConfigError:  # a file that this layout would have to look into cannot be read
        return False


def guess_layout(root: str, name: str) -> Guess:
    """The source that a directory is under a layout. Raises ConfigError where it does not fit."""
    layout = find_layout(name)
    if name == TABLE:
        return guess_table(root)
    if layout.find is None:
        raise ConfigError(f"layout {name!r} reads files that were written by panvox; 'panvox init' has no use for it")
    if not layout.find(root):
        raise ConfigError(f"layout {name!r} finds nothing in {root}; expected {layout.expects}")
    return Guess(name)


def guess_table(root: str) -> Guess:
    """The tables of a directory whose columns are those of the first that names audio, and what these are likely to mean."""
    tables = list(_tables(root))
    if not tables:
        raise ConfigError(f"{root}: holds no table (.csv, .tsv, .jsonl or .parquet)")
    seen = {}
    for location in tables:
        names = _columns(location)
        mapped = _mapped(names)
        if "audio" in mapped and "speaker_id" in mapped:
            alike = [each for each in tables if _columns(each) == names and _kind(each) == _kind(location)]
            others = len(tables) - len(alike)
            about = f"{others} other tables under the directory are left out" if others else ""
            return Guess(TABLE, [storage.relative(each, root) for each in alike], mapped, about)
        seen[location] = names
    location, names = next(((location, names) for location, names in seen.items() if names), (tables[0], []))
    if not names:
        raise ConfigError(f"{location}:1: names no column; expected a header, or JSON Lines or Parquet with records")
    wanted = {"audio": "audio files", "speaker_id": "speakers"}
    lacking = " and ".join(what for field_name, what in wanted.items() if field_name not in _mapped(names))
    message = f"has no column that is likely to name {lacking}; its columns: {', '.join(names)}"
    raise ConfigError(f"{location}:1: {message}. Write the mapping by hand, as docs/layouts/table.md shows")


def _tables(root: str) -> Iterator[str]:
    for directory, files in storage.walk(root):
        yield from (storage.join(directory, name) for name in files if name.lower().endswith(_SUFFIXES))


def _kind(location: str) -> str:
    return storage.name(location).partition(".")[2].lower()


def _columns(location: str) -> list[str]:
    unit = Unit(location, storage.parent(location), SourceConfig(metadata=[location], quoting=True))
    try:
        names = table.columns(unit)
        if names is None:
            record = next(table.read(unit), None)
            names = list(record.cells or ()) if record is not None else []
        return names
    except ConfigError:
        return []


def _mapped(names: list[str]) -> dict[str, str]:
    by_key = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(names)}
    found: dict[str, str] = {}
    for field_name, spellings in ({**SPELLINGS, **_MORE_SPELLINGS}).items():
        for spelling in spellings:
            column = by_key.get(spelling)
            if column is not None and (column not in found.values() or field_name == "audio"):
                found[field_name] = column
                break
    return found


def audio_root_of(root: str, guess: Guess) -> str:
    """The directory that a table's audio paths start from: the one its first row's file is found in, else the table's root."""
    if not guess.metadata or "audio" not in guess.columns:
        return root
    location = storage.join(root, guess.metadata[0])
    unit = Unit(location, root, SourceConfig(metadata=[location], quoting=True))
    paths = [
        str((record.cells or {}).get(guess.columns["audio"]) or "")
        for record, _ in zip(table.read(unit), range(20), strict=False)
    ]
    paths = [path.strip() for path in paths if path.strip()]
    for directory, _ in storage.walk(root):
        if any(storage.kind(storage.join(directory, path)) == "file" for path in paths):
            return directory
    return root


def archives_in(root: str) -> list[str]:
    """Files under a directory that hold other files and are not read: what a download left to be unpacked."""
    found = (storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(_ARCHIVES))
    return [storage.relative(location, root) for location in found]


def one_microphone(root: str) -> list[str]:
    """Which of VCTK's ``files`` come from one microphone, as patterns of names; none where no other recorded any."""
    has_two, has_older = False, False
    for _, files in storage.walk(root):
        for name in filter(is_audio, files):
            has_two |= "_mic1." in name
            has_older |= "_mic" not in name
    return [FIRST_MICROPHONE, *([OLDER_RELEASES] if has_older else [])] if has_two else []
