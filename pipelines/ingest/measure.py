"""What is measured on a recording, from one decode."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from pipelines.audio.decode import Decoded
from pipelines.audio.encode import mix_down
from pipelines.audio.problem import AudioProblem
from pipelines.simulate.level import active_level

MEASURE_VERSION = 1
"""Raised whenever a figure below is measured in another way, so that kept figures are not mixed with new ones."""

FRAME_S = 0.02
QUIET_SHARE = 0.03
MAX_SNR_DB = 100.0
FULL_SCALE = 0.985
SPECTRUM_POINTS = 512
BANDWIDTH_FLOOR_DB = -60.0
SILENCE_LEVEL_DBOV = -150.0

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """The figures of one recording; their columns are documented in :data:`schemas.tables.MEASURED_COLUMNS`."""

    duration_s: float
    sample_rate: int
    channels: int
    encoding: str
    peak: float
    clipped_fraction: float
    dc_offset: float
    active_level_dbov: float
    activity: float
    snr_db: float
    bandwidth_hz: float
    file_sha256: str
    audio_sha256: str

    def as_dict(self) -> dict[str, Any]:
        """The figures by column."""
        return asdict(self)


def measure(decoded: Decoded, file_sha256: str) -> Measured:
    """Measure a recording.

    Raises:
        AudioProblem: ``non_finite`` where a sample is NaN or infinite.
    """
    samples, rate = decoded.samples, decoded.sample_rate
    lowest, highest = float(samples.min()), float(samples.max())
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        bad = int(np.count_nonzero(~np.isfinite(samples)))
        raise AudioProblem("non_finite", f"{bad} of {samples.size} samples are NaN or infinite")
    mix = mix_down(samples)
    dc_offset = float(np.mean(mix, dtype=np.float64))
    level = active_level(mix, rate)
    return Measured(
        duration_s=len(samples) / rate,
        sample_rate=rate,
        channels=samples.shape[1],
        encoding=decoded.encoding,
        peak=round(max(-lowest, highest), 6),
        clipped_fraction=round(clipped_fraction(samples), 6) if max(-lowest, highest) >= FULL_SCALE else 0.0,
        dc_offset=round(dc_offset, 6),
        active_level_dbov=round(max(level.level_dbov, SILENCE_LEVEL_DBOV), 3),
        activity=round(level.activity, 4),
        snr_db=round(estimate_snr_db(mix, rate, level.level_dbov), 2),
        bandwidth_hz=round(effective_bandwidth_hz(mix, rate), 1),
        file_sha256=file_sha256,
        audio_sha256=decoded.sha256(),
    )


def clipped_fraction(samples: Samples) -> float:
    """Share of samples that stand in a run of two or more equal ones at full scale.

    Args:
        samples: shape (frames, channels).
    """
    loud = np.abs(samples) >= FULL_SCALE
    same = loud[1:] & loud[:-1] & (samples[1:] == samples[:-1])
    in_run = np.zeros(samples.shape, bool)
    in_run[1:] |= same
    in_run[:-1] |= same
    return float(np.count_nonzero(in_run)) / samples.size


def estimate_snr_db(mix: Samples, sample_rate: int, active_level_dbov: float) -> float:
    """Active speech level over the level of the quietest 3 % of 20 ms frames, dB, between 0 and 100.

    Frames of digital silence are left out, since padding says nothing about the room; where there is nothing else, 100.

    Args:
        mix: shape (frames,).
        sample_rate: Hz.
        active_level_dbov: of the same samples.
    """
    length = max(1, round(FRAME_S * sample_rate))
    whole = mix[: len(mix) // length * length].reshape(-1, length)
    power = np.einsum("ij,ij->i", whole, whole, dtype=np.float64) / length
    sounding = np.sort(power[power > 0.0])
    if not len(sounding) or not np.isfinite(active_level_dbov):
        return MAX_SNR_DB
    quiet = sounding[: max(1, round(QUIET_SHARE * len(sounding)))]
    floor_dbov = 10.0 * np.log10(float(np.add.reduce(quiet)) / len(quiet))
    return float(np.clip(active_level_dbov - floor_dbov, 0.0, MAX_SNR_DB))


def effective_bandwidth_hz(mix: Samples, sample_rate: int) -> float:
    """The frequency above which less than a millionth (−60 dB) of the energy lies, Hz.

    Telephone speech that was resampled to a higher rate shows its true band this way.

    Args:
        mix: shape (frames,).
        sample_rate: Hz.
    """
    frames = mix[: len(mix) // SPECTRUM_POINTS * SPECTRUM_POINTS].reshape(-1, SPECTRUM_POINTS)
    if not len(frames):
        frames = np.pad(mix, (0, SPECTRUM_POINTS - len(mix)))[None, :]
    window = np.hanning(SPECTRUM_POINTS).astype(np.float32)
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power = np.add.reduce(spectrum.real.astype(np.float64) ** 2 + spectrum.imag.astype(np.float64) ** 2, axis=0)
    power[:2] = 0.0  # a constant offset is no sound
    above = np.cumsum(power[::-1])[::-1]
    if above[0] <= 0.0:
        return 0.0
    highest = int(np.nonzero(above > above[0] * 10.0 ** (BANDWIDTH_FLOOR_DB / 10.0))[0][-1])
    return min(highest + 0.5, SPECTRUM_POINTS / 2) * sample_rate / SPECTRUM_POINTS
