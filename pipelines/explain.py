"""Where a recording went, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow.compute as pc

from pipelines.corpus import Corpus, iterate_tables, read_table
from schemas.rules import RULES
from schemas.tables import MANIFEST, QUARANTINE


def explain(corpus: Corpus, wanted: str) -> list[str]:
    """Lines that tell what became of a recording, a quarantined record or an utterance; none where nothing has that id.

    Args:
        corpus: to look in.
        wanted: a recording's id, an utterance's, or the id in a quarantined record.
    """
    return [*_from_manifest(corpus, wanted), *_from_recipes(corpus, wanted), *_from_quarantine(corpus, wanted)]


def _from_manifest(corpus: Corpus, wanted: str) -> Iterator[str]:
    for file in corpus.manifest_files():
        table = read_table(file, MANIFEST.names)
        for row in table.filter(pc.equal(table.column("recording_id"), wanted)).to_pylist():
            yield f"{wanted}: accepted, from row {row['row_number']} of {row['source_file']}"
            offset = "" if row["offset_s"] is None else f" from {row['offset_s']:g} s"
            yield f"  audio     {row['audio']}{offset}, {row['duration_s']:.3f} s, {row['sample_rate']} Hz, {row['encoding']}"
            yield f"  speaker   {row['speaker_id']}, accent {row['accent']} (declared: {row['accent_raw'] or 'nothing'})"
            why = "declared" if row["condition_declared"] else "by its measurements"
            yield f"  condition {row['condition']} ({why}); SNR {row['snr_db']:g} dB, bandwidth {row['bandwidth_hz']:g} Hz"


def _from_recipes(corpus: Corpus, wanted: str) -> Iterator[str]:
    columns = ["id", "version", "split", "shard", "shards", "accent", "condition", "origin", "source_id", "snr_db"]
    recorded, uses, is_use = [], [], False
    for _, batch in iterate_tables(corpus.recipe_files(), columns):
        hit = pc.or_(pc.equal(batch.column("source_id"), wanted), pc.equal(batch.column("id"), wanted))
        for row in batch.filter(hit).to_pylist():
            where = f"shard {row['shard'] + 1} of {row['shards']} of {row['split']}, version {row['version']}"
            if row["origin"] == "recorded":
                recorded.append(f"  written   as recorded into {where}, cell {row['accent']} × {row['condition']}")
            else:
                at = "" if row["snr_db"] is None else f" at {row['snr_db']:.1f} dB"
                uses.append(f"  simulated {row['id']} into {where}, cell {row['accent']} × {row['condition']}{at}")
            is_use = is_use or row["id"] == wanted != row["source_id"]
    if is_use:
        yield f"{wanted}: an utterance simulated from a recording"
    yield from recorded
    yield from sorted(uses)
    if uses and not is_use:
        yield f"  uses      {len(uses)}"


def _from_quarantine(corpus: Corpus, wanted: str) -> Iterator[str]:
    for _, batch in iterate_tables(corpus.quarantine_files(), QUARANTINE.names):
        for row in batch.filter(pc.match_substring(batch.column("record_json"), json.dumps(wanted, ensure_ascii=False)[1:-1])).to_pylist():
            record = json.loads(row["record_json"])
            if wanted not in (str(value) for value in record.values()) and wanted not in str(record.get("unparsed", "")):
                continue
            yield f"{wanted}: quarantined, row {row['row_number']} of {row['source']}"
            yield f"  rule      {row['rule']} ({row['stage']})"
            yield f"  why       {row['message']}"
            if row["rule"] in RULES:
                yield f"  means     {RULES[row['rule']].doc}"
