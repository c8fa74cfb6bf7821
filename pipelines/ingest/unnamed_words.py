"""What the ingest stage found of audio files without a record, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def unnamed_audio(found: Mapping[str, Any]) -> str:
    """In words, what ``unnamed_audio`` holds of one root."""
    files, examples = found["files"], found["examples"]
    shown = ", ".join(examples) + (", …" if files > len(examples) else "")
    told = f"{files:,} audio file{'' if files == 1 else 's'} that no record names under {found['audio_root']}"
    return f"{told}: {shown}" if examples else told
