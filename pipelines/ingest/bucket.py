"""Measuring the recordings of a bucket, with what was measured before kept by file digest.

A bucket is a fixed share of all audio files. Its figures stand in one file of ``.work/measured/``, keyed by the digest of the
audio file and the span, so that an ingest that was interrupted or is repeated decodes nothing twice.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from pipelines import storage
from pipelines.audio.decode import AudioFile, Span, open_audio
from pipelines.audio.packed import read_together
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.audio_root import find_audio
from pipelines.ingest.measure import MEASURE_VERSION, Measured, measure
from pipelines.people.withdrawn import NOBODY, Withdrawn
from schemas.config import AcceptConfig

BUCKETS = 256
SAVE_EVERY_S = 5.0
_UNKEPT_RULES = ("too_long", "missing_file")
"""Outcomes that depend on more than the file's bytes, so they are found anew each time."""

Outcome = Measured | AudioProblem


class MeasuredBucket:
    """The kept figures of one bucket."""

    def __init__(self, directory: str, bucket: int, withdrawn: Withdrawn = NOBODY) -> None:
        self._withdrawn = withdrawn
        self._location = storage.join(directory, f"v{MEASURE_VERSION}-{bucket:03d}.json")
        self._kept: dict[str, Any] = {}
        if storage.exists(self._location):
            self._kept = json.loads(storage.read_bytes(self._location))
        self._changed = False
        self._saved_at = time.monotonic()

    def outcome(self, file: AudioFile, span: Span, max_duration_s: float) -> Outcome:
        """The figures of a span, kept or measured now, or the problem that stands against them."""
        key = f"{file.sha256}:{span.offset_s}:{span.duration_s}"
        kept = self._kept.get(key)
        if isinstance(kept, dict):
            return Measured(**kept)
        if isinstance(kept, list):
            return AudioProblem(*kept)
        try:
            measured = measure(file.decode(span, max_duration_s), file.sha256)
        except AudioProblem as problem:
            if problem.rule not in _UNKEPT_RULES:
                self._keep(key, [problem.rule, problem.message])
            return problem
        if not self._withdrawn.has_audio(measured.audio_sha256):
            self._keep(key, measured.as_dict())
        return measured

    def _keep(self, key: str, value: Any) -> None:
        self._kept[key] = value
        self._changed = True
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write the figures out, if there are new ones."""
        if self._changed:
            storage.write_text(self._location, json.dumps(self._kept, sort_keys=True, separators=(",", ":")))
            self._changed = False
        self._saved_at = time.monotonic()


def bucket_of(location: str) -> int:
    """The bucket of an audio file."""
    return zlib.crc32(read_together(location).encode(errors="surrogatepass")) % BUCKETS


class Wanted(NamedTuple):
    """A recording to measure: where its file should lie and may not leave, its span, and what the caller wants back with it."""

    location: str
    root: str
    span: Span
    back: Any


def measure_bucket(
    directory: str, bucket: int, wanted: Iterable[Wanted], max_duration_s: float, withdrawn: Withdrawn = NOBODY
) -> Iterator[tuple[Any, str, Outcome]]:
    """Measure spans of audio files, opening each file once.

    Args:
        directory: where the figures are kept.
        bucket: which bucket these files are in.
        wanted: the recordings.
        max_duration_s: recordings longer than this are not decoded.
        withdrawn: who was forgotten; nothing is kept of their recordings.

    Returns:
        What the caller wanted back, where the file was found, and the figures or the problem.
    """
    kept = MeasuredBucket(directory, bucket, withdrawn)
    ordered = sorted(wanted, key=lambda each: (*each[:2], each.span.offset_s or 0.0, each.span.duration_s or 0.0))
    for (location, root), group in groupby(ordered, key=lambda each: each[:2]):
        recordings = list(group)
        try:
            found = find_audio(location, root)
            with open_audio(found) as file:
                outcomes = [(each.back, found, kept.outcome(file, each.span, max_duration_s)) for each in recordings]
        except AudioProblem as problem:
            outcomes = [(each.back, location, problem) for each in recordings]
        yield from outcomes
    kept.save()


def judge(measured: Measured, accept: AcceptConfig) -> AudioProblem | None:
    """What the configuration has against a recording that could be measured, if anything."""
    shortest, longest = accept.duration_s
    if measured.duration_s < shortest:
        return AudioProblem("too_short", f"{measured.duration_s:.3f} s, shorter than {shortest:g} s")
    if measured.duration_s > longest:
        return AudioProblem("too_long", f"{measured.duration_s:.3f} s, longer than {longest:g} s")
    if measured.active_level_dbov < accept.silence_dbov:
        level = f"{measured.active_level_dbov:.1f}" if measured.peak > 0 else "-inf"
        return AudioProblem("silence", f"the active level is {level} dBov, under {accept.silence_dbov:g} dBov")
    return None
