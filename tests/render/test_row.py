"""Rows made from real recordings."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pytest
import soundfile
import soxr

from pipelines.audio.decode import Span
from pipelines.render.row import make_row
from pipelines.simulate.chain import simulate
from schemas.errors import PanvoxError
from schemas.tables import SHARD
from tests.render.corpus import NOISE_SPAN_S, SAMPLES, decode, recorded, simulated

RATE = 16000
SPEECH = "audio/af_heart_1.flac"


def samples_of(row) -> np.ndarray:
    samples, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16")
    assert rate == row["sampling_rate"] == RATE
    return samples


def test_a_recorded_row_is_the_recording_sample_for_sample(sounds) -> None:
    row = make_row(recorded(SPEECH), sounds, RATE)
    assert list(row) != []
    assert set(row) == set(SHARD.names)
    expected, _ = soundfile.read(SAMPLES / SPEECH, dtype="int16")
    np.testing.assert_array_equal(samples_of(row), expected)
    assert row["duration"] == len(expected) / RATE
    assert row["audio_sha256"] == hashlib.sha256(row["audio"]["bytes"]).hexdigest()
    assert row["audio"]["path"] == "af_heart_1.flac"
    assert all(row[name] is None for name in ("noise", "snr_db", "handset", "room", "t60_s"))
    assert json.loads(row["recipe"]) == {
        "asked": None,
        "measured": {"source_sample_rate": 16000, "mixed_down_from": 1, "resampled": False, "clipped_samples": 0},
    }


def test_another_rate_is_resampled_without_gain(sounds) -> None:
    row = make_row(recorded("audio/asterisk-ru_1.wav"), sounds, RATE)
    source = decode("audio/asterisk-ru_1.wav")
    expected = np.rint(soxr.resample(source.samples[:, 0], source.sample_rate, RATE, quality="HQ") * 32768)
    np.testing.assert_array_equal(samples_of(row), expected.clip(-32768, 32767))
    assert json.loads(row["recipe"])["measured"]["resampled"] is (source.sample_rate != RATE)


def test_a_segment_is_cut_from_its_file(sounds) -> None:
    span = Span(1.0, 2.424875)
    row = make_row(recorded("sessions/allison_session.flac", span), sounds, RATE)
    whole = decode("sessions/allison_session.flac")
    start = whole.sample_rate
    expected = soxr.resample(whole.samples[start : start + round(2.424875 * whole.sample_rate), 0], whole.sample_rate, RATE)
    assert row["duration"] == pytest.approx(2.424875, abs=1e-4)
    np.testing.assert_allclose(samples_of(row), expected * 32768, atol=1.01)


@pytest.mark.parametrize("condition", ["street_10db", "landline_call", "far_office", "meeting_babble"])
def test_a_simulated_row_is_what_its_recipe_says(settings, sounds, condition: str) -> None:
    recipe = simulated(SPEECH, condition, settings)
    row = make_row(recipe, sounds, RATE)
    said = json.loads(row["recipe"])
    assert said["asked"] == json.loads(recipe["asked"])
    again = simulate(decode(SPEECH).samples[:, 0], RATE, said["asked"], sounds)
    np.testing.assert_array_equal(samples_of(row), np.rint(again.audio * 32768).clip(-32768, 32767))
    assert said["measured"] == again.measured | {"clipped_samples": 0}
    assert row["duration"] == pytest.approx(recipe["duration_s"])
    setting = settings.config.condition(condition)
    assert (row["noise"], row["handset"], row["room"]) == (setting.noise, setting.handset, setting.room)
    assert (row["snr_db"] is None) == (setting.noise is None)
    assert (row["t60_s"] is None) == (setting.room is None)
    assert row["id"] == f"af_heart_1~{condition}~1"
    assert row["audio"]["path"] == f"af_heart_1~{condition}~1.flac"


def test_noise_comes_from_the_span_of_its_split(settings, sounds) -> None:
    said = json.loads(make_row(simulated(SPEECH, "street_10db", settings), sounds, RATE)["recipe"])
    assert said["asked"]["noise"]["span_s"] == list(NOISE_SPAN_S)
    assert NOISE_SPAN_S[0] <= said["measured"]["noise_start_s"] < NOISE_SPAN_S[1]


def test_clipped_samples_are_counted(settings, tmp_path) -> None:
    """A float file may go beyond full scale; a recorded row gets no gain, so it clips."""
    from dataclasses import replace

    from pipelines.render.sounds import SoundLibrary

    samples = np.zeros(RATE, np.float32)
    samples[100:110] = 1.5
    soundfile.write(tmp_path / "loud.wav", samples, RATE, subtype="FLOAT")
    elsewhere = SoundLibrary(replace(settings, location=str(tmp_path / "corpus.yaml")))
    loud = recorded(str(tmp_path / "loud.wav"))
    row = make_row(loud, elsewhere, RATE)
    assert json.loads(row["recipe"])["measured"]["clipped_samples"] == 10
    assert samples_of(row).max() == 32767


def test_a_source_that_changed_is_named_with_the_row(sounds) -> None:
    changed = recorded(SPEECH, audio_sha256="0" * 64)
    with pytest.raises(PanvoxError, match=r"row 'af_heart_1': audio/af_heart_1.flac: the file has changed since it was ingested"):
        make_row(changed, sounds, RATE)


def test_a_source_that_is_gone_is_named_with_the_row(sounds) -> None:
    gone = recorded(SPEECH) | {"audio": "audio/gone.flac"}
    with pytest.raises(PanvoxError, match=r"row 'af_heart_1': audio/gone.flac: .* \(it could be read when it was ingested\)"):
        make_row(gone, sounds, RATE)


def test_a_noise_that_changed_is_named_with_the_row(settings, sounds) -> None:
    recipe = simulated(SPEECH, "street_10db", settings)
    recipe["asked"] = recipe["asked"].replace(json.loads(recipe["asked"])["noise"]["sha256"], "0" * 64)
    with pytest.raises(
        PanvoxError, match=r"row 'af_heart_1~street_10db~1': noise/street/distant_cars.flac: the file has changed"
    ):
        make_row(recipe, sounds, RATE)


def test_a_span_of_noise_that_is_silent_is_named(settings, sounds, tmp_path) -> None:
    silent = np.zeros(3 * RATE, np.float32)
    silent[0] = 0.5
    soundfile.write(tmp_path / "silent.wav", silent, RATE)
    from pipelines.audio.decode import open_audio

    with open_audio(str(tmp_path / "silent.wav")) as audio:
        sha256 = audio.decode().sha256()
    recipe = simulated(SPEECH, "street_10db", settings)
    asked = json.loads(recipe["asked"])
    asked["noise"] |= {"file": str(tmp_path / "silent.wav"), "sha256": sha256, "span_s": [1.0, 2.0], "start_s": 1.0}
    with pytest.raises(
        PanvoxError, match=r"row 'af_heart_1~street_10db~1': noise 'street': the noise is silent between 1 and 2 s"
    ):
        make_row(recipe | {"asked": json.dumps(asked)}, sounds, RATE)


@pytest.mark.parametrize(("recording_id", "name"), [("a/b c", "a_b_c.flac"), ("..", "...flac"), ("ä" * 150, "ä" * 100 + ".flac")])
def test_the_audio_is_named_by_a_plain_file_name(sounds, recording_id: str, name: str) -> None:
    assert make_row(recorded(SPEECH, id=recording_id), sounds, RATE)["audio"]["path"] == name
