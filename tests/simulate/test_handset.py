import numpy as np
import pytest

from pipelines.simulate.handset import FULL_SCALE, NO_FIGURES, peak_of, send, within_full_scale
from pipelines.simulate.level import active_level, gain_of_db
from tests.simulate.signals import SAMPLE_RATE, speech_like


def handset(microphone: str = "flat", *codecs: str) -> dict:
    return {"name": "test", "microphone": microphone, "codecs": list(codecs)}


@pytest.fixture(scope="module")
def speech():
    x = speech_like(6, 0.7)
    return x * np.float32(gain_of_db(-26 - active_level(x, SAMPLE_RATE).level_dbov))


def test_no_handset_passes_everything_on(speech):
    for nothing in (None, handset()):
        sent = send(speech, speech, -26, SAMPLE_RATE, nothing)
        np.testing.assert_array_equal(sent.audio, speech)
        assert (sent.entry_gain, sent.exit_gain) == (1, 1)
        assert sent.figures == NO_FIGURES


@pytest.mark.parametrize("codecs", [(), ("g711_ulaw",), ("g711_ulaw", "g711_alaw")])
@pytest.mark.parametrize("microphone", ["flat", "irs_send"])
@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_speech_comes_out_at_its_level_length_and_place(microphone, codecs, sample_rate):
    x = speech_like(3, 0.7, sample_rate=sample_rate)
    x = np.convolve(x, np.ones(sample_rate // 4000) / (sample_rate // 4000), mode="same").astype(np.float32)  # below 4 kHz mostly
    x *= np.float32(gain_of_db(-26 - active_level(x, sample_rate).level_dbov))
    sent = send(x, x, -26, sample_rate, handset(microphone, *codecs))
    assert sent.audio.shape == x.shape
    assert sent.audio.dtype == np.float32
    if microphone == "irs_send" or not codecs:
        assert active_level(sent.audio, sample_rate).level_dbov == pytest.approx(-26, abs=0.5 if codecs else 0.02)
    correlation = np.fft.irfft(np.fft.rfft(sent.audio, 4 * len(x)) * np.conj(np.fft.rfft(x, 4 * len(x))))
    assert np.argmax(correlation) == 0


def test_a_telephone_band_is_left_of_white_noise():
    noise = (0.05 * np.random.default_rng(0).standard_normal(20 * SAMPLE_RATE)).astype(np.float32)
    heard = send(noise, noise, active_level(noise, SAMPLE_RATE).level_dbov, SAMPLE_RATE, handset("irs_send", "g711_ulaw")).audio
    spectrum = np.abs(np.fft.rfft(heard)) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / SAMPLE_RATE)
    band = {name: 10 * np.log10(np.mean(spectrum[(hz > low) & (hz < high)])) for name, low, high in
            [("in", 500, 3000), ("low", 20, 100), ("high", 4300, 7900)]}  # fmt: skip
    assert band["in"] - band["low"] > 30
    assert band["in"] - band["high"] > 60


def test_g711_adds_no_more_than_its_quantising_noise_to_speech(speech):
    narrow = send(speech, speech, -26, 8000, handset()).audio
    coded = send(speech, speech, -26, 8000, handset("flat", "g711_ulaw")).audio
    sdr_db = 10 * np.log10(np.mean(narrow**2) / np.mean((coded - narrow) ** 2))
    assert 35 < sdr_db < 40  # FIELD: about 37 dB


@pytest.mark.parametrize("gain", [0.5, 1, 3, 40])
@pytest.mark.parametrize("codecs", [(), ("g711_alaw",), ("g711_ulaw", "g711_alaw")])
def test_nothing_clips_and_what_was_lowered_is_said(speech, gain, codecs):
    loud = speech / np.abs(speech).max() * np.float32(gain)
    sent = send(loud, loud, -5, SAMPLE_RATE, handset("flat", *codecs))
    assert peak_of(sent.audio) <= FULL_SCALE * (1 + 1e-6)
    reference = send(loud * np.float32(0.1 / gain), loud, -5, SAMPLE_RATE, handset("flat", *codecs)).audio / (0.1 / gain)
    factor = np.sum(sent.audio * reference) / np.sum(reference**2)
    assert sent.entry_gain * sent.exit_gain == pytest.approx(factor, rel=0.02)
    if gain >= 3:
        assert sent.entry_gain < 0.6
        assert sent.exit_gain > 0.9


def test_full_scale_is_that_of_16_bit_samples():
    lowered, gain = within_full_scale(np.array([0.5, -1.0], dtype=np.float32))
    assert gain == 32767 / 32768
    assert lowered[1] == np.float32(-32767 / 32768)
    kept = np.array([0.5, -32767 / 32768], dtype=np.float32)
    assert within_full_scale(kept) == (pytest.approx(kept), 1.0)
    assert within_full_scale(np.zeros(0, dtype=np.float32))[1] == 1.0


def test_an_unknown_codec_is_an_error(speech):
    with pytest.raises(KeyError):
        send(speech, speech, -26, SAMPLE_RATE, handset("flat", "unheard_of"))
