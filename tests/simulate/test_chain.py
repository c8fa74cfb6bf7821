import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.simulate.chain import SilentSpeechError, simulate
from pipelines.simulate.draw import draw
from pipelines.simulate.level import active_level, gain_of_db, rms_dbov
from tests.simulate.corpus import CANDIDATES, CONFIG, Sounds
from tests.simulate.signals import SAMPLE_RATE, speech_like, voltmeter

SOUNDS = Sounds()
SIMULATED = [condition.name for condition in CONFIG.conditions if condition.is_simulated and condition.name != "closet"]


def asked(condition, seed=0, **quantiles):
    record = draw(CONFIG.condition(condition), CONFIG, seed=seed, quantiles=quantiles, duration_s=4.0, **CANDIDATES)
    return json.loads(json.dumps(record))


@pytest.mark.parametrize("condition", ["street", "street_office", "babble", "measured_street"])
@pytest.mark.parametrize("activity", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("place", [0, 0.5, 0.9999])
def test_the_stems_stand_at_the_snr_asked(condition, activity, place):
    record = asked(condition, seed=3, snr_db=place)
    result = simulate(speech_like(5, activity), SAMPLE_RATE, record, SOUNDS, stems=True)
    speech, noise = result.stems["speech"], result.stems["noise"]
    assert active_level(speech, SAMPLE_RATE).level_dbov - rms_dbov(noise) == pytest.approx(record["snr_db"], abs=0.01)
    assert result.measured["snr_db"] == pytest.approx(record["snr_db"], abs=0.001)
    coded = [np.rint(stem.astype(np.float64) * 32768) / 32768 for stem in (speech, noise)]
    assert active_level(coded[0], SAMPLE_RATE).level_dbov - rms_dbov(coded[1]) == pytest.approx(record["snr_db"], abs=0.3)
    np.testing.assert_allclose(result.audio, speech + noise, atol=1e-6)


def test_an_independent_voltmeter_finds_the_snr_too():
    record = asked("street", snr_db=0.4)
    result = simulate(speech_like(4, 0.5, 8), SAMPLE_RATE, record, SOUNDS, stems=True)
    speech_level = voltmeter(result.stems["speech"], SAMPLE_RATE, steps_per_octave=4)
    noise_level = 10 * np.log10(np.mean(result.stems["noise"].astype(np.float64) ** 2))
    assert speech_level - noise_level == pytest.approx(record["snr_db"], abs=0.1)


@given(condition=st.sampled_from(SIMULATED), seed=st.integers(0, 2**32), length=st.integers(800, 5 * SAMPLE_RATE))
@settings(max_examples=60, deadline=None)
def test_a_record_gives_the_same_samples_again_as_many_as_went_in(condition, seed, length):
    speech = speech_like(5, 1.0)[:length]
    kept = speech.copy()
    record = asked(condition, seed)
    once = simulate(speech, SAMPLE_RATE, record, Sounds(), stems=True)
    again = simulate(speech, SAMPLE_RATE, json.loads(json.dumps(record)), SOUNDS)
    assert once.audio.tobytes() == again.audio.tobytes()
    assert once.measured == again.measured
    assert once.audio.dtype == np.float32
    assert len(once.audio) == length == len(once.stems["speech"])
    np.testing.assert_array_equal(speech, kept)
    assert json.loads(json.dumps(once.measured)) == once.measured
    assert again.stems == {}
    assert once.measured["clipped_samples"] == 0
    assert np.abs(once.audio).max() <= 1


@pytest.mark.parametrize("input_db", [-60, -26, -3])
@pytest.mark.parametrize("condition", ["street", "babble"])
def test_speech_stands_at_minus_26_dbov_whatever_level_it_comes_at(condition, input_db):
    speech = speech_like(5, 0.6)
    speech *= np.float32(gain_of_db(input_db - active_level(speech, SAMPLE_RATE).level_dbov))
    result = simulate(speech, SAMPLE_RATE, asked(condition, snr_db=0.8), SOUNDS, stems=True)
    assert active_level(result.stems["speech"], SAMPLE_RATE).level_dbov == pytest.approx(-26, abs=0.01)
    assert (result.measured["level_dbov"], result.measured["level_lowered"]) == (-26, False)


def test_a_handset_keeps_the_level_of_speech():
    speech = speech_like(5, 0.6)
    speech = np.convolve(speech, np.hanning(15), mode="same").astype(np.float32)
    result = simulate(speech, SAMPLE_RATE, asked("phone"), SOUNDS, stems=True)
    assert active_level(result.audio, SAMPLE_RATE).level_dbov == pytest.approx(-26, abs=0.3)
    assert active_level(result.stems["speech"], SAMPLE_RATE).level_dbov == pytest.approx(-26, abs=0.01)
    assert result.measured["microphone_gain_db"] != 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("condition", ["office", "measured_street"])
def test_in_a_room_the_early_part_sets_the_level_and_reverberation_counts_as_speech(condition, seed):
    record = asked(condition, seed)
    speech = speech_like(5, 0.6, seed)
    result = simulate(speech, SAMPLE_RATE, record, SOUNDS, stems=True)
    response = result.stems["response"]
    whole, early = (np.convolve(speech, part)[: len(speech)] for part in (response, response[: round(0.05 * SAMPLE_RATE)]))
    gain = np.sum(whole * result.stems["speech"]) / np.sum(whole**2)
    np.testing.assert_allclose(result.stems["speech"], gain * whole, atol=1e-5)
    assert active_level(gain * early, SAMPLE_RATE).level_dbov == pytest.approx(-26, abs=0.01)
    assert result.measured["speech_level_dbov"] == pytest.approx(active_level(gain * whole, SAMPLE_RATE).level_dbov, abs=0.01)
    assert result.measured["speech_level_dbov"] >= -26
    for name in ("t60_s", "drr_db", "c50_db"):
        assert result.measured[name] is not None
    if condition == "office":
        assert result.measured["t60_s"] == pytest.approx(record["room"]["t60_s"], rel=0.05)


@pytest.mark.parametrize("condition", SIMULATED)
def test_a_click_stays_at_its_sample(condition):
    """The direct path is the first to arrive, through room, microphone and codec; the click stands clear of the noise."""
    speech = np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    speech[9876] = 0.9
    result = simulate(speech, SAMPLE_RATE, asked(condition, 1, distance_m=0.0, snr_db=0.9999), SOUNDS, stems=True)
    stem = np.abs(result.stems["speech"])
    assert int(np.argmax(stem >= 0.1 * stem.max())) == 9876
    if condition in ("phone", "all"):
        assert int(np.argmax(np.abs(result.audio))) == pytest.approx(9876, abs=2)


@pytest.mark.parametrize("condition", ["street", "phone", "all"])
def test_where_the_peak_would_leave_full_scale_everything_is_lowered_and_it_is_said(condition):
    record = asked(condition, 2) | {"level_dbov": -3.0}
    result = simulate(speech_like(5, 0.7), SAMPLE_RATE, record, SOUNDS, stems=True)
    assert np.abs(result.audio).max() <= 32767 / 32768 * (1 + 1e-6)
    assert result.measured["level_lowered"] is True
    assert result.measured["level_dbov"] < -5
    assert result.measured["peak"] == pytest.approx(np.abs(result.audio).max(), abs=1e-4)
    level = active_level(result.stems["speech"], SAMPLE_RATE).level_dbov
    assert level == pytest.approx(result.measured["speech_level_dbov"], abs=0.01)
    if condition == "street":
        assert result.measured["peak"] == pytest.approx(1, abs=1e-3)
        assert level == pytest.approx(result.measured["level_dbov"], abs=0.01)
        np.testing.assert_allclose(result.audio, result.stems["speech"] + result.stems["noise"], atol=1e-6)


def test_a_level_asked_for_is_the_level_given():
    result = simulate(speech_like(4, 0.7), SAMPLE_RATE, asked("street", snr_db=0.9) | {"level_dbov": -40.0}, SOUNDS, stems=True)
    assert active_level(result.stems["speech"], SAMPLE_RATE).level_dbov == pytest.approx(-40, abs=0.01)
    assert result.measured["level_dbov"] == -40


@pytest.mark.parametrize("details", [False, True])
def test_the_other_ratios_are_measured_beside_the_active_one(details):
    result = simulate(speech_like(4, 0.4), SAMPLE_RATE, asked("street", snr_db=0.5), SOUNDS, stems=True, details=details)
    measured = result.measured
    speech, noise = (stem.astype(np.float64) for stem in (result.stems["speech"], result.stems["noise"]))
    assert measured["snr_clip_db"] == pytest.approx(10 * np.log10(np.mean(speech**2) / np.mean(noise**2)), abs=0.01)
    assert measured["snr_segmental_db"] < measured["snr_db"]
    assert ("snr_a_weighted_db" in measured) == details
    assert measured["noise_level_dbov"] == pytest.approx(rms_dbov(noise), abs=0.001)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_any_sampling_rate_will_do(rate):
    speech = speech_like(2, 0.7, sample_rate=rate)
    for condition in ("all", "measured_street"):
        record = asked(condition, 5)
        result = simulate(speech, rate, record, Sounds(rate))
        assert len(result.audio) == len(speech)
        assert result.measured["snr_db"] == pytest.approx(record["snr_db"], abs=0.001)


@pytest.mark.parametrize("offset", [0.3, -0.02])
@pytest.mark.parametrize("condition", ["street", "office", "street_office", "phone"])
def test_an_offset_of_the_recording_changes_no_ratio_and_no_level(condition, offset):
    speech = speech_like(5, 0.6)
    record = asked(condition, 1, snr_db=0.5)
    clean, shifted = (
        simulate(x, SAMPLE_RATE, record, SOUNDS, stems=True) for x in (speech - speech.mean(), speech + np.float32(offset))
    )
    np.testing.assert_allclose(shifted.stems["speech"], clean.stems["speech"], atol=2e-4)
    for name in ("speech_level_dbov", "snr_db", "snr_clip_db", "activity"):
        assert shifted.measured[name] == pytest.approx(clean.measured[name], abs=0.005)


@pytest.mark.parametrize("activity", [0.3, 1.0])
@pytest.mark.parametrize("condition", SIMULATED)
def test_the_gains_recorded_lead_from_the_recording_to_the_stem_and_on_to_the_output(condition, activity):
    speech = speech_like(4, activity, 2)
    record = asked(condition, 4)
    if condition == "street":
        record["level_dbov"] = -3.0
    result = simulate(speech, SAMPLE_RATE, record, SOUNDS, stems=True)
    heard = speech
    if (response := result.stems.get("response")) is not None:
        heard = np.convolve(speech, response)[: len(speech)]
        assert np.sum(response[: round(0.05 * SAMPLE_RATE)].astype(np.float64) ** 2) == pytest.approx(1, abs=1e-5)
    measured = result.measured
    np.testing.assert_allclose(result.stems["speech"], gain_of_db(measured["speech_gain_db"]) * heard, atol=2e-5)
    stem_level = active_level(result.stems["speech"], SAMPLE_RATE).level_dbov
    assert stem_level == pytest.approx(measured["speech_level_dbov"], abs=0.01)
    if record["room"] is None:
        assert stem_level + measured["output_gain_db"] == pytest.approx(measured["level_dbov"], abs=0.01)
        assert measured["level_lowered"] or measured["level_dbov"] == pytest.approx(record["level_dbov"], abs=0.01)


@pytest.mark.parametrize("speech", [np.zeros(0), np.zeros(16000), np.full(16000, 0.2), np.tile([1, -1], 8000) / 32768 / 2])
@pytest.mark.parametrize("condition", ["street", "office"])
def test_silence_cannot_be_simulated_from(condition, speech):
    with pytest.raises(SilentSpeechError):
        simulate(speech.astype(np.float32), SAMPLE_RATE, asked(condition), SOUNDS)


def test_a_voice_cannot_be_two_talkers():
    record = asked("babble")
    record["noise"]["talkers"][1]["speaker_id"] = record["noise"]["talkers"][0]["speaker_id"]
    with pytest.raises(ValueError, match="same speaker"):
        simulate(speech_like(1), SAMPLE_RATE, record, SOUNDS)
