"""Later versions of an accent's plan: what was written stays, and what must not change is held to."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pytest

from schemas.errors import ConfigError
from schemas.tables import RECIPE
from tests.plan.corpus import CONDITIONS, TARGETS, config_of, context_of, manifest_of, planned, speakers


def written(rows: list[dict[str, Any]], version: int = 1) -> pa.Table:
    """Recipes as an earlier version wrote them."""
    made = {"version": version, "shard": 0, "shards": 1, "weight": 1.0}
    return pa.Table.from_pylist([row | made for row in rows], schema=RECIPE.schema())


def grow(first: list[dict[str, Any]], manifest: pa.Table, config, **given: Any) -> list[dict[str, Any]]:
    rows, _ = planned(manifest, config, earlier=written(first), **given)
    return rows


def test_a_later_version_adds_only_what_is_new() -> None:
    manifest = manifest_of(speakers(30))
    context = context_of(config_of(TARGETS), manifest)
    first, _ = planned(manifest, config_of(TARGETS))
    assert grow(first, manifest, config_of(TARGETS)) == []
    added = config_of(
        TARGETS, conditions=[*CONDITIONS, {"name": "roadside", "noise": "street", "snr_db": [0, 10], "handset": "landline"}]
    )
    assert Counter(row["condition"] for row in grow(first, manifest, added)) == {"roadside": 40}
    more = manifest_of([*speakers(30), {"recording_id": "new", "speaker_id": "s0"}])
    assert [row["id"] for row in grow(first, more, config_of(TARGETS), splits=context.splits)] == ["new"]


def test_numbers_and_caps_go_on_in_a_later_version() -> None:
    manifest = manifest_of(speakers(30))
    first, _ = planned(manifest, config_of(TARGETS))
    raised = config_of(TARGETS | {"per_cell": {"utterances": 60}})
    second = grow(first, manifest, raised)
    assert len(second) == 4 * 20
    both = [row for row in [*first, *second] if row["origin"] == "simulated"]
    assert len({row["id"] for row in [*first, *second]}) == len(first) + len(second)
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in both:
        numbers[row["source_id"], row["condition"]].append(int(row["id"].rpartition("~")[2]))
    assert all(sorted(of_one) == list(range(1, len(of_one) + 1)) for of_one in numbers.values())
    assert max(Counter(row["source_id"] for row in both).values()) <= 8
    assert max(Counter((row["condition"], row["speaker_id"]) for row in both).values()) <= 15


def test_a_written_recording_stays_in_the_condition_it_was_written_in() -> None:
    first, _ = planned(manifest_of(speakers(5, condition="unassigned")), config_of())
    second = grow(first, manifest_of(speakers(5, condition="phone")), config_of({"per_cell": {"utterances": 20}}))
    assert second == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"audio_sha256": "other"}, "recording 's0-0' stands in the shards of an earlier version with another audio"),
        ({"speaker_id": "s1"}, "recording 's0-0' stands in the shards of an earlier version with another speaker"),
        ({"text": None}, "recording 's0-0' stands in the shards of an earlier version with another transcript"),
        ({"gender": "female"}, "recording 's0-0' stands in the shards of an earlier version with another gender"),
        (
            {"recording_id": "renamed"},
            "recording 's0-0' stands in the shards of an earlier version with accent en-GB, but no longer",
        ),
    ],
)
def test_a_recording_that_was_written_and_changed_is_refused(change: dict[str, Any], message: str) -> None:
    recordings = speakers(5)
    first, _ = planned(manifest_of(recordings), config_of(TARGETS))
    recordings[0] |= change
    with pytest.raises(ConfigError, match=message):
        grow(first, manifest_of(recordings), config_of(TARGETS))


def test_recordings_that_were_never_written_may_go() -> None:
    config = config_of({"per_cell": {"utterances": 5}, "surplus": "drop", "max_uses_per_recording": 0})
    first, _ = planned(manifest_of(speakers(5, 5)), config)
    assert (
        grow(first, manifest_of([row for row in speakers(5, 5) if row["recording_id"] in {r["id"] for r in first}]), config) == []
    )


def test_a_new_recording_may_not_have_the_id_of_an_earlier_use() -> None:
    first, _ = planned(manifest_of(speakers(5)), config_of(TARGETS))
    use = next(row["id"] for row in first if row["origin"] == "simulated")
    more = manifest_of([*speakers(5), {"recording_id": use, "speaker_id": "s0"}])
    with pytest.raises(ConfigError, match="has the id of an utterance that an earlier version simulated: give it another id"):
        grow(first, more, config_of(TARGETS), taken=frozenset([use]))
