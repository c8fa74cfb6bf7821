"""Speech of the samples in files of many kinds."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from pipelines.audio.decode import Span, open_audio

SAMPLES = Path(__file__).parents[3] / "data_samples"
RATE = 16_000


@lru_cache(maxsize=1)
def _speech() -> np.ndarray[Any, Any]:
    parts = []
    for name in ("af_heart_1.flac", "af_heart_2.flac", "af_heart_3.flac", "bm_lewis_1.flac", "austen_1.flac"):
        if (SAMPLES / "audio" / name).exists():
            with open_audio(str(SAMPLES / "audio" / name)) as file:
                parts.append(file.decode(Span()).samples[:, 0])
    return np.concatenate(parts)


def speech(number: int, seconds: float = 0.8) -> np.ndarray[Any, Any]:
    """Another piece of speech for every number."""
    start = (number * 3571) % (len(_speech()) - int(seconds * RATE))
    return np.asarray(_speech()[start : start + int(seconds * RATE)], np.float32)


def audio_bytes(number: int, container: str = "WAV", seconds: float = 0.8) -> bytes:
    """A recording as a file's bytes; SPHERE ("NIST") as TIMIT has it."""
    file = io.BytesIO()
    soundfile.write(file, speech(number, seconds), RATE, format=container)
    return file.getvalue()


_CONTAINERS = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3", ".ogg": "OGG"}


def put_audio(path: Path, number: int, seconds: float = 0.8, container: str | None = None) -> None:
    """Write a recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio_bytes(number, container or _CONTAINERS[path.suffix.lower()], seconds))


def put_text(path: Path, text: str, *, bom: bool = False, windows: bool = False) -> None:
    """Write a text file, with a byte order mark or Windows's line ends where asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (text.replace("\n", "\r\n") if windows else text).encode()
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + data)
