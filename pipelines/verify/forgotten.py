"""Nobody who was forgotten is left: in no table, no shard, no noise and no kept figure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pipelines import storage
from pipelines.corpus import Corpus, read_table
from pipelines.ingest.record import WITHHELD
from pipelines.people.withdrawn import INPUT, Withdrawn
from pipelines.plan.growth.strike import carried_files
from pipelines.verify.assignments import ASSIGNMENTS
from pipelines.verify.breach import Findings
from pipelines.verify.claims import CORPUS_JSON, Claims
from pipelines.verify.pairs import Pair
from pipelines.verify.records import MANIFEST_FILES, QUARANTINE_FILES
from pipelines.verify.tables import Reader
from schemas.tables import ASSIGNMENT, MANIFEST, QUARANTINE

_KEPT = 65_536


class Forgotten:
    """Holds every place where a person may stand against the list of who was forgotten.

    Args:
        withdrawn: the list.
        claims: of the corpus.
        findings: where breaches go; they name no one.
    """

    def __init__(self, withdrawn: Withdrawn, claims: Claims, findings: Findings) -> None:
        self._withdrawn = withdrawn
        self._version = claims.version
        self._findings = findings
        self._is_speaker = lru_cache(_KEPT)(withdrawn.has_speaker)
        self._is_audio = lru_cache(_KEPT)(withdrawn.has_audio)
        if INPUT in claims.inputs and not withdrawn:
            told = "people were forgotten, but the list of them, .work/withdrawn.json, is missing, so nobody can tell who"
            findings.add("forgotten", CORPUS_JSON, None, told)

    def check_tables(self, reader: Reader) -> None:
        """Check manifest, quarantine and assignments."""
        if not self._withdrawn:
            return
        for file in reader.files(MANIFEST_FILES):
            table = reader.read(file, MANIFEST, ["speaker_id", "audio_sha256"])
            if table is not None:
                self._check_rows(file, *(table.column(name).to_pylist() for name in ("speaker_id", "audio_sha256")))
        for file in reader.files(QUARANTINE_FILES):
            table = reader.read(file, QUARANTINE, ["record_json", "rule"])
            rows = [] if table is None else table.to_pylist()
            for row, values in enumerate(rows, 1):
                if self._is_kept(values["record_json"], values["rule"]):
                    self._findings.add("forgotten", file, row, "keeps a record of somebody who was forgotten")
        for file in reader.files(re.escape(ASSIGNMENTS)):
            table = reader.read(file, ASSIGNMENT, ["kind", "key"])
            if table is not None:
                names = [key if kind == "speaker" else None for kind, key in zip(*table.to_pydict().values(), strict=True)]
                self._check_rows(file, names, [None] * len(names))

    def check_work(self, corpus: Corpus) -> None:
        """Check what is kept beside the corpus: earlier measurements, and recipes that were carried over."""
        if not self._withdrawn:
            return
        carried = (file for version in range(1, self._version + 1) for file in carried_files(corpus, version))
        for location in carried:
            if any(self._withdrawn.in_recipes(read_table(location, ["speaker_id", "audio_sha256", "asked"]))):
                file = storage.relative(location, corpus.root)
                self._findings.add("forgotten", file, None, "keeps recipes of somebody who was forgotten")
        for location in storage.list_files(corpus.measured_dir, "*.json"):
            figures = json.loads(storage.read_bytes(location))
            if any(
                isinstance(value, dict) and self._withdrawn.has_audio(value.get("audio_sha256")) for value in figures.values()
            ):
                file = storage.relative(location, corpus.root)
                self._findings.add("forgotten", file, None, "keeps what was measured on somebody who was forgotten")

    def add(self, pair: Pair) -> None:
        """Check a shard and its recipes."""
        if not self._withdrawn:
            return
        speakers = pair.rows.column("speaker_id").to_pylist()
        self._check_rows(pair.file, speakers, [None] * len(speakers))
        for row, said in enumerate(pair.said, 1):
            self._check_noise(pair.file, row, None if isinstance(said, Exception) else said["asked"])
        if pair.recipes is not None:
            names = ("speaker_id", "audio_sha256", "asked")
            speakers, audio, asked = (pair.recipes.column(name).to_pylist() for name in names)
            self._check_rows(str(pair.part), speakers, audio)
            for row, text in enumerate(asked, 1):
                if '"talkers"' in (text or ""):
                    self._check_noise(str(pair.part), row, _parsed(text))

    def _check_rows(self, file: str, speakers: Iterable[str | None], audio: Iterable[str | None]) -> None:
        for row, (speaker, sha256) in enumerate(zip(speakers, audio, strict=True), 1):
            if self._is_speaker(speaker) or self._is_audio(sha256):
                self._findings.add("forgotten", file, row, "is of somebody who was forgotten")

    def _check_noise(self, file: str, row: int, asked: Any) -> None:
        try:
            is_heard = self._withdrawn.in_noise(asked)
        except (AttributeError, KeyError, TypeError):
            return  # what is no recipe is named by the ledger
        if is_heard:
            self._findings.add("forgotten", file, row, "has a noise made of somebody who was forgotten")

    def _is_kept(self, record: str | None, rule: str | None) -> bool:
        if rule == "withdrawn":
            return record != WITHHELD
        values = _parsed(record or "")
        if not isinstance(values, dict):
            return False
        told = values.values()
        return bool(self._withdrawn.met(map(str, told), ()) or self._withdrawn.met_in(str(values.get("unparsed", ""))))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
