import numpy as np
import pytest
import scipy.signal

from pipelines.simulate.handset import send
from pipelines.simulate.level import active_level
from pipelines.simulate.microphone import BAND_FILTERS, RESPONSES, band_filter, linear_phase_taps, microphone
from schemas.names import BAND_FILTERS as BAND_FILTER_NAMES
from schemas.names import MICROPHONES

P48_SEND = {
    200: -15.5, 250: -10.6, 300: -7.6, 315: -7.1, 400: -4.7, 500: -3.2, 630: -2.4, 800: -1.2, 1000: 0.0,
    1250: 1.4, 1600: 3.1, 2000: 4.0, 2500: 5.5, 3000: 5.2, 3150: 5.5, 3500: -3.6,
}  # fmt: skip

# the published figures, re 1 kHz; what lies in a response's band is held to half a decibel
IN_BAND = {
    "modified_irs_send": {100: -28.0, 200: -9.6, 300: -4.8, 2000: 3.8, 3150: 5.8, 3500: 3.4, 4000: 0.2},
    "p341": {50: -2.6, 100: 0.0, 200: 0.0, 300: 0.0, 2000: 0.2, 3150: 0.2, 3500: 0.0, 4000: 0.1, 7000: -3.2},
    "msin": {50: -25.0, 100: -13.0, 200: -2.7, 300: -0.1, 2000: 0.0, 3150: 0.0, 3500: 0.0, 4000: 0.0, 7000: 0.0, 7500: 0.0},
    "g712": {50: -16.5, 100: -32.0, 200: -5.2, 300: -0.1, 2000: 0.0, 3150: 0.4, 3500: -1.5, 4000: -14.5},
}
OUT_OF_BAND = {"p341": {7500: -50.0}, "g712": {5000: -30.0}}


def gain_db(taps: np.ndarray, hz: float, rate: int) -> float:
    return 20 * np.log10(np.abs(np.sum(taps * np.exp(-2j * np.pi * hz / rate * np.arange(len(taps))))))


def test_every_name_of_the_configuration_has_a_response():
    assert set(RESPONSES) == set(MICROPHONES)
    assert set(BAND_FILTERS) == set(BAND_FILTER_NAMES)


@pytest.mark.parametrize("name", IN_BAND)
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_every_response_has_its_published_figures(name, rate):
    taps = (band_filter if name == "g712" else microphone)(name, rate).taps
    reference = gain_db(taps, 1000, rate)
    for hz, db in IN_BAND[name].items():
        if hz < 0.49 * rate:
            assert gain_db(taps, hz, rate) - reference == pytest.approx(db, abs=0.5), hz
    for hz, db in OUT_OF_BAND.get(name, {}).items():
        if hz < 0.49 * rate:
            assert gain_db(taps, hz, rate) - reference <= db, hz


@pytest.mark.parametrize("rate", [16000, 48000])
def test_a_curve_of_one_s_own_is_followed(rate):
    points = [[100, -12], [300, -3], [1000, 0], [3000, 6], [6000, -9]]
    taps = microphone(points, rate).taps
    for hz, db in points:
        assert gain_db(taps, hz, rate) == pytest.approx(db, abs=0.5)
    assert gain_db(taps, 550, rate) == pytest.approx(-1.5, abs=0.3)  # half way in the logarithm of frequency


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


@pytest.mark.parametrize("name", [*(name for name, table in RESPONSES.items() if table), *BAND_FILTERS])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_a_response_goes_through_every_point_of_its_table(name, rate):
    table = BAND_FILTERS.get(name) or RESPONSES[name]
    taps = linear_phase_taps(table, rate)
    for hz, db in table:
        if hz < 0.49 * rate:
            assert gain_db(taps, hz, rate) == pytest.approx(db, abs=0.1), hz


@pytest.mark.parametrize("points", [[(100, 0), (101, -40), (1000, 0)], [(50, -90), (60, 0), (70, -90)]])
def test_points_too_close_for_the_filter_leave_the_others_alone(points):
    taps = linear_phase_taps(points, 16000)
    assert np.isfinite(taps).all()
    for hz in (20, 30, *range(50, 8000, 10)):
        assert gain_db(taps, hz, 16000) < 3


@pytest.mark.parametrize("name", ["irs_send", "modified_irs_send", "p341", "msin", "g712"])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_noise_through_a_handset_shows_its_response(name, rate):
    """As it would be measured from outside: cross-spectrum of what goes in and what comes out, through the whole chain."""
    noise = (0.05 * np.random.default_rng(1).standard_normal(20 * rate)).astype(np.float32)
    stage = {"microphone": "flat", "band_filter": name} if name == "g712" else {"microphone": name}
    heard = send(noise, noise, active_level(noise, rate).level_dbov, rate, {"name": "test", "codecs": [], **stage}).audio
    hz, cross = scipy.signal.csd(noise, heard, rate, nperseg=rate // 2)
    _, own = scipy.signal.welch(noise, rate, nperseg=rate // 2)
    transfer = 20 * np.log10(np.abs(cross / own))
    transfer -= np.interp(1000, hz, transfer)
    for point, db in (P48_SEND if name == "irs_send" else IN_BAND[name]).items():
        if point < 0.49 * rate and db > -20:
            assert np.interp(point, hz, transfer) == pytest.approx(db, abs=0.5), point
