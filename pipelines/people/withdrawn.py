"""Who was forgotten: a list that recognises people and does not name them.

The list holds keyed digests (HMAC-SHA-256), because a plain digest of an id is found again by trying ids. List and key stand in
``.work/withdrawn.json``, which is no part of the corpus: a copy of the corpus that is handed on says nothing of who is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, digest_of, read_json, write_json
from pipelines.people.ids import composed
from schemas.errors import ConfigError

INPUT = "people who were forgotten"
"""What a run calls the list among its inputs."""


@dataclass(frozen=True)
class Withdrawn:
    """The list; of a corpus nobody was forgotten of it is empty.

    Attributes:
        key: of the digests, hexadecimal; empty while there are none.
        speakers: digests of the speakers' ids.
        recordings: digests of their recordings' ids.
        audio: digests of the SHA-256 of their recordings' samples, which another id must not bring back.
        retired: ids of simulated rows from other people's recordings that were removed because the speaker was heard in them;
            no other row is given one of them.
        rewritten: shards that are gone, whose other rows a later version wrote again.
        listed: digests of the ids in lists of who withdrew, each a speaker's or a recording's.
    """

    key: str = ""
    speakers: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "_speakers", frozenset((*self.speakers, *self.listed)))
        object.__setattr__(self, "_recordings", frozenset((*self.recordings, *self.listed)))
        object.__setattr__(self, "_listed", frozenset(self.listed))
        object.__setattr__(self, "_audio", frozenset(self.audio))

    def __bool__(self) -> bool:
        return bool(self.speakers or self.listed)

    def digest(self, text: str) -> str:
        """What stands in the list for a text, whether a letter with an accent is one character of it or two."""
        return hmac.new(bytes.fromhex(self.key), composed(text).encode(errors="surrogatepass"), hashlib.sha256).hexdigest()

    def has_speaker(self, speaker_id: str | None) -> bool:
        """Whether a speaker was forgotten."""
        return bool(self) and speaker_id is not None and self.digest(speaker_id) in self._speakers  # type: ignore[attr-defined]

    def has_audio(self, audio_sha256: str | None) -> bool:
        """Whether samples are those of a recording of somebody who was forgotten."""
        return bool(self.audio) and audio_sha256 is not None and self.digest(audio_sha256) in self._audio  # type: ignore[attr-defined]

    def has(self, speaker_id: str | None, audio_sha256: str | None) -> bool:
        """Whether a row is of somebody who was forgotten: by its speaker, or by its audio."""
        return self.has_speaker(speaker_id) or self.has_audio(audio_sha256)

    def has_recording(self, recording_id: str) -> bool:
        """Whether an id was that of a recording of somebody who was forgotten."""
        return bool(self) and self.digest(recording_id) in self._recordings  # type: ignore[attr-defined]

    def is_listed(self, text: str) -> bool:
        """Whether an id stands in a list of who withdrew."""
        return bool(self.listed) and self.digest(text) in self._listed  # type: ignore[attr-defined]

    def met(self, speakers: Iterable[str], ids: Iterable[str]) -> frozenset[str]:
        """What of a record is on the list, as digests; nothing where it is of nobody who withdrew.

        Args:
            speakers: whom the record may be of.
            ids: under which the record may be listed itself.
        """
        if not self:
            return frozenset()
        return self._speakers.intersection(map(self.digest, speakers)) | (  # type: ignore[attr-defined, no-any-return]
            self._listed.intersection(map(self.digest, ids))  # type: ignore[attr-defined]
        )

    def met_in(self, text: str, speaker_prefix: str = "", id_prefix: str = "") -> frozenset[str]:
        """What of a damaged record is on the list, as digests: words or cells that are the id of somebody or of a recording.

        Args:
            text: of the record.
            speaker_prefix: of its source's speakers, which the text lacks.
            id_prefix: of its source's recordings, which may be listed with it or without.
        """
        words = words_of(text)
        return self.met((speaker_prefix + word for word in words), (each for word in words for each in (word, id_prefix + word)))

    def in_recipes(self, recipes: pa.Table) -> list[bool]:
        """For each recipe whether it has somebody who was forgotten: as its speaker or its audio, or heard in its noise.

        Args:
            recipes: with ``speaker_id``, ``audio_sha256`` and ``asked``.
        """
        speakers = {each for each in pc.unique(recipes.column("speaker_id")).to_pylist() if self.has_speaker(each)}
        audios = {each for each in pc.unique(recipes.column("audio_sha256")).to_pylist() if self.has_audio(each)}
        columns = (recipes.column(name).to_pylist() for name in ("speaker_id", "audio_sha256", "asked"))
        return [
            speaker in speakers or audio in audios or ('"talkers"' in (asked or "") and self.in_noise(json.loads(asked)))
            for speaker, audio, asked in zip(*columns, strict=True)
        ]

    def in_noise(self, asked: Any) -> bool:
        """Whether a recipe's babble, or its noise's spectrum, has somebody who was forgotten."""
        talkers = ((asked or {}).get("noise") or {}).get("talkers") or ()
        return any(self.has(each["speaker_id"], each["audio_sha256"]) for each in talkers)

    def with_people(
        self, speakers: Iterable[str], recordings: Iterable[str], audio: Iterable[str], listed: Iterable[str] = ()
    ) -> Withdrawn:
        """The list with more people on it."""
        keyed = self if self.key else replace(self, key=secrets.token_hex(32))
        return replace(
            keyed,
            speakers=tuple(sorted({*self.speakers, *map(keyed.digest, speakers)})),
            recordings=tuple(sorted({*self.recordings, *map(keyed.digest, recordings)})),
            audio=tuple(sorted({*self.audio, *map(keyed.digest, audio)})),
            listed=tuple(sorted({*self.listed, *map(keyed.digest, listed)})),
        )

    def with_struck(self, retired: Collection[str], rewritten: Collection[str]) -> Withdrawn:
        """The list after more rows and shards were removed."""
        return replace(
            self, retired=tuple(sorted({*self.retired, *retired})), rewritten=tuple(sorted({*self.rewritten, *rewritten}))
        )

    def without_retired(self, recording_of: Callable[[str], str]) -> Withdrawn:
        """The list without retired ids that name a recording of somebody on it; nothing comes from that any more."""
        return replace(self, retired=tuple(each for each in self.retired if not self.has_recording(recording_of(each))))

    def inputs(self) -> dict[str, str]:
        """The list as an input of a run; none while it is empty."""
        return {INPUT: digest_of([self.key, self.speakers, self.audio, self.listed])} if self else {}


NOBODY = Withdrawn()


def words_of(text: str) -> set[str]:
    """What may be an id in a record that cannot be read: its words, what stands between delimiters, and texts of JSON."""
    words = re.split(r"[\s\"',;:|{}\[\]]+", text)
    cells = re.split(r"[\t\r\n,;|]", text)
    bare = (cell.strip(" \"'") for cell in cells)
    named = (cell.partition(": ")[2] for cell in cells)
    return {each.strip() for each in (*words, *bare, *named, *map(_of_json, _JSON_TEXT.findall(text)))} - {""}


_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def _of_json(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted.strip('"')


def _location(corpus: Corpus) -> str:
    return corpus.path(".work", "withdrawn.json")


def read_withdrawn(corpus: Corpus) -> Withdrawn:
    """The list of a corpus. Raises ConfigError where it cannot be understood."""
    location = _location(corpus)
    if not storage.exists(location):
        return Withdrawn()
    value = read_json(location)
    try:
        parts = {name: tuple(value[name]) for name in ("speakers", "recordings", "audio", "retired", "rewritten")}
        return Withdrawn(key=bytes.fromhex(value["key"]).hex(), listed=tuple(value.get("listed", ())), **parts)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{location}: is no list of who was forgotten; restore it from a copy") from error


def write_withdrawn(corpus: Corpus, withdrawn: Withdrawn) -> None:
    """Write the list, whole or not at all."""
    write_json(_location(corpus), asdict(withdrawn))


def check_kept(corpus: Corpus, inputs: Collection[str], withdrawn: Withdrawn) -> None:
    """Raise ConfigError where a run knew of people who were forgotten and the list of them is gone."""
    if INPUT in inputs and not withdrawn:
        raise ConfigError(
            f"{_location(corpus)}: is missing, and without it people who were forgotten would come back: restore it from a copy"
        )
