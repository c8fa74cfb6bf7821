"""The plan of one accent: what is written, what is simulated, ids, draws, and growth."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.plan.accent import plan_accent
from pipelines.plan.shards.recipes import DEALT
from pipelines.plan.splits.banks import Banks
from schemas.tables import RECIPE
from tests.plan.corpus import (
    CONDITIONS,
    SHARES,
    TARGETS,
    config_of,
    context_of,
    manifest_of,
    no_recipes,
    planned,
    recipes_of,
    speakers,
)


def test_every_recording_is_written_once_as_it_is_and_the_rest_is_simulated() -> None:
    manifest = manifest_of(speakers(30))
    rows, gaps = planned(manifest, config_of(TARGETS))
    recorded = [row for row in rows if row["origin"] == "recorded"]
    assert sorted(row["id"] for row in recorded) == sorted(manifest.column("recording_id").to_pylist())
    for row in recorded:
        assert row["id"] == row["source_id"]
        assert all(row[name] is None for name in ("asked", "noise", "snr_db", "handset", "room", "t60_s"))
    counts = Counter((row["condition"], row["split"]) for row in rows if row["origin"] == "simulated")
    for condition in ("street", "phone", "office", "babble"):
        assert {split: counts[condition, split] for split in SHARES} == {"train": 32, "dev": 4, "test": 4}
    assert [gap.condition for gap in gaps] == []


def test_a_simulated_row_says_what_was_asked_and_stays_in_its_donors_split() -> None:
    manifest = manifest_of(speakers(30))
    config = config_of(TARGETS)
    context = context_of(config, manifest)
    rows, _ = planned(manifest, config)
    for row in rows:
        assert row["split"] == context.splits[row["speaker_id"]]
        if row["origin"] == "recorded":
            continue
        asked = json.loads(row["asked"])
        condition = config.condition(row["condition"])
        assert (row["noise"], row["handset"], row["room"]) == (condition.noise, condition.handset, condition.room)
        assert row["id"] == f"{row['source_id']}~{row['condition']}~{row['id'].rpartition('~')[2]}"
        assert row["snr_db"] == asked["snr_db"]
        assert row["t60_s"] == (asked["room"]["t60_s"] if asked["room"] else None)
        if condition.noise == "street":
            assert asked["noise"]["sha256"] in {file.sha256 for file in context.banks.noises["street"][row["split"]]}
        if condition.noise == "babble":
            assert {context.splits[talker["speaker_id"]] for talker in asked["noise"]["talkers"]} == {row["split"]}
            assert row["speaker_id"] not in {talker["speaker_id"] for talker in asked["noise"]["talkers"]}


def test_every_parameter_is_drawn_evenly_over_the_cell() -> None:
    rows, _ = planned(manifest_of(speakers(30, 10)), config_of({"per_cell": {"utterances": 100}}))
    for condition, column, low, high in (("street", "snr_db", 5, 15), ("office", "t60_s", 0.3, 0.9), ("babble", "snr_db", 5, 15)):
        values = np.array([row[column] for row in rows if row["condition"] == condition])
        assert len(values) == 100
        assert sorted(np.floor((values - low) / (high - low) * 100 - 1e-6).clip(0).astype(int)) == list(range(100))
    files = Counter(
        json.loads(row["asked"])["noise"]["file"] for row in rows if row["condition"] == "street" and row["split"] == "train"
    )
    assert len(files) == 8
    assert set(files.values()) == {10}


def test_donors_are_ten_decibels_cleaner_than_what_is_drawn() -> None:
    recordings = speakers(30)
    for n, row in enumerate(recordings):
        row["snr_db"] = 12.0 + n % 3 * 6
    rows, gaps = planned(manifest_of(recordings), config_of(TARGETS))
    snr_db = {row["recording_id"]: row["snr_db"] for row in recordings}
    noisy = [row for row in rows if row["snr_db"] is not None]
    assert all(snr_db[row["source_id"]] >= row["snr_db"] + 10 for row in noisy)
    assert {row["source_id"][-1] for row in noisy} == {"1", "2"}
    assert [gap.condition for gap in gaps if gap.condition == "street"] == []


def test_speakers_without_a_known_accent_are_written_and_have_no_targets() -> None:
    for accent in ("undeclared", "unmapped"):
        rows, gaps = planned(manifest_of(speakers(5, accent=accent)), config_of(TARGETS))
        assert (len(rows), gaps) == (15, [])
        assert {row["origin"] for row in rows} == {"recorded"}


def test_unassigned_recordings_are_written_and_are_no_donors() -> None:
    rows, gaps = planned(manifest_of(speakers(5, condition="unassigned")), config_of(TARGETS))
    assert {(row["condition"], row["origin"]) for row in rows} == {("unassigned", "recorded")}
    assert len(gaps) == len(CONDITIONS)


def test_an_accent_without_recordings_is_a_row_of_empty_cells() -> None:
    config = config_of(TARGETS)
    blocks, gaps = plan_accent("en-NZ", manifest_of([]), no_recipes(), context_of(config, manifest_of(speakers(3))))
    assert blocks == []
    assert [(gap.condition, gap.have_utterances, gap.missing_utterances) for gap in gaps] == [
        (condition["name"], 0, 40) for condition in CONDITIONS
    ]


def test_surplus_is_dropped_in_turns_over_the_speakers() -> None:
    config = config_of({"per_cell": {"utterances": 10}, "surplus": "drop"})
    manifest = manifest_of(speakers(30, 5))
    rows, _ = planned(manifest, config)
    clean = [row for row in rows if row["condition"] == "clean"]
    assert Counter(row["split"] for row in clean) == {"train": 8, "dev": 1, "test": 1}
    assert len({row["speaker_id"] for row in clean}) == 10
    assert sum(row["origin"] == "simulated" for row in rows) == 40  # what is left out may still be simulated from
    unknown, _ = planned(manifest_of(speakers(20, 5, condition="unassigned")), config)
    assert len(unknown) == 100


def test_hours_are_filled_in_every_split() -> None:
    rows, gaps = planned(manifest_of(speakers(40, 6)), config_of({"per_cell": {"hours": 0.1}, "max_share_per_speaker": 0.2}))
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    by_speaker: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        if row["origin"] == "simulated":
            seconds[row["condition"], row["split"]] += row["duration_s"]
            by_speaker[row["condition"], row["speaker_id"]] += row["duration_s"]
    for (_, split), held in seconds.items():
        assert 360 * SHARES[split] <= held < 360 * SHARES[split] + 8
    assert max(by_speaker.values()) <= 72
    assert gaps == []


def test_ids_stay_unique_beside_recordings_whose_ids_look_like_uses() -> None:
    names = ["a", "a~phone~1", "a~phone~1~phone~1", "a~phone", "a~phone~2"]
    manifest = manifest_of([{"recording_id": name, "speaker_id": f"s{n % 2}"} for n, name in enumerate(names)])
    config = config_of({"per_cell": {"utterances": 15}}, splits={"train": 1.0})
    rows, _ = planned(manifest, config, taken=frozenset(names[1:]))
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids)
    assert "a~phone~3" in ids


recordings_drawn = st.lists(
    st.fixed_dictionaries(
        {
            "speaker_id": st.sampled_from([f"s{n}" for n in range(8)]),
            "condition": st.sampled_from(["clean", "clean", "phone", "unassigned"]),
            "snr_db": st.sampled_from([10.0, 20.0, 60.0]),
            "duration_s": st.floats(1, 9),
        }
    ),
    max_size=25,
)
targets_drawn = st.fixed_dictionaries(
    {
        "per_cell": st.one_of(
            st.fixed_dictionaries({"utterances": st.integers(1, 30), "speakers": st.integers(1, 5)}),
            st.fixed_dictionaries({"hours": st.floats(0.001, 0.05)}),
            st.fixed_dictionaries({"speakers": st.integers(1, 5)}),
        ),
        "max_share_per_speaker": st.sampled_from([0.1, 0.3, 1.0]),
        "max_uses_per_recording": st.integers(0, 5),
        "surplus": st.sampled_from(["keep", "drop"]),
    }
)


@settings(max_examples=80, deadline=None)
@given(recordings_drawn, targets_drawn, st.randoms(use_true_random=False))
def test_the_order_of_rows_plays_no_part_and_caps_hold(recordings, targets, random) -> None:
    config = config_of(targets)
    manifest = manifest_of(recordings)
    context = context_of(config, manifest)
    blocks, gaps = plan_accent("en-GB", manifest, no_recipes(), context)
    order = list(range(manifest.num_rows))
    random.shuffle(order)
    again, gaps_again = plan_accent("en-GB", manifest.take(pa.array(order, pa.int64())), no_recipes(), context)
    assert gaps == gaps_again
    assert [block.cells for block in blocks] == [block.cells for block in again]
    tables = [recipes_of(block, manifest, context) for block in blocks]
    shuffled = manifest.take(pa.array(order, pa.int64()))
    assert all(one.equals(recipes_of(other, shuffled, context)) for one, other in zip(tables, again, strict=True))
    rows = [row for table in tables for row in table.to_pylist() if row["origin"] == "simulated"]
    assert max(Counter(row["source_id"] for row in rows).values(), default=0) <= targets["max_uses_per_recording"]
    utterances = targets["per_cell"].get("utterances")
    if utterances:
        most = max(1, int(targets["max_share_per_speaker"] * utterances + 1e-9))
        assert max(Counter((row["condition"], row["speaker_id"]) for row in rows).values(), default=0) <= most


def test_recipes_have_the_documented_columns() -> None:
    manifest = manifest_of(speakers(12))
    context = context_of(config_of(TARGETS), manifest)
    blocks, _ = plan_accent("en-GB", manifest, no_recipes(), context)
    for block in blocks:
        table = recipes_of(block, manifest, context)
        assert table.column_names == [name for name in RECIPE.names if name not in DEALT]
        assert [cell.condition for cell in block.cells] == sorted({cell.condition for cell in block.cells})
        runs = table.column("condition").to_pylist()
        assert runs == [cell.condition for cell in block.cells for _ in range(cell.rows)]
        assert block.seconds == pytest.approx(pc.sum(table.column("duration_s")).as_py())


def test_a_split_without_files_is_a_gap_that_says_so() -> None:
    manifest = manifest_of(speakers(30))
    empty = Banks({"street": {"train": (), "dev": (), "test": ()}}, {}, (), ())
    rows, gaps = planned(manifest, config_of(TARGETS), banks=empty)
    assert "street" not in {row["condition"] for row in rows}
    assert [(gap.condition, gap.remedy) for gap in gaps] == [("street", "simulate")]
    assert gaps[0].reason.endswith("noise 'street' has no file left for it: add files to it")


@pytest.mark.parametrize("surplus", ["keep", "drop"])
def test_a_paired_test_row_has_its_original_beside_it(surplus: str) -> None:
    config = config_of(TARGETS | {"surplus": surplus}, evaluation={"paired": True})
    rows, _ = planned(manifest_of(speakers(60, recordings=12)), config)
    test = [row for row in rows if row["split"] == "test"]
    originals = {row["id"] for row in test if row["origin"] == "recorded"}
    assert any(row["origin"] == "simulated" for row in test)
    assert {row["source_id"] for row in test} == originals
    assert all(row["pair_id"] == row["source_id"] for row in test)
    assert all(row["pair_id"] is None for row in rows if row["split"] != "test")
    if surplus == "drop":
        unpaired, _ = planned(manifest_of(speakers(60, recordings=12)), config_of(TARGETS | {"surplus": "drop"}))
        assert originals - {row["id"] for row in unpaired if row["origin"] == "recorded"}  # some had been dropped
        assert len({row["id"] for row in rows}) == len(rows)
