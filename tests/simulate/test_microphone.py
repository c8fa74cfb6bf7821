import numpy as np
import pytest
import scipy.signal

from pipelines.simulate.microphone import RESPONSES, linear_phase_taps, microphone
from schemas.names import MICROPHONES

P48_SEND = {
    200: -15.5, 250: -10.6, 300: -7.6, 315: -7.1, 400: -4.7, 500: -3.2, 630: -2.4, 800: -1.2, 1000: 0.0,
    1250: 1.4, 1600: 3.1, 2000: 4.0, 2500: 5.5, 3000: 5.2, 3150: 5.5, 3500: -3.6,
}  # fmt: skip


def gain_db(taps: np.ndarray, hz: float, rate: int) -> float:
    return 20 * np.log10(np.abs(np.sum(taps * np.exp(-2j * np.pi * hz / rate * np.arange(len(taps))))))


def test_every_name_of_the_configuration_has_a_response():
    assert set(RESPONSES) == set(MICROPHONES)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_irs_send_is_p48_within_half_a_decibel_in_band_and_under_30_db_outside(rate):
    taps = microphone("irs_send", rate).taps
    for hz, db in P48_SEND.items():
        assert gain_db(taps, hz, rate) == pytest.approx(db, abs=0.5), hz
    assert gain_db(taps, 100, rate) <= -30
    for hz in range(4000, min(rate // 2, 8000), 50):
        assert gain_db(taps, hz, rate) <= -30


@pytest.mark.parametrize("hz", [200, 315, 1000, 2000, 3000, 3500])
def test_a_sine_comes_out_as_loud_as_the_table_says_and_in_phase(hz):
    rate = 16000
    sine = np.sin(2 * np.pi * hz / rate * np.arange(rate)).astype(np.float32)
    heard = microphone("irs_send", rate)(sine)[4000:12000]
    basis = np.exp(-2j * np.pi * hz / rate * np.arange(4000, 12000))
    transfer = np.sum(heard * basis) / np.sum(sine[4000:12000] * basis)
    assert 20 * np.log10(np.abs(transfer)) == pytest.approx(P48_SEND[hz], abs=0.5)
    assert np.angle(transfer) == pytest.approx(0, abs=0.01)


def test_noise_through_the_response_has_its_shape():
    noise = np.random.default_rng(0).standard_normal(60 * 16000).astype(np.float32)
    heard = microphone("irs_send", 16000)(noise)
    hz, cross = scipy.signal.csd(noise, heard, 16000, nperseg=4096)
    _, own = scipy.signal.welch(noise, 16000, nperseg=4096)
    transfer = 20 * np.log10(np.abs(cross / own))
    transfer -= np.interp(1000, hz, transfer)
    for point, db in P48_SEND.items():
        assert np.interp(point, hz, transfer) == pytest.approx(db, abs=0.7), point


def test_taps_are_symmetric_about_their_middle():
    taps = linear_phase_taps(RESPONSES["irs_send"], 16000)
    assert len(taps) % 2 == 1
    np.testing.assert_allclose(taps, taps[::-1], atol=1e-15)


def test_flat_changes_nothing_and_an_unknown_name_is_an_error():
    assert microphone("flat", 16000) is None
    with pytest.raises(KeyError):
        microphone("unheard_of", 16000)
