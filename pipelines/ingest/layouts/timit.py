"""TIMIT: ``TRAIN/DR1/FCJF0/SA1.WAV`` (NIST SPHERE) with ``SA1.TXT`` beside it, in capitals or small letters.

NLTK's sample of it has ``dr1-fcjf0/sa1.wav``, a directory a speaker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.tree import (
    People,
    find_beside,
    folder_in,
    numbered,
    people,
    place_of,
    read_text,
    recordings_of,
)
from pipelines.ingest.reading.lines import text_lines

REGIONS = {
    "1": "New England",
    "2": "Northern US",
    "3": "North Midland",
    "4": "South Midland",
    "5": "Southern US",
    "6": "New York City",
    "7": "Western US",
    "8": "Army Brat (moved around)",
}
"""Dialect regions by the number in a directory's name, as the corpus's readme names them; three could be of anywhere."""

SPEAKERS = "SPKRINFO.TXT"

_SPEAKER = re.compile(r"[FM][A-Z]{3}\d", re.IGNORECASE)
_TIMES = ("PHN", "WRD")
"""When each sound and word is spoken stands in files of these kinds, which make up half of the corpus."""

_SAMPLES = re.compile(r"^\d+ \d+( |$)")
_REGION = re.compile(r"DR[1-8]", re.IGNORECASE)
_REGION_AND_SPEAKER = re.compile(rf"{_REGION.pattern}-{_SPEAKER.pattern}", re.IGNORECASE)
_FACTS = ("Sex", "DR", "Use", "RecDate", "BirthDate", "Ht", "Race", "Edu")


def find(root: str) -> list[str]:
    """Every dialect region's directory that holds speakers'; a speaker's own where that has its name, or is all there is."""
    speakers = [directory for directory, _ in storage.walk(root) if _is_speaker(directory)]
    regions = {each: each if _has_region(each) else storage.parent(each) for each in speakers}
    return sorted({root if each == root else region for each, region in regions.items() if _has_region(region)})


def _has_region(directory: str) -> bool:
    name = storage.name(directory)
    return (_REGION.fullmatch(name) or _REGION_AND_SPEAKER.fullmatch(name)) is not None


def _is_speaker(directory: str) -> bool:
    name = storage.name(directory)
    return (_SPEAKER.fullmatch(name) or _REGION_AND_SPEAKER.fullmatch(name)) is not None


def _region_of(unit: Unit) -> str:
    """The directory whose name has the region."""
    return unit.location if _has_region(unit.location) else storage.parent(unit.location)


def _speakers(unit: Unit) -> Iterator[tuple[str, list[str]]]:
    """The directories of a region's speakers, each with the names of its files; not those of a region within it."""
    for directory, names in storage.walk(unit.location, unit.root):
        inside = storage.relative(directory, unit.location).split("/")
        if _is_speaker(directory) and not any(map(_has_region, inside)):
            yield directory, names


def side_files(unit: Unit) -> list[str]:
    """The speakers' transcripts, and the speaker table."""
    table = _table_of(unit)
    transcripts = [
        storage.join(folder, name) for folder, names in _speakers(unit) for name in names if name.lower().endswith(".txt")
    ]
    return transcripts + ([] if table is None else [table])


@layout(
    "timit",
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "text": ("text",),
        "speaker_id": ("speaker",),
        "gender": ("Sex",),
        "accent": ("dialect_region",),
    },
    defaults={"language": "en-US", "licence": "LDC-User-Agreement", "speaker_type": "volunteer"},
    expects="TRAIN/ and TEST/ with DR1/FCJF0/SA1.WAV and SA1.TXT",
    caveats=(
        "everyone reads the sentences SA1 and SA2; files: 'S[IXix]*' leaves them out",
        "the corpus's own splits stand in a column; columns: {split: split} keeps them",
    ),
    is_corpus=True,
    is_tree=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """TIMIT: DR1/FCJF0/SA1.WAV in NIST SPHERE, with SA1.TXT."""
    return numbered(_cells(unit))


def _cells(unit: Unit) -> Iterator[dict[str, str]]:
    known = people(_table_of(unit), parse_speakers)
    facts = {"dialect_region": REGIONS[storage.name(_region_of(unit))[2]]}
    part = storage.name(storage.parent(_region_of(unit))).lower()
    facts |= {"split": part} if part in ("train", "test") else {}
    for folder, names in _speakers(unit):
        speaker = storage.name(folder).upper().rpartition("-")[2]
        its = {"speaker": speaker, "Sex": speaker[0], **facts, **known.get(speaker, {})}
        yield from _of_speaker(unit, folder, names, its)


def _of_speaker(unit: Unit, folder: str, names: list[str], facts: dict[str, str]) -> Iterator[dict[str, str]]:
    speaker, place, inside = facts["speaker"], place_of(folder, unit), storage.join(folder, "")
    texts: dict[str, str] = {}
    others: list[str] = []
    for name in names:
        key, _, kind = name.upper().partition(".")
        if key and kind == "TXT":  # hidden files have no key
            texts[key] = inside + name
        elif key and kind not in _TIMES:
            others.append(name)
    sounds: dict[str, str] = {}
    for name in sorted(recordings_of(unit, others), key=len):
        sounds.setdefault(_key(name), name)  # SA1.WAV.wav, which some copies hold, is SA1.WAV in another container
    for key in sorted(sounds if unit.config.files else texts | sounds):
        yield {
            "utterance": f"{speaker}_{key}",
            "audio": place + sounds.get(key, key),
            "text": _without_samples(read_text(texts.get(key))),
            **facts,
        }


def _key(name: str) -> str:
    return name.partition(".")[0].upper()


def _without_samples(text: str) -> str:
    """A transcript without the two sample numbers before it."""
    return _SAMPLES.sub("", text)


def _table_of(unit: Unit) -> str | None:
    return _speaker_table(storage.parent(_region_of(unit)), unit.root)


@lru_cache(maxsize=8)  # of the corpus, which has sixteen units
def _speaker_table(part: str, root: str) -> str | None:
    """``SPKRINFO.TXT`` in ``DOC/`` beside ``TRAIN/`` and ``TEST/``, or in the nearest directory above the regions'.

    Args:
        part: the directory of the regions', mostly ``TRAIN/`` or ``TEST/``.
        root: of the source, up to which is looked; where that is a part, one directory further.
    """
    top = storage.parent(part)
    for documents in (folder_in(top, "DOC"), folder_in(part, "DOC")):
        location = find_beside(documents, SPEAKERS, documents)
        if location is not None:
            return location
    is_inside = f"{top}/".startswith(root.rstrip("/") + "/")
    return find_beside(part, SPEAKERS, root if is_inside else top)


def parse_speakers(location: str) -> People:
    """``SPKRINFO.TXT``: lines of ID, sex, region, use, dates, height, race and education; comments begin with a semicolon."""
    found: People = {}
    with text_lines(location) as lines:
        for line in lines:
            cells = line.split(None, len(_FACTS) + 1)
            if not line.startswith(";") and len(cells) > 2 and len(cells[0]) == 4:
                facts = dict(zip(_FACTS, (cell.strip() for cell in cells[1:]), strict=False))
                found.setdefault(f"{cells[1]}{cells[0]}".upper(), {key: facts[key] for key in facts if key not in ("Sex", "DR")})
    return found
