import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.simulate.level import rms_dbov
from pipelines.simulate.noise import CROSSFADE_S, SilentNoiseError, excerpt, noise_excerpt

RATE = 16000
FADE = round(CROSSFADE_S * RATE)


@given(total=st.integers(1, 5000), start_share=st.floats(0, 0.999), length=st.integers(0, 20000), crossfade=st.integers(0, 900))
@settings(max_examples=200, deadline=None)
def test_an_excerpt_has_the_length_asked_and_begins_where_asked(total, start_share, length, crossfade):
    recording = np.arange(1, total + 1, dtype=np.float32)
    start = int(start_share * total)
    found = excerpt(recording, start, length, crossfade)
    assert len(found) == length
    if start + length <= total:
        np.testing.assert_array_equal(found, recording[start : start + length])
    else:
        fade = min(crossfade, total // 2)
        np.testing.assert_array_equal(found[: max(0, total - fade - start)], recording[start : max(start, total - fade)])
        period = total - fade
        np.testing.assert_array_equal(found[2 * period :], found[period : max(period, length - period)])  # lap after lap


@pytest.mark.parametrize("span_s", [0.3, 1.0, 3.7])
def test_a_loop_of_noise_keeps_its_level_through_the_seam(span_s):
    powers = []
    for seed in range(200):
        noise = np.random.default_rng(seed).standard_normal(round(span_s * RATE)).astype(np.float32)
        found = excerpt(noise, 0, 2 * len(noise), FADE)
        seam = found[len(noise) - FADE : len(noise)]
        powers.append(np.mean(seam.astype(np.float64) ** 2))
    assert 10 * np.log10(np.mean(powers)) == pytest.approx(0, abs=0.1)  # of unit power, 200 x 800 samples


def test_a_loop_has_no_break():
    time = np.arange(round(1.23 * RATE)) / RATE
    hum = np.sin(2 * np.pi * 100.4 * time).astype(np.float32)
    found = excerpt(hum, 1000, 10 * RATE, FADE)
    step = 2 * np.pi * 100.4 / RATE
    # in the fade two sines of the same frequency and their envelopes' slopes add up, never more than this
    assert np.abs(np.diff(found)).max() <= step * np.sqrt(2) + np.pi / 2 / FADE * np.sqrt(2)


@given(
    span=st.tuples(st.floats(0, 5), st.floats(0.2, 5)),
    start_share=st.floats(0, 1),
    length=st.integers(1, 4 * RATE),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_nothing_from_outside_the_span_is_heard(span, start_share, length, seed):
    begin_s, end_s = span[0], span[0] + span[1]
    recording = np.full(11 * RATE, 100, dtype=np.float32)
    inside = slice(round(begin_s * RATE), round(end_s * RATE))
    recording[inside] = np.random.default_rng(seed).uniform(-1, 1, inside.stop - inside.start)
    length = max(length, 1000)  # a few samples are mostly their own offset
    found, start_s = noise_excerpt(recording, RATE, (begin_s, end_s), begin_s + start_share * (end_s - begin_s), length)
    assert len(found) == length
    assert np.abs(found).max() < 1.5
    assert begin_s - 1e-4 <= start_s < end_s


def test_a_silent_stretch_is_skipped():
    recording = np.zeros(10 * RATE, dtype=np.float32)
    recording[6 * RATE : 7 * RATE : 2], recording[6 * RATE + 1 : 7 * RATE : 2] = 0.1, -0.1
    found, start_s = noise_excerpt(recording, RATE, (0, 10), 1.0, 2 * RATE)
    assert start_s == 5
    assert rms_dbov(found) == pytest.approx(-20 - 3.01, abs=0.01)
    assert noise_excerpt(recording, RATE, (0, 10), 8.5, 2 * RATE)[1] == 4.5  # round the end: 8.5, 0.5, 2.5, 4.5


@pytest.mark.parametrize("offset", [-0.3, 0.01, 0.3])
def test_a_recording_s_offset_is_no_part_of_the_noise(offset):
    noise = (0.05 * np.random.default_rng(3).standard_normal(4 * RATE)).astype(np.float32)
    for start_s in (1.0, 3.0):  # the latter goes on round the end
        clean, _ = noise_excerpt(noise - noise.mean(), RATE, (0, 4), start_s, 2 * RATE)
        found, _ = noise_excerpt(noise + np.float32(offset), RATE, (0, 4), start_s, 2 * RATE)
        np.testing.assert_allclose(found, clean, atol=2e-3)
        assert rms_dbov(found) == pytest.approx(rms_dbov(clean), abs=0.01)


@pytest.mark.parametrize("offset", [0.0, 0.2])
@pytest.mark.parametrize("span_s", [(0.0, 2.0), (3.0, 3.0), (20.0, 22.0)])
def test_a_span_without_sound_is_refused(span_s, offset):
    recording = np.concatenate([np.zeros(2 * RATE), np.ones(RATE)]).astype(np.float32) + np.float32(offset)
    with pytest.raises(SilentNoiseError):
        noise_excerpt(recording, RATE, span_s, span_s[0], RATE)


def test_a_start_outside_the_recording_is_refused():
    with pytest.raises(ValueError, match="start"):
        excerpt(np.ones(10, dtype=np.float32), 10, 5, 2)
