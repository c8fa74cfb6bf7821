import math

import numpy as np
import pytest
from scipy.signal import resample_poly

from pipelines.simulate.generated_room import critical_distance_m, generated_response, room_impulse
from tests.simulate.signals import SAMPLE_RATE, speech_like

ROOMS = [(3.0, 3.0, 2.4), (4.0, 5.0, 2.7), (6.0, 4.0, 3.0), (8.0, 7.0, 3.5), (10.0, 3.0, 2.5)]
T60_S = (0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.2)


def positions(dimensions: tuple[float, ...], distance: float, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    generator = np.random.default_rng(seed)
    for _ in range(1000):
        receiver = generator.uniform(0.3, np.array(dimensions) - 0.3)
        direction = generator.standard_normal(3) * [1, 1, 0.3]
        source = receiver + distance * direction / np.linalg.norm(direction)
        if (source > 0.3).all() and (source < np.array(dimensions) - 0.3).all():
            return source, receiver
    return None


def schroeder_t30(response: np.ndarray, rate: int) -> float:
    """T30 by a fit that shares no code with the one under test."""
    curve = 10 * np.log10(np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1] / np.sum(response.astype(np.float64) ** 2))
    chosen = (curve <= -5) & (curve >= -35)
    return -60 / np.polyfit(np.flatnonzero(chosen) / rate, curve[chosen], 1)[0]


@pytest.fixture(scope="module")
def grid():
    found = []
    for number, dimensions in enumerate(ROOMS):
        for t60 in T60_S:
            for distance in (0.2, 0.5, 1.0, 2.0, 4.0):
                placed = positions(dimensions, distance, number)
                if placed:
                    found.append((dimensions, t60, distance, room_impulse(t60, dimensions, *placed, number, SAMPLE_RATE)))
    assert len(found) > 150
    return found


def test_t30_is_the_t60_asked(grid):
    errors = [abs(schroeder_t30(response, SAMPLE_RATE) / t60 - 1) for _, t60, _, response in grid]
    assert max(errors) <= 0.05
    assert np.median(errors) <= 0.02


def test_the_late_decay_is_that_of_the_t60_asked(grid):
    """The correction for T30 bends the tail only a little; measured from a tenth of T60 on, where there is nothing else."""
    errors = []
    for _, t60, _, response in grid:
        tail = response[round(t60 / 10 * SAMPLE_RATE) :]
        curve = 10 * np.log10(np.cumsum(tail[::-1] ** 2)[::-1] / np.sum(tail**2))
        chosen = (curve <= -5) & (curve >= -30)
        errors.append(abs(-60 / np.polyfit(np.flatnonzero(chosen) / SAMPLE_RATE, curve[chosen], 1)[0] / t60 - 1))
    assert np.median(errors) <= 0.02
    assert np.percentile(errors, 95) <= 0.08


def test_direct_and_reverberant_sound_stand_as_the_geometry_says(grid):
    """DRR is 20·log10(r_c / d); what differs is the reflections that the direct path's 2.5 ms hold, and the tail's chance."""
    errors = []
    for dimensions, t60, distance, response in grid:
        if distance <= 1:
            later = np.sum(response[1:] ** 2)
            errors.append(-10 * math.log10(later) - 20 * math.log10(critical_distance_m(math.prod(dimensions), t60) / distance))
    assert np.median(np.abs(errors)) <= 0.3
    assert np.percentile(np.abs(errors), 90) <= 1.5


def test_the_direct_path_is_the_first_sample(grid):
    for _, _, _, response in grid:
        assert response[0] == pytest.approx(1, abs=0.35)  # what the band-limited next reflection adds to it
        assert int(np.argmax(np.abs(response) >= 0.1 * np.abs(response).max())) == 0


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@pytest.mark.parametrize("distance", [0.2, 1.0, 2.5, 4.0])
def test_the_direct_path_stays_at_its_sample_in_speech(rate, distance):
    dimensions = (6.0, 5.0, 3.0)
    source, receiver = positions(dimensions, distance, 3)
    room = {"t60_s": 0.3, "dimensions_m": dimensions, "source_m": source, "receiver_m": receiver, "seed": 1}
    response = generated_response(room, rate)
    impulse = np.zeros(rate // 2, dtype=np.float32)
    impulse[1234] = 1
    heard = response.whole(impulse)
    assert len(heard) == len(impulse)
    assert int(np.argmax(np.abs(heard) >= 0.1 * np.abs(heard).max())) == 1234
    assert np.abs(heard[:1234]).max() < 1e-5


def test_the_whitened_cross_correlation_of_reverberant_and_dry_speech_peaks_at_zero_near_by():
    speech = speech_like(3, 1.0)
    source, receiver = positions((6.0, 4.0, 3.0), 0.5, 2)
    room = {"t60_s": 0.4, "dimensions_m": (6.0, 4.0, 3.0), "source_m": source, "receiver_m": receiver, "seed": 9}
    heard = generated_response(room, SAMPLE_RATE).whole(speech)
    spectrum = np.fft.rfft(heard, 2**17) * np.conj(np.fft.rfft(speech, 2**17))
    assert np.argmax(np.fft.irfft(spectrum / np.maximum(np.abs(spectrum), 1e-9))) == 0


def test_early_reflections_arrive_when_geometry_says():
    """Talker and microphone a metre apart in the middle of a hall: the first to come is the floor's, alone."""
    dimensions, source, receiver = (20.0, 16.0, 9.0), (9.5, 8.0, 1.2), (10.5, 8.0, 1.2)
    response = room_impulse(1.0, dimensions, source, receiver, 5, SAMPLE_RATE)
    path = math.hypot(1.0, 2.4)
    arrival = (path - 1.0) / 343 * SAMPLE_RATE
    fine = resample_poly(response[: round(arrival * 2)], 16, 1)
    found = (16 * 20 + int(np.argmax(np.abs(fine[16 * 20 :])))) / 16
    assert found == pytest.approx(arrival, abs=0.1)


def test_a_seed_fixes_the_response_and_another_changes_only_the_tail():
    placed = positions(ROOMS[2], 1.0, 0)
    one, same, other = (room_impulse(0.5, ROOMS[2], *placed, seed, SAMPLE_RATE) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    mixing = round(math.sqrt(72) / 1000 * SAMPLE_RATE)
    np.testing.assert_array_equal(one[:mixing], other[:mixing])
    assert np.abs(one[mixing:] - other[mixing:]).max() > 0
