import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.simulate.fir import BlockFilter


@given(length=st.integers(0, 40000), taps=st.integers(1, 9000), delay_share=st.floats(0, 0.999), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_filters_like_direct_convolution(length, taps, delay_share, seed):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(length).astype(np.float32)
    response = generator.standard_normal(taps) * np.exp(-5 * np.arange(taps) / taps)
    delay = int(delay_share * taps)
    size = 1 << (length + taps).bit_length()
    expected = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(response, size), size)[delay : delay + length]
    filtered = BlockFilter(response, delay)(x)
    assert filtered.shape == x.shape
    assert filtered.dtype == np.float32
    assert np.abs(filtered - expected).max(initial=0) <= 2e-6 * np.sqrt(taps) * 5


def test_a_unit_impulse_changes_nothing_and_a_delayed_one_is_compensated():
    x = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    impulse = np.zeros(101)
    impulse[50] = 1
    np.testing.assert_allclose(BlockFilter(impulse, 50)(x), x, atol=3e-6)
    np.testing.assert_allclose(BlockFilter(impulse, 0)(x)[50:], x[:-50], atol=3e-6)


def test_a_delay_outside_the_response_is_refused():
    with pytest.raises(ValueError, match="delay"):
        BlockFilter(np.ones(5), 5)
