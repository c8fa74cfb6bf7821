import contextlib
import hashlib
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from pipelines.simulate.clock import resampled
from pipelines.simulate.codecs import ffmpeg, sndfile
from pipelines.simulate.codecs.codec import through
from pipelines.simulate.codecs.registry import find_codec, missing
from pipelines.simulate.level import active_level
from schemas.names import CODECS, codec_problem
from tests.simulate.signals import RECORDINGS, recording, speech_like

AMR = [name for name in CODECS if name.startswith("amr_nb")]
WAVEFORM = ["g711_ulaw", "g711_alaw", "g721", "g722", "g726", "g726_16", "g726_24", "g726_40"]
WAVEFORM += ["opus_16", "opus_24", "opus_64", "opus_256", "mp3_16", "mp3_32", "mp3_128", "mp3_320"]
OTHERS = ["gsm", "opus_6", "opus_12.5", *AMR]


def lag(late: np.ndarray, early: np.ndarray) -> int:
    size = 2 * len(early)
    correlation = np.fft.irfft(np.fft.rfft(late, size) * np.conj(np.fft.rfft(early, size)), size)
    return (int(np.argmax(correlation)) + len(early)) % size - len(early)


@pytest.fixture(scope="module")
def clips() -> list[np.ndarray]:
    """Two seconds each of 30 recordings at 48 kHz; a few of the sample's files are broken on purpose."""
    found = []
    for path in RECORDINGS:
        with contextlib.suppress(soundfile.LibsndfileError):
            found.append(recording(path, 48000)[: 2 * 48000])
    assert len(found) >= 30
    return found[:30]


def payload_bits(name: str, packet: bytes) -> int:
    return 8 * (len(packet) - name.startswith("amr_nb"))  # the first byte of AMR's storage form is no part of the frame


def test_every_fixed_name_is_tried_here():
    assert {name for name in CODECS if "<" not in name} <= {*WAVEFORM, *OTHERS}
    assert len(AMR) == 8


@pytest.mark.parametrize("name", WAVEFORM)
def test_a_waveform_codec_leaves_no_delay(name):
    codec = find_codec(name)
    for path in RECORDINGS[::25]:
        x = recording(path, codec.sample_rate)
        y, _ = through(codec, x)
        assert y.shape == x.shape
        assert y.dtype == np.float32
        assert abs(lag(y, x)) <= 1


@pytest.mark.parametrize("name", AMR)
def test_amr_is_in_place_at_the_median_of_many_clips(name, clips):
    codec = find_codec(name)
    narrow = [resampled(x, 48000, 8000) for x in clips]
    assert abs(np.median([lag(through(codec, x)[0], x) for x in narrow])) <= 5


@pytest.mark.parametrize("name", ["gsm", "opus_6", "opus_12.5"])
def test_the_other_parametric_codecs_are_in_place(name, clips):
    codec = find_codec(name)
    at_rate = [resampled(x, 48000, codec.sample_rate) for x in clips[:: 1 if name == "gsm" else 3]]
    assert abs(np.median([lag(through(codec, x)[0], x) for x in at_rate])) <= 5


@pytest.mark.parametrize("name", [*WAVEFORM, *OTHERS])
def test_it_sends_at_its_bit_rate_and_keeps_length_and_level(name):
    codec = find_codec(name)
    x = recording(RECORDINGS[3], codec.sample_rate)
    for length in (1, codec.frame, len(x) // 2 + 1):
        assert len(through(codec, x[:length])[0]) == length
    whole = x[: len(x) // codec.frame * codec.frame]
    frames = len(whole) // codec.frame
    sent = sum(payload_bits(name, packet) for packet in codec.encode(whole)[:frames])
    assert sent / (len(whole) / codec.sample_rate) == pytest.approx(codec.bit_rate, rel=0.05)
    heard = active_level(through(codec, x)[0], codec.sample_rate).level_dbov
    assert heard == pytest.approx(active_level(x, codec.sample_rate).level_dbov, abs=3 if name == "opus_6" else 1.5)


@pytest.mark.parametrize(("name", "floor_db"), [("g722", 20), ("g721", 18), ("g726", 18), ("g726_40", 22), ("mp3_128", 12)])
def test_waveform_codecs_keep_the_waveform(name, floor_db):
    codec = find_codec(name)
    x = recording(RECORDINGS[3], codec.sample_rate).astype(np.float64)
    y = through(codec, x.astype(np.float32))[0].astype(np.float64)
    gain = np.sum(x * y) / np.sum(x * x)
    assert 10 * np.log10(np.sum((gain * x) ** 2) / np.sum((y - gain * x) ** 2)) > floor_db


def digest(name: str) -> str:
    codec = find_codec(name)
    x = speech_like(1.3, 1.0, 4, codec.sample_rate)
    lost = lambda count: np.arange(count) % 9 == 4  # noqa: E731
    return hashlib.sha256(b"".join(codec.encode(x)) + through(codec, x, lost)[0].tobytes()).hexdigest()


def test_the_same_samples_give_the_same_bytes_in_every_process():
    names = [*WAVEFORM, *OTHERS]
    program = f"from tests.simulate.codecs.test_codecs import digest\nfor name in {names[::-1]}: print(digest(name))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert [digest(name) for name in names] == told[::-1]
    assert [digest(name) for name in names] == told[::-1]


@pytest.mark.parametrize("name", [*WAVEFORM, *OTHERS])
def test_real_packets_are_lost_and_the_decoder_goes_on(name):
    codec = find_codec(name)
    x = speech_like(2, 1.0, 2, codec.sample_rate)
    whole, nothing_drawn = through(codec, x)
    kept, none = through(codec, x, lambda count: np.zeros(count, dtype=bool))
    assert nothing_drawn is None
    assert not none.any()
    np.testing.assert_array_equal(kept, whole)
    frame_lost = 20
    heard, lost = through(codec, x, lambda count: np.arange(count) == frame_lost)
    assert lost.sum() == 1
    begin = frame_lost * codec.frame - codec.delay
    before = begin - codec.sample_rate // 200  # what overlaps with the concealment
    np.testing.assert_array_equal(heard[:before], whole[:before])
    assert np.abs(heard[begin : begin + codec.frame] - whole[begin : begin + codec.frame]).max() > 1e-3


def test_all_packets_may_be_lost():
    for name in ("g711_ulaw", "amr_nb_12.2"):
        heard, lost = through(find_codec(name), speech_like(1, 1.0, sample_rate=8000), lambda count: np.ones(count, dtype=bool))
        assert lost.all()
        assert not heard.any()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("opus_5", "6 to 256"),
        ("opus_400", "6 to 256"),
        ("mp3_33", "8, 16, 24"),
        ("g729", "there is no codec"),
        ("amr_nb_12", "there is no codec"),
        ("opus_<kbit/s>", "there is no codec"),
        ("g726_20", "there is no codec"),
    ],
)
def test_a_wrong_name_is_told_what_there_is(name, told):
    assert told in codec_problem(name)
    with pytest.raises(KeyError):
        find_codec(name)


def test_what_this_machine_lacks_is_named_with_what_to_install(monkeypatch):
    assert [name for name in [*WAVEFORM, *OTHERS] if missing(name)] == []
    monkeypatch.setitem(ffmpeg.ENCODERS, "amr_nb", "no_such_encoder")
    monkeypatch.setattr(sndfile.soundfile, "check_format", lambda *_: False)
    assert "'no_such_encoder'" in missing("amr_nb_7.95")
    assert "pip install" in missing("amr_nb_7.95")
    assert "soundfile" in missing("gsm")
