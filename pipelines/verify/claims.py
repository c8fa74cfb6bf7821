"""What ``corpus.json`` says of the corpus, and the files it answers for."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines import storage
from pipelines.corpus import WORK, Corpus, digest_of, file_sha256, read_json
from pipelines.verify.breach import Findings, one_line
from schemas.errors import ConfigError

CORPUS_JSON = "corpus.json"


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Ledger(_Part):
    """The counts that have to agree with each other and with what is on disk."""

    records_read: int
    accepted: int
    quarantined: dict[str, int]
    recipes_planned: int
    rows_written: int
    left_out: dict[str, int] = {}


class _Audio(_Part):
    sample_rate: int


class _Condition(_Part):
    name: str


class _Targets(_Part):
    surplus: str


class _Evaluation(_Part):
    paired: bool = False
    seal_transcripts: bool = False


class _Coverage(_Part):
    tables: list[list[str]] = []
    snr_edges_db: list[float] = []


class _Publish(_Part):
    min_speakers: int


class _Config(_Part):
    audio: _Audio
    conditions: list[_Condition]
    splits: dict[str, float]
    targets: _Targets
    population: dict[str, Any] | None = None
    coverage: _Coverage = _Coverage()
    evaluation: _Evaluation = _Evaluation()
    publish: _Publish | None = None


class Claims(_Part):
    """The parts of ``corpus.json`` that can be checked."""

    name: str
    version: int
    config: _Config
    config_sha256: str
    accents: list[str]
    ledger: Ledger
    inputs: dict[str, str] = {}
    files: dict[str, str]


def read_claims(corpus: Corpus, findings: Findings) -> Claims | None:
    """``corpus.json``; None, with a breach noted, where there is none or it cannot be understood."""
    if not storage.exists(corpus.corpus_json):
        findings.add("files", CORPUS_JSON, None, "is missing, so the corpus is not whole and nothing vouches for its files")
        return None
    try:
        value = read_json(corpus.corpus_json)
        claims = Claims.model_validate(value)
    except ConfigError as error:
        findings.add("files", CORPUS_JSON, None, one_line(error))
        return None
    except ValidationError as error:
        for problem in error.errors():
            findings.add("files", CORPUS_JSON, None, f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}")
        return None
    _check_config(value["config"], claims, findings)
    _check_ledger(claims.ledger, findings)
    return claims


def _check_config(config: Any, claims: Claims, findings: Findings) -> None:
    found = digest_of(config)
    if found != claims.config_sha256:
        findings.add("files", CORPUS_JSON, None, f"config_sha256 is {claims.config_sha256}, the digest of config {found}")


def _check_ledger(ledger: Ledger, findings: Findings) -> None:
    quarantined = sum(ledger.quarantined.values())
    if ledger.records_read != ledger.accepted + quarantined:
        told = f"{ledger.records_read} records read, but {ledger.accepted} accepted and {quarantined} quarantined"
        findings.add("ledger", CORPUS_JSON, None, told)
    if ledger.recipes_planned != ledger.rows_written:
        told = f"{ledger.recipes_planned} recipes planned, but {ledger.rows_written} rows written"
        findings.add("ledger", CORPUS_JSON, None, told)


def check_files(corpus: Corpus, claims: Claims, findings: Findings) -> tuple[set[str], set[str]]:
    """Hold the files on disk against the list.

    Returns:
        The listed files that are there, and those of them whose digest is another.
    """
    found = {storage.relative(file, corpus.root) for file in storage.list_files(corpus.root, recursive=True)}
    found = {file for file in found if file != CORPUS_JSON and not file.startswith(f"{WORK}/")}
    for file in sorted(claims.files.keys() - found):
        findings.add("files", file, None, "is missing, but corpus.json lists it")
    for file in sorted(found - claims.files.keys()):
        findings.add("files", file, None, "is not listed in corpus.json, so it is no part of the corpus")
    changed = set()
    for file in sorted(found & claims.files.keys()):
        digest = file_sha256(corpus.path(file))
        if digest != claims.files[file]:
            changed.add(file)
            findings.add("files", file, None, f"has changed: its SHA-256 is {digest}, in corpus.json {claims.files[file]}")
    return found & claims.files.keys(), changed
