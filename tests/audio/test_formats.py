"""Every format is decoded with the duration, rate and channels that its file has, and nearly the samples that were put in."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines.audio.encode import mix_down
from tests.audio.files import amr, decode, encoded, level_dbov, patched, sound, tone, with_flac_frames, with_wav_sizes

PCM = [
    ("WAV", "PCM_U8", 45.0),
    ("WAV", "PCM_16", 85.0),
    ("WAV", "PCM_24", 100.0),
    ("WAV", "PCM_32", 100.0),
    ("WAV", "FLOAT", 100.0),
    ("WAV", "DOUBLE", 100.0),
    ("WAV", "ULAW", 32.0),
    ("WAV", "ALAW", 32.0),
    ("WAVEX", "PCM_16", 85.0),
    ("WAVEX", "PCM_24", 100.0),
    ("RF64", "PCM_16", 85.0),
    ("AIFF", "PCM_16", 85.0),
    ("CAF", "PCM_16", 85.0),
    ("W64", "PCM_16", 85.0),
    ("AU", "PCM_16", 85.0),
    ("NIST", "PCM_16", 85.0),
    ("FLAC", "PCM_S8", 45.0),
    ("FLAC", "PCM_16", 85.0),
    ("FLAC", "PCM_24", 100.0),
]


@pytest.mark.parametrize(("sample_rate", "channels"), [(8_000, 1), (11_025, 2), (44_100, 2), (48_000, 6), (96_000, 1)])
@pytest.mark.parametrize(("kind", "subtype", "sdr_db"), PCM)
def test_pcm(tmp_path: Path, kind: str, subtype: str, sdr_db: float, sample_rate: int, channels: int) -> None:
    samples = tone(sample_rate, 0.5, channels)
    found = decode(tmp_path / "a", sound(kind, subtype, samples, sample_rate))
    assert (found.sample_rate, found.samples.shape) == (sample_rate, samples.shape)
    assert found.encoding == f"{kind}/{subtype}"
    error = level_dbov(found.samples - samples) if (found.samples != samples).any() else -200.0
    assert level_dbov(samples) - error > sdr_db - 12


def test_pcm_is_decoded_as_libsndfile_does(tmp_path: Path) -> None:
    for kind, subtype in (("FLAC", "PCM_S8"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("WAV", "PCM_24"), ("WAV", "ULAW")):
        (tmp_path / "a").write_bytes(data := sound(kind, subtype))
        expected, _ = soundfile.read(tmp_path / "a", dtype="float32", always_2d=True)
        np.testing.assert_array_equal(decode(tmp_path / "b", data).samples, expected)


Make = Callable[[Path], bytes]
LOSSY: list[tuple[str, Make, int, int, float, str]] = [
    ("vorbis", lambda path: sound("OGG", "VORBIS"), 16_000, 1, 2.0, "OGG/VORBIS"),
    ("opus 48k", lambda path: encoded(path, "ogg", "libopus", 48_000), 48_000, 1, 2.0, "OGG/OPUS"),
    ("opus 16k", lambda path: encoded(path, "ogg", "libopus", 16_000), 16_000, 1, 2.0, "OGG/OPUS"),
    ("mp3", lambda path: encoded(path, "mp3", "libmp3lame"), 16_000, 1, 2.0, "MP3/MPEG_LAYER_III"),
    ("mp3 44k stereo", lambda path: encoded(path, "mp3", "libmp3lame", 44_100, tone(44_100, 2, 2)), 44_100, 2, 2.0, "MP3/"),
    # Without an encoder's tag nothing tells delay and padding: whole frames of 576 or 1152 samples.
    ("mp3 untagged", lambda path: encoded(path, "mp3", "libmp3lame", options=UNTAGGED), 16_000, 1, 2.088, "MP3/"),
    ("mp3 vbr", lambda path: encoded(path, "mp3", "libmp3lame", 48_000, codec_options=VBR), 48_000, 1, 2.0, "MP3/"),
    (
        "mp3 vbr untagged",
        lambda path: encoded(path, "mp3", "libmp3lame", 48_000, options=UNTAGGED, codec_options=VBR),
        48_000,
        1,
        2.04,
        "MP3/",
    ),
    ("mp3 of libsndfile", lambda path: sound("MP3", "MPEG_LAYER_III"), 16_000, 1, 2.0, "MP3/MPEG_LAYER_III"),
    ("mp3 with ID3v1", lambda path: encoded(path, "mp3", "libmp3lame") + b"TAG" + bytes(125), 16_000, 1, 2.0, "MP3/"),
    ("mp3 after junk", lambda path: bytes(900) + encoded(path, "mp3", "libmp3lame"), 16_000, 1, 2.088, "MP3/"),
    ("m4a", lambda path: encoded(path, "ipod", "aac"), 16_000, 1, 2.0, "MP4/AAC"),
    ("m4a 44k", lambda path: encoded(path, "ipod", "aac", 44_100), 44_100, 1, 2.0, "MP4/AAC"),
    ("m4a 5.1", lambda path: encoded(path, "ipod", "aac", 48_000, tone(48_000, 2, 6)), 48_000, 6, 2.0, "MP4/AAC"),
    ("m4a faststart", lambda path: encoded(path, "ipod", "aac", options={"movflags": "faststart"}), 16_000, 1, 2.0, "MP4/AAC"),
    ("alac", lambda path: encoded(path, "ipod", "alac"), 16_000, 1, 2.0, "MP4/ALAC"),
    # ADTS has no place for delay and padding either: whole frames of 1024 samples.
    ("adts", lambda path: encoded(path, "adts", "aac"), 16_000, 1, 2.112, "AAC/AAC"),
    ("webm", lambda path: encoded(path, "webm", "libopus", 48_000), 48_000, 1, 2.0, "MATROSKA/OPUS"),
    ("webm live", lambda path: encoded(path, "webm", "libopus", 48_000, options={"live": "1"}), 48_000, 1, 2.0, "MATROSKA/OPUS"),
    ("gsm in wav", lambda path: sound("WAV", "GSM610", tone(8_000), 8_000), 8_000, 1, 2.0, "WAV/GSM610"),
]
UNTAGGED = {"write_xing": "0"}
VBR = {"flags": "+qscale", "global_quality": "590"}


@pytest.mark.parametrize(
    ("make", "sample_rate", "channels", "seconds", "encoding"), [pytest.param(*row[1:], id=row[0]) for row in LOSSY]
)
def test_lossy(tmp_path: Path, make: Make, sample_rate: int, channels: int, seconds: float, encoding: str) -> None:
    found = decode(tmp_path / "b", make(tmp_path / "a"))
    assert (found.sample_rate, found.samples.shape[1]) == (sample_rate, channels)
    assert found.duration_s == pytest.approx(seconds, abs=0.011)
    assert found.encoding.startswith(encoding)
    assert level_dbov(mix_down(found.samples)) == pytest.approx(
        level_dbov(tone()), abs=1.8
    )  # 5.1 has one channel for low frequencies only


def test_amr(tmp_path: Path) -> None:
    found = decode(tmp_path / "a", amr())
    assert (found.sample_rate, found.duration_s, found.encoding) == (8_000, 2.0, "AMR/AMRNB")


@pytest.mark.parametrize(
    ("container", "codec"), [("ipod", "aac"), ("ogg", "libopus"), ("mp3", "libmp3lame"), ("webm", "libopus")]
)
def test_delay_is_taken_off(tmp_path: Path, container: str, codec: str) -> None:
    """The decoded samples lie where the encoded ones did, to the sample."""
    noise = np.random.default_rng(1).standard_normal(96_000)
    smooth = np.convolve(noise, np.hanning(64), "same")
    samples = (0.05 * smooth / smooth.std()).astype(np.float32)[:, None]
    found = decode(tmp_path / "b", encoded(tmp_path / "a", container, codec, 48_000, samples, bit_rate=128_000)).samples[:, 0]
    assert len(found) == len(samples)
    lags = np.arange(-2000, 2001)
    match = [np.dot(found[10_000 + lag : 80_000 + lag], samples[10_000:80_000, 0]) for lag in lags]
    assert abs(int(lags[np.argmax(match)])) <= 1


class TestHeadersThatAreNoLies:
    """Files whose header does not know their length, or carries other chunks besides."""

    @pytest.mark.parametrize(
        ("riff", "data"),
        [
            pytest.param(0xFFFFFFFF, 0xFFFFFFFF, id="FFmpeg to a pipe"),
            pytest.param(0x7FFFF024, 0x7FFFF000, id="SoX to a pipe"),
            pytest.param(0, 64_000, id="RIFF size left out"),
        ],
    )
    def test_streamed_wav(self, tmp_path: Path, riff: int, data: int) -> None:
        wav = sound("WAV", "PCM_16")
        found = decode(tmp_path / "a", with_wav_sizes(wav, riff, data))
        np.testing.assert_array_equal(found.samples, decode(tmp_path / "a", wav).samples)

    def test_streamed_flac(self, tmp_path: Path) -> None:
        flac = sound("FLAC", "PCM_16")
        found = decode(tmp_path / "a", with_flac_frames(flac, 0, md5=False))
        np.testing.assert_array_equal(found.samples, decode(tmp_path / "a", flac).samples)

    def test_wav_with_other_chunks(self, tmp_path: Path) -> None:
        wav = sound("WAV", "PCM_U8", tone(8_000, 0.5001)[:4001], 8_000)
        at = wav.index(b"fmt ")
        bext = b"bext" + struct.pack("<I", 603) + bytes(604)
        tail = b"LIST" + struct.pack("<I", 10) + b"INFOISFT\0\0"
        whole = wav[:at] + bext + wav[at:] + b"\0" * (len(wav) % 2) + tail
        whole = patched(whole, 4, struct.pack("<I", len(whole) - 8))
        assert len(decode(tmp_path / "a", whole).samples) == 4001

    def test_opus_that_leaves_out_its_rate(self, tmp_path: Path) -> None:
        """It is played at 48 kHz (RFC 7845, section 5.1)."""
        from pipelines.audio.containers.ogg import _checksum

        opus = encoded(tmp_path / "a", "ogg", "libopus", 48_000)
        opus = patched(opus, opus.index(b"OpusHead") + 12, bytes(4))
        first = 27 + opus[26] + sum(opus[27 : 27 + opus[26]])
        opus = patched(opus, 22, struct.pack("<I", _checksum(opus[:22] + bytes(4) + opus[26:first])))
        assert decode(tmp_path / "b", opus).sample_rate == 48_000

    def test_name_says_another_format(self, tmp_path: Path) -> None:
        assert decode(tmp_path / "a.wav", encoded(tmp_path / "b", "mp3", "libmp3lame")).encoding == "MP3/MPEG_LAYER_III"
        assert decode(tmp_path / "A.MP3", sound("WAV", "PCM_16")).encoding == "WAV/PCM_16"

    @pytest.mark.parametrize(("container", "codec"), [("ipod", "aac"), ("webm", "libopus")])
    def test_title_that_is_not_utf_8(self, tmp_path: Path, container: str, codec: str) -> None:
        named = encoded(tmp_path / "a", container, codec, 48_000, metadata={"title": "Gruss vom Berg"})
        assert b"Gruss vom Berg" in named
        assert decode(tmp_path / "b", named.replace(b"Gruss vom Berg", "Grüße vom Berg".encode("latin-1"))).duration_s == 2.0

    def test_id3_tag_before_flac(self, tmp_path: Path) -> None:
        tag = b"ID3\x03\x00\x00\x00\x00\x01\x7f" + bytes(255)
        assert decode(tmp_path / "a", tag + sound("FLAC", "PCM_16")).duration_s == 2.0

    def test_first_audio_stream_is_taken(self, tmp_path: Path) -> None:
        import av

        path = tmp_path / "a.mp4"
        with av.open(str(path), "w") as file:
            streams = [file.add_stream("aac", rate=16_000, layout="mono"), file.add_stream("aac", rate=48_000, layout="stereo")]
            for stream, channels in zip(streams, (1, 2), strict=True):
                planes = np.ascontiguousarray(tone(stream.rate, 1.024, channels).T)
                for start in range(0, planes.shape[1] - 1023, 1024):
                    block = np.ascontiguousarray(planes[:, start : start + 1024])
                    frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=stream.layout.name)
                    frame.rate, frame.pts = stream.rate, start
                    file.mux(stream.encode(frame))
                file.mux(stream.encode(None))
        found = decode(path, path.read_bytes())
        assert (found.sample_rate, found.samples.shape[1]) == (16_000, 1)


def test_digest_is_the_same_in_every_lossless_container(tmp_path: Path) -> None:
    samples = np.rint(tone() * 32767).astype(np.int16)
    files = [sound(kind, "PCM_16", samples) for kind in ("WAV", "WAVEX", "RF64", "AIFF", "CAF", "FLAC", "NIST")]  # type: ignore[arg-type]
    files.append(sound("WAV", "PCM_24", samples))  # type: ignore[arg-type]
    files.append(sound("WAV", "FLOAT", samples / np.float32(32768)))
    files.append(sound("WAV", "PCM_16", samples, endian="BIG"))  # type: ignore[arg-type]
    files.append(encoded(tmp_path / "a", "ipod", "alac", samples=samples / np.float32(32768)))
    assert len({decode(tmp_path / "b", data).sha256() for data in files}) == 1


def test_digest_tells_rate_and_channels_apart(tmp_path: Path) -> None:
    samples = tone(16_000, 1.0)
    files = [
        sound("WAV", "PCM_16", samples),
        sound("WAV", "PCM_16", samples, 8_000),
        sound("WAV", "PCM_16", samples.reshape(-1, 2)),
    ]
    assert len({decode(tmp_path / "a", data).sha256() for data in files}) == 3
