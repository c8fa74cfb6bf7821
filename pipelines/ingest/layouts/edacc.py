"""EdAcc: ``dev/`` and ``test/`` with ``stm`` or Kaldi's files, ``data/EDACC-C06.wav`` and ``linguistic_background.csv``.

The release has both; a copy that was prepared for Kaldi or lhotse may have lost its ``stm``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.cells import to_number
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.kaldi_files import Utterance, merged
from pipelines.ingest.layouts.tree import Finder, People, find_beside, people
from pipelines.ingest.reading.lines import UNSCORED, is_unicode, show_damage, text_lines
from schemas.config import SourceConfig
from schemas.errors import ConfigError

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

_PARTICIPANT = "participant_id"

STM = "stm"
KALDI = ("segments", "text", "utt2spk")


def find(root: str) -> list[str]:
    """The segments of each split."""
    found = []
    for base, files in storage.walk(root):
        if STM in files:
            found.append(storage.join(base, STM))
        elif set(KALDI) <= set(files):
            found.append(storage.join(base, KALDI[0]))
    return [location for location in found if find_beside(storage.parent(location), SPEAKERS, root) is not None]


def side_files(unit: Unit) -> list[str]:
    """The questionnaire, and Kaldi's other files where the segments are in one."""
    split = storage.parent(unit.location)
    location = find_beside(split, SPEAKERS, unit.root)
    others = KALDI[1:] if storage.name(unit.location) == KALDI[0] else ()
    return [*([] if location is None else [location]), *(storage.join(split, name) for name in others)]


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
    expects=f"{SPEAKERS}, data/*.wav, and dev/ and test/ with stm, or with segments, text and utt2spk",
    caveats=("two people talk in each recording, so segments may overlap; both of a conversation stand in one split",),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """EdAcc: stm segments of dev/ and test/, data/*.wav and linguistic_background.csv."""
    split = storage.parent(unit.location)
    known = people(find_beside(split, SPEAKERS, unit.root), parse_speakers)
    place = Finder(unit, [storage.join(storage.parent(split), "data"), unit.root], may_be_converted=True)
    if storage.name(unit.location) == KALDI[0]:
        utterances = merged(*(storage.join(split, name) for name in KALDI))
        for number, utterance in enumerate(utterances, 1):
            yield _utterance(number, utterance, place, storage.name(split), known)
        return
    with text_lines(unit.location) as lines:
        written = (line.strip() for line in lines)
        for number, line in enumerate((line for line in written if line and not line.startswith(";;")), 1):
            yield _segment(number, line, place, storage.name(split), known)


def _utterance(number: int, utterance: Utterance, place: Finder, split: str, known: People) -> RawRecord:
    """A record of Kaldi's files."""
    key, values = utterance
    segment, text, speaker = (value or "" for value in values)
    line = f"{key} {segment} {speaker} {text}"
    if not is_unicode(line):
        return _damaged(number, line)
    conversation, start, end = [*segment.split(), "", "", ""][:3]
    found = {"utterance": key, "speaker": speaker, "text": _scored(text), "split": split}
    if conversation:
        try:
            times = _times(start, end)
        except ValueError:
            return RawRecord(number, None, line, ("malformed_row", "expected utterance, conversation, start, end in segments"))
        found |= {"conversation": conversation, "audio": place(f"{conversation}.wav"), **times}
    return RawRecord(number, found | known.get(speaker, {}))


def _segment(number: int, line: str, place: Finder, split: str, known: People) -> RawRecord:
    """A record of a line of ``stm``."""
    if not is_unicode(line):
        return _damaged(number, line)
    cells = line.split(None, 6)
    try:
        conversation, channel, speaker, start, end = cells[:5]
        times = _times(start, end)
    except ValueError:
        return RawRecord(
            number, None, line, ("malformed_row", "expected conversation, channel, speaker, start, end, labels, text")
        )
    has_labels = len(cells) > 5 and cells[5].startswith("<")
    labels, text = (cells[5], " ".join(cells[6:])) if has_labels else ("", " ".join(cells[5:]))
    side = speaker.rpartition("-")[2]  # of a conversation in parts, EDACC-C35_P1 and _P2, the speakers are EDACC-C35-A and -B
    found = {
        "utterance": f"{conversation}-{side}-{round(float(start) * 100):07d}-{round(float(end) * 100):07d}",
        "conversation": conversation,
        "audio": place(f"{conversation}.wav"),
        "channel": channel,
        "speaker": speaker,
        **times,
        "labels": labels,
        "text": _scored(text),
        "split": split,
    }
    return RawRecord(number, found | known.get(speaker, {}))


def _damaged(number: int, line: str) -> RawRecord:
    return RawRecord(number, None, show_damage(line), ("bad_encoding", "the row holds bytes that are not UTF-8"))


def _times(start: str, end: str) -> dict[str, str]:
    """Start, end and length in seconds. Raises ValueError where they are no finite numbers."""
    length_s = to_number(end) - to_number(start)
    if not math.isfinite(length_s):
        raise ValueError(f"from {start} to {end}")
    return {"start": start, "end": end, "duration": f"{length_s:.4f}"}


def _scored(text: str) -> str:
    return "" if text.lower() == UNSCORED else text


def parse_speakers(location: str) -> People:
    """The questionnaire, its questions under short names. Raises ConfigError where it does not say who answered."""
    found: People = {}
    unit = Unit(location, "", SourceConfig(metadata=["-"], quoting=True))
    names = table.columns(unit) or []
    if _PARTICIPANT not in map(str.lower, names):
        raise ConfigError(f"{location}:1: has no column {_PARTICIPANT.upper()!r}; its columns: {', '.join(names)}")
    for row in table.rows_beside(location):
        answers = {name.lower(): value.strip() for name, value in row.items()}
        speaker = answers.get(_PARTICIPANT) or ""
        if speaker:
            found.setdefault(speaker, {key: _answer(answers, words) for key, words in _QUESTIONS.items()})
    return found


def _answer(answers: dict[str, str], words: tuple[str, ...]) -> str:
    """The answer to the first question that asks for it; that to "Is English your first language?" names none."""
    given = (value for each in words for question, value in answers.items() if each in question)
    return next((value for value in given if value.lower() not in ("yes", "no")), "")
