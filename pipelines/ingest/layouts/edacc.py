"""EdAcc: ``dev/`` and ``test/`` with ``stm`` or Kaldi's files, ``data/EDACC-C06.wav`` and ``linguistic_background.csv``."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.text import is_unicode, show_damage, text_lines
from pipelines.ingest.layouts.tree import People, find_beside, inside, people
from schemas.config import SourceConfig

SPEAKERS = "linguistic_background.csv"
_QUESTIONS = {
    "accent": ("describe your accent", "accent"),
    "first_language": ("first language", "native language", "mother tongue", "l1"),
    "gender": ("your gender", "gender"),
    "year_of_birth": ("year of birth",),
    "ethnicity": ("ethnic background", "ethnicity"),
    "second_languages": ("second language",),
}
"""What the questionnaire's questions contain; the first column that does is taken."""

_UNSCORED = "IGNORE_TIME_SEGMENT_IN_SCORING"


def find(root: str) -> list[str]:
    """The segments of each split."""
    found = [storage.join(base, "stm") for base, files in storage.walk(root) if "stm" in files]
    return [location for location in found if find_beside(storage.parent(location), SPEAKERS, root) is not None]


def side_files(unit: Unit) -> list[str]:
    """The questionnaire."""
    location = find_beside(storage.parent(unit.location), SPEAKERS, unit.root)
    return [] if location is None else [location]


@layout(
    "edacc",
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "offset": ("start",),
        "duration": ("duration",),
        "text": ("text",),
        "speaker_id": ("speaker",),
        "gender": ("gender",),
        "first_language": ("first_language",),
        "accent": ("accent",),
    },
    provenance={"gender": "self_reported", "first_language": "self_reported", "accent": "self_reported"},
    defaults={"language": "en", "licence": "CC-BY-SA-4.0", "speaker_type": "volunteer"},
    expects=f"{SPEAKERS}, dev/stm, test/stm and data/*.wav",
    caveats=("two people talk in each recording, so segments may overlap; both of a conversation stand in one split",),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """EdAcc: stm segments of dev/ and test/, data/*.wav and linguistic_background.csv."""
    split = storage.parent(unit.location)
    location = find_beside(split, SPEAKERS, unit.root)
    known = people(location, parse_speakers)
    data = inside(storage.join(storage.parent(location) if location else storage.parent(split), "data"), unit)
    with text_lines(unit.location) as lines:
        written = (line.strip() for line in lines)
        for number, line in enumerate((line for line in written if line and not line.startswith(";;")), 1):
            yield _record(number, line, data, storage.name(split), known)


def _record(number: int, line: str, data: str, split: str, known: People) -> RawRecord:
    if not is_unicode(line):
        return RawRecord(number, None, show_damage(line), ("bad_encoding", "the row holds bytes that are not UTF-8"))
    cells = line.split(None, 6)
    try:
        conversation, channel, speaker, start, end = cells[:5]
        start_s, end_s = float(start), float(end)
    except ValueError:
        return RawRecord(
            number, None, line, ("malformed_row", "expected conversation, channel, speaker, start, end, labels, text")
        )
    has_labels = len(cells) > 5 and cells[5].startswith("<")
    labels, text = (cells[5], " ".join(cells[6:])) if has_labels else ("", " ".join(cells[5:]))
    found = {
        "utterance": f"{speaker}-{round(start_s * 100):07d}-{round(end_s * 100):07d}",
        "conversation": conversation,
        "audio": storage.join(data, f"{conversation}.wav"),
        "channel": channel,
        "speaker": speaker,
        "start": start,
        "end": end,
        "duration": f"{end_s - start_s:.4f}",
        "labels": labels,
        "text": "" if text == _UNSCORED else text,
        "split": split,
    }
    return RawRecord(number, found | known.get(speaker, {}))


def parse_speakers(location: str) -> People:
    """The questionnaire, its questions under short names."""
    found: People = {}
    for record in table.read(Unit(location, "", SourceConfig(metadata=["-"], quoting=True))):
        if record.cells is None:
            continue
        answers = {name.lower(): str(value or "").strip() for name, value in record.cells.items()}
        speaker = answers.get("participant_id") or ""
        if speaker:
            found.setdefault(speaker, {key: _answer(answers, words) for key, words in _QUESTIONS.items()})
    return found


def _answer(answers: dict[str, str], words: tuple[str, ...]) -> str:
    return next((value for each in words for question, value in answers.items() if each in question), "")
