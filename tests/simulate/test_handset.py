import numpy as np
import pytest

from pipelines.simulate.draw_handset import draw_handset
from pipelines.simulate.handset import FULL_SCALE, NO_FIGURES, peak_of, send, within_full_scale
from pipelines.simulate.level import active_level, gain_of_db
from schemas.handset import HandsetConfig
from schemas.names import handset_presets
from tests.simulate.signals import RECORDINGS, SAMPLE_RATE, recording, speech_like


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


def with_stages(**stages) -> dict:
    return handset() | {"seed": 5} | stages


@pytest.mark.parametrize("level_dbov", [-80, -60, -45])
@pytest.mark.parametrize("microphone", ["flat", "irs_send", "p341"])
def test_the_noise_floor_stands_at_its_level_behind_the_microphone(speech, level_dbov, microphone):
    stages = with_stages(noise_floor_dbov=level_dbov, microphone=microphone)
    noisy, clean = (send(speech, speech, -26, SAMPLE_RATE, stages | other).audio for other in ({}, {"noise_floor_dbov": None}))
    floor = (noisy - clean).astype(np.float64)
    assert 10 * np.log10(np.mean(floor**2)) == pytest.approx(level_dbov, abs=0.1)
    spectrum = np.abs(np.fft.rfft(floor[: 5 * SAMPLE_RATE])) ** 2
    low, high = spectrum[: len(spectrum) // 2].mean(), spectrum[len(spectrum) // 2 :].mean()
    assert 10 * np.log10(low / high) == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("limit_dbov", [-20, -12, -6])
def test_clipping_is_where_it_was_asked_and_counted(speech, limit_dbov):
    sent = send(speech, speech, -26, SAMPLE_RATE, with_stages(clipping_dbov=limit_dbov, dc=0.01))
    limit = 10 ** (limit_dbov / 20)
    np.testing.assert_allclose(sent.audio, np.clip(speech, -limit, limit) + np.float32(0.01), atol=1e-6)
    assert sent.figures["clipped_fraction"] == pytest.approx(np.mean(np.abs(speech) > limit), abs=1e-9)


@pytest.mark.parametrize("ratio", [1.5, 4, 100])
@pytest.mark.parametrize("band_filter", [None, "g712"])
def test_gain_control_leaves_the_speech_at_its_level_and_evens_it_out(ratio, band_filter):
    uneven = np.concatenate([speech_like(3, 1.0), np.float32(0.1) * speech_like(3, 1.0)])
    uneven *= np.float32(gain_of_db(-26 - active_level(uneven, SAMPLE_RATE).level_dbov))
    agc = {"target_dbov": -26, "ratio": ratio, "max_gain_db": 30, "max_loss_db": 30, "attack_ms": 5, "release_ms": 100}
    sent = send(uneven, uneven, -26, SAMPLE_RATE, with_stages(agc=agc, band_filter=band_filter))
    assert active_level(sent.audio, SAMPLE_RATE).level_dbov == pytest.approx(-26, abs=0.05)
    loud, quiet = (10 * np.log10(np.mean(part.astype(np.float64) ** 2)) for part in np.split(sent.audio, 2))
    assert loud - quiet == pytest.approx(20 / ratio, abs=2)
    assert sent.figures["agc_gain_db"] is not None


@pytest.mark.parametrize("microphone", ["irs_send", "modified_irs_send", "p341", "msin"])
@pytest.mark.parametrize("band_filter", [None, "g712"])
def test_every_response_and_band_leaves_the_speech_at_its_level(speech, microphone, band_filter):
    stages = with_stages(microphone=microphone, band_filter=band_filter)
    sent = send(speech, speech, -26, SAMPLE_RATE, stages)
    assert active_level(sent.audio, SAMPLE_RATE).level_dbov == pytest.approx(-26, abs=0.05)
    assert sent.figures["delay_ms"] == pytest.approx(32 * (1 + (band_filter is not None)), abs=0.1)


@pytest.mark.parametrize("codecs", [["g711_ulaw"], ["amr_nb_12.2"], ["g722"], ["g711_alaw", "gsm"], ["opus_16"]])
def test_packets_of_the_last_codec_are_lost_and_counted(speech, codecs):
    loss = {"rate": 0.2, "mean_burst": 2.0, "seed": 11}
    stages = with_stages(codecs=codecs, packet_loss=loss)
    sent, whole = (send(speech, speech, -26, SAMPLE_RATE, stages | other) for other in ({}, {"packet_loss": None}))
    assert sent.audio.shape == speech.shape
    assert sent.figures["packets"] == pytest.approx(len(speech) / SAMPLE_RATE / 0.02, abs=2)
    assert sent.figures["packets_lost"] == round(sent.figures["loss_rate"] * sent.figures["packets"])
    assert 0.05 < sent.figures["loss_rate"] < 0.4
    assert sent.figures["mean_burst"] >= 1
    assert whole.figures["packets"] is None
    assert np.mean(np.abs(sent.audio - whole.audio) > 1e-3) > 0.05


def test_a_clock_that_is_off_is_heard(speech):
    sent = send(speech, speech, -26, SAMPLE_RATE, with_stages(clock_offset_ppm=500.0)).audio
    late = slice(5 * SAMPLE_RATE, 6 * SAMPLE_RATE)
    correlation = np.fft.irfft(np.fft.rfft(sent[late], 2**16) * np.conj(np.fft.rfft(speech[late], 2**16)))
    assert int(np.argmax(correlation)) == pytest.approx(5.5 * SAMPLE_RATE * 500e-6, abs=4)


@pytest.mark.parametrize("name", handset_presets())
@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_every_preset_keeps_length_and_place_and_stays_within_full_scale(name, sample_rate):
    speech = recording(RECORDINGS[1], sample_rate)
    speech = speech * np.float32(gain_of_db(-26 - active_level(speech, sample_rate).level_dbov))
    settings = HandsetConfig(preset=name, packet_loss=None, clock_offset_ppm=None)
    sent = send(speech, speech, -26, sample_rate, draw_handset(name, settings, 3))
    assert sent.audio.shape == speech.shape
    assert np.abs(sent.audio).max() <= 1
    assert active_level(sent.audio, sample_rate).level_dbov == pytest.approx(-26, abs=2.5)
    size = 2 * len(speech)
    correlation = np.fft.irfft(np.fft.rfft(sent.audio, size) * np.conj(np.fft.rfft(speech, size)))
    assert abs((int(np.argmax(correlation)) + len(speech)) % size - len(speech)) <= 3 * sample_rate / 8000
