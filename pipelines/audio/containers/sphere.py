"""NIST SPHERE: a header of text lines, then samples."""

from __future__ import annotations

import re
from typing import IO

from pipelines.audio.containers.shortfall import shortfall
from pipelines.audio.problem import AudioProblem

MAGIC = b"NIST_1A"
_FIELD = re.compile(rb"^(sample_count|sample_n_bytes|channel_count|sample_rate) -i (\d+)\s*$", re.MULTILINE)
_CODED = re.compile(rb"^sample_coding -s\d+ \S*,embedded-", re.MULTILINE)
HEADER_BYTES = 1024


def check_sphere(file: IO[bytes], size: int) -> None:
    """As many samples must follow the header as it counts. Compressed samples are left to the decoder, which knows none."""
    file.seek(0)
    lines = file.read(HEADER_BYTES)
    length = lines[8:16].strip()
    if len(lines) < HEADER_BYTES or not length.isdigit():
        raise AudioProblem("truncated_audio", "the SPHERE file ends within its header")
    fields = {name: int(value) for name, value in _FIELD.findall(lines)}
    if _CODED.search(lines) or b"sample_count" not in fields:
        return
    frame = fields.get(b"sample_n_bytes", 2) * fields.get(b"channel_count", 1)
    declared, held = fields[b"sample_count"] * frame, size - int(length)
    if declared > held:
        raise shortfall(declared, max(0, held), frame * fields.get(b"sample_rate", 0))
