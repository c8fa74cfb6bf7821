"""What was measured is kept, so that nothing is decoded twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.audio.decode import AudioFile, Span
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.bucket import BUCKETS, Wanted, bucket_of, judge, measure_bucket
from pipelines.ingest.measure import Measured
from schemas.config import AcceptConfig
from tests.audio.files import sound, tone


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    """The spans that were decoded."""
    spans: list[Span] = []
    decode = AudioFile.decode

    def counted(self: AudioFile, span: Span, max_duration_s: float | None = None) -> Any:
        spans.append(span)
        return decode(self, span, max_duration_s)

    monkeypatch.setattr(AudioFile, "decode", counted)
    return spans


def measure(root: Path, *wanted: tuple[str, Span], longest: float = 60.0) -> list[Any]:
    asked = [Wanted(str(root / name), str(root), span, index) for index, (name, span) in enumerate(wanted)]
    outcomes = {back: outcome for back, _, outcome in measure_bucket(str(root / "kept"), 3, asked, longest)}
    return [outcomes[index] for index in range(len(wanted))]


def test_a_second_time_decodes_nothing(tmp_path: Path, decoded: list[Span]) -> None:
    (tmp_path / "a.wav").write_bytes(sound("WAV", "PCM_16"))
    (tmp_path / "bad.wav").write_bytes(sound("WAV", "PCM_16")[:-99])
    wanted = [("a.wav", Span()), ("a.wav", Span(0.5, 1.0)), ("a.wav", Span(0.5, 9.0)), ("bad.wav", Span())]
    first = measure(tmp_path, *wanted)
    assert len(decoded) == 4
    again = measure(tmp_path, *wanted)
    assert len(decoded) == 4
    assert [isinstance(each, Measured) for each in first] == [True, True, False, False]
    assert first[:2] == again[:2]
    assert [each.args for each in first[2:]] == [each.args for each in again[2:]]


def test_the_same_bytes_under_another_name_are_known(tmp_path: Path, decoded: list[Span]) -> None:
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(sound("WAV", "PCM_16"))
    first, second = measure(tmp_path, ("a.wav", Span()), ("b.wav", Span()))
    assert first == second
    assert len(decoded) == 1


def test_changed_bytes_are_measured_anew(tmp_path: Path, decoded: list[Span]) -> None:
    for gain in (1.0, 0.5):
        (tmp_path / "a.wav").write_bytes(sound("WAV", "PCM_16", tone() * gain))
        (found,) = measure(tmp_path, ("a.wav", Span()))
        assert found.peak == pytest.approx(float(abs(tone() * gain).max()), abs=1e-3)
    assert len(decoded) == 2


def test_what_the_configuration_decides_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(sound("WAV", "PCM_16"))
    (problem,) = measure(tmp_path, ("a.wav", Span()), longest=1.0)
    assert problem.rule == "too_long"
    (found,) = measure(tmp_path, ("a.wav", Span()), longest=3.0)
    assert found.duration_s == 2.0
    (problem,) = measure(tmp_path, ("b.wav", Span()))
    assert problem.rule == "missing_file"
    (tmp_path / "b.wav").write_bytes(sound("WAV", "PCM_16"))
    assert isinstance(measure(tmp_path, ("b.wav", Span()))[0], Measured)


def test_kept_figures_are_plain_json(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(sound("WAV", "PCM_16"))
    (found,) = measure(tmp_path, ("a.wav", Span()))
    (kept,) = (tmp_path / "kept").iterdir()
    assert json.loads(kept.read_text()) == {f"{found.file_sha256}:None:None": found.as_dict()}


def test_buckets() -> None:
    found = [bucket_of(f"audio/{index}.wav") for index in range(5000)]
    assert set(found) == set(range(BUCKETS))
    assert bucket_of("a\ud800.wav") == bucket_of("a\ud800.wav")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, None),
        ({"duration_s": 0.1}, None),
        ({"duration_s": 0.0999}, "too_short"),
        ({"duration_s": 60.0}, None),
        ({"duration_s": 60.001}, "too_long"),
        ({"active_level_dbov": -70.0}, None),
        ({"active_level_dbov": -70.001}, "silence"),
    ],
)
def test_judgement(tmp_path: Path, change: dict[str, float], rule: str | None) -> None:
    (tmp_path / "a.wav").write_bytes(sound("WAV", "PCM_16"))
    (found,) = measure(tmp_path, ("a.wav", Span()))
    problem = judge(Measured(**found.as_dict() | change), AcceptConfig())
    assert (problem.rule if isinstance(problem, AudioProblem) else None) == rule
