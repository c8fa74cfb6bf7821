"""Noise files and room responses are read once, and an unusable one says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.ingest.banks import inspect_bank_file
from tests.audio.files import decode, sound, tone


def test_a_usable_file(tmp_path: Path) -> None:
    digest = decode(tmp_path / "n.flac", sound("FLAC", "PCM_16")).sha256()
    found = inspect_bank_file("noise", "street", "noise/n.flac", str(tmp_path / "n.flac"))
    assert (found.kind, found.bank, found.file, found.problem) == ("noise", "street", "noise/n.flac", "")
    assert (found.sha256, found.duration_s) == (digest, 2.0)


def test_unusable_files(tmp_path: Path) -> None:
    (tmp_path / "silent.wav").write_bytes(sound("WAV", "PCM_16", tone() * 0))
    (tmp_path / "cut.wav").write_bytes(sound("WAV", "PCM_16")[:-10])
    (tmp_path / "offset.wav").write_bytes(sound("WAV", "PCM_16", tone() * 0 + 0.1))
    (tmp_path / "nan.wav").write_bytes(sound("WAV", "FLOAT", tone() * np.nan))
    names = ("silent.wav", "cut.wav", "no.wav", "offset.wav", "nan.wav")
    problems = [inspect_bank_file("noise", "s", name, str(tmp_path / name)).problem for name in names]
    assert [problem.partition(":")[0] for problem in problems] == [
        "silence",
        "truncated_audio",
        "missing_file",
        "silence",
        "non_finite",
    ]
