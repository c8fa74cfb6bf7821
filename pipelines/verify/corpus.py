"""Every check, from disk, in one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.corpus import Corpus
from pipelines.people.withdrawn import read_withdrawn
from pipelines.verify.assignments import read_assignments
from pipelines.verify.audio import check_audio
from pipelines.verify.balance import Balance
from pipelines.verify.breach import Breach, Findings
from pipelines.verify.claims import Claims, check_files, read_claims
from pipelines.verify.compare import Comparison
from pipelines.verify.coverage import Recount, check_coverage
from pipelines.verify.crosstabs import Crosstabs
from pipelines.verify.forgotten import Forgotten
from pipelines.verify.ledger import RowLedger, check_names
from pipelines.verify.originals import Originals
from pipelines.verify.pairs import read_names, read_pairs
from pipelines.verify.records import check_records
from pipelines.verify.seals import PeopleSeals, check_shared_files
from pipelines.verify.sounds import SoundSeals
from pipelines.verify.tables import Reader
from pipelines.verify.weights import Weights


@dataclass
class Checked:
    """How much was looked at; filled in on the way.

    Attributes:
        files: whose digest was taken.
        records: in manifest and quarantine, as the ledger counts them.
        shards: that could be read.
        rows: in them.
    """

    files: int = 0
    records: int = 0
    shards: int = 0
    rows: int = 0

    def __str__(self) -> str:
        return f"{self.files} files, {self.records} records, {self.rows} rows in {self.shards} shards"


def verify(corpus: Corpus, checked: Checked | None = None) -> Iterator[Breach]:
    """Re-check a finished corpus from disk: what :data:`pipelines.verify.breach.CHECKS` names.

    Nothing is trusted but ``corpus.json``'s list of digests, and of the rest only what agrees with it and with each other. Every
    file is read; memory holds one shard without its audio, 40 bytes a recording and up to 50 a row.

    Args:
        corpus: where.
        checked: filled in with how much was looked at.

    Yields:
        Breaches in an order that depends on nothing but the corpus; at most 20 of one check in one file, then one with the
        number of those left out. None where the corpus is as it was written.
    """
    checked = checked if checked is not None else Checked()
    findings = Findings()
    claims = read_claims(corpus, findings)
    if claims is None:
        yield from findings.take()
        return
    present, changed = check_files(corpus, claims, findings)
    checked.files = len(present)
    checked.records = claims.ledger.records_read
    _check_content(corpus, claims, present, changed, findings, checked)
    yield from findings.take()


def _check_content(
    corpus: Corpus, claims: Claims, present: set[str], changed: set[str], findings: Findings, checked: Checked
) -> None:
    reader = Reader(corpus, claims.files, present, findings)
    assignments = read_assignments(reader, claims.config.splits, findings)
    index = check_records(reader, claims.ledger, assignments, findings)
    check_shared_files(reader, assignments, findings)
    names = read_names(reader)
    check_names(reader, names, claims, findings)
    ledger, comparison = RowLedger(claims, findings), Comparison(reader, index, claims.version, changed, findings)
    evaluation = claims.config.evaluation
    people, sounds = PeopleSeals(assignments, evaluation.seal_transcripts, findings), SoundSeals(assignments, findings)
    forgotten = Forgotten(read_withdrawn(corpus), claims, findings)
    forgotten.check_tables(reader)
    forgotten.check_work(corpus)
    originals = Originals(evaluation.paired, findings)
    balance, weights = Balance(findings), Weights(claims, findings)
    recount, crosstabs = Recount(), Crosstabs(claims, findings)
    for pair in read_pairs(reader, names):
        checked.shards += 1
        checked.rows += pair.rows.num_rows
        sampling_rate = claims.config.audio.sample_rate if pair.key.version == claims.version else None
        check_audio(reader, pair.file, sampling_rate, findings)
        ledger.add(pair, names.shards[pair.key].shards)
        comparison.add(pair)
        people.add(pair)
        sounds.add(pair)
        originals.add(pair)
        forgotten.add(pair)
        balance.add(pair)
        weights.add(pair)
        recount.add(pair.rows)
        crosstabs.add(pair)
    ledger.finish(reader, names, index)
    people.finish(reader, names)
    sounds.finish()
    originals.finish(reader, names)
    balance.finish()
    check_coverage(corpus, reader, claims, recount, findings)
    crosstabs.finish(reader)
    weights.finish()
