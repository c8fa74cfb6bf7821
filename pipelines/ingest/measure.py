"""What is measured on a recording, from one decode."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

from pipelines.audio.decode import Decoded
from pipelines.audio.encode import mix_down
from pipelines.audio.problem import AudioProblem
from pipelines.simulate.level import active_level, power_db

MEASURE_VERSION = 2
"""Raised whenever a figure below is measured in another way, so that kept figures are not mixed with new ones."""

FRAME_S = 0.02
QUIET_SHARE = 0.03
MAX_SNR_DB = 100.0
FULL_SCALE = 0.985
LOUDEST = 2.0**32
"""Floating-point samples may be scaled like whole numbers of 32 bits, and no further."""

SPECTRUM_S = 0.032
LOBE_BINS = 4
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
        AudioProblem: ``non_finite`` where a sample is NaN or infinite, ``corrupt_audio`` where one is larger than any encoding's.
    """
    samples, rate = decoded.samples, decoded.sample_rate
    lowest, highest = float(samples.min()), float(samples.max())
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        bad = int(np.count_nonzero(~np.isfinite(samples)))
        raise AudioProblem("non_finite", f"{bad} of {samples.size} samples are NaN or infinite")
    peak = max(abs(lowest), abs(highest))
    if peak > LOUDEST:
        raise AudioProblem("corrupt_audio", f"samples reach {peak:.1e}, where full scale is 1")
    mix = mix_down(samples)
    dc_offset = float(np.mean(mix, dtype=np.float64))
    mix = mix - np.float32(dc_offset)
    level = active_level(mix, rate)
    # P.56 follows speech; of a clip of a few milliseconds it makes more than there is.
    level_dbov = min(level.level_dbov, power_db(peak * peak))
    return Measured(
        duration_s=len(samples) / rate,
        sample_rate=rate,
        channels=samples.shape[1],
        encoding=decoded.encoding,
        peak=round(peak, 6),
        clipped_fraction=round(clipped_fraction(samples), 6) if peak >= FULL_SCALE else 0.0,
        dc_offset=round(dc_offset, 6),
        active_level_dbov=round(max(level_dbov, SILENCE_LEVEL_DBOV), 3),
        activity=round(level.activity, 4),
        snr_db=round(estimate_snr_db(mix, rate, level_dbov), 2),
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
    window = _window(sample_rate)
    points = len(window)
    frames = mix[: len(mix) // points * points].reshape(-1, points)
    if not len(frames):
        frames = np.pad(mix, (0, points - len(mix)))[None, :]
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power = np.add.reduce(spectrum.real**2 + spectrum.imag**2, axis=0, dtype=np.float64)
    power[:LOBE_BINS] = 0.0  # a constant offset, and what drifts like one, is no sound
    above = np.cumsum(power[::-1])[::-1]
    if above[0] <= 0.0:
        return 0.0
    highest = int(np.nonzero(above > above[0] * 10.0 ** (BANDWIDTH_FLOOR_DB / 10.0))[0][-1])
    return min(highest + 0.5, points / 2) * sample_rate / points


@lru_cache(maxsize=16)
def _window(sample_rate: int) -> Samples:
    """Blackman and Harris's window of four terms: its side lobes, at −92 dB, hide nothing that the threshold lets count."""
    points = scipy.fft.next_fast_len(round(SPECTRUM_S * sample_rate), real=True)
    return np.asarray(scipy.signal.windows.blackmanharris(points + points % 2, sym=False), np.float32)
