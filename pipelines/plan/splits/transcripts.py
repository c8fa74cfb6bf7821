"""Sealed transcripts: no sentence stands in two splits.

Readers share prompts, so joining everybody who read the same sentence would soon join all of them. Instead a sentence belongs to
one split, and recordings of it by speakers of other splits are left out of the shards (CorporaCreator, which makes Common Voice's
splits, keeps sentences apart as well; TIMIT leaves the ones that everybody read out of its evaluation).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.plan.apportion import stable_hash
from schemas.config import CorpusConfig

BUCKETS = 64
SENTENCES = pa.schema(
    [
        ("bucket", pa.int64()),
        ("sentence", pa.int64()),
        ("split", pa.string()),
        ("accent", pa.string()),
        ("recording_id", pa.string()),
    ]
)
"""A recording and what is said in it, or, without ``recording_id``, a sentence that an earlier version wrote in a split."""


def normalise(text: str | None) -> str:
    """Words as they count here: Unicode NFKC in small letters, nothing but letters, marks and digits; empty without a word."""
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return " ".join("".join(each if each.isalnum() or unicodedata.category(each)[0] == "M" else " " for each in folded).split())


def sentence_key(text: str | None) -> int | None:
    """63 bits that stand for a text's words; None where there are none."""
    words = normalise(text)
    return stable_hash("sentence", words) if words else None


def sentences(rows: pa.Table, splits: Sequence[str], *, written: bool) -> pa.Table:
    """What is said in rows, of :data:`SENTENCES`; rows without words are left out.

    Args:
        rows: with ``text``, ``accent`` and, unless ``written``, ``recording_id``.
        splits: of each row.
        written: whether an earlier version wrote them.
    """
    keys = pa.array([sentence_key(text) for text in rows.column("text").to_pylist()], pa.int64())
    columns = [
        pa.array([None if key is None else key % BUCKETS for key in keys.to_pylist()], pa.int64()),
        keys,
        pa.array(splits, pa.string()),
        rows.column("accent"),
        pa.nulls(rows.num_rows, pa.string()) if written else rows.column("recording_id"),
    ]
    table = pa.table(columns, schema=SENTENCES).filter(pc.is_valid(keys))
    return table.group_by(["bucket", "sentence", "split", "accent", "recording_id"]).aggregate([]) if written else table


def left_out(rows: pa.Table, shares: Mapping[str, float], first: Sequence[str], seed: int) -> pa.Table:
    """The recordings whose sentence belongs to another split.

    A sentence belongs to the split where an earlier version wrote it; else to the first of ``first`` where it is said; else to
    one of the splits where it is said, drawn in proportion to their shares. What is said in one split only loses nothing.

    Args:
        rows: of :data:`SENTENCES`, with every row of the sentences in it, in any order.
        shares: of the splits.
        first: splits that keep their sentences, the first of them before the second.
        seed: of the corpus.

    Returns:
        ``recording_id`` and ``accent`` of each.
    """
    said = rows.group_by(["sentence", "split"]).aggregate([("recording_id", "count"), ([], "count_all")])
    counts = said.group_by("sentence").aggregate([([], "count_all")])
    shared = counts.filter(pc.greater(counts.column("count_all"), 1)).column("sentence").combine_chunks()
    places: dict[int, dict[str, bool]] = {}
    for row in said.filter(pc.is_in(said.column("sentence"), shared)).to_pylist():
        places.setdefault(row["sentence"], {})[row["split"]] = row["recording_id_count"] < row["count_all"]
    owners = {key: _owner(key, written, shares, first, seed) for key, written in places.items()}
    contested = rows.filter(pc.is_in(rows.column("sentence"), shared)).filter(pc.field("recording_id").is_valid())
    owned = pa.array([owners[key] for key in contested.column("sentence").to_pylist()], pa.string())
    return contested.filter(pc.not_equal(contested.column("split"), owned)).select(["recording_id", "accent"])


def _owner(key: int, written: Mapping[str, bool], shares: Mapping[str, float], first: Iterable[str], seed: int) -> str:
    """The split a sentence belongs to, of those where it is said; ``written`` tells where an earlier version wrote it."""
    said = [split for split in shares if split in written]
    for split in (*(split for split in said if written[split]), *(split for split in first if split in written)):
        return split
    point = stable_hash(seed, "sentence", key) / 2**63 * sum(shares[split] for split in said)
    for split in said:
        point -= shares[split]
        if point < 0:
            return split
    return said[-1]


def sealing_order(config: CorpusConfig) -> list[str]:
    """The splits that keep the sentences said in them: pinned ones, evaluation sets before training data."""
    pinned = set(config.evaluation.pinned)
    if any("split" in (*source.columns, *source.defaults) for source in config.sources):
        pinned |= set(config.splits)
    return [split for split in ("test", "dev", "train") if split in pinned]
