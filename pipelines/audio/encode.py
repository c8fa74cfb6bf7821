"""From decoded samples to what stands in a shard: mixed down, resampled, FLAC."""

from __future__ import annotations

import io

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def mix_down(samples: Samples) -> Samples:
    """Mono by the mean of the channels.

    Args:
        samples: shape (frames, channels).

    Returns:
        Shape (frames,).
    """
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    return np.asarray(np.mean(samples, axis=1, dtype=np.float64), np.float32)


def resample(samples: Samples, sample_rate: int, target_rate: int) -> Samples:
    """Band-limited resampling (soxr HQ), linear phase.

    Args:
        samples: shape (frames,).
        sample_rate: of the samples, Hz.
        target_rate: Hz.
    """
    if sample_rate == target_rate:
        return samples
    resampled: Samples = soxr.resample(samples, sample_rate, target_rate, quality="HQ")
    return resampled


def to_pcm16(samples: Samples) -> tuple[NDArray[np.int16], int]:
    """Samples of 16 bits, and how many had to be clipped to fit.

    Args:
        samples: shape (frames,), full scale ±1.
    """
    scaled = np.rint(samples * np.float32(32768.0))
    clipped = int(np.count_nonzero((scaled > 32767.0) | (scaled < -32768.0)))
    return np.clip(scaled, -32768.0, 32767.0).astype(np.int16), clipped


def encode_flac(samples: Samples, sample_rate: int) -> tuple[bytes, int]:
    """A FLAC file of 16 bits, and how many samples had to be clipped to fit.

    Args:
        samples: shape (frames,), full scale ±1.
        sample_rate: Hz.
    """
    whole, clipped = to_pcm16(samples)
    file = io.BytesIO()
    soundfile.write(file, whole, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue(), clipped
