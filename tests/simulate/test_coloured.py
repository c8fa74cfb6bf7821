import itertools

import numpy as np
import pytest

from pipelines.simulate.chain import simulate
from pipelines.simulate.coloured import coloured_noise, long_term_spectrum, speech_shaped_noise
from pipelines.simulate.draw import TooFewTalkers, draw
from tests.simulate.corpus import CANDIDATES, CONFIG, Sounds
from tests.simulate.signals import RECORDINGS, SAMPLE_RATE, excess_kurtosis, recording, speech_like


def octave_levels_db(x: np.ndarray, rate: int) -> np.ndarray:
    """Power per hertz in each octave from 62.5 Hz on."""
    power = np.abs(np.fft.rfft(x.astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(len(x), 1 / rate)
    edges = 62.5 * 2.0 ** np.arange(int(np.log2(rate / 2 / 62.5)) + 1)
    return 10 * np.log10([power[(hz >= low) & (hz < high)].mean() for low, high in itertools.pairwise(edges)])


@pytest.mark.parametrize(("colour", "slope_db"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_it_falls_as_its_colour_says(colour, slope_db, rate):
    x = coloured_noise(colour, rate, 60 * rate, 3)
    np.testing.assert_allclose(np.diff(octave_levels_db(x, rate)), slope_db, atol=0.5)
    assert abs(excess_kurtosis(x)) < 0.1 or colour == "brown"


def test_a_seed_fixes_it():
    np.testing.assert_array_equal(coloured_noise("pink", 16000, 5001, 7), coloured_noise("pink", 16000, 5001, 7))
    assert np.abs(coloured_noise("pink", 16000, 5001, 7) - coloured_noise("pink", 16000, 5001, 8)).max() > 0
    assert len(coloured_noise("brown", 16000, 1, 0)) == 1


def test_speech_shaped_noise_has_the_long_term_spectrum_of_its_talkers():
    voices = [recording(path) for path in RECORDINGS[:120:20]]
    noise = speech_shaped_noise([long_term_spectrum(voice, SAMPLE_RATE) for voice in voices], SAMPLE_RATE, 60 * SAMPLE_RATE, 1)
    together = np.mean(
        [10 ** (octave_levels_db(voice / np.std(voice), SAMPLE_RATE) / 10) / len(voice) for voice in voices], axis=0
    )
    difference = octave_levels_db(noise, SAMPLE_RATE) - 10 * np.log10(together)
    np.testing.assert_allclose(difference[1:] - np.mean(difference[1:]), 0, atol=1)
    assert abs(difference[0] - np.mean(difference[1:])) < 3  # speech rises steeply there: a third of an octave blurs it


@pytest.mark.parametrize("gain", [0.01, 1.0, 4.0])
def test_every_talker_counts_alike_however_loud(gain):
    voice = speech_like(3, 0.7)
    np.testing.assert_allclose(
        long_term_spectrum(voice * np.float32(gain), SAMPLE_RATE), long_term_spectrum(voice, SAMPLE_RATE), rtol=1e-3
    )
    assert not long_term_spectrum(np.zeros(5000, dtype=np.float32), SAMPLE_RATE).any()


def test_the_record_names_the_talkers_and_never_the_target():
    record = draw(CONFIG.condition("speech_shaped"), CONFIG, seed=1, quantiles={}, **CANDIDATES)
    talkers = record["noise"]["talkers"]
    assert len({talker["speaker_id"] for talker in talkers}) == 10
    done = simulate(speech_like(3), SAMPLE_RATE, record, Sounds())
    assert done.measured["snr_db"] == pytest.approx(record["snr_db"], abs=0.001)
    with pytest.raises(TooFewTalkers, match="spectrum"):
        draw(CONFIG.condition("speech_shaped"), CONFIG, seed=1, quantiles={}, **(CANDIDATES | {"talkers": []}))
