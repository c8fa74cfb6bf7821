import itertools

import numpy as np
import pytest

from pipelines.simulate.codecs.concealment import conceal

FRAME_S = 0.02


def voiced(sample_rate: int, pitch_hz: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return sum(np.sin(2 * np.pi * k * pitch_hz * time + k) / k for k in range(1, 6)).astype(np.float32) * np.float32(0.1)


def frames_lost(count: int, *which: int) -> np.ndarray:
    lost = np.zeros(count, dtype=bool)
    lost[list(which)] = True
    return lost


@pytest.mark.parametrize("sample_rate", [8000, 16000, 48000])
@pytest.mark.parametrize("run", [3, 4, 10])
def test_it_is_silent_from_60_ms_on(sample_rate, run):
    frame = round(FRAME_S * sample_rate)
    x = voiced(sample_rate, 120)
    conceal(x, frames_lost(50, *range(20, 20 + run)), frame, sample_rate)
    begin = 20 * frame
    silent = x[begin + round(0.06 * sample_rate) : begin + run * frame]
    assert not silent.any()
    fading = [
        np.sqrt(np.mean(x[begin + round(s * sample_rate) :][: round(0.0083 * sample_rate)] ** 2)) for s in (0, 0.02, 0.035, 0.05)
    ]
    assert all(earlier > later for earlier, later in itertools.pairwise(fading))


@pytest.mark.parametrize("sample_rate", [8000, 16000])
@pytest.mark.parametrize("pitch_hz", [80, 100, 160, 200])
def test_a_steady_vowel_goes_on_as_it_was(sample_rate, pitch_hz):
    """Where the pitch period is whole samples, 10 ms of repetition are the vowel itself."""
    frame = round(FRAME_S * sample_rate)
    x = voiced(sample_rate, pitch_hz)
    kept = x.copy()
    x[20 * frame : 21 * frame] = 9  # what a decoder left there does not matter
    conceal(x, frames_lost(50, 20), frame, sample_rate)
    begin, held = 20 * frame, round(0.01 * sample_rate)
    error = x[begin : begin + held] - kept[begin : begin + held]
    assert np.mean(error**2) < 1e-3 * np.mean(kept**2)
    np.testing.assert_array_equal(x[: begin - round(0.005 * sample_rate)], kept[: begin - round(0.005 * sample_rate)])
    after = 21 * frame + round(0.004 * sample_rate)
    np.testing.assert_array_equal(x[after:], kept[after:])


@pytest.mark.parametrize("pitch_hz", [90, 140, 230])
def test_there_is_no_break_at_either_end(pitch_hz):
    sample_rate, frame = 16000, 320
    x = voiced(sample_rate, pitch_hz)
    steepest = np.abs(np.diff(x)).max()
    conceal(x, frames_lost(50, 20, 21, 30), frame, sample_rate)
    assert np.abs(np.diff(x)).max() < 1.5 * steepest


def test_a_loss_at_the_beginning_is_silence_and_one_at_the_end_is_concealed():
    x = voiced(8000, 100)
    conceal(x, frames_lost(50, 0, 49), 160, 8000)
    assert not x[:160].any()
    assert np.abs(x[49 * 160 : 49 * 160 + 80]).max() > 0.05


def test_losses_shortly_after_each_other_leave_earlier_concealment_alone():
    x = voiced(8000, 100)
    lost = frames_lost(50, 20, 21, 22, 23, 25)
    conceal(x, lost, 160, 8000)
    assert not x[20 * 160 + 480 : 24 * 160].any()
    assert np.isfinite(x).all()
