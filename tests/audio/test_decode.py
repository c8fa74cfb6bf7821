"""Spans, limits, and what a location may turn out to be."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pipelines.audio.decode import IN_MEMORY_BYTES, Span, open_audio
from pipelines.audio.problem import AudioProblem
from tests.audio.files import decode, encoded, sound, tone

SPANS = [Span(0.5, 0.25), Span(1.0, None), Span(None, 0.7), Span(0.1, 0.1), Span(1.75, 0.25)]


def make(kind: str, path: Path) -> bytes:
    codecs = {"m4a": ("ipod", "aac"), "mp3": ("mp3", "libmp3lame"), "webm": ("webm", "libopus")}
    if kind in codecs:
        return encoded(path, *codecs[kind], 48_000)
    return sound(
        *{"wav": ("WAV", "PCM_16"), "flac": ("FLAC", "PCM_16"), "vorbis": ("OGG", "VORBIS"), "gsm": ("WAV", "GSM610")}[kind]
    )


@pytest.mark.parametrize("kind", ["wav", "flac", "gsm", "m4a", "mp3", "webm"])
@pytest.mark.parametrize("in_order", [True, False])
def test_spans_are_cut_from_the_whole(tmp_path: Path, kind: str, in_order: bool) -> None:
    data = make(kind, tmp_path / "a")
    whole = decode(tmp_path / "b", data)
    spans = sorted(SPANS, key=lambda span: span.offset_s or 0.0, reverse=not in_order)
    with open_audio(str(tmp_path / "b")) as file:
        for span in spans:
            start = round((span.offset_s or 0.0) * whole.sample_rate)
            stop = len(whole.samples) if span.duration_s is None else start + round(span.duration_s * whole.sample_rate)
            np.testing.assert_array_equal(file.decode(span, 60.0).samples, whole.samples[start:stop])


@pytest.mark.parametrize("kind", ["wav", "flac", "m4a", "mp3", "webm"])
@pytest.mark.parametrize(
    "span",
    [Span(2.5, 0.5), Span(2.5, None), Span(1.5, 1.0), Span(None, 9.0), Span(0.5, 1e-7), Span(1e308, 1.0), Span(0.0, 1e308)],
)
def test_impossible_segments(tmp_path: Path, kind: str, span: Span) -> None:
    with pytest.raises(AudioProblem) as caught:
        decode(tmp_path / "b", make(kind, tmp_path / "a"), span)
    assert caught.value.rule == "impossible_segment"


@pytest.mark.parametrize("kind", ["wav", "m4a"])
def test_segment_may_end_a_little_late(tmp_path: Path, kind: str) -> None:
    """Metadata rounds."""
    found = decode(tmp_path / "b", make(kind, tmp_path / "a"), Span(1.0, 1.04))
    assert found.duration_s == 1.0


@pytest.mark.parametrize("kind", ["wav", "flac", "vorbis", "m4a", "mp3", "webm"])
@pytest.mark.parametrize("span", [Span(), Span(0.1, None), Span(0.1, 1.6)])
def test_too_long(tmp_path: Path, kind: str, span: Span) -> None:
    with pytest.raises(AudioProblem) as caught:
        decode(tmp_path / "b", make(kind, tmp_path / "a"), span, max_duration_s=1.5)
    assert caught.value.rule == "too_long"


def test_segment_of_a_long_file(tmp_path: Path) -> None:
    assert decode(tmp_path / "a", sound("WAV", "PCM_16"), Span(0.5, 1.0), max_duration_s=1.0).duration_s == 1.0


def problem_at(location: Path) -> AudioProblem:
    with pytest.raises(AudioProblem) as caught, open_audio(str(location)):
        pass
    return caught.value


def test_missing_directory_pipe_and_broken_link(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "link.wav").symlink_to(tmp_path / "gone.wav")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    assert problem_at(tmp_path).rule == "unreadable_audio"
    assert problem_at(tmp_path / "pipe.wav").rule == "unreadable_audio"
    for name in ("none.wav", "link.wav", "loop.wav", "a" * 300 + ".wav"):
        assert problem_at(tmp_path / name).rule == "missing_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_permissions(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(sound("WAV", "PCM_16"))
    (tmp_path / "a.wav").chmod(0)
    assert problem_at(tmp_path / "a.wav").rule == "unreadable_audio"


def test_large_file_is_read_from_where_it_lies(tmp_path: Path) -> None:
    samples = tone(48_000, 1.0)
    count = IN_MEMORY_BYTES // (2 * len(samples)) + 1
    data = sound("WAV", "PCM_16", np.tile(samples, (count, 1)), 48_000)
    assert len(data) > IN_MEMORY_BYTES
    found = decode(tmp_path / "a.wav", data, Span(count - 1.0, 1.0))
    np.testing.assert_allclose(found.samples, samples, atol=1e-4)
