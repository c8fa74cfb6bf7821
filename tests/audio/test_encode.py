"""Mixing down, resampling, 16 bits and FLAC."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipelines.audio.encode import encode_flac, mix_down, resample, to_pcm16
from tests.audio.files import level_dbov


def test_mix_is_the_mean_of_the_channels() -> None:
    channels = np.array([[1.0, 0.0, 0.5], [-1.0, 1.0, 0.3]], np.float32)
    np.testing.assert_allclose(mix_down(channels), [0.5, 0.1], atol=1e-7)
    assert mix_down(channels).dtype == np.float32


def test_opposite_channels_cancel() -> None:
    left = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    assert not mix_down(np.stack([left, -left], axis=1)).any()


@pytest.mark.parametrize(("rate", "target"), [(48_000, 16_000), (44_100, 16_000), (8_000, 16_000), (11_025, 48_000)])
def test_resampling_keeps_a_tone(rate: int, target: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    expected = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(target) / target)
    found = resample(tone.astype(np.float32), rate, target)
    assert len(found) == target
    inner = slice(target // 10, -target // 10)
    assert level_dbov(expected[inner]) - level_dbov(found[inner] - expected[inner]) > 90


def test_resampling_stops_what_the_target_cannot_hold() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 10_000 * np.arange(48_000) / 48_000)
    assert level_dbov(resample(tone.astype(np.float32), 48_000, 16_000)[1600:-1600]) < -100


def test_clipped_samples_are_counted() -> None:
    whole, clipped = to_pcm16(np.array([0.0, 1.0, -1.0, 1.5, -1.5, 32767 / 32768], np.float32))
    assert whole.tolist() == [0, 32767, -32768, 32767, -32768, 32767]
    assert clipped == 3


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=200))
def test_16_bits_come_back_exactly(values: list[int]) -> None:
    whole = np.array(values, np.int16)
    data, clipped = encode_flac(whole / np.float32(32768), 16_000)
    found, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    assert (found.tolist(), rate, clipped) == (values, 16_000, 0)
