"""OpenSLR 83, English of the British Isles: ``line_index.csv`` (id, file, text; no header) beside ``irm_02484_….wav``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout
from pipelines.ingest.layouts.tree import Finder, is_audio, stem
from pipelines.ingest.reading.lines import first_line, is_unicode, show_damage, text_lines

ACCENTS = {
    "ir": "Irish English",
    "mi": "Midlands English",
    "no": "Northern English",
    "sc": "Scottish English",
    "so": "Southern English",
    "we": "Welsh English",
}
"""The variety each speaker identified with (Demirsahin et al., LREC 2020), by the first letters of a file's name."""

_GENDERS = {"f": "female", "m": "male"}
_FILE = re.compile(r"(ir|mi|no|sc|so|we)([fm])_(\d+)_(\d+)", re.IGNORECASE)


def find(root: str) -> list[str]:
    """Every archive's ``line_index.csv``, or ``line_index_all.csv`` where that names more of the recordings."""
    single, whole = _indexes(root, "line_index.csv"), _indexes(root, "line_index_all.csv")
    if not single or not whole:
        return single or whole
    # All archives unpacked into one directory leave the last one's index only; where few were fetched, the whole names more.
    recordings = {stem(name).lower() for _, files in storage.walk(root) for name in files if is_audio(name)}
    return whole if recordings & _named(whole) > recordings & _named(single) else single


def _indexes(root: str, wanted: str) -> list[str]:
    found = [storage.join(directory, name) for directory, files in storage.walk(root) for name in files if name.lower() == wanted]
    return [location for location in found if _fits(location)]


def _named(locations: list[str]) -> set[str]:
    """The files that indexes name, in small letters."""
    names: set[str] = set()
    for location in locations:
        with text_lines(location) as lines:
            cells = (line.split(",", 2) for line in lines)
            names.update(each[1].strip().lower() for each in cells if len(each) > 1)
    return names


def _fits(location: str) -> bool:
    cells = first_line(location).split(",")
    return len(cells) >= 3 and _FILE.fullmatch(cells[1].strip()) is not None


@layout(
    "openslr_83",
    find=find,
    fields={
        "recording_id": ("file",),
        "audio": ("audio",),
        "text": ("text",),
        "speaker_id": ("speaker",),
        "gender": ("gender",),
        "accent": ("accent",),
    },
    provenance={"accent": "self_reported"},
    defaults={"language": "en", "licence": "CC-BY-SA-4.0", "speaker_type": "volunteer"},
    expects="folders (welsh_english_male/) with line_index.csv beside their recordings, or line_index_all.csv",
    is_corpus=True,
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """OpenSLR 83, English of the British Isles: line_index.csv beside the recordings."""
    folder = storage.parent(unit.location)
    is_whole = storage.name(unit.location).lower() == "line_index_all.csv"
    places = _places(folder, unit) if is_whole else {}
    place = Finder(unit, [folder, unit.root], may_be_converted=True)
    with text_lines(unit.location) as lines:
        for number, line in enumerate(filter(str.strip, lines), 1):
            yield _record(place, places, number, line.strip())


def _places(folder: str, unit: Unit) -> dict[str, str]:
    """The audio path of each recording, by its name without extension."""
    found = (storage.join(directory, name) for directory, files in storage.walk(folder) for name in files if is_audio(name))
    return {stem(location): storage.relative(location, unit.root) for location in found}


def _record(place: Finder, places: dict[str, str], number: int, line: str) -> RawRecord:
    if not is_unicode(line):
        return RawRecord(number, None, show_damage(line), ("bad_encoding", "the row holds bytes that are not UTF-8"))
    cells = [cell.strip() for cell in line.split(",", 2)]  # a transcript may hold commas, and is not quoted for it
    if len(cells) < 3:
        return RawRecord(number, None, line, ("malformed_row", f"{len(cells)} cells, expected id, file and text"))
    text = cells[2][1:-1].replace('""', '"') if re.fullmatch(r'".*"', cells[2]) else cells[2]
    match = _FILE.fullmatch(cells[1])
    found = {
        "line": cells[0],
        "file": cells[1],
        "audio": places.get(cells[1]) or place(f"{cells[1]}.wav"),
        "text": text,
    }
    if match is not None:
        region, gender, speaker, _ = (part.lower() for part in match.groups())
        found |= {"speaker": f"{region}{gender}_{speaker}", "gender": _GENDERS[gender], "accent": ACCENTS[region]}
    return RawRecord(number, found)
