"""Who belongs to which split, as Beam steps: what decides it is gathered, a line a speaker, and decided in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import Corpus, read_table
from pipelines.people.withdrawn import read_withdrawn
from pipelines.plan.splits.assign import SpeakerFacts, assign_splits
from pipelines.plan.splits.pins import PIN_COLUMNS, Pin, pins_of_records, read_lists, refuse_unknown, settle_pins, unknown_entries
from pipelines.settings import Settings

_SPEAKER, _TOGETHER, _PINNED = "speaker", "together", "pinned"
_FILE_BUCKETS = 16


def assign_speakers(
    parts: beam.PCollection[str], settings: Settings, corpus: Corpus, frozen: Mapping[str, str]
) -> beam.PCollection[dict[str, str]]:
    """The split of every speaker of the manifest, as one dictionary.

    Args:
        parts: of the manifest.
        settings: of the run.
        corpus: whose manifest and quarantine it is.
        frozen: splits that earlier versions gave out.
    """
    in_files = (
        parts
        | "files" >> beam.FlatMap(_files_and_speakers)
        | "per file bucket" >> beam.GroupByKey()
        | "shared files" >> beam.FlatMapTuple(_shared_files)
    )
    return (
        (parts | "speakers" >> beam.FlatMap(_speaker_counts), parts | "pins" >> beam.FlatMap(_pins, settings), in_files)
        | "speakers and files" >> beam.Flatten()
        | "each once" >> beam.CombinePerKey(sum)
        | "one list" >> beam.combiners.ToList()
        | "assign splits" >> beam.Map(_assign, settings, corpus, frozen)
    )


def _speaker_counts(part: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    table = read_table(part, ["speaker_id", "accent"])
    for row in table.group_by(["speaker_id", "accent"]).aggregate([([], "count_all")]).to_pylist():
        yield (_SPEAKER, row["speaker_id"], row["accent"]), row["count_all"]


def _files_and_speakers(part: str) -> Iterator[tuple[int, pa.Table]]:
    """Who speaks in which file, in a few buckets of files."""
    table = read_table(part, ["file_sha256", "speaker_id"]).group_by(["file_sha256", "speaker_id"]).aggregate([])
    first = pc.utf8_slice_codeunits(table.column("file_sha256"), 0, 1)
    for digit in pc.unique(first).to_pylist():
        yield int(digit, 16) % _FILE_BUCKETS, table.filter(pc.equal(first, digit))


def _shared_files(_: int, tables: Iterable[pa.Table]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """The files of a bucket that several speakers share, with each of these."""
    pairs = pa.concat_tables(tables).group_by(["file_sha256", "speaker_id"]).aggregate([])
    counts = pairs.group_by("file_sha256").aggregate([([], "count_all")])
    shared = counts.filter(pc.greater(counts.column("count_all"), 1)).column("file_sha256")
    for row in pairs.filter(pc.is_in(pairs.column("file_sha256"), shared.combine_chunks())).to_pylist():
        yield (_TOGETHER, row["speaker_id"], row["file_sha256"]), 1


def _pins(part: str, settings: Settings) -> Iterator[tuple[tuple[str, str, str], int]]:
    for pin in pins_of_records(read_table(part, PIN_COLUMNS), read_lists(settings)):
        yield (_PINNED, pin.speaker_id, f"{pin.split} {pin.where}"), 1


def _assign(
    counts: list[tuple[tuple[str, str, str], int]], settings: Settings, corpus: Corpus, frozen: Mapping[str, str]
) -> dict[str, str]:
    accents: dict[str, dict[str, int]] = defaultdict(dict)
    shared: dict[str, list[str]] = defaultdict(list)
    pins = []
    for (kind, speaker, value), count in counts:
        if kind == _SPEAKER:
            accents[speaker][value] = count
        elif kind == _TOGETHER:
            shared[speaker].append(value)
        else:
            pins.append(Pin(speaker, *value.split(" ", 1)))
    lists = read_lists(settings)
    withdrawn = read_withdrawn(corpus)
    unknown = unknown_entries(accents, pins, lists)
    forgotten = {lists[each] for each in unknown if withdrawn.has_speaker(each) or withdrawn.has_recording(each)}
    refuse_unknown([each for each in unknown if lists[each] not in forgotten], lists, corpus)
    facts = [SpeakerFacts(speaker, of_accent, tuple(sorted(shared[speaker]))) for speaker, of_accent in accents.items()]
    config = settings.config
    given = {**frozen, **settle_pins(accents, pins, lists, frozen)}
    return assign_splits(facts, dict(config.splits.items()), config.seed, given, config.evaluation.closed)
