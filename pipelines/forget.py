"""``panvox forget``: put people on the list, and tell what the next run has to rewrite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, iterate_tables, read_table
from pipelines.withdrawn import Withdrawn, read_withdrawn, words_of, write_withdrawn
from schemas.errors import ConfigError, PanvoxError


class Forgetting(NamedTuple):
    """What the next run has to do.

    Attributes:
        recordings: of the people.
        shards: that hold them, of how many.
        rows: that go: their own, simulations from them, and rows they are heard in.
        heard: of these, rows of other people that they are heard in.
        carried: rows of these shards that are written again.
    """

    recordings: int
    shards: tuple[int, int]
    rows: int
    heard: int
    carried: int

    def lines(self) -> list[str]:
        """What to tell the user."""
        held, shards = self.shards
        return [
            f"{self.recordings:,} recordings are withdrawn; nothing is rewritten yet",
            f"{self.rows:,} rows in {held:,} of {shards:,} shards go; in {self.heard:,} of them only the noise has the voice",
            f"the other {self.carried:,} rows of these shards are written again as they are; other shards stay byte for byte",
            "now 'panvox run' writes the next version without them, and 'panvox verify' proves it",
        ]


def forget(corpus: Corpus, speakers: Sequence[str]) -> Forgetting:
    """Put speakers on the list of who was forgotten. Nothing else is changed; the next run does it.

    Raises:
        ConfigError: the output holds no plan yet, or one that is not rendered and counted to the end.
        PanvoxError: the corpus does not know one of the speakers.
    """
    if not storage.exists(corpus.assignments_file):
        raise ConfigError(f"{corpus.root}: nothing is planned here yet, so there is nobody to forget; leave the records out")
    if corpus.is_done("plan") and not storage.exists(corpus.corpus_json):
        raise ConfigError(f"{corpus.root}: holds an unfinished run; finish it with 'panvox run', then forget")
    withdrawn = read_withdrawn(corpus)
    for speaker in speakers:
        if not (withdrawn.has_speaker(speaker) or _is_known(corpus, speaker)):
            raise PanvoxError(f"{corpus.root}: nobody here has the id {speaker!r}")
    audio: set[str] = set()
    recordings: set[str] = set()
    for files, key in ((corpus.manifest_files(), "recording_id"), (corpus.recipe_files(), "source_id")):
        for _, batch in iterate_tables(files, ["speaker_id", "audio_sha256", key]):
            own = batch.filter(pc.is_in(batch.column("speaker_id"), pa.array(list(speakers), pa.string())))
            audio.update(own.column("audio_sha256").to_pylist())
            recordings.update(own.column(key).to_pylist())
    withdrawn = withdrawn.with_people(speakers, recordings, audio)
    expected = _expect(corpus, withdrawn, len(recordings))
    write_withdrawn(corpus, withdrawn)
    return expected


def _expect(corpus: Corpus, withdrawn: Withdrawn, recordings: int) -> Forgetting:
    files = corpus.recipe_files()
    shards = rows = heard = carried = 0
    for file in files:
        recipes = read_table(file, ["speaker_id", "audio_sha256", "asked"])
        struck = withdrawn.in_recipes(recipes)
        if any(struck):
            shards += 1
            rows += sum(struck)
            carried += len(struck) - sum(struck)
            own = zip(recipes.column("speaker_id").to_pylist(), recipes.column("audio_sha256").to_pylist(), strict=True)
            mine = [withdrawn.has_speaker(speaker) or withdrawn.has_audio(audio) for speaker, audio in own]
            heard += sum(each and not own for each, own in zip(struck, mine, strict=True))
    return Forgetting(recordings, (shards, len(files)), rows, heard, carried)


def _is_known(corpus: Corpus, speaker: str) -> bool:
    table = read_table(corpus.assignments_file, ["kind", "key"])
    if pc.any(pc.and_(pc.equal(table.column("kind"), "speaker"), pc.equal(table.column("key"), speaker))).as_py():
        return True
    for _, batch in iterate_tables(corpus.quarantine_files(), ["record_json"]):
        for text in batch.column("record_json").to_pylist():
            record = json.loads(text)
            if speaker in map(str, record.values()) or speaker in words_of(str(record.get("unparsed", ""))):
                return True
    return False
