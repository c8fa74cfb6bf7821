"""Where a recording went, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines import storage
from pipelines.corpus import Corpus, iterate_tables, read_table
from schemas.accents import UNDECLARED, UNMAPPED
from schemas.rules import RULES
from schemas.tables import ASSIGNMENT, LEFT_OUT, MANIFEST, QUARANTINE

_PARTS = ["noise", "handset", "room"]
_RECIPE_COLUMNS = ["id", "version", "split", "shard", "shards", "accent", "condition", "origin", "source_id", "snr_db", *_PARTS]


def explain(corpus: Corpus, wanted: str) -> list[str]:
    """Lines that tell what became of a recording, a quarantined record or an utterance; none where nothing has that id.

    Args:
        corpus: to look in.
        wanted: a recording's id, an utterance's, or the id in a quarantined record.
    """
    recipes = _recipes(corpus, wanted)
    recordings = _rows(corpus.manifest_files(), MANIFEST.names, "recording_id", wanted)
    lines = [line for row in recordings for line in _recording(corpus, row, recipes)]
    if not recordings:
        # Nothing but its own recipe has the id of a simulated utterance.
        lines += [line for row in recipes for line in _utterance(row)]
    return [*lines, *_from_quarantine(corpus, wanted)]


def _rows(files: list[str], columns: list[str], column: str, value: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _, batch in iterate_tables(files, columns):
        found.extend(batch.filter(pc.equal(batch.column(column), value)).to_pylist())
    return found


def _recipes(corpus: Corpus, wanted: str) -> list[dict[str, Any]]:
    """The utterance of that id, and those made from the recording of that id."""
    found: list[dict[str, Any]] = []
    for _, batch in iterate_tables(corpus.recipe_files(), _RECIPE_COLUMNS):
        hit = pc.or_(pc.equal(batch.column("source_id"), wanted), pc.equal(batch.column("id"), wanted))
        found.extend(batch.filter(hit).to_pylist())
    return sorted(found, key=lambda row: (row["condition"], row["version"], row["id"]))


def _accent(row: dict[str, Any]) -> str:
    """The accent, by which rule of the taxonomy, and those that were declared beside it."""
    rule = f" by '{row['accent_rule']}'" if row["accent_rule"] else ""
    others = [code for code in row["accent_all"] or () if code != row["accent"]]
    return f"{row['accent']}{rule}{', also ' + ', '.join(others) if others else ''}"


def _recording(corpus: Corpus, row: dict[str, Any], recipes: list[dict[str, Any]]) -> Iterator[str]:
    """What is known of an accepted recording, and where it went."""
    yield f"{row['recording_id']}: accepted, from row {row['row_number']} of {row['source_file']}"
    offset = "" if row["offset_s"] is None else f" from {row['offset_s']:g} s"
    yield f"  audio     {row['audio']}{offset}, {row['duration_s']:.3f} s, {row['sample_rate']} Hz, {row['encoding']}"
    yield f"  speaker   {row['speaker_id']}, accent {_accent(row)} (declared: {row['accent_raw'] or 'nothing'})"
    why = "declared" if row["condition_declared"] else "by its measurements"
    yield f"  condition {row['condition']} ({why}); SNR {row['snr_db']:g} dB, bandwidth {row['bandwidth_hz']:g} Hz"
    split = _split_of(corpus, row["speaker_id"])
    if split is None or not (corpus.is_done("plan") or storage.exists(corpus.corpus_json)):
        yield "  plan      not made yet"
        return
    yield f"  split     {split}, as every recording of {row['speaker_id']}"
    written = [recipe for recipe in recipes if recipe["origin"] == "recorded"]
    uses = [recipe for recipe in recipes if recipe["origin"] == "simulated" and recipe["source_id"] == row["recording_id"]]
    yield from (f"  written   as recorded into {_where(recipe)}" for recipe in written)
    if not written:
        yield f"  left out  of the shards: {_why_left_out(corpus, row, split)}"
    if row["accent"] in (UNDECLARED, UNMAPPED):
        yield f"  targets   none: nothing is simulated for accent {row['accent']}"
    yield from (f"  simulated {recipe['id']} into {_where(recipe)}" for recipe in uses)
    yield f"  uses      {len(uses)}"


def _why_left_out(corpus: Corpus, row: dict[str, Any], split: str) -> str:
    listed = _rows(corpus.left_out_files(), LEFT_OUT.names, "recording_id", row["recording_id"])
    if listed and listed[0]["reason"] == "transcript":
        return "its sentence belongs to another split, and `seal_transcripts: true` is set"
    return f"the target of {row['accent']} × {row['condition']} in {split} is met without it, and `surplus: drop` is set"


def _utterance(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['id']}: simulated from recording {row['source_id']}"
    yield f"  written   into {_where(row)}"


def _where(row: dict[str, Any]) -> str:
    at = "" if row["snr_db"] is None else f" at {row['snr_db']:.1f} dB"
    shard = f"shard {row['shard'] + 1} of {row['shards']} of {row['split']}, version {row['version']}"
    parts = ", ".join(row[part] for part in _PARTS if row[part] is not None)
    return f"{shard}, cell {row['accent']} × {row['condition']}{f' ({parts})' if parts else ''}{at}"


def _split_of(corpus: Corpus, speaker_id: str) -> str | None:
    """The split that a speaker was given; None before there is a plan."""
    if not storage.exists(corpus.assignments_file):
        return None
    table: pa.Table = read_table(corpus.assignments_file, ASSIGNMENT.names)
    own = pc.and_(pc.equal(table.column("kind"), "speaker"), pc.equal(table.column("key"), speaker_id))
    splits = table.filter(own).column("split").to_pylist()
    return str(splits[0]) if splits else None


def _from_quarantine(corpus: Corpus, wanted: str) -> Iterator[str]:
    quoted = json.dumps(wanted, ensure_ascii=False)[1:-1]
    for _, batch in iterate_tables(corpus.quarantine_files(), QUARANTINE.names):
        for row in batch.filter(pc.match_substring(batch.column("record_json"), quoted)).to_pylist():
            record = json.loads(row["record_json"])
            if wanted not in (str(value) for value in record.values()) and wanted not in str(record.get("unparsed", "")):
                continue
            yield f"{wanted}: quarantined, row {row['row_number']} of {row['source']}"
            yield f"  rule      {row['rule']} ({row['stage']})"
            yield f"  why       {row['message']}"
            if row["rule"] in RULES:
                yield f"  means     {RULES[row['rule']].doc}"
