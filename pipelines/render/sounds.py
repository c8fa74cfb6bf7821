"""The sounds that rows are made from, loaded from their files and, where they serve many rows, kept."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.audio.decode import WHOLE_FILE, Decoded, Span, open_audio
from pipelines.audio.encode import mix_down, resample
from pipelines.audio.problem import AudioProblem
from pipelines.settings import Settings
from pipelines.simulate.coloured import long_term_spectrum
from pipelines.simulate.generated_room import generated_response
from pipelines.simulate.room import Response, measured_response
from schemas.errors import PanvoxError

KEPT_BYTES = 192 << 20
"""Noises and talkers of a worker together; responses have as much again at the most, spectra of talkers an eighth."""

SPECTRA = 18
"""A response with its spectra takes up to so many times the memory of its samples."""

Samples = NDArray[np.float32]
Value = TypeVar("Value")


class SoundLibrary:
    """Sounds by the names recipes give them, mono at the corpus's sampling rate.

    It is what :class:`pipelines.simulate.noise_source.Sounds` asks for. What was used last is kept up to a number of bytes, so
    a worker's memory does not grow with the corpus.
    """

    def __init__(self, settings: Settings, kept_bytes: int = KEPT_BYTES) -> None:
        self._settings = settings
        self._rate = settings.config.audio.sample_rate
        self._sounds: Kept[Samples] = Kept(kept_bytes, lambda samples: int(samples.nbytes))
        self._spectra: Kept[NDArray[np.float64]] = Kept(kept_bytes // 8, lambda spectrum: int(spectrum.nbytes))
        self._responses: Kept[Response] = Kept(kept_bytes, lambda response: SPECTRA * int(response.samples.nbytes))

    def recording(self, audio: str, span: Span, audio_sha256: str) -> Decoded:
        """A recording as it was ingested.

        Raises:
            PanvoxError: the file is gone, or no longer holds the samples that were ingested.
        """
        try:
            with open_audio(self._settings.resolve(audio)) as file:
                decoded = file.decode(span, check_md5=False)  # its digest is checked below
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
        return self._sounds.get(sha256, lambda: self.speech(self.recording(file, WHOLE_FILE, sha256)))

    def response(self, file: str, sha256: str, drr_db: float | None) -> Response:
        """A measured room response, its direct sound scaled to a direct-to-reverberant ratio where one is given."""

        def load() -> Response:
            return measured_response(self.speech(self.recording(file, WHOLE_FILE, sha256)), self._rate, drr_db)

        return self._responses.get(f"{sha256} {drr_db}", load)

    def generated(self, room: dict[str, Any]) -> Response:
        """A generated room response."""
        return self._responses.get(json.dumps(room, sort_keys=True), lambda: generated_response(room, self._rate))

    def talker(self, talker: dict[str, Any]) -> Samples:
        """A recording that stands in babble."""
        offset_s = talker["offset_s"]
        span = WHOLE_FILE if offset_s is None else Span(offset_s, talker["duration_s"])
        digest = talker["audio_sha256"]
        return self._sounds.get(digest, lambda: self.speech(self.recording(talker["audio"], span, digest)))

    def spectrum(self, talker: dict[str, Any]) -> NDArray[np.float64]:
        """The long-term spectrum of a recording, for speech-shaped noise."""
        return self._spectra.get(talker["audio_sha256"], lambda: long_term_spectrum(self.talker(talker), self._rate))


class Kept(Generic[Value]):
    """Values by key, those used last, as many as a number of bytes holds (but always the latest)."""

    def __init__(self, most_bytes: int, size_of: Callable[[Value], int]) -> None:
        self._most_bytes = most_bytes
        self._size_of = size_of
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under ``key``, or what ``make`` returns, kept from now on."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        self._bytes += self._size_of(value)
        while self._bytes > self._most_bytes and len(self._values) > 1:
            self._bytes -= self._size_of(self._values.popitem(last=False)[1])
        return value
