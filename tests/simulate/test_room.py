import numpy as np
import pytest
import scipy.signal

from pipelines.simulate.room import convolve, measured_response, response_of
from tests.simulate.signals import SAMPLE_RATE, speech_like


def decaying_noise(t60_s: float, seed: int, length_s: float = 3.0) -> np.ndarray:
    length = round(length_s * SAMPLE_RATE)
    decay = 0.1 * np.random.default_rng(seed).standard_normal(length) * 10 ** (-3 * np.arange(length) / SAMPLE_RATE / t60_s)
    decay[0] = 1
    return decay


@pytest.mark.parametrize("before", [0, 1, 37, 5000])
@pytest.mark.parametrize("gain", [0.003, 1, 40])
def test_a_measured_response_begins_at_its_direct_path(before, gain):
    recording = gain * np.concatenate([np.zeros(before), decaying_noise(0.4, 1)])
    response = measured_response(recording, SAMPLE_RATE)
    speech = speech_like(1)
    heard = convolve(speech, response)
    assert len(heard) == len(speech)
    assert np.abs(response.samples[0]) == np.abs(response.samples).max()
    expected = scipy.signal.fftconvolve(speech, response.samples)[: len(speech)]
    np.testing.assert_allclose(heard, expected, atol=1e-6)


def test_the_direct_path_is_the_first_sample_within_20_db_of_the_peak():
    recording = np.zeros(2000)
    recording[100], recording[110], recording[160] = 0.099, 0.101, 1.0
    response = measured_response(recording, SAMPLE_RATE)
    assert np.flatnonzero(response.samples)[:2].tolist() == [0, 50]


@pytest.mark.parametrize("t60_s", [0.3, 0.6, 1.2])
@pytest.mark.parametrize("floor_db", [-60, -50])
def test_a_recording_s_own_noise_is_cut_and_does_not_lengthen_the_decay(t60_s, floor_db):
    found = []
    for seed in range(5):
        recording = decaying_noise(t60_s, seed)
        recording += 0.1 * 10 ** (floor_db / 20) * np.random.default_rng(99 + seed).standard_normal(len(recording))
        response = measured_response(recording, SAMPLE_RATE)
        assert len(response.samples) <= 1.05 * t60_s * SAMPLE_RATE
        found.append(response.t60_s)
    assert np.median(found) == pytest.approx(t60_s, rel=0.03)


def test_the_tail_ends_where_a_millionth_of_the_energy_is_left():
    recording = decaying_noise(0.5, 3)
    response = measured_response(recording, SAMPLE_RATE)
    left_out = np.sum(recording[len(response.samples) :] ** 2) / np.sum(recording**2)
    assert 0.5e-6 < left_out <= 1.01e-6


def test_the_first_50_ms_have_unit_energy_and_keep_the_level_of_noise():
    response = response_of(5 * decaying_noise(0.7, 2), SAMPLE_RATE)
    boundary = round(0.05 * SAMPLE_RATE)
    assert np.sum(response.samples[:boundary].astype(np.float64) ** 2) == pytest.approx(1, abs=1e-6)
    noise = np.random.default_rng(1).standard_normal(20 * SAMPLE_RATE).astype(np.float32)
    assert 10 * np.log10(np.mean(response.early(noise) ** 2)) == pytest.approx(0, abs=0.1)
    np.testing.assert_array_equal(response.early.taps, response.samples[:boundary])


@pytest.mark.parametrize("recording", [np.zeros(0), np.zeros(100)])
def test_silence_is_no_response(recording):
    with pytest.raises(ValueError, match="silent"):
        measured_response(recording, SAMPLE_RATE)
