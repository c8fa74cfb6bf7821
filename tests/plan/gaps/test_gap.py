"""Every line of gaps.csv says what is missing, why, and what to do."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from rich.console import Console

from pipelines.plan.accent import plan_accent
from pipelines.plan.gaps.gap import Gap, gaps_csv, print_gaps
from pipelines.plan.splits.banks import Banks
from schemas.tables import GAPS
from tests.plan.corpus import config_of, context_of, manifest_of, no_recipes

SPLITS = {"train": 0.6, "dev": 0.2, "test": 0.2}


def gaps_of(
    speakers: dict[str, str], targets: dict[str, Any], conditions: dict[str, int] | None = None, **given: Any
) -> dict[str, Gap]:
    """The gaps of an accent by condition.

    Args:
        speakers: split by speaker.
        targets: of the configuration.
        conditions: how many recordings each speaker has in each.
        given: what else recordings have, or ``banks``.
    """
    context_given = {"banks": given.pop("banks")} if "banks" in given else {}
    recordings = [
        {"recording_id": f"{who}-{name}-{n}", "speaker_id": who, "condition": name, "duration_s": 6.0, **given}
        for who in speakers
        for name, count in (conditions or {"clean": 2}).items()
        for n in range(count)
    ]
    config = config_of(targets, splits=SPLITS)
    manifest = manifest_of(recordings)
    context = context_of(config, manifest, splits=speakers, **context_given)
    _, gaps = plan_accent("en-GB", manifest, no_recipes(), context)
    return {gap.condition: gap for gap in gaps}


SIX = {
    "per_cell": {"utterances": 10, "speakers": 2},
    "max_share_per_speaker": 0.5,
    "max_uses_per_recording": 50,
    "power": None,
}
THREE = {"ann": "train", "bob": "dev", "cem": "test"}


def test_nobody_has_recorded_the_accent() -> None:
    gap = gaps_of({}, SIX)["phone"]
    assert (gap.remedy, gap.missing_utterances, gap.missing_speakers) == ("collect", 10, 2)
    # One speaker may give five of ten: two for train's six, one each for the others.
    assert gap.reason == (
        "record 4 speakers of en-GB in clean. train: 6 utterances short, no speaker. dev and test: 2 utterances short, no speaker"
    )


def test_a_split_without_a_speaker() -> None:
    gap = gaps_of({"ann": "train", "bob": "train", "cem": "dev"}, SIX)["phone"]
    assert (gap.remedy, gap.missing_utterances, gap.missing_speakers) == ("collect", 2, 0)
    assert gap.reason == "record 1 more speaker of en-GB in clean. test: 2 utterances short, no speaker"


def test_a_condition_that_can_only_be_recorded() -> None:
    gap = gaps_of(THREE, SIX)["clean"]
    assert (gap.remedy, gap.missing_utterances) == ("collect", 4)
    assert gap.reason == (
        "clean names no noise, handset or room, so it can only be recorded. train: 4 utterances short: record them with ann"
    )


def test_caps_do_not_count_where_nothing_is_simulated() -> None:
    assert "record 1 more speaker of en-GB in clean" in gaps_of({"ann": "dev", "bob": "test"}, SIX)["clean"].reason


def test_a_speaker_who_may_give_no_more() -> None:
    gap = gaps_of(THREE, SIX)["phone"]
    assert (gap.remedy, gap.missing_utterances) == ("simulate", 1)
    assert gap.reason == (
        "train: 1 utterance short; ann may give no more under max_share_per_speaker: "
        "raise max_share_per_speaker from 0.5 to 0.6, or record 1 more speaker in clean"
    )


def test_the_share_that_is_named_suffices() -> None:
    raised = SIX | {"max_share_per_speaker": 0.6}
    assert "phone" not in gaps_of(THREE, raised)


def test_the_share_of_hours_that_is_named_suffices() -> None:
    targets = SIX | {"per_cell": {"hours": 0.05}}
    gap = gaps_of(THREE, targets)["phone"]
    assert gap.reason.startswith("train: 0.3 minutes short; ann may give no more under max_share_per_speaker: raise")
    share = float(gap.reason.partition(" to ")[2].partition(",")[0])
    assert "phone" not in gaps_of(THREE, targets | {"max_share_per_speaker": share})


def test_recordings_that_are_used_up() -> None:
    gap = gaps_of(THREE, SIX | {"max_uses_per_recording": 1, "max_share_per_speaker": 1.0})["phone"]
    assert gap.remedy == "simulate"
    assert gap.reason.startswith(
        "train: 5 utterances short; its 2 recordings in clean are used up over all conditions: "
        f"raise max_uses_per_recording from 1 to {gap.value}, or record more in clean with ann. "
    )


def test_all_settings_that_a_gap_takes_are_named_and_suffice() -> None:
    """The share binds and recordings are used up: changing one of them alone would show the other."""
    targets = SIX | {"max_uses_per_recording": 1, "max_share_per_speaker": 0.1}
    gap = gaps_of(THREE, targets)["phone"]
    assert (gap.remedy, gap.setting) == ("simulate", "targets.max_share_per_speaker; targets.max_uses_per_recording")
    share, uses = gap.value.split("; ")
    assert f"raise max_share_per_speaker from 0.1 to {share} and raise max_uses_per_recording from 1 to {uses}" in gap.reason
    assert "phone" not in gaps_of(THREE, targets | {"max_share_per_speaker": float(share), "max_uses_per_recording": int(uses)})


def test_the_share_that_an_accent_takes_is_one_of_its_cells() -> None:
    """Each of six cells is asked for a sixth of the accent's, and the cap is a share of that."""
    targets = {"per_accent": {"*": {"utterances": 60}}, "max_share_per_speaker": 0.2, "max_uses_per_recording": 99, "power": None}
    gap = gaps_of(THREE, targets)["*"]
    assert gap.setting == "targets.max_share_per_speaker"
    assert "*" not in gaps_of(THREE, targets | {"max_share_per_speaker": float(gap.value)})


def test_the_setting_is_the_one_that_clears_every_split() -> None:
    recordings = [
        {"recording_id": who, "speaker_id": who, "condition": "clean", "snr_db": snr_db}
        for who, snr_db in (("ann", 13.0), ("bob", 11.0), ("cem", 12.0))
    ]
    manifest, config = manifest_of(recordings), config_of(SIX, splits=SPLITS)
    _, gaps = plan_accent("en-GB", manifest, no_recipes(), context_of(config, manifest, splits=THREE))
    assert next(gap.value for gap in gaps if gap.condition == "street").startswith("[1, ")


def test_minutes_suffice_in_the_split_with_fewest_people_for_its_share() -> None:
    """Ten rows: six for four speakers of train, two each for the one of dev and of test, who have nothing yet."""
    people = {"ann": "train", "bea": "train", "cem": "train", "dan": "train", "eve": "dev", "fay": "test"}
    gap = gaps_of(people, SIX, {"phone": 1})["clean"]
    assert (gap.existing_to_record, gap.minutes_each) == (6, 0.2)  # two recordings of six seconds


def test_speakers_who_are_not_in_the_cell() -> None:
    people = {"ann": "train", "bob": "train", "cem": "dev", "dora": "test"}
    targets = {"per_cell": {"speakers": 4}, "max_uses_per_recording": 0, "power": None}
    gap = gaps_of(people, targets)["phone"]
    assert (gap.remedy, gap.missing_speakers) == ("simulate", 4)
    assert "ann and bob could stand in it, but their recordings in clean are used up" in gap.reason
    gap = gaps_of(people, {"per_cell": {"speakers": 6}, "power": None}, {"phone": 1})["office"]
    assert (gap.remedy, gap.missing_speakers) == ("collect", 6)
    assert gap.reason == (
        "record 2 more speakers of en-GB in clean. ann and bob could stand in it: record them in clean. "
        "cem could stand in it: record them in clean. dora could stand in it: record them in clean"
    )


def test_speakers_without_a_clean_recording() -> None:
    gap = gaps_of({"ann": "train", "bob": "train", "cem": "dev", "dora": "test"}, SIX, {"phone": 9})["street"]
    assert (gap.remedy, gap.missing_utterances) == ("collect", 10)
    assert gap.reason == (
        "train: 6 utterances short, no recording in clean: record ann and bob in clean. "
        "dev: 2 utterances short, no recording in clean: record cem in clean. "
        "test: 2 utterances short, no recording in clean: record dora in clean"
    )


def test_recordings_that_are_too_noisy() -> None:
    gap = gaps_of(THREE, SIX, snr_db=13.26)["street"]
    assert gap.remedy == "simulate"
    assert (
        "its cleanest recording has an SNR of 13.3 dB where 15 dB are needed: lower snr_db of street to start at 3.2"
        in gap.reason
    )


def test_a_bank_without_a_file_and_babble_without_talkers() -> None:
    banks = Banks({"street": {"train": (), "dev": (), "test": ()}}, {}, (), ())
    gaps = gaps_of(THREE, SIX, banks=banks)
    assert gaps["street"].remedy == "simulate"
    assert "noise 'street' has no file left for it: add files to it" in gaps["street"].reason
    assert (
        "babble 'babble' takes 2 talkers beside the speaker where it has 0: record more speakers of any accent in clean"
        in gaps["babble"].reason
    )


def test_recordings_of_a_narrower_band() -> None:
    gap = gaps_of(THREE, SIX, bandwidth_hz=3900.4)["street"]
    assert (gap.cause, gap.remedy) == ("too_narrow", "simulate")
    assert (gap.setting, gap.value) == ("conditions.street.donor_bandwidth_hz", "3900")
    assert "a bandwidth of 3900 Hz where 6800 Hz are needed" in gap.reason
    assert gaps_of(THREE, SIX, bandwidth_hz=3900.4)["phone"].cause == "speaker_cap"  # a narrow-band handset takes them


def test_people_to_collect_are_enough_to_show_a_difference() -> None:
    targets = {key: value for key, value in SIX.items() if key != "power"}
    gap = gaps_of({"ann": "train", "bob": "train", "cem": "dev"}, targets)["phone"]
    assert (gap.speakers_for_target, gap.speakers_to_collect) == (1, 21)
    assert gap.minutes_each == 7.7  # a thousand words, 130 a minute
    assert "record 21 more speakers of en-GB in clean (1 for the target; 24 in all show a WER difference of 0.05)" in gap.reason
    assert gap.assumptions.startswith("WER difference 0.05, power 0.8, alpha 0.05, WER 0.1, SD between speakers 0.06, 1000 words")
    less = gaps_of({"ann": "train", "bob": "train", "cem": "dev"}, targets | {"power": {"wer_difference": 0.1}})["phone"]
    assert (less.speakers_to_collect, less.record_in) == (3, "clean")


def test_minutes_are_what_is_missing() -> None:
    """Four rows of six seconds with ann alone."""
    gap = gaps_of(THREE, SIX)["clean"]
    assert (gap.existing_to_record, gap.speakers_to_collect, gap.minutes_each) == (1, 0, 0.4)


@pytest.mark.parametrize("condition", ["phone", "office"])
def test_the_number_of_uses_that_is_named_suffices(condition: str) -> None:
    targets = SIX | {"max_uses_per_recording": 1, "max_share_per_speaker": 1.0}
    gap = gaps_of(THREE, targets)[condition]
    assert gap.setting == "targets.max_uses_per_recording"
    assert not {"phone", "office", "street"} & gaps_of(THREE, targets | {"max_uses_per_recording": int(gap.value)}).keys()


def test_the_table_holds_every_gap_in_order() -> None:
    gaps = gaps_of({}, {"per_cell": {"hours": 1.5, "speakers": 2}})
    text = gaps_csv(reversed(gaps.values()))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == GAPS.names
    assert [row["condition"] for row in rows] == sorted(gaps)
    assert rows[0]["target_utterances"] == ""
    assert (rows[0]["target_hours"], rows[0]["missing_hours"]) == ("1.5", "1.5")
    assert gaps_csv([]) == ",".join(GAPS.names) + "\n"


def test_the_terminal_groups_what_misses_the_same() -> None:
    console = Console(file=io.StringIO(), width=200)
    gaps = list(gaps_of({}, SIX).values())
    print_gaps(console, gaps_csv(gaps))
    shown = console.file.getvalue()
    assert "babble, office, phone, street: 10 utterances and 2 speakers missing each" in shown
    assert "collect: record 4 speakers of en-GB in clean." in shown
    assert "record in all 4 new people, each 0.5 minutes in clean" in shown
    console = Console(file=io.StringIO(), width=200)
    print_gaps(console, gaps_csv(gaps_of(THREE, SIX | {"max_uses_per_recording": 1, "max_share_per_speaker": 1.0}).values()))
    assert "corpus.yaml: targets.max_uses_per_recording: " in console.file.getvalue()
    console = Console(file=io.StringIO(), width=300)
    print_gaps(console, gaps_csv(gaps_of({}, {"per_cell": {"utterances": 10}}).values()))
    assert "Speakers and minutes assume: WER difference 0.05, power 0.8" in console.file.getvalue()
    console = Console(file=io.StringIO())
    print_gaps(console, gaps_csv([]))
    assert console.file.getvalue() == "No gaps: every target is met.\n"
