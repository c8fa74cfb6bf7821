"""Kaldi recordings that are one channel of a file: a side of a telephone call. Channels are mixed here, so they are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipelines import storage
from pipelines.ingest.layouts.kaldi_files import pairs
from pipelines.ingest.reading.disk_table import DiskTable
from pipelines.ingest.reading.lines import text_lines

SIDES = "reco2file_and_channel"
"""Lines of a recording, the call it is of, and its side."""

_FIRST = ("", "-1", "0")
"""What ``segments`` calls the channel of a file that has one."""

Refuse = Callable[[str, str, str], str]
"""Of a recording, its file and its channel, why it is not read; empty where it is."""


def one_of_several(script: str, segments: str | None) -> Refuse | None:
    """Tells which recordings are one channel of a file of several; None where no file of the directory speaks of channels.

    They are where :data:`SIDES` names a recording's side and another line of ``wav.scp`` has the same file, and where
    ``segments`` has a fifth column that names a channel of the recording beyond the first.

    Args:
        script: the directory's ``wav.scp``.
        segments: where it lies; None where there is none.
    """
    sides = storage.join(storage.parent(script), SIDES)
    has_sides = storage.kind(sides) == "file"
    has_channels = segments is not None and _name_channels(segments)
    shared = _shared(script, sides) if has_sides else None
    several = _several(segments) if segments is not None and has_channels else None

    def refuse(recording: str, source: str, channel: str) -> str:
        if shared is not None and (side := shared.get(recording)) is not None:
            return f"the recording is channel {side} of {source} ({SIDES}); {_REMEDY}"
        if several is not None and several.get(recording) is not None:
            return f"the segment is of channel {channel or '0'} of {source}; {_REMEDY}"
        return ""

    return refuse if has_sides or has_channels else None


_REMEDY = "a file's channels are mixed, so write each to a file of its own"


def _shared(script: str, sides: str) -> DiskTable:
    """The side of each recording whose file is another's as well."""
    first = DiskTable((source, recording) for recording, source in pairs(script))
    shared = DiskTable((source, "") for recording, source in pairs(script) if first.get(source) != recording)
    channels = DiskTable(pairs(sides))
    return DiskTable(
        (recording, channel.rpartition(" ")[2])
        for recording, source in pairs(script)
        if shared.get(source) is not None and (channel := channels.get(recording)) is not None
    )


def _several(segments: str) -> DiskTable:
    """The recordings of which segments name several channels, or one beyond the first."""
    return DiskTable((recording, "") for recording, channel in _channels(segments) if channel not in _FIRST)


def _name_channels(segments: str) -> bool:
    """Whether any line has a fifth column."""
    with text_lines(segments) as lines:
        return any(len(line.split(None, 4)) > 4 for line in lines)


def _channels(segments: str) -> Iterator[tuple[str, str]]:
    """Recording and channel of each segment."""
    for _, value in pairs(segments):
        cells = value.split(None, 4)
        yield cells[0] if cells else "", cells[3] if len(cells) > 3 else ""
