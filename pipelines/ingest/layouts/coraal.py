"""CORAAL: timed transcripts (``ATL_se0_ag1_f_01_1.txt``), a ``*_metadata_*.txt`` a component, and the recordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pipelines import storage
from pipelines.ingest.cells import to_number
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.tree import People, files_in, is_audio, people, stem
from pipelines.ingest.reading.lines import first_line, text_lines
from schemas.config import SourceConfig

COMPONENTS = {
    "ATL": "Atlanta",
    "DCA": "Washington DC",
    "DCB": "Washington DC",
    "DTA": "Detroit",
    "LES": "Lower East Side, New York City",
    "PRV": "Princeville",
    "ROC": "Rochester",
    "VLD": "Valdosta",
}
"""Where the speakers of each component live, from the corpus's user guide."""

VARIETY = "African American Language"
HEADER = ("Line", "Spkr", "StTime", "Content", "EnTime")
_PAUSE = re.compile(r"\(pause\s*[\d.]*\)")
SPEAKER = "CORAAL.Spkr"
_FACTS = ("Gender", "Age", "Age.Group", "Year.of.Birth", "Year.of.Interview", "Education", "Edu.Group", "CORAAL.SEC.Group")
_KEPT = (SPEAKER, *_FACTS)
_AS_WRITTEN = SourceConfig(metadata=["-"], delimiter="\t", quoting=False)


def find(root: str) -> list[str]:
    """Every timed transcript."""
    found = [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(".txt")]
    return [location for location in found if first_line(location).lstrip("\ufeff").split("\t")[:3] == list(HEADER[:3])]


def side_files(unit: Unit) -> list[str]:
    """The components' speaker tables."""
    return _speaker_tables(unit.root)


def columns(unit: Unit) -> list[str]:
    """The transcript's columns and those of its speaker."""
    return ["utterance", "audio", *(table.columns(_transcript(unit)) or HEADER), "duration", *_KEPT, "variety", "place"]


@layout(
    "coraal",
    columns=columns,
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("utterance",),
        "audio": ("audio",),
        "offset": ("StTime",),
        "duration": ("duration",),
        "text": ("Content",),
        "speaker_id": ("Spkr",),
        "gender": ("Gender",),
        "age_band": ("Age.Group",),
        "accent": ("variety",),
    },
    defaults={"language": "en-US", "licence": "CC-BY-NC-SA-4.0", "speaker_type": "volunteer"},
    expects="transcripts whose first line is Line, Spkr, StTime, Content, EnTime, *_metadata_*.txt and the recordings",
    caveats=(
        "an interviewer shares a recording with each interviewee, so all of them stand in one split",
        f"columns: {{speaker_id: {SPEAKER}}} leaves out whoever is not in the metadata, interviewers among them",
        "transcripts keep CORAAL's marks ([ ] overlap, < > sounds, / / redacted); interviewers declare no variety",
        "lines that say only (pause 0.52) are no recordings and are not read",
    ),
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """CORAAL: timed transcripts, *_metadata_*.txt and the recordings."""
    audio = storage.relative(_recording(unit), unit.root)
    speakers: People = {}
    for location in _speaker_tables(unit.root):
        speakers.update(people(location, parse_speakers))
    conversation, number = stem(unit.location), 0
    for record in table.read(_transcript(unit)):
        cells = record.cells
        if cells is not None and _PAUSE.fullmatch(str(cells.get("Content") or "").strip()):
            continue
        number += 1
        record.row_number = number
        if cells is not None:
            cells = {"utterance": f"{conversation}-{cells.get('Line') or number}", "audio": audio, **cells}
            cells["duration"] = _duration(cells)
            record.cells = cells | speakers.get(str(cells.get("Spkr") or "").strip(), {})
        yield record


def _transcript(unit: Unit) -> Unit:
    return Unit(unit.location, unit.root, _AS_WRITTEN)


def _duration(cells: dict[str, str]) -> str:
    try:
        return f"{to_number(cells['EnTime']) - to_number(cells['StTime']):.4f}"
    except (KeyError, ValueError):
        return f"{cells.get('StTime')} to {cells.get('EnTime')}"  # no number, which is what the row is quarantined for


def _recording(unit: Unit) -> str:
    """Where the conversation's recording is: beside the transcript, or in whichever directory its part was unpacked to."""
    return _recordings(unit.root).get(stem(unit.location).lower(), storage.join(unit.root, f"{stem(unit.location)}.wav"))


@lru_cache(maxsize=2)
def _recordings(root: str) -> dict[str, str]:
    """Every recording by its name; conversations last an hour, so there are few."""
    return {
        stem(name).lower(): storage.join(base, name) for base, files in storage.walk(root) for name in files if is_audio(name)
    }


@lru_cache(maxsize=2)
def _speaker_tables(root: str) -> list[str]:
    found = [base for base, files in storage.walk(root) if any("_metadata_" in name.lower() for name in files)]
    return [
        storage.join(base, name)
        for base in found
        for name in files_in(base)
        if re.search(r"_metadata_.*\.txt$", name, re.IGNORECASE)
    ]


def parse_speakers(location: str) -> People:
    """A component's speakers; one has a row for each of their files, of which the first counts."""
    found: People = {}
    with text_lines(location) as lines:
        names = next(lines, "").rstrip("\r\n").split("\t")
        for line in lines:
            # Damage to a note costs the note: a row of another width still gives what stands in its columns.
            given = {name.strip(): cell.strip() for name, cell in zip(names, line.rstrip("\r\n").split("\t"), strict=False)}
            speaker = given.get(SPEAKER)
            if not speaker or speaker in found:
                continue
            found[speaker] = {key: given[key] for key in _KEPT if given.get(key) not in (None, "", "NA")}
            place = COMPONENTS.get(speaker.partition("_")[0])
            if place is not None:
                found[speaker] |= {"variety": VARIETY, "place": place}
    return found
