import math

import numpy as np
import pytest

from pipelines.simulate.agc import agc_gain, static_gain_db

RATE = 16000
AGC = {"target_dbov": -26.0, "ratio": 4.0, "max_gain_db": 12.0, "max_loss_db": 24.0, "attack_ms": 5.0, "release_ms": 200.0}


def square(level_dbov: float, seconds: float) -> np.ndarray:
    """Constant power: no ripple on the level."""
    return np.where(np.arange(round(seconds * RATE)) % 16 < 8, 1, -1).astype(np.float32) * np.float32(10 ** (level_dbov / 20))


def in_db(gain: np.ndarray) -> np.ndarray:
    return 20 * np.log10(gain)


@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0, 1000.0])
@pytest.mark.parametrize("level_dbov", [-70, -50, -40, -30, -26, -15, -3])
def test_a_lasting_level_gets_the_gain_of_the_curve(ratio, level_dbov):
    agc = AGC | {"ratio": ratio}
    expected = min(max((-26 - level_dbov) * (1 - 1 / ratio), -24), 12)
    assert static_gain_db(level_dbov, agc) == pytest.approx(expected)
    assert in_db(agc_gain(square(level_dbov, 3), RATE, agc))[-1] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("attack_ms", [2.0, 5.0, 50.0])
@pytest.mark.parametrize("release_ms", [50.0, 200.0])
def test_power_follows_at_the_time_constants(attack_ms, release_ms):
    """The level detector is a one-pole filter of power: after one time constant it is 63 % there."""
    agc = AGC | {"attack_ms": attack_ms, "release_ms": release_ms, "ratio": 1000.0, "max_gain_db": 60.0, "max_loss_db": 60.0}
    x = np.concatenate([square(-30, 2), square(-10, 2), square(-30, 2)])
    level_db = -26 - in_db(agc_gain(x, RATE, agc)) / (1 - 1 / 1000)
    for start_s, constant_ms, low, high in ((2, attack_ms, -30, -10), (4, release_ms, -10, -30)):
        expected = 10 * math.log10(10 ** (high / 10) + (10 ** (low / 10) - 10 ** (high / 10)) / math.e)
        at = round((start_s + constant_ms / 1000) * RATE)
        assert level_db[at] == pytest.approx(expected, abs=0.6)


def test_silence_gets_no_more_than_the_most_gain_and_any_length_will_do():
    assert in_db(agc_gain(np.zeros(5 * RATE, dtype=np.float32), RATE, AGC))[-1] == pytest.approx(12, abs=1e-4)
    for length in (0, 1, 15, 16, 17, 1001):
        assert len(agc_gain(np.zeros(length, dtype=np.float32), RATE, AGC)) == length
