from __future__ import annotations

import numpy as np

from pipelines.render.sounds import Kept, SoundLibrary
from tests.render.corpus import NOISE, decode, recorded


def test_the_values_used_last_are_kept_up_to_a_number_of_bytes() -> None:
    kept = Kept(100, len)
    made = []

    def make(key: str, size: int):
        def of_size() -> bytes:
            made.append(key)
            return bytes(size)

        return of_size

    for key in ("a", "b", "a", "c", "a", "b"):  # c drives b out, for a was used since
        kept.get(key, make(key, 40))
    assert made == ["a", "b", "c", "b"]


def test_a_value_larger_than_the_limit_is_kept_alone() -> None:
    kept = Kept(100, len)
    assert len(kept.get("large", lambda: bytes(1000))) == 1000
    assert len(kept.get("large", lambda: bytes(1))) == 1000
    kept.get("small", lambda: bytes(10))
    assert len(kept.get("large", lambda: bytes(1))) == 1


def test_a_noise_is_read_once_and_resampled(settings) -> None:
    sounds = SoundLibrary(settings)
    digest = decode(NOISE).sha256()
    noise = sounds.noise(NOISE, digest)
    assert noise is sounds.noise(NOISE, digest)
    assert noise.dtype == np.float32
    assert noise.ndim == 1


def test_little_memory_only_means_reading_again(settings) -> None:
    sounds = SoundLibrary(settings, kept_bytes=1)
    digest = decode(NOISE).sha256()
    talker = recorded("audio/austen_1.flac")
    first = sounds.noise(NOISE, digest)
    sounds.talker(talker)
    again = sounds.noise(NOISE, digest)
    assert again is not first
    np.testing.assert_array_equal(again, first)


def test_a_generated_room_is_made_once(settings) -> None:
    sounds = SoundLibrary(settings)
    room = {
        "kind": "generated",
        "name": "office",
        "t60_s": 0.4,
        "distance_m": 1.0,
        "dimensions_m": [5.0, 4.0, 3.0],
        "source_m": [2.0, 2.0, 1.5],
        "receiver_m": [3.0, 2.0, 1.5],
        "seed": 1,
    }
    assert sounds.generated(room) is sounds.generated(dict(reversed(room.items())))
