"""What earlier versions of a corpus gave out and wrote, and that it still stands.

Shards that were written stay byte for byte, so what they hold must still be true of the recordings they came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.corpus import Corpus, read_table
from pipelines.people.withdrawn import read_withdrawn
from pipelines.plan.growth.strike import carried_files
from pipelines.plan.splits.banks import Allotment, Banks
from schemas.errors import ConfigError
from schemas.provenance import PROVENANCE_FIELDS
from schemas.tables import ASSIGNMENT

WRITTEN_COLUMNS = {
    "audio_sha256": "audio",
    "speaker_id": "speaker",
    "text": "transcript",
    "language": "language",
    "accent_raw": "declared accent",
    "gender": "gender",
    "age_band": "age band",
    "first_language": "first language",
    "speaker_type": "speaker type",
    **{f"{field}_provenance": f"provenance of {field}" for field in PROVENANCE_FIELDS},
    "licence": "licence",
    "consent": "consent",
}
"""What shards hold of a recording, under the manifest's and recipes' name, and what to call it in a message."""

EARLIER_COLUMNS = ["id", "accent", "split", "condition", "origin", "source_id", "duration_s", *WRITTEN_COLUMNS]
"""The columns of earlier recipes that planning looks at."""


class Earlier(NamedTuple):
    """What earlier versions of the corpus have given out.

    Attributes:
        version: the one that is being planned now.
        recipes: files with the recipes of the earlier ones.
        splits: split by speaker.
        speakers_since: the version that gave each speaker its split.
        allotments: of noises and responses, each with the version that made it.
        carried: files with recipes of shards that are gone, to be written again.
        retired: ids of utterances that were removed, which no other one is given.
    """

    version: int
    recipes: tuple[str, ...] = ()
    splits: Mapping[str, str] = {}
    speakers_since: Mapping[str, int] = {}
    allotments: Mapping[Allotment, int] = {}
    carried: tuple[str, ...] = ()
    retired: frozenset[str] = frozenset()


def read_earlier(corpus: Corpus, version: int, splits: Sequence[str]) -> Earlier:
    """What was given out before ``version``.

    Raises:
        ConfigError: a split that was given out is no longer configured.
    """
    if version == 1:
        return Earlier(version)
    rows = [row for row in read_table(corpus.assignments_file).to_pylist() if row["version"] < version]
    for row in rows:
        if row["split"] not in splits:
            raise ConfigError(
                f"splits: there is no '{row['split']}' any more, but {corpus.root} holds one from version {row['version']}; "
                "its share may change, but it has to stay"
            )
    withdrawn = read_withdrawn(corpus)
    speakers = [row for row in rows if row["kind"] == "speaker" and not withdrawn.has_speaker(row["key"])]
    return Earlier(
        version,
        tuple(file for each in range(1, version) for file in corpus.recipe_files(each)),
        {row["key"]: row["split"] for row in speakers},
        {row["key"]: row["version"] for row in speakers},
        {
            Allotment(row["kind"], row["key"], row["name"], row["split"], row["start_s"], row["end_s"]): row["version"]
            for row in rows
            if row["kind"] != "speaker"
        },
        tuple(carried_files(corpus, version)),
        frozenset(withdrawn.retired),
    )


def assignments(splits: Mapping[str, str], banks: Banks, earlier: Earlier) -> pa.Table:
    """Everything given out by now, to be frozen, each with the version that gave it out; see :data:`schemas.tables.ASSIGNMENT`.

    Args:
        splits: of the speakers who are in the manifest.
        banks: as they were shared.
        earlier: what was given out before; it stays, though its speaker or file be gone.
    """
    speakers = [
        {"kind": "speaker", "key": speaker, "split": split, "version": earlier.speakers_since.get(speaker, earlier.version)}
        for speaker, split in {**earlier.splits, **splits}.items()
    ]
    files = [{**vars(each), "version": earlier.allotments.get(each, earlier.version)} for each in banks.allotments]
    rows = sorted(speakers + files, key=lambda row: (row["kind"], row["key"], row["split"]))
    return pa.Table.from_pylist(rows, schema=ASSIGNMENT.schema())


def check_unchanged(accent: str, manifest: pa.Table, earlier: pa.Table, taken: frozenset[str]) -> None:
    """Hold what earlier versions wrote of an accent against the manifest.

    Args:
        accent: its code.
        manifest: its rows.
        earlier: recipes of it.
        taken: ids of recordings, of any accent, that look like the id of a use.

    Raises:
        ConfigError: a recording is gone or is another one, or has the id of an utterance that was simulated.
    """
    if not earlier.num_rows:
        return
    simulated = earlier.filter(pc.equal(earlier.column("origin"), "simulated"))
    _refuse(
        sorted(taken & set(simulated.column("id").to_pylist())),
        "has the id of an utterance that an earlier version simulated: give it another id",
    )
    at = pc.index_in(earlier.column("source_id"), manifest.column("recording_id"))
    gone = earlier.filter(pc.is_null(at))
    _refuse(
        sorted(set(gone.column("source_id").to_pylist())),
        f"stands in the shards of an earlier version with accent {accent}, but no longer in the manifest "
        "('panvox explain' may say why): restore it, 'panvox forget' its speaker, or choose another --output",
    )
    now = manifest.take(at)
    for column, what in WRITTEN_COLUMNS.items():
        old, new = earlier.column(column), now.column(column)
        differs = pc.or_(pc.fill_null(pc.not_equal(old, new), False), pc.xor(pc.is_null(old), pc.is_null(new)))
        _refuse(
            sorted(set(earlier.filter(differs).column("source_id").to_pylist())),
            f"stands in the shards of an earlier version with another {what}: restore it, give the new recording an id of its "
            "own, or choose another --output",
        )


def _refuse(recordings: list[str], why: str) -> None:
    if recordings:
        more = f" (and {len(recordings) - 1} more)" if len(recordings) > 1 else ""
        raise ConfigError(f"recording {recordings[0]!r}{more} {why}")
