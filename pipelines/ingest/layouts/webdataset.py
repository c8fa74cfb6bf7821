"""WebDataset: tar files in which a sample's files stand together, ``a.flac``, ``a.json``, ``a.txt``."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pipelines import storage
from pipelines.audio.packed import member_name
from pipelines.ingest.layouts import RawRecord, Unit, hf_parquet, layout
from pipelines.ingest.layouts.lhotse_shar import is_of_cuts
from pipelines.ingest.layouts.tar_files import members
from pipelines.ingest.layouts.tree import is_audio
from pipelines.ingest.reading.json_text import parse_json
from pipelines.ingest.reading.lines import decoded, first_given
from schemas.errors import ConfigError

MAX_TEXT_BYTES = 1 << 20
"""A sample's metadata are small; a sample with larger ones is not read."""

_FIRST = 16
"""Members by which a tar file is judged."""

_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")


def find(root: str) -> list[str]:
    """Tar files of directories in which one begins with a sample.

    Others are damaged, or begin with recordings of which nothing is said; their records would be missed. Lhotse Shar's, whose
    cuts say more, are left to that.
    """
    names = [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(".tar")]
    holding = {location: _holds_samples(location) for location in names if not is_of_cuts(location)}
    whole = {storage.parent(location) for location, holds in holding.items() if holds}
    return [location for location, holds in holding.items() if holds is not False and storage.parent(location) in whole]


def _holds_samples(location: str) -> bool | None:
    """Whether the first members are recordings and what is said of them; None for recordings alone and for a damaged file."""
    names = list[str]()
    is_damaged = False
    try:
        with storage.open_input(location) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            names.extend(member.name.lower() for member in islice(members(tar), _FIRST))
    except tarfile.TarError:
        is_damaged = True
    has_audio = any(map(is_audio, names))
    if has_audio and any(map(_says_something, names)):
        return True
    return None if is_damaged or has_audio else False


def _says_something(name: str) -> bool:
    extension = storage.name(name).partition(".")[2]
    return extension.endswith(("json", "txt")) or extension in _TEXTS


def columns(unit: Unit) -> None:
    """Nothing, but a compressed file is refused: audio in its midst cannot be read without all that stands before it."""
    if storage.name(unit.location).lower().endswith(_COMPRESSED):
        raise ConfigError(
            f"{unit.location}: is compressed, so no recording can be read at its place; decompress it to a .tar file"
        )


_SPELLINGS = {field: names for field, names in hf_parquet.FIELDS.items() if field not in ("audio", "recording_id")}
_TEXTS = frozenset(("txt", "cls", *(name for names in _SPELLINGS.values() for name in names)))
"""Extensions of members that are text, also with ``.txt`` behind them."""


@layout(
    "webdataset",
    columns=columns,
    find=find,
    fields={"recording_id": ("__key__",), "audio": ("audio_name",)} | {field: (field,) for field in _SPELLINGS},
    expects="*.tar with samples of a recording, .json and .txt",
    holds_audio=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """WebDataset: tar files of samples, a recording with .json and .txt each."""
    samples = _Samples(unit)
    number = 0
    try:
        with storage.open_input(unit.location) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            for sample in samples.read(tar):
                number += 1
                sample.row_number = number
                yield sample
    except tarfile.TarError as error:
        if samples.key is None:
            raise ConfigError(f"{unit.location}: cannot be read as a tar file: {error}") from error
        problem = f"the tar file is damaged in or after sample {samples.key!r}, and no more of it can be read: {error}"
        yield RawRecord(number + 1, None, samples.key, ("malformed_row", problem))
    except OSError as error:
        raise ConfigError(f"{unit.location}: cannot be read: {error.strerror or error}") from error


class _Samples:
    """Members that stand together and share a name up to the first dot of its last part.

    Attributes:
        key: of the sample that is being read; None before the first.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.key: str | None = None
        self._begin()

    def _begin(self) -> None:
        self._names, self._problem = set[str](), ""
        self._recordings, self._texts = dict[str, str](), dict[str, str]()
        self._json, self._side_json = dict[str, Any](), dict[str, Any]()

    def read(self, tar: tarfile.TarFile) -> Iterator[RawRecord]:
        """The samples of a tar file; members that WebDataset passes over, as those without an extension, belong to none."""
        for member in members(tar):
            folder, _, name = member.name.rpartition("/")
            base, _, extension = name.partition(".")
            if not base or not extension:
                continue
            key = (f"{folder}/{base}" if folder else base).removeprefix("./")
            # A name that comes again is a further sample's: something was appended to the tar file.
            if self.key is not None and (key != self.key or name in self._names):
                yield self._record()
                self._begin()
            self.key = key
            self._names.add(name)
            if is_audio(name):
                self._recordings[name] = member_name(self._unit.location, member.offset_data, member.size, name)
            else:
                self._take(tar, member, extension.lower())
        if self.key is not None:
            yield self._record()

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo, extension: str) -> None:
        """Take what a member says into the sample."""
        field = extension.removesuffix(".txt")
        is_json = extension.rpartition(".")[2] == "json"
        if not is_json and field not in _TEXTS:
            return
        if member.size > MAX_TEXT_BYTES:
            self._problem = (
                f"{member.name} holds {member.size:,} bytes, and what is said of a sample may be {MAX_TEXT_BYTES:,} long"
            )
            return
        file = tar.extractfile(member)
        text = decoded(file.read()) if file is not None else ""
        if not is_json:
            if text.strip():
                self._texts["text" if field == "txt" else field] = text.strip()
            return
        try:
            values = parse_json(text)
        except (ValueError, RecursionError) as error:
            self._problem = f"{member.name} holds no JSON: {error}"
            return
        is_side = extension != "json"
        if isinstance(values, dict) and is_side:
            self._side_json = values | self._side_json
        elif isinstance(values, dict):
            self._json = values
        elif not is_side:  # lists beside it are alignments and the like
            self._problem = f"{member.name} holds no JSON object"

    def _record(self) -> RawRecord:
        if self._problem:
            return RawRecord(0, None, str(self.key), ("malformed_row", self._problem))
        if len(self._recordings) > 1:
            names = ", ".join(self._recordings)
            problem = f"the sample {self.key!r} holds several recordings ({names}); a name counts up to its first dot"
            return RawRecord(0, None, str(self.key), ("unsupported_source", problem))
        cells: dict[str, Any] = {**self._side_json, **self._json, **self._texts, "__key__": self.key}
        cells["audio_name"] = next((storage.relative(packed, self._unit.root) for packed in self._recordings.values()), None)
        for field, spellings in _SPELLINGS.items():
            cells[field] = first_given(cells, spellings)
        return RawRecord(0, cells)
