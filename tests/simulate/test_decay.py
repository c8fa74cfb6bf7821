import math

import numpy as np
import pytest

from pipelines.simulate.decay import c50_db, decay_curve_db, drr_db, t60_s

RATE = 16000


def exponential(t60: float, length_s: float | None = None) -> np.ndarray:
    """A decay without randomness: the square root of the energy that each sample of an ideal decay holds."""
    time = np.arange(round((length_s or 2 * t60) * RATE)) / RATE
    return 10 ** (-3 * time / t60)


@pytest.mark.parametrize("t60", [0.1, 0.3, 0.8, 2.5])
def test_t60_of_an_exponential_decay(t60):
    assert t60_s(exponential(t60), RATE) == pytest.approx(t60, rel=1e-3)
    assert t60_s(np.float32(0.01) * exponential(t60).astype(np.float32), RATE) == pytest.approx(t60, rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_t60_of_decaying_noise(seed):
    noise = np.random.default_rng(seed).standard_normal(RATE * 2) * exponential(1.0)
    assert t60_s(noise, RATE) == pytest.approx(1.0, rel=0.02)


def test_a_decay_that_ends_early_is_measured_as_far_as_it_goes():
    for depth_db in (30, 34, 40, 50):
        assert t60_s(exponential(0.6, 0.6 * depth_db / 60), RATE) == pytest.approx(0.6, rel=0.03)
    assert t60_s(exponential(0.6, 0.6 * 20 / 60), RATE) is None
    assert t60_s(np.array([1.0]), RATE) is None


@pytest.mark.parametrize(("t60", "c50"), [(0.3, 9.5), (0.5, 4.7), (0.8, 1.4), (1.2, -1.1)])
def test_c50_of_an_exponential_decay(t60, c50):
    assert c50_db(exponential(t60), RATE) == pytest.approx(10 * math.log10(math.exp(6 * math.log(10) * 0.05 / t60) - 1), abs=0.02)
    assert c50_db(exponential(t60), RATE) == pytest.approx(c50, abs=0.1)  # the published figures


@pytest.mark.parametrize("asked_db", [-15, -3, 0, 10])
def test_drr_of_a_direct_path_over_a_reverberation_of_known_energy(asked_db):
    response = np.zeros(RATE)
    response[0], response[round(0.0025 * RATE)] = 0.8, 0.6  # unit energy, at both ends of the direct window
    response[round(0.0025 * RATE) + 1 :] = exponential(0.5, 1)[: RATE - round(0.0025 * RATE) - 1]
    response[round(0.0025 * RATE) + 1 :] *= 10 ** (-asked_db / 20) / np.sqrt(np.sum(response[round(0.0025 * RATE) + 1 :] ** 2))
    assert drr_db(response, RATE) == pytest.approx(asked_db, abs=1e-6)


def test_a_direct_path_alone_has_no_ratio():
    assert drr_db(np.array([1.0, 0, 0]), RATE) is None
    assert c50_db(np.array([1.0, 0, 0]), RATE) is None


def test_the_decay_curve_starts_at_zero_and_falls():
    curve = decay_curve_db(np.random.default_rng(0).standard_normal(1000))
    assert curve[0] == 0
    assert (np.diff(curve) < 0).all()
