import numpy as np
import pytest

from pipelines.simulate.clock import of_length, on_clock

RATE = 16000


@pytest.mark.parametrize("offset_ppm", [-5000, -100, -20, 35, 150, 2000])
@pytest.mark.parametrize("hz", [200.0, 1000.0, 3400.0])
def test_a_tone_comes_out_lower_by_the_offset(offset_ppm, hz):
    time = np.arange(20 * RATE) / RATE
    tone = np.sin(2 * np.pi * hz * time).astype(np.float32)
    heard = on_clock(tone, RATE, offset_ppm)
    assert len(heard) == len(tone)
    middle = slice(2 * RATE, 18 * RATE)
    basis = np.exp(-2j * np.pi * hz / (1 + offset_ppm * 1e-6) * time[middle])
    demodulated = heard[middle] * basis
    first, last = (np.angle(np.mean(part)) for part in np.split(demodulated, 2))
    drift_hz = np.angle(np.exp(1j * (last - first))) / (2 * np.pi * 8)
    assert drift_hz / hz * 1e6 == pytest.approx(0, abs=1)


def test_the_first_sample_stays_and_the_rest_drifts():
    x = np.zeros(10 * RATE, dtype=np.float32)
    x[[100, 9 * RATE]] = 1
    heard = on_clock(x, RATE, 1000)
    assert int(np.argmax(heard[:1000])) == 100
    assert 5000 + int(np.argmax(heard[5000:])) == pytest.approx(9 * RATE * 1.001, abs=1)


def test_of_length():
    np.testing.assert_array_equal(of_length(np.array([1, 2, 3], dtype=np.float32), 2), [1, 2])
    np.testing.assert_array_equal(of_length(np.array([1], dtype=np.float32), 3), [1, 0, 0])
