"""One row of a shard: read the recording, simulate where the recipe asks for it, encode."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from pipelines.audio.decode import WHOLE_FILE, Span
from pipelines.audio.encode import encode_flac
from pipelines.render.sounds import SoundLibrary
from pipelines.simulate.chain import SilentSpeechError, simulate
from pipelines.simulate.noise import SilentNoiseError
from schemas.errors import PanvoxError
from schemas.tables import SHARD

_COPIED = [name for name in SHARD.names if name not in ("audio", "duration", "sampling_rate", "t60_s", "audio_sha256", "recipe")]


def make_row(recipe: Mapping[str, Any], sounds: SoundLibrary, sample_rate: int) -> dict[str, Any]:
    """The row of a recipe; its columns are documented in :data:`schemas.tables.SHARD`.

    Args:
        recipe: a row of the recipes.
        sounds: where its recording, noise and response come from.
        sample_rate: of the shards, Hz.

    Raises:
        PanvoxError: a file it needs has changed or gone, or is silent where it is needed; the message names file and row.
    """
    try:
        return _make_row(recipe, sounds, sample_rate)
    except PanvoxError as error:
        raise PanvoxError(f"row {recipe['id']!r}: {error}") from error
    except SilentSpeechError as error:
        raise PanvoxError(f"row {recipe['id']!r}: {recipe['audio']}: {error}") from error
    except SilentNoiseError as error:
        raise PanvoxError(f"row {recipe['id']!r}: noise '{recipe['noise']}': {error}") from error


def _make_row(recipe: Mapping[str, Any], sounds: SoundLibrary, sample_rate: int) -> dict[str, Any]:
    span = WHOLE_FILE if recipe["offset_s"] is None else Span(recipe["offset_s"], recipe["duration_s"])
    decoded = sounds.recording(recipe["audio"], span, recipe["audio_sha256"])
    speech = sounds.speech(decoded)
    t60_s = recipe["t60_s"]
    if recipe["asked"] is None:
        asked, measured = None, _describe(decoded.sample_rate, decoded.samples.shape[1], sample_rate)
    else:
        asked = json.loads(recipe["asked"])
        simulated = simulate(speech, sample_rate, asked, sounds)
        speech, measured = simulated.audio, simulated.measured
        if recipe["room"] is not None and t60_s is None:
            t60_s = measured.get("t60_s")
    flac, clipped = encode_flac(speech, sample_rate)
    measured = measured | {"clipped_samples": clipped}
    return {name: recipe[name] for name in _COPIED} | {
        "audio": {"bytes": flac, "path": f"{_file_name(recipe['id'])}.flac"},
        "duration": len(speech) / sample_rate,
        "sampling_rate": sample_rate,
        "t60_s": t60_s,
        "audio_sha256": hashlib.sha256(flac).hexdigest(),
        "recipe": json.dumps({"asked": asked, "measured": measured}, sort_keys=True, ensure_ascii=False),
    }


def _describe(source_rate: int, channels: int, sample_rate: int) -> dict[str, Any]:
    """What was done to a recorded row."""
    return {"source_sample_rate": source_rate, "mixed_down_from": channels, "resampled": source_rate != sample_rate}


def _file_name(utterance_id: str) -> str:
    """An id as the base name of a file; readers that unpack the audio name files so."""
    return re.sub(r"[^\w.~@+-]", "_", utterance_id).encode()[:200].decode(errors="ignore")
