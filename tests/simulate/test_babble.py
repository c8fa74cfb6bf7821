import numpy as np
import pytest

from pipelines.simulate.babble import babble
from pipelines.simulate.level import active_level
from pipelines.simulate.noise import SilentNoiseError
from tests.simulate.signals import RECORDINGS, excess_kurtosis, recording, speech_like

RATE = 16000


@pytest.mark.parametrize("gain", [0.01, 1, 5])
def test_every_talker_counts_alike_however_loud_their_recording_is(gain):
    quiet, loud = speech_like(4, 0.6, 1), speech_like(5, 0.8, 2)
    both = babble([quiet, loud * np.float32(gain)], [0, 0], RATE, 4 * RATE)
    np.testing.assert_allclose(both, babble([quiet, loud], [0, 0], RATE, 4 * RATE), atol=2e-4)
    alone = babble([loud * np.float32(gain)], [0], RATE, len(loud))
    assert active_level(alone, RATE).level_dbov == pytest.approx(0, abs=0.001)


def test_an_offset_of_a_recording_makes_its_talker_no_quieter():
    one, other = speech_like(4, 0.6, 1), speech_like(5, 0.8, 2)
    both = babble([one, other], [0, 0], RATE, 4 * RATE)
    np.testing.assert_allclose(babble([one, other + np.float32(0.1)], [0, 0], RATE, 4 * RATE), both, atol=0.02)


def test_a_talker_is_read_from_their_start_on_and_round_their_end():
    voice = speech_like(3, 1.0, 4)
    scale = 10 ** (-active_level(voice, RATE).level_dbov / 20)
    found = babble([voice], [2 * RATE], RATE, 9 * RATE)
    np.testing.assert_allclose(found[: RATE // 2], scale * voice[2 * RATE : 2 * RATE + RATE // 2], rtol=1e-5)
    assert active_level(found, RATE).level_dbov == pytest.approx(0, abs=0.3)


def test_mean_excess_kurtosis_falls_as_one_over_the_talkers():
    generator = np.random.default_rng(0)
    length = 4 * RATE
    voices = [speech_like(6, 1.0, seed) ** 3 for seed in range(40)]  # cubed: as peaky as speech
    voices = [(voice / np.sqrt(np.mean(voice**2, dtype=np.float64))).astype(np.float32) * np.float32(0.05) for voice in voices]

    def mean_kurtosis(talkers: int) -> float:
        found = []
        for _ in range(120):
            chosen = generator.choice(len(voices), talkers, replace=False)
            starts = generator.integers(0, 6 * RATE, talkers).tolist()
            found.append(excess_kurtosis(babble([voices[index] for index in chosen], starts, RATE, length)))
        return float(np.mean(found))

    alone = mean_kurtosis(1)
    for talkers in (3, 5, 7):
        assert mean_kurtosis(talkers) == pytest.approx(alone / talkers, rel=0.2)


def test_babble_of_real_recordings_follows_one_over_the_talkers_too():
    generator = np.random.default_rng(1)
    voices = [recording(path) for path in RECORDINGS if path.suffix == ".flac" and "_1." in path.name]
    assert len(voices) >= 15

    def kurtosis(*chosen: np.ndarray) -> float:
        starts = [int(generator.integers(len(voice))) for voice in chosen]
        return excess_kurtosis(babble(chosen, starts, RATE, 4 * RATE))

    alone = np.mean([kurtosis(voice) for voice in voices for _ in range(5)])
    for talkers in (2, 4, 7):
        draws = [generator.choice(len(voices), talkers, replace=False) for _ in range(100)]
        found = np.mean([kurtosis(*(voices[index] for index in drawn)) for drawn in draws])
        assert found == pytest.approx(alone / talkers, rel=0.2)


@pytest.mark.parametrize("value", [0.0, 0.2])
def test_a_silent_talker_is_refused(value):
    with pytest.raises(SilentNoiseError):
        babble([np.full(RATE, value, dtype=np.float32)], [0], RATE, RATE)
