"""LibriSpeech: ``dev-clean/84/121123/84-121123.trans.txt`` with its recordings beside it, and ``SPEAKERS.TXT``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.tree import People, files_in, find_beside, is_audio, people, place_of, stem
from pipelines.ingest.reading.lines import is_unicode, show_damage, text_lines

SPEAKERS = "SPEAKERS.TXT"
SPLITS = ("train-", "dev-", "test-")
"""How the directories of its subsets begin."""


_CHAPTER = re.compile(r"([^-]+)-[^-]+\.trans\.txt", re.IGNORECASE)


def find(root: str) -> list[str]:
    """Every chapter's transcripts, ``<speaker>-<chapter>.trans.txt``."""
    found = [storage.join(directory, name) for directory, files in storage.walk(root) for name in files]
    return [location for location in found if _CHAPTER.fullmatch(storage.name(location))]


def side_files(unit: Unit) -> list[str]:
    """The speaker table."""
    location = _speaker_table(unit)
    return [] if location is None else [location]


def _speaker_table(unit: Unit) -> str | None:
    """``SPEAKERS.TXT`` above the chapter, up to the root, or beside it where the root is one subset."""
    is_subset = storage.name(unit.root).startswith(SPLITS)
    return find_beside(storage.parent(unit.location), SPEAKERS, storage.parent(unit.root.rstrip("/")) if is_subset else unit.root)


@layout(
    "librispeech",
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "text": ("text",),
        "speaker_id": ("speaker",),
        "gender": ("SEX",),
    },
    defaults={"language": "en", "licence": "CC-BY-4.0", "speaker_type": "volunteer"},
    expects="chapters with *.trans.txt beside their recordings",
    caveats=(
        "readers of LibriVox declare no accent: all recordings are 'undeclared'",
        "the corpus's own splits stand in a column; columns: {split: split} keeps them",
    ),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """LibriSpeech: *.trans.txt beside the recordings, and SPEAKERS.TXT."""
    directory = storage.parent(unit.location)
    names = files_in(directory)
    found = {stem(name): name for name in names if is_audio(name)}
    lacking = found.copy()
    if sum(_CHAPTER.fullmatch(name) is not None for name in names) > 1:  # each chapter has its own, as their names say
        its_own = storage.name(unit.location)[: -len(".trans.txt")] + "-"
        lacking = {utterance: name for utterance, name in found.items() if utterance.startswith(its_own)}
    known = people(_speaker_table(unit), parse_speakers)
    place, facts = place_of(directory, unit), _facts(directory)
    chapter = _CHAPTER.fullmatch(storage.name(unit.location))

    def speaker_of(utterance: str) -> str:
        name, dash, _ = utterance.partition("-")
        return name if dash else "" if chapter is None else chapter[1]

    def cells(utterance: str, name: str, text: str) -> dict[str, str]:
        speaker = speaker_of(utterance)
        said = {"utterance": utterance, "audio": place + name, "text": text.strip(), "speaker": speaker}
        return said | facts | known.get(speaker, {})

    number = 0
    with text_lines(unit.location) as lines:
        for line in filter(str.strip, lines):
            number += 1
            utterance, *words = line.split(None, 1)
            lacking.pop(utterance, None)
            if is_unicode(line):
                yield RawRecord(number, cells(utterance, found.get(utterance, f"{utterance}.flac"), "".join(words)))
                continue
            told = f"{show_damage(line.strip())}; speaker: {speaker_of(utterance)}"  # by which who was forgotten is found
            yield RawRecord(number, None, told, ("bad_encoding", "the row holds bytes that are not UTF-8"))
    for utterance, name in sorted(lacking.items()):
        number += 1
        yield RawRecord(number, cells(utterance, name, ""))


def _facts(chapter: str) -> dict[str, str]:
    """What a chapter's directory says of its recordings."""
    subset = storage.name(storage.parent(storage.parent(chapter)))
    return {"split": subset.partition("-")[0]} if subset.startswith(SPLITS) else {}


def parse_speakers(location: str) -> People:
    """``SPEAKERS.TXT``: ID, sex, subset and minutes between bars; the readers' names are left where they are."""
    found: People = {}
    with text_lines(location) as lines:
        for line in lines:
            cells = [cell.strip() for cell in line.split("|", 4)]
            if not line.startswith(";") and len(cells) >= 3:
                found.setdefault(cells[0], {"SEX": cells[1], "SUBSET": cells[2]})
    return found
