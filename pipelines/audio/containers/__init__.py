"""Containers: what a file declares against what it holds.

Decoders read a cut WAV or MP3 file to its last byte without a word, and step over what is damaged in an OGG stream, so the
structure of every known container is looked at before its audio is decoded. One module a family of containers.
"""

from __future__ import annotations

from typing import IO

from pipelines.audio.containers import amr, chunks, flac, matroska, mp4, mpeg, ogg, sphere
from pipelines.audio.containers.tags import skip_tags


def check_container(file: IO[bytes], size: int) -> str:
    """Tell the container from its first bytes and hold what it declares against what it holds.

    Args:
        file: open for reading and seeking; its position is left at the start.
        size: of the file, bytes.

    Returns:
        The container's name in capitals; empty where it is none of those known here.

    Raises:
        AudioProblem: truncated_audio, corrupt_audio, absurd_size or empty_file.
    """
    start = skip_tags(file, size)
    file.seek(start)
    head = file.read(16)
    name = _check(file, size, start, head)
    file.seek(0)
    return name


def _check(file: IO[bytes], size: int, start: int, head: bytes) -> str:
    if head[:4] == b"fLaC":
        flac.check_flac(size, start)
        return "FLAC"
    if start:
        return mpeg.check_mpeg(file, size, start)
    if head[:4] in chunks.WAV_MAGIC and head[8:12] == b"WAVE":
        chunks.check_wav(file, size)
        return "WAV"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        chunks.check_aiff(file, size)
        return "AIFF"
    if head[:4] == b"caff":
        chunks.check_caf(file, size)
        return "CAF"
    if head[:4] == b"OggS":
        ogg.check_ogg(file, size)
        return "OGG"
    if head[4:8] in mp4.MAGIC:
        mp4.check_mp4(file, size)
        return "MP4"
    if head[:4] == matroska.MAGIC:
        matroska.check_matroska(file, size)
        return "MATROSKA"
    if head[:5] == amr.MAGIC:
        amr.check_amr(file, size)
        return "AMR"
    if head[:7] == sphere.MAGIC:
        sphere.check_sphere(file, size)
        return "NIST"
    return mpeg.check_mpeg(file, size, 0)
