"""lhotse's manifests: ``*recordings*.jsonl.gz`` with ``*supervisions*.jsonl.gz``, or ``*cuts*.jsonl.gz``, also of Lhotse Shar."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

from pipelines import storage
from pipelines.ingest.layouts import RawRecord, Unit, layout, table
from pipelines.ingest.layouts.lhotse_shar import SharAudio
from pipelines.ingest.layouts.tree import Finder
from pipelines.ingest.reading.in_step import InStep
from pipelines.ingest.reading.json_text import parse_json, parse_line, to_json
from pipelines.ingest.reading.lines import first_given, first_line, text_lines
from schemas.provenance import PROVENANCE_COLUMNS

_SUFFIXES = (".jsonl.gz", ".jsonl")
_SPELLINGS = {
    "accent": ("accent_raw", "raw_accent", "accent", "accents", "dialect"),
    "age": ("age", "age_band", "age_group"),
    "first_language": ("first_language", "native_language", "l1"),
    "licence": ("licence", "license"),
}
_OTHER_SPELLINGS = {each for field, spellings in _SPELLINGS.items() for each in spellings if each != field}
_SEGMENT = {"segment_start", "segment_length"}
"""What the part of a file is called here that is the recording; somebody's own field of that name is none."""

_A_CUT = re.compile(r'"type": ?"(Mono|Multi|Mixed|Padding)Cut"')
_WHOLE_S = 0.001
_REMOTE = ("s3://", "gs://")


def find(root: str) -> list[str]:
    """Supervisions that have recordings beside them, and cuts."""
    found = [storage.join(base, name) for base, files in storage.walk(root) for name in files if name.lower().endswith(_SUFFIXES)]
    return [each for each in found if _is_cuts(each) or (_is_supervisions(each) and storage.exists(recordings_of(each)))]


def _is_supervisions(location: str) -> bool:
    return "supervisions" in storage.name(location) and not _is_cuts(location)


def _is_cuts(location: str) -> bool:
    """Whether a file holds cuts, whatever it is called: their kind stands in each but the oldest."""
    first = first_line(location)
    return _A_CUT.search(first) is not None or ("cuts" in storage.name(location) and '"supervisions"' in first)


def recordings_of(location: str) -> str:
    """Where the recordings of a file of supervisions are, by lhotse's way of naming files."""
    return storage.join(storage.parent(location), storage.name(location).replace("supervisions", "recordings"))


def side_files(unit: Unit) -> list[str]:
    """The recordings that supervisions are of."""
    return [recordings_of(unit.location)] if _is_supervisions(unit.location) else []


@layout(
    "lhotse",
    columns=table.columns,
    find=find,
    side_files=side_files,
    fields={
        "recording_id": ("id",),
        "audio": ("audio",),
        "offset": ("segment_start",),
        "duration": ("segment_length",),
        "text": ("text",),
        "language": ("language",),
        "speaker_id": ("speaker",),
        "gender": ("gender",),
        "age_band": ("age",),
        "first_language": ("first_language",),
        "accent": ("accent",),
        "speaker_type": ("speaker_type",),
        **{column: (column,) for column in PROVENANCE_COLUMNS},
        "licence": ("licence",),
    },
    expects="*supervisions*.jsonl.gz with *recordings*.jsonl.gz, or *cuts*.jsonl.gz",
)
def read(unit: Unit) -> Iterator[RawRecord]:
    """Lhotse manifests: recordings with supervisions, or cuts, as .jsonl.gz or .jsonl."""
    folder = storage.parent(unit.location)
    find_audio = Finder(unit, [folder, unit.root, storage.parent(folder), storage.parent(storage.parent(folder))])
    return _from_supervisions(unit, find_audio) if _is_supervisions(unit.location) else _from_cuts(unit, find_audio)


def _from_supervisions(unit: Unit, find_audio: Finder) -> Iterator[RawRecord]:
    recordings = InStep(partial(_recordings, recordings_of(unit.location)), to_json, partial(parse_json, identifiers=()))
    for record in table.read(unit):
        if record.cells is None:
            yield record
            continue
        recording = recordings.get(str(record.cells.get("recording_id")))
        yield _record(record.row_number, find_audio, record.cells, recording, record.text, 0.0)


def _recordings(location: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with text_lines(location) as lines:
        for line in lines:
            try:
                recording, _ = parse_line(line, ())
            except (ValueError, RecursionError):
                continue
            if isinstance(recording, dict):
                yield str(recording.get("id")), recording


def _from_cuts(unit: Unit, find_audio: Finder) -> Iterator[RawRecord]:
    numbers = count(1)  # of supervisions, of which a cut may have several
    shar = SharAudio(unit.location)
    for number, record in enumerate(table.read(unit), 1):
        cut = record.cells
        if cut is None:
            record.row_number = next(numbers)
            yield record
        elif not isinstance(cut.get("recording"), dict):
            yield _refused(next(numbers), record.text, _no_recording(cut))
        elif not _are_objects(supervisions := cut.get("supervisions") or [_whole(cut)]):
            problem = "the cut's supervisions are no list of JSON objects"
            yield RawRecord(next(numbers), None, record.text, ("malformed_row", problem))
        else:
            recording = shar.filled_in(cut["recording"], str(cut.get("id")), number)
            customs = _customs(cut)
            for supervision in supervisions:
                its = supervision
                if customs:
                    its = supervision | {"custom": customs | _customs(supervision)}
                yield _record(next(numbers), find_audio, its, recording, record.text, cut.get("start"))


def _are_objects(values: Any) -> bool:
    return isinstance(values, list) and not [each for each in values if not isinstance(each, dict)]


def _whole(cut: dict[str, Any]) -> dict[str, Any]:
    """What stands for the supervision of a cut that has none."""
    return {"start": 0.0} | {name: cut[name] for name in ("id", "duration", "channel") if name in cut}


def _no_recording(cut: dict[str, Any]) -> str:
    if "sources" in cut:
        return "is a recording, which does not say who speaks; name the supervisions' file, and the recordings beside it are read"
    kind = cut.get("type") or "a cut"
    reads = "panvox reads lhotse's MonoCuts and MultiCuts that have one"
    return f"{kind} {'has features only' if 'features' in cut else 'has no recording of its own'}; {reads}"


def _customs(item: dict[str, Any]) -> dict[str, Any]:
    custom = item.get("custom")
    return custom if isinstance(custom, dict) else {}


def _record(
    number: int, find_audio: Finder, supervision: dict[str, Any], recording: dict[str, Any] | None, text: str, start_s: Any
) -> RawRecord:
    cells, custom = supervision.copy(), supervision.get("custom")
    if isinstance(custom, dict) and custom.keys().isdisjoint(supervision) and _SEGMENT.isdisjoint(custom):
        del cells["custom"]
        cells |= custom
    elif isinstance(custom, dict):  # what they call alike is told apart by where it stands
        cells = {name: value for name, value in custom.items() if name not in _SEGMENT} | cells
    if not _OTHER_SPELLINGS.isdisjoint(cells):
        for field, spellings in _SPELLINGS.items():
            cells[field] = first_given(cells, spellings)
    if recording is None:
        cells["audio"] = None
        return RawRecord(number, cells)
    problem = _refusal(supervision, recording)
    if problem:
        return _refused(number, text, problem)
    source = recording["sources"][0]["source"]
    cells["audio"] = find_audio(str(source))
    length, whole = supervision.get("duration"), recording.get("duration")
    within_s = supervision.get("start")
    first, second = _seconds(start_s), _seconds(within_s)
    if first is None or second is None:  # which the record is quarantined for
        cells |= {"segment_start": str(start_s if first is None else within_s), "segment_length": length}
    elif first + second != 0 or not (length is None or length == whole or _is_close(_seconds(length), _seconds(whole))):
        cells |= {"segment_start": first + second, "segment_length": length}
    return RawRecord(number, cells)


def _seconds(value: Any) -> float | None:
    """A number of JSON as a number of seconds; None where it is none."""
    if type(value) is float:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number beyond what a float holds
        return math.inf


def _is_close(length_s: float | None, whole_s: float | None) -> bool:
    return length_s is not None and whole_s is not None and abs(length_s - whole_s) <= _WHOLE_S


def _refusal(supervision: dict[str, Any], recording: dict[str, Any]) -> str:
    """Why a recording is not read; empty where it is."""
    sources = recording.get("sources")
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        return "the recording is not made of one file"
    kind = sources[0].get("type")
    if kind == "command":
        return f"the audio is made by a command ({str(sources[0].get('source'))[:60]}), and panvox runs none"
    if kind not in ("file", None) and not (kind == "url" and str(sources[0].get("source")).startswith(_REMOTE)):
        return f"the audio's source is of type {kind!r}; panvox reads files, also on {' and '.join(_REMOTE)}"
    if not sources[0].get("source"):
        return "the recording's file has no name"
    transforms = recording.get("transforms")
    if transforms:
        transforms = transforms if isinstance(transforms, list) else [transforms]
        names = [str(each.get("name") if isinstance(each, dict) else each) for each in transforms]
        if set(names) != {"Resample"}:  # which leaves times as they are, and is done here anyway
            return f"the recording is transformed when it is loaded ({', '.join(names)}); save the audio and its manifest first"
    channels = sources[0].get("channels")
    if isinstance(channels, list) and len(channels) > 1:
        wanted = supervision.get("channel", channels)
        if _listed(channels) != _listed(wanted):
            return f"the supervision is of channel {wanted} of {len(channels)}, and panvox mixes the channels of a file"
    return ""


def _listed(channels: Any) -> list[str]:
    return sorted(map(str, channels if isinstance(channels, list) else [channels]))


def _refused(number: int, text: str, problem: str) -> RawRecord:
    return RawRecord(number, None, text, ("unsupported_source", problem))
