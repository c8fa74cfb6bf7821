import math

import numpy as np
import pytest

from pipelines.simulate.level import active_level, rms_dbov
from pipelines.simulate.snr import a_weighted_snr_db, a_weighting, active_snr_db, clip_snr_db, noise_gain, segmental_snr_db
from tests.simulate.signals import speech_like

NOISE = (0.02 * np.random.default_rng(1).standard_normal(16000 * 6)).astype(np.float32)


@pytest.mark.parametrize("activity", [0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("snr_db", [-5, 0, 10, 20, 30])
def test_active_snr_is_what_was_asked_whatever_the_activity(activity, snr_db):
    speech = speech_like(6, activity)
    level = active_level(speech, 16000)
    noise = NOISE * np.float32(noise_gain(level.level_dbov, rms_dbov(NOISE), snr_db))
    assert active_snr_db(speech, noise, 16000) == pytest.approx(snr_db, abs=0.001)
    assert clip_snr_db(speech, noise) == pytest.approx(snr_db + 10 * math.log10(level.activity), abs=0.001)


@pytest.mark.parametrize(
    ("hz", "db"),
    [(31.5, -39.4), (63, -26.2), (125, -16.1), (250, -8.6), (500, -3.2), (1000, 0), (2000, 1.2), (4000, 1), (8000, -1.1)],
)
def test_a_weighting_is_that_of_iec_61672(hz, db):
    exact = 1000 * 10 ** (round(10 * math.log10(hz / 1000)) / 10)  # the table's nominal frequencies
    assert 10 * math.log10(a_weighting(np.array([exact]))[0]) == pytest.approx(db, abs=0.06)


@pytest.mark.parametrize(("speech_hz", "noise_hz"), [(1000, 125), (500, 2000), (1000, 1000)])
def test_a_weighted_snr_of_sines_differs_by_their_weights(speech_hz, noise_hz):
    time = np.arange(16000) / 16000
    speech, noise = (0.1 * np.sin(2 * np.pi * hz * time).astype(np.float32) for hz in (speech_hz, noise_hz))
    weights = 10 * np.log10(a_weighting(np.array([speech_hz, noise_hz])))
    assert a_weighted_snr_db(speech, noise, 16000, 1.0) == pytest.approx(weights[0] - weights[1], abs=0.01)
    assert a_weighted_snr_db(speech, noise, 16000, 0.5) == pytest.approx(weights[0] - weights[1] + 3.0103, abs=0.01)


def test_segmental_snr_is_the_mean_of_the_segments_within_its_limits():
    noise = np.tile(np.array([0.01, -0.01], dtype=np.float32), 16000)
    speech = np.concatenate([noise[:16000] * 10, np.zeros(16000, dtype=np.float32)])  # half at 20 dB, half without speech: -10
    assert segmental_snr_db(speech, noise, 16000) == pytest.approx((20 - 10) / 2, abs=0.001)
    assert segmental_snr_db(speech[:16000], noise[:16000] * 0, 16000) == 35
    assert math.isnan(segmental_snr_db(speech * 0, noise * 0, 16000))
