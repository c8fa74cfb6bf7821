import numpy as np
import pytest
import scipy.signal

from pipelines.simulate.decay import drr_db
from pipelines.simulate.generated_room import generated_response, room_impulse
from pipelines.simulate.room import measured_response
from pipelines.simulate.tail import DEFAULT_T60_RATIOS, middle_t60_s
from tests.simulate.signals import SAMPLE_RATE
from tests.simulate.test_generated_room import ROOMS, positions, schroeder_t30

OCTAVES = (125, 250, 500, 1000, 2000, 4000)


def t30_in_octave(response: np.ndarray, centre_hz: int, rate: int) -> float:
    """Backwards through the filter, so that its own ringing does not add to the decay (ISO 3382-2)."""
    band = scipy.signal.butter(3, [centre_hz / np.sqrt(2), centre_hz * np.sqrt(2)], "bandpass", fs=rate, output="sos")
    return schroeder_t30(scipy.signal.sosfilt(band, response[::-1])[::-1], rate)


@pytest.mark.parametrize(
    "asked",
    [
        {125: 1.0, 250: 0.8, 500: 0.6, 1000: 0.5, 2000: 0.45, 4000: 0.4, 8000: 0.3},
        {125: 0.5, 500: 0.6, 2000: 0.7},
        {500: 0.5},
    ],
)
def test_each_octave_decays_as_asked(asked):
    """Over rooms and seeds: noise in a narrow band has few independent samples, so a single response scatters."""
    hz = sorted(asked)
    for octave in OCTAVES:
        expected = np.interp(np.log2(octave), np.log2(hz), [asked[each] for each in hz])
        found = []
        for seed in range(8):
            placed = positions(ROOMS[seed % 5], 1.5, seed)
            response = room_impulse(asked, ROOMS[seed % 5], *placed, seed, SAMPLE_RATE)
            found.append(t30_in_octave(response[round(0.03 * SAMPLE_RATE) :], octave, SAMPLE_RATE))
        assert np.median(found) == pytest.approx(expected, rel=0.08), octave


def test_one_reverberation_time_falls_towards_high_frequencies():
    found = {octave: [] for octave in OCTAVES}
    for seed in range(10):
        response = room_impulse(0.6, ROOMS[2], *positions(ROOMS[2], 1.5, seed), seed, SAMPLE_RATE)
        for octave in OCTAVES:
            found[octave].append(t30_in_octave(response[round(0.03 * SAMPLE_RATE) :], octave, SAMPLE_RATE))
    medians = {octave: float(np.median(values)) for octave, values in found.items()}
    assert medians[125] > medians[1000] > medians[4000]
    for octave in (250, 500, 1000, 2000, 4000):
        assert medians[octave] / medians[1000] == pytest.approx(DEFAULT_T60_RATIOS[octave], rel=0.08)


def test_the_middle_is_that_of_500_and_1000_hz():
    assert middle_t60_s({125: 1.0, 500: 0.6, 1000: 0.4, 4000: 0.1}) == pytest.approx(0.5)
    assert middle_t60_s({250: 0.4, 2000: 1.0}) == pytest.approx(0.7)
    assert middle_t60_s({8000: 0.3}) == 0.3


@pytest.mark.parametrize("dimensions", ROOMS)
@pytest.mark.parametrize("t60_s", [0.2, 0.5, 1.2])
@pytest.mark.parametrize("asked_db", [-10.0, -3.0, 0.0, 6.0, 15.0])
def test_the_direct_to_reverberant_ratio_is_that_asked(dimensions, t60_s, asked_db):
    source, receiver = positions(dimensions, 1.5, 4)
    room = {"t60_s": t60_s, "dimensions_m": dimensions, "source_m": source, "receiver_m": receiver, "seed": 3, "drr_db": asked_db}
    response = generated_response(room, SAMPLE_RATE)
    energy = response.samples.astype(np.float64) ** 2
    boundary = round(0.0025 * SAMPLE_RATE) + 1
    found = 10 * np.log10(energy[:boundary].sum() / energy[boundary:].sum())
    assert found == pytest.approx(asked_db, abs=0.1)
    assert response.drr_db == pytest.approx(asked_db, abs=0.01)
    if asked_db >= -3:
        assert int(np.argmax(np.abs(response.samples) >= 0.1 * np.abs(response.samples).max())) == 0


def test_a_measured_response_can_be_brought_to_a_ratio_and_keeps_its_tail():
    decay = 0.1 * np.random.default_rng(0).standard_normal(SAMPLE_RATE) * 10 ** (-3 * np.arange(SAMPLE_RATE) / SAMPLE_RATE / 0.5)
    recorded = np.concatenate([np.zeros(100), [1.0], decay])
    as_it_is, nearer = measured_response(recorded, SAMPLE_RATE), measured_response(recorded, SAMPLE_RATE, 12.0)
    assert nearer.drr_db == pytest.approx(12, abs=0.01)
    assert as_it_is.drr_db == pytest.approx(drr_db(recorded[100:], SAMPLE_RATE), abs=0.1)
    late = slice(round(0.1 * SAMPLE_RATE), round(0.3 * SAMPLE_RATE))
    ratio = nearer.samples[late] / as_it_is.samples[late]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3)
