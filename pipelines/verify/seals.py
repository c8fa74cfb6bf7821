"""The seals of people and recordings: each stands in one split, as a source and as a talker in babble alike.

Two passes: the first keeps 64 bits a key and finds the keys of two splits, of which there should be none; only if there are any
does a second one find their rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from pipelines.plan.splits.transcripts import normalise
from pipelines.verify.assignments import ASSIGNMENTS, Assignments
from pipelines.verify.breach import Findings, shown
from pipelines.verify.pairs import Names, Pair, read_pairs
from pipelines.verify.records import MANIFEST_FILES
from pipelines.verify.tables import Digests, Reader, digest, digests
from schemas.tables import MANIFEST

SPEAKER, RECORDING, AUDIO, FILE = "speaker", "recording", "audio with SHA-256", "audio file with SHA-256"
SENTENCE = "sentence"

Key = tuple[str, str]
"""A kind and a name of that kind."""

Place = tuple[str, int]


class SplitsOfKeys:
    """Which splits each key stands in."""

    def __init__(self) -> None:
        self._digests: dict[str, list[Digests]] = defaultdict(list)

    def add(self, split: str, keys: Iterable[Key]) -> None:
        """Note keys of a split; those of a file are best given together."""
        self._digests[split].append(np.unique(digests(_joined(key) for key in keys)))

    def shared(self) -> set[int]:
        """The digests of keys that stand in two splits or more."""
        splits = [np.unique(np.concatenate(parts)) for parts in self._digests.values()]
        if not splits:
            return set()
        found, counts = np.unique(np.concatenate(splits), return_counts=True)
        return {int(each) for each in found[counts > 1]}


def _joined(key: Key) -> str:
    return f"{key[0]}\0{key[1]}"


class PeopleSeals:
    """Holds the speakers and recordings of each shard against the assignments and against the other splits.

    Args:
        assignments: of the corpus.
        sentences: whether no sentence may stand in two splits either.
        findings: where breaches go.
    """

    def __init__(self, assignments: Assignments, sentences: bool, findings: Findings) -> None:
        self._assignments = assignments
        self._sentences = sentences
        self._findings = findings
        self._splits = SplitsOfKeys()
        self._misplaced: dict[str, dict[str, Place]] = defaultdict(dict)
        self._unassigned: set[str] = set()

    def add(self, pair: Pair) -> None:
        """Check the rows of a shard."""
        for row, split in enumerate(pair.rows.column("split").to_pylist(), 1):
            if split != pair.split:
                told = f"split is {shown(split)}, but the shard is one of {pair.split}"
                self._findings.add("seals", pair.file, row, told)
        self._splits.add(pair.split, dict.fromkeys(key for _, key in self._keys(pair)))
        if self._assignments.known:
            self._hold_against_assignments(pair)

    def _hold_against_assignments(self, pair: Pair) -> None:
        for row, (kind, name) in self._keys(pair):
            if kind != SPEAKER:
                continue
            share = self._assignments.speakers.get(name)
            if share is None and name not in self._unassigned:
                self._unassigned.add(name)
                self._findings.add("seals", pair.file, row, f"speaker {shown(name)} is assigned to no split in {ASSIGNMENTS}")
            elif share is not None and share.split != pair.split:
                self._misplaced[name].setdefault(pair.split, (pair.file, row))

    def finish(self, reader: Reader, names: Names) -> None:
        """Name the rows of what stands in two splits, and the assignments that no row follows."""
        shared = self._splits.shared()
        places: dict[Key, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
        at_home: Counter[tuple[Key, str]] = Counter()
        for pair in read_pairs(reader, names) if shared else ():
            speakers = pair.rows.column("speaker_id").to_pylist()
            for row, key in self._keys(pair):
                if digest(_joined(key)) in shared:
                    places[key][pair.split].append((pair.file, row))
                    share = self._assignments.speakers.get(speakers[row - 1])
                    at_home[key, pair.split] += share is not None and share.split == pair.split
        for key, by_split in sorted(places.items()):
            if len(by_split) > 1:
                self._name_shared(key, by_split, {split: at_home[key, split] for split in by_split})
        for speaker, elsewhere in sorted(self._misplaced.items()):
            if (SPEAKER, speaker) not in places:
                share = self._assignments.speakers[speaker]
                (split, (file, row)), *_ = elsewhere.items()
                told = f"speaker {shown(speaker)} is assigned to {share.split}, but stands in {split} (row {row} of {file})"
                self._findings.add("seals", ASSIGNMENTS, share.row, told)

    def _keys(self, pair: Pair) -> Iterator[tuple[int, Key]]:
        """What each row of a shard must have to its split alone, with the row's number."""
        columns: dict[str, list[Any]] = {name: pair.rows.column(name).to_pylist() for name in ("speaker_id", "source_id")}
        for name in ("file_sha256", "audio_sha256"):
            held = [] if pair.recipes is None else pair.recipes.column(name).to_pylist()
            columns[name] = [held[at] if at >= 0 else None for at in pair.recipe_of.tolist()]
        rows = zip(*columns.values(), pair.said, strict=True)
        for row, (speaker, source, file_sha256, audio_sha256, said) in enumerate(rows, 1):
            keys = [(SPEAKER, speaker), (RECORDING, source), (FILE, file_sha256), (AUDIO, audio_sha256)]
            for talker in _talkers(said):
                keys += [(SPEAKER, talker["speaker_id"]), (RECORDING, talker["recording_id"]), (AUDIO, talker["audio_sha256"])]
            yield from ((row, (kind, str(name))) for kind, name in keys if name is not None)
        if self._sentences:
            texts = map(normalise, pair.rows.column("text").to_pylist())
            yield from ((row, (SENTENCE, words)) for row, words in enumerate(texts, 1) if words)

    def _name_shared(self, key: Key, by_split: Mapping[str, list[Place]], at_home: Mapping[str, int]) -> None:
        """Its rows outside of its own split: a speaker's is assigned, that of others has most rows whose speakers are."""
        kind, name = key
        share = self._assignments.speakers.get(name) if kind == SPEAKER else None
        home = max(sorted(by_split), key=lambda split: (share and share.split == split, at_home[split], len(by_split[split])))
        home_file, home_row = by_split[home][0]
        for split, places in by_split.items():
            for file, row in places if split != home else ():
                told = f"{kind} {shown(name)} stands in {split} here and in {home} in row {home_row} of {home_file}"
                self._findings.add("seals", file, row, told)


def _talkers(said: dict[str, Any] | Exception) -> list[dict[str, Any]]:
    """The talkers of a row's babble, or of its noise's spectrum; none where its recipe is broken, which is named elsewhere."""
    try:
        noise = said["asked"]["noise"]  # type: ignore[index]
        talkers = noise["talkers"] if noise["kind"] in ("babble", "coloured") else []
        return [{name: talker[name] for name in ("speaker_id", "recording_id", "audio_sha256")} for talker in talkers]
    except (KeyError, TypeError):
        return []


def check_shared_files(reader: Reader, assignments: Assignments, findings: Findings) -> None:
    """Speakers who share an audio file are one unit: their assignments agree."""
    splits = SplitsOfKeys()
    for _, _, split, key in _assigned_files(reader, assignments):
        splits.add(split, [key])
    shared = splits.shared()
    first: dict[Key, tuple[str, str, int]] = {}
    for file, row, split, key in _assigned_files(reader, assignments) if shared else ():
        if digest(_joined(key)) in shared:
            other, other_file, other_row = first.setdefault(key, (split, file, row))
            if other != split:
                where = f"row {other_row} of {other_file}"
                told = (
                    f"its speaker is assigned to {split}, and to {other} the speaker of {where}, which is of the same audio file"
                )
                findings.add("seals", file, row, told)


def _assigned_files(reader: Reader, assignments: Assignments) -> Iterator[tuple[str, int, str, Key]]:
    for file in reader.files(MANIFEST_FILES):
        part = reader.read(file, MANIFEST, ["speaker_id", "file_sha256"])
        if part is not None:
            columns = (part.column(name).to_pylist() for name in ("speaker_id", "file_sha256"))
            for row, (speaker, file_sha256) in enumerate(zip(*columns, strict=True), 1):
                share = assignments.speakers.get(speaker)
                if share is not None and file_sha256 is not None:
                    yield file, row, share.split, (FILE, file_sha256)
