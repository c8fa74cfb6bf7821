import numpy as np
import pytest

from pipelines.simulate.chain import simulate
from pipelines.simulate.draw import draw
from pipelines.simulate.level import rms_dbov
from pipelines.simulate.machine import machine_noise
from tests.simulate.corpus import CANDIDATES, CONFIG, Sounds
from tests.simulate.signals import SAMPLE_RATE, speech_like


def machine(**other):
    return {
        "fundamental_hz": 128.0,
        "harmonics_db": [0.0, -6.0, -12.0],
        "repetition_hz": 2.5,
        "duty": 0.4,
        "jitter": 0.0,
        "ramp_s": 0.01,
        "start_s": 0.0,
        "seed": 1,
    } | other


def line(x: np.ndarray, hz: float, rate: int, reach_hz: float = 0.5) -> tuple[float, float]:
    """Frequency and amplitude of the strongest line near ``hz``: a Hann window and parabolic interpolation in dB."""
    size = 1 << (len(x) - 1).bit_length() + 2
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), size)) * 4 / len(x)
    near = np.abs(np.arange(len(spectrum)) * rate / size - hz) < reach_hz
    peak = int(np.argmax(np.where(near, spectrum, 0)))
    below, at, above = 20 * np.log10(spectrum[peak - 1 : peak + 2])
    shift = (below - above) / (2 * (below - 2 * at + above))
    return (peak + shift) * rate / size, 10 ** ((at - (below - above) * shift / 4) / 20)


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("fundamental_hz", [61.3, 128.0, 1033.3])
@pytest.mark.parametrize("repetition_hz", [None, 0.7, 2.5, 11.0])
def test_fundamental_and_harmonics_stand_where_and_as_loud_as_asked(rate, fundamental_hz, repetition_hz):
    # irregular bursts spread each harmonic, those of a low tone into one another
    asked = machine(fundamental_hz=fundamental_hz, repetition_hz=repetition_hz, jitter=0.02 if fundamental_hz > 100 else 0.0)
    asked["harmonics_db"] = [0, -6, 3, -15, -12]
    x = machine_noise(asked, rate, 20 * rate).astype(np.float64)
    reach = min(0.5, (repetition_hz or 10) / 3)
    found = [line(x, k * fundamental_hz, rate, reach) for k in range(1, 6) if k * fundamental_hz < rate / 2]
    for k, (hz, amplitude) in enumerate(found, 1):
        assert hz / k == pytest.approx(fundamental_hz, abs=0.1)
        assert 20 * np.log10(amplitude / found[0][1]) == pytest.approx(asked["harmonics_db"][k - 1], abs=0.5)


@pytest.mark.parametrize("repetition_hz", [0.5, 2.5, 7.3])
@pytest.mark.parametrize("duty", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("jitter", [0.0, 0.1])
def test_it_sounds_as_often_and_as_long_as_asked(repetition_hz, duty, jitter):
    rate, seconds = 8000, 60
    asked = machine(fundamental_hz=1000.0, repetition_hz=repetition_hz, duty=duty, jitter=jitter, ramp_s=0.002)
    x = machine_noise(asked, rate, seconds * rate)
    sounding = np.convolve(np.abs(x), np.ones(16) / 16, mode="same") > 0.3
    onsets = np.flatnonzero(sounding[1:] & ~sounding[:-1]) / rate
    assert (len(onsets) - 1) / (onsets[-1] - onsets[0]) == pytest.approx(repetition_hz, rel=0.005 + 2.5 * jitter / len(onsets))
    assert np.mean(sounding) == pytest.approx(duty, abs=0.02 + 0.004 * repetition_hz)
    deviations = onsets - np.arange(len(onsets)) / repetition_hz
    spread = (deviations.max() - deviations.min()) * repetition_hz
    assert spread <= 2 * jitter + 0.01
    assert spread > jitter or not jitter


def test_the_repetition_is_exact_over_a_long_time():
    rate = 8000
    x = machine_noise(machine(fundamental_hz=1000.0), rate, 20 * rate)
    hz, _ = line(np.square(x.astype(np.float64)) - np.mean(np.square(x)), 2.5, rate, 1.0)
    assert hz == pytest.approx(2.5, rel=0.001)


@pytest.mark.parametrize("ramp_s", [0.002, 0.02, 0.05])
def test_it_swells_over_the_ramp(ramp_s):
    rate = 48000
    x = machine_noise(machine(fundamental_hz=2000.0, harmonics_db=[0.0], ramp_s=ramp_s), rate, rate // 4)
    envelope = np.max(np.abs(x[: rate // 8].reshape(-1, 24)), axis=1)  # a cycle at a time
    assert np.flatnonzero(envelope > 0.99)[0] * 24 / rate == pytest.approx(ramp_s, rel=0.15, abs=0.0006)
    half = np.flatnonzero(envelope > 0.5)[0] * 24 / rate
    assert half == pytest.approx(ramp_s / 2, abs=0.0006)


def test_the_phase_goes_on_through_the_pauses():
    rate = 16000
    gated, steady = (machine_noise(machine(repetition_hz=each), rate, 5 * rate) for each in (2.5, None))
    sounding = np.abs(gated) > 0
    ratio = gated[sounding & (np.abs(steady) > 0.1)] / steady[sounding & (np.abs(steady) > 0.1)]
    assert ratio.min() >= 0
    assert ratio.max() <= 1.00001
    assert np.median(ratio) == pytest.approx(1, abs=1e-5)


def test_nothing_breaks_and_a_longer_one_begins_alike():
    rate = 16000
    x = machine_noise(machine(repetition_hz=None, fundamental_hz=50.3, harmonics_db=[0.0]), rate, 100 * rate)
    assert np.abs(np.diff(x)).max() <= 2 * np.pi * 50.3 / rate * 1.001
    np.testing.assert_array_equal(
        x[: 10 * rate], machine_noise(machine(repetition_hz=None, fundamental_hz=50.3, harmonics_db=[0.0]), rate, 10 * rate)
    )


def test_harmonics_beyond_half_the_sampling_rate_are_left_out():
    x = machine_noise(machine(fundamental_hz=3000.0, harmonics_db=[0, 20, 20], repetition_hz=None), 8000, 8000)
    spectrum = np.abs(np.fft.rfft(x))
    assert np.argmax(spectrum) == 3000
    assert np.delete(spectrum, 3000).max() < 1e-3 * spectrum.max()


@pytest.mark.parametrize("start_s", [0.0, 1.0, 3.0, 7.9])
def test_a_short_excerpt_is_never_a_pause(start_s):
    x = machine_noise(machine(repetition_hz=0.125, duty=0.1, start_s=start_s), 16000, 4000)
    assert rms_dbov(x) > -20


def test_a_scanner_of_the_configuration_is_heard_at_its_ratio():
    record = draw(CONFIG.condition("scanner"), CONFIG, seed=2, quantiles={}, **CANDIDATES)
    assert (record["noise"]["kind"], record["noise"]["fundamental_hz"], record["noise"]["room"]) == ("machine", 128.0, None)
    done = simulate(speech_like(20), SAMPLE_RATE, record, Sounds(), stems=True)
    assert done.measured["snr_db"] == pytest.approx(5, abs=0.001)
    hz, _ = line(done.stems["noise"].astype(np.float64), 128, SAMPLE_RATE)
    assert hz == pytest.approx(128, abs=0.01)


def test_in_a_room_a_machine_stands_somewhere_else():
    record = draw(CONFIG.condition("hum_office"), CONFIG, seed=2, quantiles={}, **CANDIDATES)
    speech, noise = record["room"], record["noise"]["room"]
    assert noise["receiver_m"] == speech["receiver_m"]
    assert noise["dimensions_m"] == speech["dimensions_m"]
    assert noise["t60_s"] == speech["t60_s"]
    assert np.linalg.norm(np.subtract(noise["source_m"], noise["receiver_m"])) == pytest.approx(noise["distance_m"], abs=1e-5)
    assert noise["source_m"] != speech["source_m"]
    assert noise["seed"] != speech["seed"]
    done = simulate(speech_like(4), SAMPLE_RATE, record, Sounds(), stems=True)
    begin, later = done.stems["noise"][:1600], done.stems["noise"][16000:32000]
    assert rms_dbov(begin) == pytest.approx(rms_dbov(later), abs=2)  # it has been sounding before the speech begins
