"""One file through one condition: what is written where, and what is told about a mistake."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines.commands.recipe import read_recipe
from pipelines.commands.simulate_file import simulate_file
from pipelines.simulate.codecs import ffmpeg
from schemas.errors import ConfigError, PanvoxError

SAMPLES = Path(__file__).parents[2] / "data_samples"
CONFIG = str(SAMPLES / "corpus.yaml")
SPEECH = str(SAMPLES / "audio" / "bm_george_1.flac")


def simulated(condition, target, source=SPEECH, **other):
    arguments = {"seed": 3, "stems": None, "recipe": None} | other
    return simulate_file(CONFIG, condition, str(source), str(target), **arguments)


def error_of(condition, target, **other):
    with pytest.raises(PanvoxError) as told:
        simulated(condition, target, **other)
    assert "\n" not in str(told.value)
    return told.value


def test_stems_of_an_earlier_simulation_are_not_taken_for_this_one_s(tmp_path):
    stems = tmp_path / "stems"
    simulated("office_typing", tmp_path / "x.wav", stems=str(stems))
    assert {file.name for file in stems.iterdir()} == {"speech.wav", "noise.wav", "response.wav"}
    (stems / "mine.txt").write_text("kept")
    simulated("street_10db", tmp_path / "x.wav", stems=str(stems))
    assert {file.name for file in stems.iterdir()} == {"speech.wav", "noise.wav", "mine.txt"}
    summed = sum(soundfile.read(stems / f"{name}.wav")[0] for name in ("speech", "noise"))
    np.testing.assert_allclose(soundfile.read(tmp_path / "x.wav")[0], summed, atol=1.01 / 32768)


@pytest.mark.parametrize("form", ["whole", "asked"])
@pytest.mark.parametrize("condition", ["meeting_babble", None])
def test_a_recipe_names_its_own_condition(tmp_path, form, condition):
    told = simulated("meeting_babble", tmp_path / "1.wav")
    (tmp_path / "recipe.json").write_text(json.dumps(told if form == "whole" else told["asked"]))
    again = simulated(condition, tmp_path / "2.wav", seed=99, recipe=str(tmp_path / "recipe.json"))
    assert again == told
    assert (tmp_path / "1.wav").read_bytes() == (tmp_path / "2.wav").read_bytes()


@pytest.mark.parametrize("copied", [False, True])
def test_nobody_is_heard_in_the_babble_behind_themselves(tmp_path, copied):
    """Neither by another recording of theirs, where the file is the corpus's own, nor by a copy of what would be drawn."""
    source = SAMPLES / "audio" / ("af_bella_1.flac" if copied else "af_bella_4.flac")
    if copied:
        source = Path(shutil.copy(source, tmp_path / "copy.flac"))
    heard = set()
    for seed in range(8):
        asked = simulated("meeting_babble", tmp_path / "x.wav", source=source, seed=seed)["asked"]
        heard |= {talker["speaker_id"] for talker in asked["noise"]["talkers"]}
    assert len(heard) > 10
    assert "af_bella" not in heard


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "expected a recipe as JSON"),
        ("\ufeff\u0000", "expected a recipe as JSON"),
        ("[1]", "holds no simulation's recipe"),
        ('{"asked": null, "measured": {}}', "holds no simulation's recipe; a recorded row has none"),
        ('{"condition": "street_10db"}', "asked.seed: is required"),
    ],
)
def test_what_is_no_recipe_is_told(tmp_path, text, told):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(text)
    error = error_of("street_10db", tmp_path / "x.wav", recipe=str(recipe))
    assert isinstance(error, ConfigError)
    assert str(error).startswith(f"{recipe}: ")
    assert told in str(error)
    assert not (tmp_path / "x.wav").exists()


def test_a_recipe_that_asks_for_what_is_not_there_is_told(tmp_path, monkeypatch):
    recipe = tmp_path / "recipe.json"
    assert str(error_of("street_10db", tmp_path / "x.wav", recipe=str(recipe))) == f"{recipe}: cannot be read: {NO_FILE}"
    asked = simulated("mobile_call", tmp_path / "x.wav")["asked"]
    recipe.write_text(json.dumps(asked))
    assert "is a recipe of the condition 'mobile_call', not of" in str(
        error_of("street_10db", tmp_path / "y.wav", recipe=str(recipe))
    )
    monkeypatch.setitem(ffmpeg.ENCODERS, "amr_nb", "no_such_encoder")
    with pytest.raises(ConfigError, match=r"'amr_nb_12.2' needs FFmpeg's codec 'no_such_encoder'.*pip install"):
        read_recipe(str(recipe), None)
    monkeypatch.undo()
    transform = {"name": "Nope", "parameters": {}, "seed": 1}
    recipe.write_text(json.dumps(asked | {"transforms": [transform]}))
    with pytest.raises(ConfigError, match="no transform 'Nope'"):
        read_recipe(str(recipe), None)


NO_FILE = "No such file or directory"


def test_nothing_is_written_over_what_is_needed(tmp_path):
    speech = tmp_path / "speech.wav"
    samples, rate = soundfile.read(SPEECH)
    soundfile.write(speech, samples, rate)
    before = speech.read_bytes()
    for target, other in (
        (speech, {}),
        (tmp_path / "x.wav", {"stems": str(tmp_path)}),
        (tmp_path / "stems" / "noise.wav", {"stems": str(tmp_path / "stems")}),
    ):
        error = error_of("street_10db", target, source=speech, **other)
        assert isinstance(error, ConfigError)
        assert "another" in str(error)
    assert speech.read_bytes() == before
    assert "goes into a file" in str(error_of("street_10db", "-"))
    assert "cannot end in '.mp3'" in str(error_of("street_10db", tmp_path / "x.mp3"))


def test_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    assert str(error_of("street_10db", tmp_path)) == f"{tmp_path}: cannot be written: Is a directory"
    assert "cannot be written" in str(error_of("street_10db", tmp_path / "file" / "x.wav"))
    assert "speech.wav: cannot be written" in str(error_of("street_10db", tmp_path / "x.wav", stems=str(tmp_path / "file")))


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (np.zeros(16000), "the speech is silent"),
        (np.full(16000, 0.25), "the speech is silent"),
        (np.random.default_rng(0).integers(-1, 2, 16000) / 32768, "the speech is silent: its active level is under -90 dBov"),
        (np.append(np.random.default_rng(0).uniform(-0.1, 0.1, 16000), np.nan), "samples that are NaN or infinite"),
    ],
)
def test_what_cannot_be_heard_is_told(tmp_path, samples, told):
    soundfile.write(tmp_path / "in.wav", samples, 16000, subtype="FLOAT")
    assert told in str(error_of("street_10db", tmp_path / "x.wav", source=tmp_path / "in.wav"))


def test_an_unknown_condition_is_told_with_what_it_may_be(tmp_path):
    assert "no condition 'street_10'; did you mean 'street_10db'?" in str(error_of("street_10", tmp_path / "x.wav"))
