"""VCTK: ``wav48*/p225/p225_001_mic1.flac``, ``txt/p225/p225_001.txt`` and ``speaker-info.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.text import text_lines
from pipelines.ingest.layouts.tree import People, files_in, find_beside, inside, numbered, people, read_text, recordings_in, stem

SPEAKERS = "speaker-info.txt"
_AUDIO_FOLDER = re.compile(r"wav48\w*|wav\d+", re.IGNORECASE)
_MICROPHONE = re.compile(r"^(.*)_(mic\d)$", re.IGNORECASE)


def find(root: str) -> list[str]:
    """Every speaker's directory of recordings; of a speaker who has none, that of the texts."""
    recorded: dict[tuple[str, str], str] = {}
    written: dict[tuple[str, str], str] = {}
    for directory, _ in storage.walk(root):
        folder, speaker = storage.parent(directory), storage.name(directory)
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
    base = storage.parent(storage.parent(unit.location))
    yield storage.join(base, SPEAKERS)
    yield from storage.list_files(storage.join(base, "txt", storage.name(unit.location)))


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
    base, speaker = storage.parent(storage.parent(unit.location)), storage.name(unit.location)
    known = people(find_beside(base, SPEAKERS, unit.root), parse_speakers)
    facts = {"ID": speaker} | known.get(speaker.lower(), {})
    texts = storage.join(base, "txt", speaker)
    lacking = {stem(name): name for name in files_in(texts) if name.lower().endswith(".txt")}
    spoken = dict(lacking)
    for name in recordings_in(unit, unit.location):
        utterance, microphone = _utterance(stem(name))
        lacking.pop(utterance, None)
        text = read_text(storage.join(texts, spoken[utterance])) if utterance in spoken else None
        cells = {"utterance": stem(name), "audio": inside(storage.join(unit.location, name), unit), "text": text or "", **facts}
        yield cells | {"microphone": microphone} if microphone else cells
    if unit.config.files is None:  # of texts without a recording
        for utterance, name in sorted(lacking.items()):
            text = read_text(storage.join(texts, name)) or ""
            yield {"utterance": utterance, "audio": inside(storage.join(unit.location, utterance), unit), "text": text, **facts}


def _utterance(name: str) -> tuple[str, str]:
    match = _MICROPHONE.match(name)
    return (match[1], match[2]) if match else (name, "")


def parse_speakers(location: str) -> People:
    """``speaker-info.txt``: columns parted by spaces, regions of several words, comments in parentheses."""
    found: People = {}
    with text_lines(location) as lines:
        for line in lines:
            cells = line.split("(")[0].split(None, 4)
            if len(cells) < 4 or not cells[1].isdigit():
                continue
            speaker = cells[0].lower()
            speaker = f"p{speaker}" if speaker.isdigit() else speaker  # as the first releases name them
            facts = dict(zip(("AGE", "GENDER", "ACCENTS", "REGION"), cells[1:], strict=False))
            if facts["ACCENTS"].lower() == "unknown":
                del facts["ACCENTS"]
            found.setdefault(speaker, {key: " ".join(value.split()) for key, value in facts.items()})
    return found
