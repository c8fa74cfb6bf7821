"""VCTK's two microphones, of which one is mostly enough."""

from __future__ import annotations

from pipelines import storage
from pipelines.ingest.layouts.tree import is_audio

_FIRST_MICROPHONE = "*_mic1.*"
_OLDER_RELEASES = "*_[0-9][0-9][0-9].*"
"""As VCTK's recordings are named, since there are two microphones and before."""


def second_microphone_only(root: str) -> list[str]:
    """VCTK's recordings of which the first microphone has none, by their names."""
    found: list[str] = []
    for _, files in storage.walk(root):
        names = set(filter(is_audio, files))
        found += [name for name in names if "_mic2." in name and name.replace("_mic2.", "_mic1.") not in names]
    return sorted(found)


def one_microphone(root: str) -> list[str]:
    """Which of VCTK's ``files`` come from one microphone, as patterns of names; none where no other recorded any."""
    has_two, has_older = False, False
    for _, files in storage.walk(root):
        for name in filter(is_audio, files):
            has_two |= "_mic1." in name
            has_older |= "_mic" not in name
    return [_FIRST_MICROPHONE, *([_OLDER_RELEASES] if has_older else [])] if has_two else []
