"""What is cut, damaged or lying is refused under the rule it belongs to; nothing makes decoding crash, hang or take memory."""

from __future__ import annotations

import random
import resource
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.audio.decode import Decoded
from pipelines.audio.problem import AudioProblem
from schemas.rules import RULES
from tests.audio.files import amr, decode, encoded, patched, sound, tone, with_flac_frames, with_wav_sizes

FILES: dict[str, Callable[[Path], bytes]] = {
    "wav": lambda path: sound("WAV", "PCM_16"),
    "wav 24": lambda path: sound("WAVEX", "PCM_24"),
    "rf64": lambda path: sound("RF64", "PCM_16"),
    "aiff": lambda path: sound("AIFF", "PCM_16"),
    "caf": lambda path: sound("CAF", "PCM_16"),
    "sphere": lambda path: sound("NIST", "PCM_16"),
    "flac": lambda path: sound("FLAC", "PCM_16"),
    "flac streamed": lambda path: with_flac_frames(sound("FLAC", "PCM_16"), 0, md5=False),
    "vorbis": lambda path: sound("OGG", "VORBIS"),
    "opus": lambda path: encoded(path, "ogg", "libopus", 48_000),
    "mp3": lambda path: encoded(path, "mp3", "libmp3lame"),
    "mp3 untagged": lambda path: encoded(path, "mp3", "libmp3lame", options={"write_xing": "0"}),
    "m4a": lambda path: encoded(path, "ipod", "aac"),
    "m4a faststart": lambda path: encoded(path, "ipod", "aac", options={"movflags": "faststart"}),
    "adts": lambda path: encoded(path, "adts", "aac"),
    "webm": lambda path: encoded(path, "webm", "libopus", 48_000),
    "webm live": lambda path: encoded(path, "webm", "libopus", 48_000, options={"live": "1"}),
    "amr": lambda path: amr(),
}
FRAMES_ONLY = ("mp3 untagged", "adts", "amr", "flac streamed")
"""Formats without a length: cut exactly between two frames, such a file is a shorter one."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return {name: make(folder / "file") for name, make in FILES.items()}


def outcome(path: Path, data: bytes) -> Decoded | AudioProblem:
    try:
        return decode(path, data)
    except AudioProblem as problem:
        return problem if problem.rule in RULES else AudioProblem("no such rule", problem.rule)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("lost", [1, 3, 17, 0.023, 0.1, 0.4, 0.8])
def test_cut_file(files: dict[str, bytes], tmp_path: Path, name: str, lost: float) -> None:
    whole = files[name]
    data = whole[: len(whole) - (lost if isinstance(lost, int) else round(lost * len(whole)))]
    found = outcome(tmp_path / "a", data)
    assert isinstance(found, AudioProblem)
    assert found.rule == "truncated_audio", found.message


@pytest.mark.parametrize("name", FILES)
def test_any_cut_is_seen(files: dict[str, bytes], tmp_path: Path, name: str) -> None:
    whole = files[name]
    draw = random.Random(name)
    accepted = [
        found for _ in range(25) if isinstance(found := outcome(tmp_path / "a", whole[: draw.randrange(12, len(whole))]), Decoded)
    ]
    assert len(accepted) <= (1 if name in FRAMES_ONLY else 0)


@pytest.mark.parametrize("name", ["flac", "flac streamed", "vorbis", "opus", "mp3", "mp3 untagged", "adts"])
def test_damage_in_the_midst_of_a_stream_with_checks(files: dict[str, bytes], tmp_path: Path, name: str) -> None:
    whole = files[name]
    at = len(whole) // 2
    found = outcome(tmp_path / "a", patched(whole, at, random.Random(name).randbytes(400)))
    assert isinstance(found, AudioProblem)
    # FFmpeg alone, which decodes FLAC of unknown length, does not tell damage from an end everywhere.
    assert found.rule in ("corrupt_audio", "truncated_audio" if name == "flac streamed" else ""), found.message


@pytest.mark.parametrize("name", ["vorbis", "opus", "flac"])
def test_one_bit(files: dict[str, bytes], tmp_path: Path, name: str) -> None:
    whole = files[name]
    at = len(whole) * 2 // 3
    found = outcome(tmp_path / "a", patched(whole, at, bytes([whole[at] ^ 4])))
    assert isinstance(found, AudioProblem)
    assert found.rule == "corrupt_audio"


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_flac_cut_between_two_frames(files: dict[str, bytes], tmp_path: Path, frames: int) -> None:
    import av

    (tmp_path / "a.flac").write_bytes(files["flac"])
    with av.open(str(tmp_path / "a.flac")) as container:
        sizes = [packet.size for packet in container.demux(audio=0) if packet.size]
    found = outcome(tmp_path / "a", files["flac"][: -sum(sizes[-frames:])])
    assert isinstance(found, AudioProblem)
    assert found.rule == "truncated_audio"


def test_missing_page(files: dict[str, bytes], tmp_path: Path) -> None:
    """libvorbis and libopus step over it; what they give is shorter and sounds whole."""
    whole = files["vorbis"]
    pages = [at for at in range(len(whole)) if whole.startswith(b"OggS", at)]
    found = outcome(tmp_path / "a", whole[: pages[2]] + whole[pages[3] :])
    assert isinstance(found, AudioProblem)
    assert (found.rule, "lacks page 2" in found.message) == ("corrupt_audio", True)


def test_wrong_flac_digest(files: dict[str, bytes], tmp_path: Path) -> None:
    for subtype in ("PCM_S8", "PCM_16", "PCM_24"):
        found = outcome(tmp_path / "a", patched(sound("FLAC", subtype), 26, b"0123456789abcdef"))
        assert isinstance(found, AudioProblem)
        assert found.rule == "corrupt_audio"


@settings(max_examples=400, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    name=st.sampled_from(sorted(FILES)),
    at=st.floats(0, 1, exclude_max=True),
    in_head=st.booleans(),
    junk=st.binary(min_size=1, max_size=12),
    cut=st.booleans(),
)
def test_no_damage_crashes(
    files: dict[str, bytes], tmp_path: Path, name: str, at: float, in_head: bool, junk: bytes, cut: bool
) -> None:
    whole = files[name]
    data = patched(whole, int(at * min(len(whole), 120 if in_head else len(whole))), junk)
    found = outcome(tmp_path / "a", data[: max(1, int(at * len(data)))] if cut else data)
    assert isinstance(found, Decoded) or found.rule in RULES


LIES = {
    "WAV of 4 GB": lambda: with_wav_sizes(sound("WAV", "PCM_16"), 36, 0xFFFFFFF0),
    "WAV of 2 GB": lambda: with_wav_sizes(sound("WAV", "PCM_16"), 36, 0x7FFFFF00),
    "WAV of 30 h": lambda: with_wav_sizes(sound("WAV", "PCM_U8", tone(8_000), 8_000), 36, 30 * 3600 * 8_000),
    "RF64 of an exabyte": lambda: patched(sound("RF64", "PCM_16"), 28, struct.pack("<Q", 1 << 60)),
    "FLAC of 2^36 - 1 samples": lambda: with_flac_frames(sound("FLAC", "PCM_16"), (1 << 36) - 1),
    "FLAC of more than 24 h": lambda: with_flac_frames(sound("FLAC", "PCM_16"), 25 * 3600 * 16_000),
    "AIFF of 4 GB": lambda: patched(sound("AIFF", "PCM_16"), sound("AIFF", "PCM_16").index(b"SSND") + 4, b"\xff\xff\xff\xf0"),
    "CAF of an exabyte": lambda: patched(sound("CAF", "PCM_16"), sound("CAF", "PCM_16").index(b"data") + 4, b"\x10" + bytes(7)),
}


@pytest.mark.parametrize("lie", LIES)
def test_absurd_size_costs_no_memory(tmp_path: Path, lie: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = outcome(tmp_path / "a", LIES[lie]())
    assert isinstance(found, AudioProblem)
    assert found.rule == "absurd_size"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize(
    ("rate", "channels", "rule"),
    [(7_999, 1, "unsupported_rate"), (6_000, 1, "unsupported_rate"), (1_000_000, 1, "absurd_size"), (16_000, 200, "absurd_size")],
)
def test_rate_and_channels(tmp_path: Path, rate: int, channels: int, rule: str) -> None:
    found = outcome(tmp_path / "a", sound("WAV", "PCM_16", tone(8_000, 0.1, channels), rate))
    assert isinstance(found, AudioProblem)
    assert found.rule == rule


NO_AUDIO = {
    "zeros": bytes(40_000),
    "text": b"Upload failed: 503 Service Unavailable\n" * 40,
    "HTML": b"<!DOCTYPE html><html><body>404</body></html>" * 20,
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(2000),
    "ZIP": b"PK\x03\x04" + bytes(3000),
    "one byte": b"R",
    "0xFF": b"\xff" * 20_000,
    "noise": random.Random(5).randbytes(60_000),
    "UTF-16 text": "Aufnahme fehlgeschlagen\n".encode("utf-16") * 20,
}


@pytest.mark.parametrize("kind", NO_AUDIO)
def test_no_audio(tmp_path: Path, kind: str) -> None:
    found = outcome(tmp_path / "a.wav", NO_AUDIO[kind])
    assert isinstance(found, AudioProblem)
    assert found.rule == "unreadable_audio"


@pytest.mark.parametrize(
    "playlist", ["#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{}'\n"]
)
def test_playlists_are_not_followed(tmp_path: Path, playlist: str) -> None:
    """FFmpeg would open any file or address that one names."""
    (tmp_path / "secret.wav").write_bytes(sound("WAV", "PCM_16"))
    found = outcome(tmp_path / "a.wav", playlist.format(tmp_path / "secret.wav").encode())
    assert isinstance(found, AudioProblem)
    assert found.rule == "unreadable_audio"


def test_empty_files(tmp_path: Path) -> None:
    for data in (b"", sound("WAV", "PCM_16", tone(16_000, 0.0)), sound("FLAC", "PCM_16", tone(16_000, 0.0))):
        found = outcome(tmp_path / "a", data)
        assert isinstance(found, AudioProblem)
        assert found.rule == "empty_file"


def test_recorder_that_never_finished_its_header(tmp_path: Path) -> None:
    found = outcome(tmp_path / "a", with_wav_sizes(sound("WAV", "PCM_16"), 0, 0))
    assert isinstance(found, AudioProblem)
    assert found.rule == "truncated_audio"


def test_zero_filled_rest(files: dict[str, bytes], tmp_path: Path) -> None:
    """What a broken transfer leaves of a file that was laid out whole beforehand."""
    for name in ("flac", "vorbis", "opus", "mp3", "mp3 untagged", "adts", "m4a faststart", "webm"):
        whole = files[name]
        half = len(whole) // 2
        found = outcome(tmp_path / "a", whole[:half] + bytes(len(whole) - half))
        assert isinstance(found, AudioProblem), name
        assert found.rule in ("truncated_audio", "corrupt_audio"), name


def test_silence_in_flac_is_no_lie(tmp_path: Path) -> None:
    """Digital silence takes a byte for thousands of samples."""
    (tmp_path / "a.flac").write_bytes(data := sound("FLAC", "PCM_16", tone(16_000, 50.0) * 0))
    assert soundfile.info(tmp_path / "a.flac").frames / len(data) > 50
    assert decode(tmp_path / "b", data).duration_s == 50.0
