"""Targets of accents and conditions: in numbers, spread over cells, shared by accents, and what is missing of them."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.plan.targets.goals import Totals, goal_of, level
from schemas.targets import Target, TargetsConfig
from tests.plan.corpus import config_of, manifest_of, planned, speakers
from tests.plan.test_stage import plan, recordings, settings_of

bounds_drawn = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), min_size=1, max_size=8)


@given(bounds_drawn, st.integers(0, 150))
def test_parts_are_level_within_their_bounds(bounds, total: int) -> None:
    lows, highs = [low for low, _ in bounds], [low + more for low, more in bounds]
    parts = level(total, lows, highs, whole=True)
    assert all(part == int(part) and low <= part <= high for part, low, high in zip(parts, lows, highs, strict=True))
    assert sum(parts) == min(max(total, sum(lows)), sum(highs))
    for part, high in zip(parts, highs, strict=True):  # nobody above its low holds more than another could, but for rounding
        if part < high:
            assert all(other <= part + 1 or other == low for other, low in zip(parts, lows, strict=True))


@given(bounds_drawn, st.floats(0, 150))
def test_parts_that_are_no_whole_numbers_add_up_as_well(bounds, total: float) -> None:
    lows, highs = [low for low, _ in bounds], [low + more for low, more in bounds]
    assert sum(level(total, lows, highs, whole=False)) == pytest.approx(min(max(total, sum(lows)), sum(highs)), abs=1e-9)


def test_a_share_is_one_of_the_whole_manifest() -> None:
    totals = Totals(utterances=2000, microseconds=7_200_000_000)
    assert goal_of(Target(share=0.1), totals).utterances == 200
    assert goal_of(Target(share=0.1, of="hours"), totals).seconds == pytest.approx(720)


def test_one_target_or_targets_by_name() -> None:
    assert TargetsConfig.model_validate({"per_accent": {"utterances": 5}}).per_accent == {"*": Target(utterances=5)}
    named = TargetsConfig.model_validate({"per_accent": {"en-IN": {"hours": 1}, "*": {"speakers": 3}}}).per_accent
    assert (named["en-IN"].hours, named["*"].speakers) == (1, 3)
    with pytest.raises(ValidationError, match="give 'utterances' or 'share', not both"):
        TargetsConfig.model_validate({"per_cell": {"utterances": 5, "share": 0.5}})
    with pytest.raises(ValidationError, match="there is no condition 'stret'; did you mean 'street'"):
        config_of({"per_condition": {"stret": {"utterances": 5}}})


CAPS = {"max_share_per_speaker": 1.0, "max_uses_per_recording": 8}


def cells_of(rows: list[dict[str, Any]], split: str = "train") -> Counter[str]:
    return Counter(row["condition"] for row in rows if row["split"] == split)


def test_an_accents_target_is_spread_evenly_and_recorded_rows_count_first() -> None:
    config = config_of({"per_accent": {"utterances": 500}, **CAPS})
    rows, gaps = planned(manifest_of(speakers(30, 6)), config)
    of_train = cells_of(rows)
    assert of_train.total() == 400
    assert of_train["clean"] == 24 * 6  # more than its part, and all kept
    others = [of_train[name] for name in ("street", "phone", "office", "babble")]
    assert sum(others) == 400 - 24 * 6
    assert max(others) - min(others) <= 1
    assert gaps == []


def test_what_one_cell_cannot_take_another_of_the_accent_does() -> None:
    """Recordings too noisy for noise: the rooms and the phone take what street and babble cannot."""
    config = config_of({"per_accent": {"utterances": 500}, **CAPS})
    rows, gaps = planned(manifest_of(speakers(30, 6, snr_db=12.0)), config)
    of_train = cells_of(rows)
    assert (of_train.total(), of_train["street"], of_train["babble"]) == (400, 0, 0)
    assert abs(of_train["phone"] - of_train["office"]) <= 1
    assert gaps == []


def test_an_accents_surplus_is_what_exceeds_an_even_part() -> None:
    config = config_of({"per_accent": {"utterances": 100}, "surplus": "drop", **CAPS})
    rows, _ = planned(manifest_of(speakers(30, 6)), config)
    assert set(cells_of(rows).values()) == {16}
    noisy, gaps = planned(manifest_of(speakers(30, 6, bandwidth_hz=100.0)), config)
    assert cells_of(noisy) == {"clean": 80}  # nothing can be simulated: recorded rows are kept after all
    assert gaps == []


def test_a_cells_own_target_comes_first() -> None:
    config = config_of({"per_cell": {"utterances": 50}, "per_accent": {"utterances": 400}, **CAPS})
    rows, _ = planned(manifest_of(speakers(30, 2)), config)
    of_train = cells_of(rows)
    assert min(of_train[name] for name in ("street", "phone", "office", "babble")) >= 40
    assert of_train.total() == 320


def test_an_accent_that_lacks_rows_or_people_has_a_gap_of_its_own() -> None:
    targets = {"per_accent": {"utterances": 1000, "speakers": 40}, "max_uses_per_recording": 1, "power": None}
    rows, gaps = planned(manifest_of(speakers(30, 2)), config_of(targets))
    (gap,) = gaps
    assert (gap.accent, gap.condition, gap.cause) == ("en-GB", "*", "recording_cap")
    assert gap.have_utterances == len(rows) == 120
    assert gap.missing_utterances == 1000 - 120
    assert (gap.have_speakers, gap.target_speakers, gap.missing_speakers) == (30, 40, 10)
    raised = targets | {"max_uses_per_recording": int(gap.value), "per_accent": {"utterances": 1000}}
    assert planned(manifest_of(speakers(30, 2)), config_of(raised))[1] == []


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(0, 4), st.sampled_from([0.2, 1.0]), st.integers(1, 12))
def test_an_accent_never_lacks_what_its_donors_could_give(rows: int, uses: int, share: float, people: int) -> None:
    config = config_of(
        {"per_accent": {"utterances": rows}, "max_uses_per_recording": uses, "max_share_per_speaker": share},
        splits={"train": 1.0},
    )
    made, gaps = planned(manifest_of(speakers(people, 2, snr_db=12.0)), config)
    cap = max(1, int(share * math.ceil(rows / 5) + 1e-9))
    most = 2 * people + people * min(2 * uses, 2 * cap)  # phone and office can be simulated; each speaker has two recordings
    assert len(made) == max(2 * people, min(rows, most))
    assert [gap.missing_utterances for gap in gaps] == ([] if len(made) >= rows else [rows - len(made)])


def gap_rows(corpus: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(corpus.gaps_file).read_text())))


def test_a_conditions_target_is_shared_by_the_accents(tmp_path: Path) -> None:
    """en-IN has two speakers of four recordings; the larger accents take what it cannot."""
    targets = {"per_condition": {"phone": {"utterances": 300, "speakers": 12}}, "max_uses_per_recording": 4}
    corpus, _ = plan(tmp_path, recordings(), settings_of(targets=targets))
    rows = [row for row in corpus.read_recipes().to_pylist() if row["condition"] == "phone"]
    by_accent = Counter((row["accent"], row["split"]) for row in rows)
    assert Counter(row["split"] for row in rows)["train"] == 180
    assert by_accent["en-GB", "train"] > by_accent["en-IN", "train"]
    assert len({row["speaker_id"] for row in rows}) >= 12
    assert {row["condition"] for row in corpus.read_recipes().to_pylist()} == {"clean", "phone"}
    assert gap_rows(corpus) == []


def test_a_condition_that_lacks_rows_over_all_accents_has_one_gap(tmp_path: Path) -> None:
    targets = {"per_condition": {"phone": {"utterances": 300}}, "max_uses_per_recording": 1}
    corpus, result = plan(tmp_path, recordings(), settings_of(targets=targets))
    (gap,) = gap_rows(corpus)
    assert result["gaps"] == 1
    held = sum(row["condition"] == "phone" for row in corpus.read_recipes().to_pylist())
    assert held == 84  # every recording of a known accent once
    assert (gap["accent"], gap["condition"], gap["remedy"]) == ("*", "phone", "simulate")
    assert (int(gap["have_utterances"]), int(gap["missing_utterances"])) == (held, 300 - held)
    assert (gap["setting"], gap["cause"]) == ("targets.max_uses_per_recording", "recording_cap")
