"""What is measured, against theory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile
from numpy.typing import NDArray

from pipelines.audio.decode import Decoded
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.measure import LOUDEST, MAX_SNR_DB, Measured, clipped_fraction, measure
from pipelines.simulate.level import active_level

LOBE_HZ = 125.0
"""Half the width of the analysis window's main lobe: what stands at a frequency is seen up to this much higher."""

SPEECH = Path(__file__).parents[2] / "data_samples" / "audio" / "austen_1.flac"


def measured(samples: NDArray[np.floating], rate: int = 16_000) -> Measured:
    """The figures of samples of shape (frames,) or (frames, channels)."""
    shaped = samples[:, None] if samples.ndim == 1 else samples
    return measure(Decoded(shaped.astype(np.float32), rate, "TEST"), "digest")


def sine(amplitude: float, frequency: float = 1000.0, rate: int = 16_000, seconds: float = 4.0) -> NDArray[np.float64]:
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("amplitude", [0.9, 0.5, 0.01])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_sine(amplitude: float, rate: int) -> None:
    found = measured(sine(amplitude, rate=rate), rate)
    assert found.peak == pytest.approx(amplitude, rel=0.002)
    assert found.active_level_dbov == pytest.approx(20 * np.log10(amplitude / np.sqrt(2)), abs=0.1)
    assert found.activity == pytest.approx(1.0, abs=0.01)
    assert found.dc_offset == pytest.approx(0.0, abs=1e-5)
    assert found.clipped_fraction == 0.0
    assert found.bandwidth_hz == pytest.approx(1000, abs=LOBE_HZ)
    assert (found.duration_s, found.sample_rate, found.channels) == (4.0, rate, 1)


@pytest.mark.parametrize("offset", [0.2, -0.05, 0.001])
def test_offset_is_measured_and_taken_off(offset: float) -> None:
    found = measured(sine(0.1) + offset)
    assert found.dc_offset == pytest.approx(offset, abs=1e-5)
    assert found.peak == pytest.approx(0.1 + abs(offset), abs=1e-4)
    assert found.active_level_dbov == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=0.1)
    assert found.bandwidth_hz == pytest.approx(1000, abs=LOBE_HZ)


def test_a_constant_is_silence() -> None:
    found = measured(np.full(16_000, 0.5))
    assert (found.active_level_dbov, found.activity, found.dc_offset) == (-150.0, 0.0, 0.5)


@pytest.mark.parametrize("overdrive", [1.5, 2.0, 4.0])
def test_clipped_fraction_of_an_overdriven_sine(overdrive: float) -> None:
    """A sine of amplitude a is above 1 for 1 - (2/π)·asin(1/a) of the time."""
    clipped = np.clip(sine(overdrive, 50.0), -1, 1)
    assert measured(clipped).clipped_fraction == pytest.approx(1 - 2 / np.pi * np.arcsin(1 / overdrive), abs=0.01)


def test_a_single_peak_is_not_clipped() -> None:
    assert clipped_fraction(np.array([[0.1], [1.0], [0.1], [1.0]], np.float32)) == 0.0
    assert clipped_fraction(np.array([[1.0], [1.0], [0.1], [-1.0]], np.float32)) == 0.5
    assert clipped_fraction(np.array([[1.0], [-1.0], [0.99], [0.98]], np.float32)) == 0.0


def test_levels_are_of_the_mix_and_peaks_of_any_channel() -> None:
    quiet, loud = sine(0.1), sine(0.8, 1000.0)
    found = measured(np.stack([quiet, loud], axis=1))
    assert found.peak == pytest.approx(0.8, rel=0.002)
    assert found.active_level_dbov == pytest.approx(20 * np.log10(0.45 / np.sqrt(2)), abs=0.1)


@pytest.mark.parametrize("snr_db", [0.0, 5.0, 10.0, 20.0, 30.0])
def test_snr_of_speech_with_known_noise(snr_db: float) -> None:
    speech, rate = soundfile.read(SPEECH)
    noise = np.random.default_rng(3).standard_normal(len(speech))
    gain = 10 ** ((active_level(speech, rate).level_dbov - snr_db) / 20)
    found = measured(speech + gain * noise, rate).snr_db
    # Two noises add, and the level is read with the noise in it.
    together = -10 * np.log10(10 ** (-snr_db / 10) + 10 ** (-measured(speech, rate).snr_db / 10))
    assert found == pytest.approx(10 * np.log10(10 ** (together / 10) + 1), abs=1.5)


def test_padding_says_nothing_about_the_room() -> None:
    speech, rate = soundfile.read(SPEECH)
    noisy = speech + 0.003 * np.random.default_rng(3).standard_normal(len(speech))
    padded = np.concatenate([np.zeros(rate), noisy, np.zeros(rate)])
    assert measured(padded, rate).snr_db == pytest.approx(measured(noisy, rate).snr_db, abs=1.5)


def test_snr_is_bounded() -> None:
    assert measured(np.concatenate([sine(0.5), np.zeros(16_000)])).snr_db <= MAX_SNR_DB
    assert measured(np.random.default_rng(0).standard_normal(32_000) * 0.1).snr_db < 3.0


@pytest.mark.parametrize("cutoff", [1000.0, 3400.0, 6000.0])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_bandwidth_of_band_limited_noise(cutoff: float, rate: int) -> None:
    noise = np.random.default_rng(1).standard_normal(4 * rate) * 0.1
    sections = scipy.signal.ellip(12, 0.1, 100, cutoff, fs=rate, output="sos")
    assert measured(scipy.signal.sosfilt(sections, noise), rate).bandwidth_hz == pytest.approx(
        cutoff + LOBE_HZ / 2, abs=LOBE_HZ / 2 + 0.05 * cutoff
    )


def test_bandwidth_of_resampled_telephone_speech() -> None:
    import soxr

    speech, rate = soundfile.read(SPEECH)
    narrow = soxr.resample(soxr.resample(speech, rate, 8_000), 8_000, 48_000)
    assert 3000 < measured(narrow, 48_000).bandwidth_hz < 4100


@pytest.mark.parametrize("frames", [1, 2, 3, 15, 16, 17, 160, 319, 320, 511, 512, 513])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_clips_of_hardly_any_samples(frames: int, value: float) -> None:
    for samples in (np.full(frames, value), value * (-1.0) ** np.arange(frames)):
        found = measured(samples)
        assert found.peak == value
        assert 0.0 <= found.snr_db <= MAX_SNR_DB
        assert 0.0 <= found.bandwidth_hz <= 8_000
        assert 0.0 <= found.activity <= 1.0
        assert -150.0 <= found.active_level_dbov <= 0.001


def test_no_negative_zero() -> None:
    assert str(measured(np.zeros(100)).peak) == "0.0"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(value: float) -> None:
    samples = sine(0.1)
    samples[[5, 9]] = value
    with pytest.raises(AudioProblem) as caught:
        measured(samples)
    assert (caught.value.rule, caught.value.message) == ("non_finite", "2 of 64000 samples are NaN or infinite")


def test_samples_scaled_like_whole_numbers_are_measured_and_larger_ones_refused() -> None:
    assert measured(sine(32_767.0)).peak == pytest.approx(32_767, rel=0.01)
    assert measured(sine(LOUDEST * 0.99)).peak > 1e9
    with pytest.raises(AudioProblem) as caught:
        measured(sine(1e30))
    assert caught.value.rule == "corrupt_audio"


def test_figures_are_the_same_again() -> None:
    speech, rate = soundfile.read(SPEECH)
    assert measured(speech, rate) == measured(speech.copy(), rate)
