"""``panvox forget``: put people on the list, and tell what the next run has to rewrite."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, iterate_tables, read_json, read_table
from pipelines.ingest.withdrawals import listed_ids
from pipelines.people.ids import composed
from pipelines.people.pseudonyms import INPUT as KEY_INPUT
from pipelines.people.pseudonyms import open_pseudonyms
from pipelines.people.withdrawn import Withdrawn, read_withdrawn, words_of, write_withdrawn
from pipelines.settings import Settings
from schemas.errors import ConfigError, PanvoxError
from schemas.pseudonyms import PSEUDONYM_PATTERN, PseudonymsConfig


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


def forget(corpus: Corpus, speakers: Sequence[str], key_file: str | None = None) -> Forgetting:
    """Put speakers on the list of who was forgotten. Nothing else is changed; the next run does it.

    Args:
        corpus: that they are in.
        speakers: ids, or pseudonyms of a corpus that has them.
        key_file: where the key of the pseudonyms is, where the corpus's own configuration does not lead to it.

    Raises:
        ConfigError: the output holds no plan yet, or one that is not rendered and counted to the end.
        PanvoxError: the corpus does not know one of the speakers.
    """
    if not storage.exists(corpus.assignments_file):
        raise ConfigError(f"{corpus.root}: nothing is planned here yet, so there is nobody to forget; leave the records out")
    if corpus.is_done("plan") and not storage.exists(corpus.corpus_json):
        raise ConfigError(f"{corpus.root}: holds an unfinished run; finish it with 'panvox run', then forget")
    withdrawn = read_withdrawn(corpus)
    speakers = _as_written(corpus, speakers, key_file)
    for speaker in speakers:
        is_forgotten = bool(withdrawn.speakers) and withdrawn.digest(speaker) in withdrawn.speakers
        if not (is_forgotten or _is_known(corpus, speaker)):
            raise PanvoxError(f"{corpus.root}: nobody here has the id {speaker!r}")
    recordings, audio = _held(corpus, speakers, [])
    withdrawn = withdrawn.with_people(speakers, recordings, audio)
    expected = _expect(corpus, withdrawn, len(recordings))
    write_withdrawn(corpus, withdrawn)
    return expected


def _as_written(corpus: Corpus, speakers: Sequence[str], key_file: str | None) -> list[str]:
    """The speakers' ids as the corpus has them: pseudonyms, where its configuration asks for those."""
    given = corpus.read_config().get("pseudonyms")
    if given is None or all(map(re.compile(PSEUDONYM_PATTERN).fullmatch, speakers)):
        return list(map(composed, speakers))
    config = PseudonymsConfig(key_file=key_file) if key_file is not None else PseudonymsConfig.model_validate(given)
    try:
        pseudonyms = open_pseudonyms(config, storage.absolute("."), read_json(corpus.run_file)["inputs"].get(KEY_INPUT))
    except ConfigError as error:
        raise ConfigError(f"{error}; give the pseudonym instead, or --key-file") from error
    return [pseudonyms.of(speaker) for speaker in speakers]


def _held(corpus: Corpus, speakers: Collection[str], recordings: Collection[str]) -> tuple[set[str], set[str]]:
    """Ids, and digests of the samples, of recordings that are some speakers' or have some ids."""
    ids: set[str] = set()
    audio: set[str] = set()
    of_speakers, of_ids = pa.array(list(speakers), pa.string()), pa.array(list(recordings), pa.string())
    for files, key in ((corpus.manifest_files(), "recording_id"), (corpus.recipe_files(), "source_id")):
        for _, batch in iterate_tables(files, ["speaker_id", "audio_sha256", key]):
            is_own = pc.or_(pc.is_in(batch.column("speaker_id"), of_speakers), pc.is_in(batch.column(key), of_ids))
            own = batch.filter(is_own)
            audio.update(own.column("audio_sha256").to_pylist())
            ids.update(own.column(key).to_pylist())
    return ids, audio


def with_listed(corpus: Corpus, settings: Settings) -> Withdrawn:
    """The corpus's list of who was forgotten, with everybody in the lists of ``policy.withdrawn``; nothing is written.

    Raises:
        ConfigError: a list is no UTF-8 text, or the key of the pseudonyms is not there.
    """
    withdrawn = read_withdrawn(corpus)
    new = {entry for entry in listed_ids(settings) if not withdrawn.is_listed(entry)}
    if not new:
        return withdrawn
    prefixes = {"", *(source.id_prefix for source in settings.config.sources)}
    recordings, audio = _held(corpus, new, {prefix + entry for prefix in prefixes for entry in new})
    return withdrawn.with_people([], recordings, audio, new)


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
            mine = [withdrawn.has(speaker, audio) for speaker, audio in own]
            heard += sum(each and not own for each, own in zip(struck, mine, strict=True))
    return Forgetting(recordings, (shards, len(files)), rows, heard, carried)


def _is_known(corpus: Corpus, speaker: str) -> bool:
    table = read_table(corpus.assignments_file, ["kind", "key"])
    if pc.any(pc.and_(pc.equal(table.column("kind"), "speaker"), pc.equal(table.column("key"), speaker))).as_py():
        return True
    for _, batch in iterate_tables(corpus.quarantine_files(), ["record_json"]):
        for text in batch.column("record_json").to_pylist():
            record = json.loads(text)
            if speaker in map(composed, (*map(str, record.values()), *words_of(str(record.get("unparsed", ""))))):
                return True
    return False
