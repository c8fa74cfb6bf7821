"""The first half of the ledger: every record that was read stands in the manifest or in the quarantine, and once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.verify.assignments import Assignments
from pipelines.verify.breach import Findings, shown
from pipelines.verify.claims import CORPUS_JSON, Ledger
from pipelines.verify.tables import Digests, Reader, digest, digests, repeated, row_digests
from schemas.accents import UNDECLARED
from schemas.tables import ACCENT_COLUMNS, AUDIO_COLUMNS, MANIFEST, PEOPLE_COLUMNS, QUARANTINE, TERMS_COLUMNS

MANIFEST_FILES = r"manifest/part-[^/]*\.parquet"
QUARANTINE_FILES = r"quarantine/part-[^/]*\.parquet"

PEOPLE = tuple(column.name for column in (*PEOPLE_COLUMNS, *ACCENT_COLUMNS))
SAID = (*PEOPLE, "text", "language", *(column.name for column in TERMS_COLUMNS))
"""What manifest, recipes and shards all say of a recording."""

SOURCE = (*(column.name for column in AUDIO_COLUMNS), "file_sha256", "audio_sha256")
"""What manifest and recipes say of its audio."""

_COLUMNS = ("recording_id", "source_file", "row_number", "condition", *SAID, *SOURCE)
_KEYS = ("recording_id", "audio_sha256")
"""Columns of the manifest in which no value stands twice."""

RowNumbers = dict[str, list[NDArray[np.int64]]]


@dataclass(frozen=True)
class ManifestIndex:
    """The manifest as digests, sorted by that of the recording's id: a recording takes forty bytes.

    Attributes:
        files: its parts.
        ids: digest of the recording's id.
        said: of its values in :data:`SAID`.
        source: of those in :data:`SOURCE`.
        conditions: of its condition.
        places: number of its part, times 2^32, and row in it, from 1.
        is_whole: whether every part could be read.
    """

    files: Sequence[str]
    ids: Digests
    said: Digests
    source: Digests
    conditions: Digests
    places: Digests
    is_whole: bool

    def find(self, ids: Iterable[str | None]) -> NDArray[np.int64]:
        """Where each recording stands in the index; -1 for those that are not there."""
        wanted = digests("" if each is None else each for each in ids)
        if not len(self.ids):
            return np.full(len(wanted), -1)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[at] == wanted, at, -1)

    def place(self, at: int) -> tuple[str, int]:
        """File and row of an entry."""
        place = int(self.places[at])
        return self.files[place >> 32], place & 0xFFFFFFFF


def check_records(reader: Reader, ledger: Ledger, assignments: Assignments, findings: Findings) -> ManifestIndex:
    """Recount manifest and quarantine, and index the manifest for the checks of the rows."""
    row_numbers: RowNumbers = defaultdict(list)
    index = _index_manifest(reader, assignments, row_numbers, findings)
    rules = _count_quarantine(reader, row_numbers, findings)
    if index.is_whole and len(index.ids) != ledger.accepted:
        findings.add("ledger", CORPUS_JSON, None, f"{ledger.accepted} records accepted, but the manifest holds {len(index.ids)}")
    if reader.is_whole(QUARANTINE_FILES):
        for rule in sorted(rules.keys() | ledger.quarantined.keys()):
            told, found = ledger.quarantined.get(rule, 0), rules[rule]
            if told != found:
                what = f"{told} records quarantined for {rule}, but the quarantine holds {found}"
                findings.add("ledger", CORPUS_JSON, None, what)
        if index.is_whole:
            _check_row_numbers(row_numbers, findings)
    return index


def _index_manifest(reader: Reader, assignments: Assignments, row_numbers: RowNumbers, findings: Findings) -> ManifestIndex:
    files = reader.files(MANIFEST_FILES)
    columns = (*_KEYS, "said", "source", "conditions", "places")
    arrays: dict[str, list[Digests]] = {name: [np.empty(0, np.uint64)] for name in columns}
    unassigned: set[str] = set()
    for number, file in enumerate(files):
        table = reader.read(file, MANIFEST, _COLUMNS)
        if table is None:
            continue
        for key in _KEYS:
            arrays[key].append(_keys(file, table, key, findings))
        arrays["said"].append(row_digests(table, SAID))
        arrays["source"].append(row_digests(table, SOURCE))
        arrays["conditions"].append(row_digests(table, ["condition"]))
        arrays["places"].append(np.arange(1, table.num_rows + 1, dtype=np.uint64) + np.uint64(number << 32))
        _check_people(file, table, assignments, unassigned, findings)
        _add_row_numbers(file, table, "source_file", row_numbers, findings)
    joined = {name: np.concatenate(parts) for name, parts in arrays.items()}
    for key in _KEYS:
        _name_repeated(reader, files, key, repeated(arrays[key]), findings)
    order = np.argsort(joined["recording_id"], kind="stable")
    ids, said, source, conditions, places = (
        joined[name][order] for name in ("recording_id", "said", "source", "conditions", "places")
    )
    return ManifestIndex(files, ids, said, source, conditions, places, reader.is_whole(MANIFEST_FILES))


def _keys(file: str, table: pa.Table, column: str, findings: Findings) -> Digests:
    keys = table.column(column).to_pylist()
    for row, key in enumerate(keys, 1):
        if not key:
            findings.add("ledger", file, row, f"has no {column}")
    # A row without one is named above; it is no repetition of another such row.
    return digests(key or f"\0{file}:{row}" for row, key in enumerate(keys, 1))


def _check_people(file: str, table: pa.Table, assignments: Assignments, unassigned: set[str], findings: Findings) -> None:
    columns = (table.column(name).to_pylist() for name in ("speaker_id", "accent", "accent_raw"))
    for row, (speaker, accent, declared) in enumerate(zip(*columns, strict=True), 1):
        if not speaker:
            findings.add("people", file, row, "has no speaker")
        elif assignments.known and speaker not in assignments.speakers and speaker not in unassigned:
            unassigned.add(speaker)
            findings.add("seals", file, row, f"speaker {shown(speaker)} is assigned to no split")
        if not accent or (declared is None and accent != UNDECLARED):
            findings.add("people", file, row, f"no accent was declared, so it is {UNDECLARED!r}, but the row has {shown(accent)}")


def _add_row_numbers(file: str, table: pa.Table, source: str, row_numbers: RowNumbers, findings: Findings) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    pairs = zip(table.column(source).to_pylist(), table.column("row_number").to_pylist(), strict=True)
    for row, (metadata_file, number) in enumerate(pairs, 1):
        if metadata_file is None or number is None or number < 1:
            findings.add("ledger", file, row, f"stands for row {number} of {metadata_file}, which is no record")
        else:
            numbers[metadata_file].append(number)
    for metadata_file, found in numbers.items():
        row_numbers[metadata_file].append(np.array(found, np.int64))


def _name_repeated(reader: Reader, files: Sequence[str], column: str, wanted: set[int], findings: Findings) -> None:
    if not wanted:
        return
    first: dict[str, tuple[str, int]] = {}
    for file in files:
        table = reader.read(file, MANIFEST, [column])
        for row, key in enumerate([] if table is None else table.column(column).to_pylist(), 1):
            if key and digest(key) in wanted:
                place = first.setdefault(key, (file, row))
                if place != (file, row):
                    findings.add("ledger", file, row, f"{column} {shown(key)} stands in row {place[1]} of {place[0]} too")


def _count_quarantine(reader: Reader, row_numbers: RowNumbers, findings: Findings) -> Counter[str]:
    rules: Counter[str] = Counter()
    for file in reader.files(QUARANTINE_FILES):
        table = reader.read(file, QUARANTINE, ["source", "row_number", "rule"])
        if table is not None:
            rules.update(str(rule) for rule in table.column("rule").to_pylist())
            _add_row_numbers(file, table, "source", row_numbers, findings)
    return rules


def _check_row_numbers(row_numbers: RowNumbers, findings: Findings) -> None:
    """Records are numbered from 1 without a gap, so one that went nowhere leaves one (the last of a file only in the counts)."""
    for metadata_file in sorted(row_numbers):
        for first, last in _gaps(np.unique(np.concatenate(row_numbers[metadata_file]))):
            rows = f"row {first}" if first == last else f"rows {first} to {last}"
            told = f"{rows} of {metadata_file}: neither in the manifest nor in the quarantine"
            findings.add("ledger", CORPUS_JSON, None, told)


def _gaps(numbers: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """What is missing in ascending numbers that should begin with 1 and leave none out."""
    padded = np.concatenate([[0], numbers])
    for at in np.nonzero(np.diff(padded) > 1)[0]:
        yield int(padded[at]) + 1, int(padded[at + 1]) - 1
