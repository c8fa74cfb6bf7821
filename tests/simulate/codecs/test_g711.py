import io

import numpy as np
import pytest
import soundfile as sf

from pipelines.simulate.codecs.codec import through
from pipelines.simulate.codecs.registry import find_codec

LAWS = {"g711_ulaw": "ULAW", "g711_alaw": "ALAW"}
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


def transcode(name: str, x: np.ndarray) -> np.ndarray:
    return through(find_codec(name), x)[0]


def decoded(name: str, samples: np.ndarray) -> np.ndarray:
    return np.rint(transcode(name, (samples / 32768).astype(np.float32)) * 32768).astype(np.int64)


def decisions_and_values(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Positive decision and decoded values of G.711 in 16-bit units, from the code words' bits: segment, then step."""
    codes = np.arange(128)
    segment, step = codes >> 4, codes & 15
    if name == "g711_ulaw":
        values = 4 * (((2 * step + 33) << segment) - 33)
        edges = 4 * (((2 * step + 32) << segment) - 33)  # the step's lower end
        edges[0] = 0
        return edges, values
    values = 8 * np.where(segment == 0, 2 * step + 1, (2 * step + 33) << np.maximum(segment - 1, 0))
    edges = 8 * np.where(segment == 0, 2 * step, (2 * step + 32) << np.maximum(segment - 1, 0))
    return edges, values


@pytest.mark.parametrize("name", LAWS)
def test_g711_follows_the_decision_rules_on_all_65536_samples(name):
    edges, values = decisions_and_values(name)
    magnitude = np.abs(EVERY_SAMPLE.astype(np.int64))
    found = decoded(name, EVERY_SAMPLE)
    outer = np.searchsorted(edges, magnitude, side="right") - 1
    inner = np.searchsorted(edges, magnitude, side="left") - 1  # differs on decision values only
    sign = np.where(EVERY_SAMPLE < 0, -1, 1)
    assert ((found == sign * values[outer]) | (found == sign * values[np.maximum(inner, 0)])).all()
    assert len(np.unique(found)) == (255 if name == "g711_ulaw" else 256)


@pytest.mark.parametrize("name", LAWS)
def test_g711_is_libsndfile_s_but_on_decision_values(name):
    coded = io.BytesIO()
    sf.write(coded, EVERY_SAMPLE, 8000, format="RAW", subtype=LAWS[name])
    coded.seek(0)
    theirs, _ = sf.read(coded, dtype="int16", samplerate=8000, channels=1, format="RAW", subtype=LAWS[name])
    differs = decoded(name, EVERY_SAMPLE) != theirs
    edges, _ = decisions_and_values(name)
    assert differs.sum() <= 2 * 127
    assert np.isin(np.abs(EVERY_SAMPLE[differs].astype(np.int64)), edges).all()


@pytest.mark.parametrize("name", LAWS)
def test_coding_twice_is_coding_once(name):
    once = transcode(name, (EVERY_SAMPLE / 32768).astype(np.float32))
    np.testing.assert_array_equal(transcode(name, once), once)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("level_dbm0", "floor_db"), [(0, 33), (-10, 33), (-20, 33), (-30, 33), (-40, 27), (-45, 22)])
def test_g711_keeps_the_sdr_of_g712(name, level_dbm0, floor_db):
    full_scale_dbm0 = 3.17 if name == "g711_ulaw" else 3.14
    sine = 10 ** ((level_dbm0 - full_scale_dbm0) / 20) * np.sin(2 * np.pi * 1013.7 / 8000 * np.arange(80000))
    heard = transcode(name, sine.astype(np.float32)).astype(np.float64)
    gain = np.sum(heard * sine) / np.sum(sine * sine)
    sdr_db = 10 * np.log10(np.mean((gain * sine) ** 2) / np.mean((heard - gain * sine) ** 2))
    assert sdr_db >= floor_db


@pytest.mark.parametrize("name", LAWS)
def test_g711_limits_what_is_too_loud(name):
    loud = transcode(name, np.array([-3, -1, 1, 3], dtype=np.float32))
    assert loud[0] == loud[1] == -loud[2] == -loud[3]
    assert 0.98 < loud[3] < 1
