import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from pipelines.simulate.level import active_level, gain_of_db, rms_dbov, without_offset
from tests.simulate.signals import RECORDINGS, recording, speech_like, voltmeter

TAU_S, HANGOVER_S, MARGIN_DB = 0.03, 0.2, 15.9


def test_full_scale_square_wave_is_0_dbov_and_a_sine_3_db_less():
    square = np.tile(np.array([1.0, -1.0], dtype=np.float32), 8000)
    sine = np.sin(2 * np.pi * 1000 / 16000 * np.arange(16000)).astype(np.float32)
    assert rms_dbov(square) == pytest.approx(0, abs=1e-5)
    assert rms_dbov(sine) == pytest.approx(-3.0103, abs=1e-4)
    assert active_level(np.tile(sine, 10), 16000).level_dbov == pytest.approx(-3.0103, abs=0.02)


@pytest.mark.parametrize("path", RECORDINGS[:: max(1, len(RECORDINGS) // 4)], ids=lambda path: path.stem)
def test_recordings_read_as_a_sample_by_sample_voltmeter_reads_them(path):
    x = recording(path, 8000)[: 8000 * 4]
    x *= np.float32(gain_of_db(-26 - active_level(x, 8000).level_dbov))
    assert active_level(x, 8000).level_dbov == pytest.approx(voltmeter(x, 8000, steps_per_octave=8), abs=0.02)


@pytest.mark.parametrize("activity", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("sample_rate", [8000, 11025, 16000])
def test_speech_reads_as_on_a_sample_by_sample_voltmeter(activity, sample_rate):
    x = speech_like(2.6, activity, seed=5, sample_rate=sample_rate)
    level = active_level(x, sample_rate).level_dbov
    assert level == pytest.approx(voltmeter(x, sample_rate, steps_per_octave=8), abs=0.02)
    assert level == pytest.approx(voltmeter(x, sample_rate), abs=0.25)  # the octave steps' own interpolation error


def gated_level(on_power: float, envelope: float, on_s: float, off_s: float) -> tuple[float, float]:
    """Level and activity of bursts of ``on_s`` with pauses of ``off_s``, from the two-pole envelope's closed form."""

    def crossing(share: float) -> float:  # when (1 + t/tau)·exp(-t/tau) has fallen to share
        return brentq(lambda t: (1 + t / TAU_S) * math.exp(-t / TAU_S) - share, 0, 2)

    def active(threshold: float) -> float:
        rise, fall = crossing(1 - threshold / envelope), crossing(threshold / envelope)
        return on_s - rise + fall + min(HANGOVER_S, off_s - fall + rise)

    def excess(threshold_db: float) -> float:
        return 10 * math.log10(on_power * on_s / active(10 ** (threshold_db / 20))) - threshold_db - MARGIN_DB

    threshold = 10 ** (brentq(excess, 20 * math.log10(envelope) - 60, 20 * math.log10(envelope) - 1) / 20)
    return 10 * math.log10(on_power * on_s / active(threshold)), active(threshold) / (on_s + off_s)


@pytest.mark.parametrize("on_s", [0.3, 0.6, 1.5])
@pytest.mark.parametrize("off_s", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("level_db", [0, -26, -60])
def test_gated_sine_has_the_level_of_its_closed_form(on_s, off_s, level_db):
    rate, amplitude = 16000, gain_of_db(level_db)
    sine = amplitude * np.sin(2 * np.pi * 1000 / rate * np.arange(round(on_s * rate)) + 0.1)
    x = np.tile(np.concatenate([sine, np.zeros(round(off_s * rate))]), 4).astype(np.float32)
    level, activity = gated_level(float(np.mean(sine**2)), float(np.mean(np.abs(sine))), on_s, off_s)
    measured = active_level(x, rate)
    assert measured.level_dbov == pytest.approx(level, abs=0.01)
    assert measured.activity == pytest.approx(activity, abs=0.002)


@pytest.mark.parametrize("on_s", [0.4, 1.0])
@pytest.mark.parametrize("off_s", [0.5, 1.5])
def test_noise_bursts_have_the_level_of_their_closed_form(on_s, off_s):
    rate = 16000
    bursts = 0.05 * np.random.default_rng(3).standard_normal((20, round(on_s * rate)))
    x = np.concatenate([bursts, np.zeros((20, round(off_s * rate)))], axis=1).ravel().astype(np.float32)
    level, activity = gated_level(float(np.mean(bursts**2)), float(np.mean(np.abs(bursts))), on_s, off_s)
    measured = active_level(x, rate)
    assert measured.level_dbov == pytest.approx(level, abs=0.03)
    assert measured.activity == pytest.approx(activity, rel=0.01)


@given(gain_db=st.floats(-60, 20), seed=st.integers(0, 20), activity=st.floats(0.3, 1))
@settings(max_examples=60, deadline=None)
def test_a_gain_moves_the_level_by_itself(gain_db, seed, activity):
    x = speech_like(3, activity, seed)
    before, after = active_level(x, 16000), active_level(x * np.float32(gain_of_db(gain_db)), 16000)
    assert after.level_dbov - before.level_dbov == pytest.approx(gain_db, abs=0.001)
    assert after.activity == pytest.approx(before.activity, abs=1e-4)


@given(extra_s=st.floats(0, 30), seed=st.integers(0, 20), activity=st.floats(0.3, 1))
@settings(max_examples=40, deadline=None)
def test_further_silence_after_half_a_second_of_it_changes_nothing(extra_s, seed, activity):
    x = np.concatenate([speech_like(3, activity, seed), np.zeros(8000, np.float32)])
    longer = np.concatenate([x, np.zeros(round(extra_s * 16000), np.float32)])
    assert active_level(longer, 16000).level_dbov == pytest.approx(active_level(x, 16000).level_dbov, abs=0.01)


def test_whole_level_is_active_level_less_the_pauses():
    x = speech_like(10, 0.5)
    level, activity = active_level(x, 16000)
    assert rms_dbov(x) == pytest.approx(level + 10 * math.log10(activity), abs=1e-3)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 16000])
def test_silence_has_no_level(length):
    silence = np.zeros(length, dtype=np.float32)
    assert active_level(silence, 16000) == (-math.inf, 0.0)
    assert rms_dbov(silence) == -math.inf


@given(length=st.integers(1, 2000), seed=st.integers(0, 1000), sample_rate=st.sampled_from([8000, 11025, 44100]))
@settings(max_examples=60, deadline=None)
def test_short_signals_lie_between_their_whole_level_and_their_peak(length, seed, sample_rate):
    x = (0.1 * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)
    level, activity = active_level(x, sample_rate)
    assert rms_dbov(x) - 1e-3 <= level <= 20 * math.log10(np.abs(x).max()) + 10 * math.log10(length) + 1e-3
    assert 0 < activity <= 1


def test_samples_in_float32_and_float64_read_alike_and_long_ones_as_short_ones():
    x = speech_like(7.5, 0.6)
    once, often = active_level(x, 16000), active_level(np.tile(x, 8), 16000)
    assert active_level(x.astype(np.float64), 16000).level_dbov == pytest.approx(once.level_dbov, abs=1e-4)
    assert often.level_dbov == pytest.approx(once.level_dbov, abs=0.02)


@pytest.mark.parametrize("offset", [0.2, -0.01, 0.003])
def test_an_offset_is_taken_away(offset):
    x = speech_like(4, 0.6)
    x -= x.mean()
    found = without_offset(x + np.float32(offset))
    np.testing.assert_allclose(found, x, atol=1e-6)
    assert active_level(found, 16000).level_dbov == pytest.approx(active_level(x, 16000).level_dbov, abs=1e-3)


@pytest.mark.parametrize("x", [speech_like(4, 0.6), np.zeros(100, np.float32), np.zeros(0, np.float32)], ids=["speech", "0", ""])
def test_what_has_hardly_an_offset_is_left_as_it_is(x):
    assert without_offset(x) is x
