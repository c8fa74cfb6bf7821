"""VCTK: ``wav48*/p225/p225_001_mic1.flac``, ``txt/p225/p225_001.txt`` and ``speaker-info.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.tree import (
    People,
    files_in,
    find_beside,
    folder_in,
    numbered,
    people,
    place_of,
    read_text,
    recordings_in,
    stem,
    texts_in,
)
from pipelines.ingest.reading.lines import text_lines

SPEAKERS = "speaker-info.txt"
_NOT_SAID = ("unknown", "na", "n/a", "-", "--", "?")
_AUDIO_FOLDER = re.compile(r"wav48\w*|wav\d+", re.IGNORECASE)
_MICROPHONE = re.compile(r"(.*)_(mic\d)", re.IGNORECASE)


def find(root: str) -> list[str]:
    """Every speaker's directory of recordings; of a speaker who has none, that of the texts."""
    recorded: dict[tuple[str, str], str] = {}
    written: dict[tuple[str, str], str] = {}
    for directory, _ in storage.walk(root):
        folder, speaker = storage.parent(directory), storage.name(directory).lower()
        if _AUDIO_FOLDER.fullmatch(storage.name(folder)):
            recorded[storage.parent(folder), speaker] = directory
        elif storage.name(folder).lower() == "txt":
            written[storage.parent(folder), speaker] = directory
    if not any(_has_speakers(base) for base, _ in recorded):
        return []
    return sorted((written | recorded).values())


def _has_speakers(base: str) -> bool:
    return any(name.lower() == SPEAKERS for name in files_in(base))


def side_files(unit: Unit) -> Iterator[str]:
    """The speaker table and the speaker's texts."""
    table = _table_of(unit)
    if table is not None:
        yield table
    yield from storage.list_files(_texts_of(unit))


def _base_of(unit: Unit) -> str:
    return storage.parent(storage.parent(unit.location))


def _table_of(unit: Unit) -> str | None:
    return find_beside(_base_of(unit), SPEAKERS, unit.root)


def _texts_of(unit: Unit) -> str:
    return folder_in(folder_in(_base_of(unit), "txt"), storage.name(unit.location))


@layout(
    "vctk",
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "text": ("text",),
        "speaker_id": ("ID",),
        "gender": ("GENDER",),
        "age_band": ("AGE",),
        "accent": ("ACCENTS",),
    },
    defaults={"language": "en", "licence": "CC-BY-4.0", "speaker_type": "volunteer"},
    expects=f"{SPEAKERS}, txt/ and wav48_silence_trimmed/ or wav48/",
    caveats=("every utterance was taken by two microphones; files: '*_mic1.flac' reads one of them",),
    is_corpus=True,
    is_tree=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """VCTK: speaker-info.txt, txt/ and wav48/ or wav48_silence_trimmed/."""
    return numbered(_cells(unit))


def _cells(unit: Unit) -> Iterator[dict[str, str]]:
    speaker = storage.name(unit.location)
    known = people(_table_of(unit), parse_speakers)
    facts = {"ID": speaker} | known.get(speaker.lower(), {})
    place = place_of(unit.location, unit)
    written = texts_in(_texts_of(unit))
    recorded: dict[str, str] = {}  # utterances, with their texts
    for name in recordings_in(unit, unit.location):
        recording = stem(name)
        utterance, microphone = _utterance(recording)
        if utterance not in recorded:  # which the other microphone recorded
            recorded[utterance] = read_text(written.get(utterance))
        cells = {"utterance": recording, "audio": place + name, "text": recorded[utterance], **facts}
        if microphone:
            cells["microphone"] = microphone
        yield cells
    if unit.config.files is None:  # of texts without a recording
        for utterance in sorted(written.keys() - recorded.keys()):
            yield {"utterance": utterance, "audio": place + utterance, "text": read_text(written[utterance]), **facts}


def _utterance(name: str) -> tuple[str, str]:
    match = _MICROPHONE.fullmatch(name)
    return (match[1], match[2]) if match else (name, "")


def parse_speakers(location: str) -> People:
    """``speaker-info.txt``: columns parted by spaces, regions of several words, comments in parentheses."""
    found: People = {}
    with text_lines(location) as lines:
        for line in lines:
            cells = line.split("(")[0].split()
            if len(cells) < 2 or not (cells[1].isdigit() or cells[1].lower() in _NOT_SAID):
                continue
            speaker = cells[0].lower()
            speaker = f"p{speaker}" if speaker.isdigit() else speaker  # as the first releases name them
            found.setdefault(speaker, _facts(cells))
    return found


def _facts(cells: list[str]) -> dict[str, str]:
    """What a row says: the accent is one word, but for ``Australian  English`` and ``NewZealand  English``."""
    start = 5 if cells[4:5] == ["English"] else 4
    parts = {"AGE": cells[1:2], "GENDER": cells[2:3], "ACCENTS": cells[3:start], "REGION": cells[start:]}
    facts = {key: " ".join(part) for key, part in parts.items()}
    return {key: value for key, value in facts.items() if value and value.lower() not in _NOT_SAID}
