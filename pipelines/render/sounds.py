"""The sounds that rows are made from, loaded from their files and, where they serve many rows, kept."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.audio.decode import Decoded, Span, open_audio
from pipelines.audio.encode import mix_down, resample
from pipelines.audio.problem import AudioProblem
from pipelines.settings import Settings
from pipelines.simulate.coloured import long_term_spectrum
from pipelines.simulate.generated_room import generated_response
from pipelines.simulate.room import Response, measured_response
from schemas.errors import PanvoxError

KEPT_NOISES = 64
KEPT_RESPONSES = 256
KEPT_TALKERS = 128
KEPT_SPECTRA = 4096

Samples = NDArray[np.float32]
Value = TypeVar("Value")


class SoundLibrary:
    """Sounds by the names recipes give them, mono at the corpus's sampling rate.

    It is what :class:`pipelines.simulate.noise_source.Sounds` asks for. Each kind is kept up to a fixed number, the least
    recently used one leaving first, so a worker's memory does not grow with the corpus.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rate = settings.config.audio.sample_rate
        self._noises: OrderedDict[str, Samples] = OrderedDict()
        self._responses: OrderedDict[str, Response] = OrderedDict()
        self._talkers: OrderedDict[str, Samples] = OrderedDict()
        self._spectra: OrderedDict[str, NDArray[np.float64]] = OrderedDict()

    def recording(self, audio: str, span: Span, audio_sha256: str) -> Decoded:
        """A recording as it was ingested.

        Raises:
            PanvoxError: the file is gone, or no longer holds the samples that were ingested.
        """
        try:
            with open_audio(self._settings.resolve(audio)) as file:
                decoded = file.decode(span)
        except AudioProblem as problem:
            raise PanvoxError(f"{audio}: {problem.message} (it could be read when it was ingested)") from problem
        if decoded.sha256() != audio_sha256:
            raise PanvoxError(f"{audio}: the file has changed since it was ingested")
        return decoded

    def speech(self, decoded: Decoded) -> Samples:
        """A recording mixed down and resampled."""
        return resample(mix_down(decoded.samples), decoded.sample_rate, self._rate)

    def noise(self, file: str, sha256: str) -> Samples:
        """A noise file, whole."""
        return _kept(self._noises, sha256, KEPT_NOISES, lambda: self.speech(self.recording(file, Span(), sha256)))

    def response(self, file: str, sha256: str, drr_db: float | None) -> Response:
        """A measured room response, its direct sound scaled to a direct-to-reverberant ratio where one is given."""
        return _kept(
            self._responses,
            f"{sha256} {drr_db}",
            KEPT_RESPONSES,
            lambda: measured_response(self.speech(self.recording(file, Span(), sha256)), self._rate, drr_db),
        )

    def generated(self, room: dict[str, Any]) -> Response:
        """A generated room response."""
        key = json.dumps(room, sort_keys=True)
        return _kept(self._responses, key, KEPT_RESPONSES, lambda: generated_response(room, self._rate))

    def talker(self, talker: dict[str, Any]) -> Samples:
        """A recording that stands in babble."""
        offset_s = talker["offset_s"]
        span = Span() if offset_s is None else Span(offset_s, talker["duration_s"])
        return _kept(
            self._talkers,
            talker["audio_sha256"],
            KEPT_TALKERS,
            lambda: self.speech(self.recording(talker["audio"], span, talker["audio_sha256"])),
        )

    def spectrum(self, talker: dict[str, Any]) -> NDArray[np.float64]:
        """The long-term spectrum of a recording, for speech-shaped noise."""
        return _kept(
            self._spectra,
            talker["audio_sha256"],
            KEPT_SPECTRA,
            lambda: long_term_spectrum(self.talker(talker), self._rate),
        )


def _kept(store: OrderedDict[str, Value], key: str, most: int, make: Callable[[], Value]) -> Value:
    if key not in store:
        store[key] = make()
        if len(store) > most:
            store.popitem(last=False)
    store.move_to_end(key)
    return store[key]
