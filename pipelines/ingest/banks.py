"""Noise files and room responses: read once, so that later stages know their digests and lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.audio.decode import WHOLE_FILE, open_audio
from pipelines.audio.encode import mix_down
from pipelines.audio.problem import AudioProblem
from pipelines.simulate.level import rms_dbov, without_offset
from pipelines.simulate.noise import SILENT_DBOV

MAX_BANK_FILE_S = 3600.0


@dataclass(frozen=True)
class BankFile:
    """A noise file or a room response.

    Attributes:
        kind: ``noise`` or ``response``.
        bank: name of the noise or the room it serves.
        file: as the tables write it, relative to the configuration.
        sha256: digest of its decoded samples; empty where it cannot be used.
        duration_s: its length.
        problem: why it cannot be used; empty where it can.
    """

    kind: str
    bank: str
    file: str
    sha256: str
    duration_s: float
    problem: str = ""


def inspect_bank_file(kind: str, bank: str, file: str, location: str) -> BankFile:
    """Decode a bank's file and note what it is; an unusable one says why."""
    try:
        with open_audio(location) as audio:
            decoded = audio.decode(WHOLE_FILE, MAX_BANK_FILE_S)
        if not np.isfinite(decoded.samples).all():
            raise AudioProblem("non_finite", "there are samples that are NaN or infinite")
        # a response is mostly silence, and its offset is part of it
        if not decoded.samples.any() or (kind == "noise" and rms_dbov(without_offset(mix_down(decoded.samples))) <= SILENT_DBOV):
            raise AudioProblem("silence", "the file is silent")
        return BankFile(kind, bank, file, decoded.sha256(), decoded.duration_s)
    except AudioProblem as problem:
        return BankFile(kind, bank, file, "", 0.0, f"{problem.rule}: {problem.message}")
