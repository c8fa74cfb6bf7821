import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.simulate.draw import DrawError, NoCandidates, NoiseFile, RoomTooSmall, TalkerPool, TooFewTalkers, draw
from tests.simulate.corpus import CANDIDATES, CONFIG, NOISES, TALKERS

KEYS = ("snr_db", "t60_s", "distance_m", "noise_file", "response_file", "talkers")
quantile = st.floats(0, 1, exclude_max=True)


def drawn(condition, seed=0, quantiles=None, **candidates):
    return draw(CONFIG.condition(condition), CONFIG, seed=seed, quantiles=quantiles or {}, **(CANDIDATES | candidates))


@given(
    condition=st.sampled_from([condition.name for condition in CONFIG.conditions if condition.name != "closet"]),
    seed=st.integers(0, 2**64 - 1),
    quantiles=st.dictionaries(st.sampled_from(KEYS), quantile),
)
@settings(max_examples=150, deadline=None)
def test_a_record_is_plain_json_and_the_same_each_time(condition, seed, quantiles):
    asked = drawn(condition, seed, quantiles)
    assert json.loads(json.dumps(asked)) == asked
    assert drawn(condition, seed, quantiles) == asked
    section = CONFIG.condition(condition)
    for stage in ("noise", "room", "handset"):
        assert (asked[stage] is None) == (getattr(section, stage) is None)
    assert (asked["snr_db"] is None) == (section.snr_db is None)
    assert asked["seed"] == seed
    low, high = section.level_dbov
    assert (low, high) == (-26, -26) or condition == "tape"
    assert low <= asked["level_dbov"] <= high


@given(seed=st.integers(0, 10**6), u=quantile, v=quantile, w=quantile)
@settings(max_examples=60, deadline=None)
def test_quantiles_are_places_in_the_ranges(seed, u, v, w):
    asked = drawn("all", seed, {"snr_db": u, "t60_s": v, "distance_m": w, "talkers": u})
    assert asked["snr_db"] == pytest.approx(5 + 10 * u, abs=1e-6)
    assert asked["room"]["t60_s"] == pytest.approx(0.3 + 0.6 * v, abs=1e-6)
    assert asked["room"]["distance_m"] == pytest.approx(0.5 + 2.5 * w, abs=1e-6)
    assert len(asked["noise"]["talkers"]) == 3 + int(5 * u)
    assert drawn("street", seed, {"noise_file": u})["noise"]["file"] == NOISES[int(3 * u)].file
    assert drawn("measured_street", seed, {"response_file": u})["room"]["file"] == ["hall.wav", "stairs.wav"][int(2 * u)]


@given(seed=st.integers(0, 10**6), u=quantile)
@settings(max_examples=40, deadline=None)
def test_what_is_stratified_leaves_the_other_draws_alone(seed, u):
    free, fixed = drawn("all", seed), drawn("all", seed, {"snr_db": u})
    assert fixed.pop("snr_db") == pytest.approx(5 + 10 * u, abs=1e-6)
    free.pop("snr_db")
    assert free == fixed


@given(seed=st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_talker_and_microphone_stand_in_the_room_at_their_distance(seed):
    for condition in ("office", "long"):
        room = drawn(condition, seed)["room"]
        source, receiver, size = (np.array(room[key]) for key in ("source_m", "receiver_m", "dimensions_m"))
        assert np.linalg.norm(source - receiver) == pytest.approx(room["distance_m"], abs=5e-6)
        for position in (source, receiver):
            assert (position >= 0.09).all()
            assert (position <= size - 0.09).all()
    assert 4 <= drawn("office", seed)["room"]["dimensions_m"][1] <= 5


def test_a_distance_that_does_not_fit_is_refused():
    with pytest.raises(RoomTooSmall, match=r"'closet'.*6 m.*2 × 2 × 2 m"):
        drawn("closet")


@given(seed=st.integers(0, 10**6), duration_s=st.floats(0.2, 30))
@settings(max_examples=100, deadline=None)
def test_an_excerpt_lies_in_its_span_and_does_not_run_over_its_end_where_it_fits(seed, duration_s):
    noise = drawn("street", seed, duration_s=duration_s)["noise"]
    begin, end = noise["span_s"]
    assert begin <= noise["start_s"] <= end
    if end - begin >= duration_s:
        assert noise["start_s"] + duration_s <= end + 1e-5
    assert (begin, end) == next(file.span_s for file in NOISES if file.file == noise["file"])


def test_starts_are_spread_over_the_span():
    file = NoiseFile("n.wav", "0", (100.0, 200.0), 300.0)
    starts = [drawn("street", seed, noise=[file], duration_s=10.0)["noise"]["start_s"] for seed in range(500)]
    assert np.histogram(starts, 9, (100, 190))[0].min() > 30
    assert len(set(starts)) == 500


@given(seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_talkers_are_different_speakers_whatever_the_order_they_are_given_in(seed):
    talkers = drawn("babble", seed)["noise"]["talkers"]
    assert len({talker["speaker_id"] for talker in talkers}) == len(talkers)
    assert all(0 <= talker["start_s"] <= talker["duration_s"] for talker in talkers)
    assert drawn("babble", seed, talkers=TALKERS[::-1])["noise"]["talkers"] == talkers
    assert drawn("babble", seed, talkers=TalkerPool(TALKERS))["noise"]["talkers"] == talkers


def test_every_speaker_is_as_likely_however_many_recordings_they_have():
    uneven = [talker for talker in TALKERS if talker.speaker_id != "speaker-0" or talker.recording_id == "rec-00"]
    heard = Counter(
        talker["speaker_id"]
        for seed in range(1500)
        for talker in drawn("babble", seed, {"talkers": 0.0}, talkers=uneven)["noise"]["talkers"]
    )
    expected = 1500 * 3 / 12
    assert all(abs(count - expected) < 5 * math.sqrt(expected) for count in heard.values())
    assert len(heard) == 12


def test_a_speaker_left_out_is_never_heard():
    pool = TalkerPool(TALKERS).without("speaker-3", "not there")
    assert len(pool) == 11
    assert len(TalkerPool(TALKERS)) == 12
    assert len(pool.without("speaker-3")) == 11
    for seed in range(200):
        assert "speaker-3" not in {talker["speaker_id"] for talker in drawn("babble", seed, talkers=pool)["noise"]["talkers"]}


def test_too_few_speakers_are_no_babble_and_fewer_than_the_most_are_less_of_it():
    with pytest.raises(TooFewTalkers, match="needs 3 talkers; this split has 2"):
        drawn("babble", talkers=TALKERS[:4])
    assert len(drawn("babble", quantiles={"talkers": 0.99}, talkers=TALKERS[:10])["noise"]["talkers"]) == 5


@pytest.mark.parametrize(("condition", "missing"), [("street", "noise"), ("measured_street", "response")])
def test_a_bank_that_is_empty_is_named(condition, missing):
    with pytest.raises(NoCandidates):
        drawn(condition, **{missing: []})
    assert issubclass(NoCandidates, DrawError)
