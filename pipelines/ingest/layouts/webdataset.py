"""WebDataset: tar files in which a sample's files stand together, ``a.flac``, ``a.json``, ``a.txt``."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import Any

from pipelines import storage
from pipelines.audio.packed import member_name
from pipelines.ingest.json_text import parse_json
from pipelines.ingest.layouts import RawRecord, Unit, hf_parquet, layout
from pipelines.ingest.layouts.text import decoded
from pipelines.ingest.layouts.tree import inside, is_audio
from schemas.errors import ConfigError

MAX_TEXT_BYTES = 1 << 20
"""A sample's metadata are small; a larger member is not read."""

_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")


def find(root: str) -> list[str]:
    """Tar files whose first members are a sample's."""
    found = [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(".tar")]
    return [location for location in found if _holds_audio(location)]


def _holds_audio(location: str) -> bool:
    try:
        with storage.open_input(location) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            return any(is_audio(tar_member.name) for tar_member, _ in zip(_members(tar), range(16), strict=False))
    except tarfile.TarError:
        return False


def columns(unit: Unit) -> None:
    """Nothing, but a compressed file is refused: audio in its midst cannot be read without all that stands before it."""
    if storage.name(unit.location).lower().endswith(_COMPRESSED):
        raise ConfigError(
            f"{unit.location}: is compressed, so no recording can be read at its place; decompress it to a .tar file"
        )


_SPELLINGS = {field: names for field, names in hf_parquet.FIELDS.items() if field not in ("audio", "recording_id")}


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
    number = 0
    try:
        with storage.open_input(unit.location) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            for sample in _samples(unit, tar):
                number += 1
                yield sample._replace(row_number=number)
    except tarfile.TarError as error:
        if not number:
            raise ConfigError(f"{unit.location}: cannot be read as a tar file: {error}") from error
        yield RawRecord(number + 1, None, "", ("malformed_row", f"the tar file is damaged after {number} samples: {error}"))
    except OSError as error:
        raise ConfigError(f"{unit.location}: cannot be read: {error.strerror or error}") from error


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # it would keep them all
        if member.isfile():
            yield member


def _samples(unit: Unit, tar: tarfile.TarFile) -> Iterator[RawRecord]:
    """Members that stand together and share a name up to the first dot of its last part."""
    key, found, problem = None, dict[str, Any](), None
    for member in _members(tar):
        folder, _, name = member.name.rpartition("/")
        base, _, extension = name.partition(".")
        its_key = f"{folder}/{base}" if folder else base
        if its_key != key and key is not None:
            yield _record(found, problem)
            found, problem = {}, None
        key = its_key
        found["__key__"] = key.removeprefix("./")
        if is_audio(name):
            found.setdefault("audio_name", inside(member_name(unit.location, member.offset_data, member.size, name), unit))
        elif member.size <= MAX_TEXT_BYTES:
            problem = _take_text(tar, member, extension.lower(), found) or problem
    if key is not None:
        yield _record(found, problem)


def _take_text(tar: tarfile.TarFile, member: tarfile.TarInfo, extension: str, found: dict[str, Any]) -> str | None:
    """Take what a member says into a sample; returns what is wrong with it."""
    if extension not in ("json", "txt", "transcript"):
        return None
    file = tar.extractfile(member)
    text = decoded(file.read()) if file is not None else ""
    if extension != "json":
        found["text"] = text.strip()
        return None
    try:
        values = parse_json(text)
    except (ValueError, RecursionError) as error:
        return f"{member.name} holds no JSON: {error}"
    if not isinstance(values, dict):
        return f"{member.name} holds no JSON object"
    for name, value in values.items():
        found.setdefault(name, value)
    return None


def _record(found: dict[str, Any], problem: str | None) -> RawRecord:
    if problem is not None:
        return RawRecord(0, None, str(found.get("__key__")), ("malformed_row", problem))
    for field, spellings in _SPELLINGS.items():
        if not found.get(field):
            found[field] = next((found[name] for name in spellings if found.get(name)), None)
    return RawRecord(0, found)
