"""Kaldi data directories: ``wav.scp``, ``segments``, ``text``, ``utt2spk``, ``spk2gender``, ``utt2lang``."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from functools import lru_cache, partial

from pipelines import storage
from pipelines.ingest.cells import to_number
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.kaldi_channels import SIDES, Refuse, one_of_several
from pipelines.ingest.layouts.kaldi_files import Utterance, merged, pairs
from pipelines.ingest.layouts.tree import Finder
from pipelines.ingest.reading.disk_table import DiskTable
from pipelines.ingest.reading.in_step import InStep
from pipelines.ingest.reading.lines import is_unicode, show_damage
from schemas.errors import ConfigError

SCRIPT = "wav.scp"
SEGMENTS = "segments"
OTHERS = ("text", "utt2spk", "utt2lang")
BY_SPEAKER = ("spk2gender", "spk2accent", "spk2age")
"""Only the first is Kaldi's own; the others are read where somebody wrote them in its manner."""

_ARCHIVE = re.compile(r"\.ark:\d+(\[.*\])?$")
_PARTS = re.compile(r"split\d+(utt)?")
"""What Kaldi calls the directory in which it keeps the parts of a data directory that its jobs work on."""


def find(root: str) -> list[str]:
    """Every ``wav.scp``, but for the parts into which Kaldi splits a directory for its jobs."""
    found = [directory for directory, files in storage.walk(root) if SCRIPT in files]
    whole = set(found)
    return [storage.join(directory, SCRIPT) for directory in found if not _is_part(directory, whole)]


def _is_part(directory: str, whole: Container[str]) -> bool:
    parts = storage.parent(directory)
    return _PARTS.fullmatch(storage.name(parts)) is not None and storage.parent(parts) in whole


def side_files(unit: Unit) -> list[str]:
    """The other files of the directory."""
    return [storage.join(storage.parent(unit.location), name) for name in (SEGMENTS, SIDES, *OTHERS, *BY_SPEAKER)]


def columns(unit: Unit) -> None:
    """Nothing, but where all audio is made by commands that is told before anything is started.

    One such directory among others, as speed perturbation leaves them, is no reason to refuse the others.
    """
    problem = _first_refusal(unit.location)
    if problem and (unit.config.metadata or all(map(_first_refusal, find(unit.root)))):
        raise ConfigError(f"{unit.location}:1: {problem}")


def _first_refusal(script: str) -> str:
    """Why the first line of a ``wav.scp`` is not read, where none is; empty where one is."""
    first = ""
    for _, source in pairs(script):
        problem = refusal(source)
        if not problem:
            return ""
        first = first or problem
    return first


@layout(
    "kaldi",
    columns=columns,
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "offset": ("start",),
        "duration": ("length",),
        "text": ("text",),
        "speaker_id": ("utt2spk",),
        "language": ("utt2lang",),
        "gender": ("spk2gender",),
        "age_band": ("spk2age",),
        "accent": ("spk2accent",),
    },
    expects=f"data directories with {SCRIPT}",
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """Kaldi data directory: wav.scp with plain paths, segments, text, utt2spk, spk2gender."""
    folder = storage.parent(unit.location)
    has_segments = storage.kind(storage.join(folder, SEGMENTS)) == "file"
    sounds = InStep(partial(pairs, unit.location), str, str) if has_segments else None
    there = [name for name in BY_SPEAKER if storage.kind(storage.join(folder, name)) == "file"]
    speakers = {name: lru_cache(65_536)(DiskTable(pairs(storage.join(folder, name))).get) for name in there}
    driver = storage.join(folder, SEGMENTS) if has_segments else unit.location
    find_audio = Finder(unit, [folder, unit.root, storage.parent(folder), storage.parent(storage.parent(folder))])
    refuse = one_of_several(unit.location, driver if has_segments else None)
    utterances = merged(driver, *(storage.join(folder, name) for name in OTHERS))
    for number, utterance in enumerate(utterances, 1):
        yield _record(number, utterance, find_audio, sounds, speakers, refuse)


def _record(
    number: int,
    utterance: Utterance,
    find_audio: Finder,
    sounds: InStep[str] | None,
    speakers: Mapping[str, Callable[[str], str | None]],
    refuse: Refuse | None,
) -> RawRecord:
    key, (first, text, speaker, language) = utterance
    cells = {"utterance": key, "text": text or "", "utt2spk": speaker or "", "utt2lang": language or ""}
    source = first
    if sounds is not None and first is not None:
        cells |= _segment(first)
        source = sounds.get(cells["recording"])
    if not is_unicode("".join(cells.values())):
        told = show_damage(_told(cells, source))
        return RawRecord(number, None, told, ("bad_encoding", "the row holds bytes that are not UTF-8"))
    if source:
        problem = refusal(source)
        if refuse is not None and not problem:
            problem = refuse(cells.get("recording", key), source, cells.get("channel", ""))
        if problem:
            return RawRecord(number, None, _told(cells, source), ("unsupported_source", problem))
        cells["audio"] = find_audio(source)
    if speaker:
        for name, find in speakers.items():
            if said := find(speaker):
                cells[name] = said
    return RawRecord(number, cells)


def _told(cells: Mapping[str, str], source: str | None) -> str:
    """What the files say of an utterance that is not read; its speaker is a word of it, by which who was forgotten is found."""
    return "; ".join(f"{name}: {value}" for name, value in {**cells, SCRIPT: source}.items() if value)


def refusal(source: str) -> str:
    """Why the audio that a line of ``wav.scp`` names is not read; empty where it is."""
    if "|" not in source and ".ark:" not in source:
        return ""
    if source.endswith("|") or source.startswith("|"):
        return f"the audio is made by a command ({_short(source)}), and panvox runs none; write plain paths into {SCRIPT}"
    if _ARCHIVE.search(source):
        return f"the audio lies in a Kaldi archive ({_short(source)}); write plain paths into {SCRIPT}"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _segment(line: str) -> dict[str, str]:
    """What a line of ``segments`` says after its key."""
    recording, start, end, channel = [*line.split(None, 3), "", "", "", ""][:4]
    cells = {"recording": recording, SEGMENTS: line, "start": start}
    if channel:
        cells["channel"] = channel
    try:
        start_s, end_s = to_number(start), to_number(end)
    except ValueError:
        return cells | {"length": f"{start} to {end}"}  # no number, which is what the row is quarantined for
    if end_s != -1:
        cells["length"] = f"{end_s - start_s:.6f}"
    return cells
