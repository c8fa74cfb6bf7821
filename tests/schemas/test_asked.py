import copy
import json

import pytest

from pipelines.simulate.draw import draw
from schemas.asked import asked_problem
from tests.simulate.corpus import CANDIDATES, CONFIG

DRAWN = [condition.name for condition in CONFIG.conditions if condition.is_simulated and condition.name != "closet"]


def asked(condition, seed=0):
    return json.loads(
        json.dumps(draw(CONFIG.condition(condition), CONFIG, seed=seed, quantiles={}, duration_s=4.0, **CANDIDATES))
    )


@pytest.mark.parametrize("condition", DRAWN)
def test_whatever_is_drawn_can_be_replayed(condition):
    for seed in range(5):
        assert asked_problem(asked(condition, seed)) is None


def test_a_recipe_of_before_there_were_transforms_can_be_replayed():
    record = asked("street")
    del record["transforms"]
    assert asked_problem(record) is None


def set_at(record, path, value):
    changed = copy.deepcopy(record)
    *way, last = path
    node = changed
    for step in way:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return changed


@pytest.mark.parametrize(
    ("condition", "path", "value", "told"),
    [
        ("street", ["level_dbov"], "loud", "asked.level_dbov: expected a number, found \"loud\""),
        ("street", ["level_dbov"], 3, "asked.level_dbov: "),
        ("street", ["snr_db"], None, "asked.snr_db: expected a number, since there is noise"),
        ("street", ["snr_db"], ..., "asked.snr_db: is required"),
        ("street", ["noise"], 5, "asked.noise: expected null, or a mapping whose 'kind' is one of recording"),
        ("street", ["noise", "kind"], "hiss", "asked.noise: expected null, or a mapping whose 'kind' is one of recording"),
        ("street", ["noise", "file"], ..., "asked.noise.file: is required"),
        ("street", ["noise", "start_s"], -1, "asked.noise.start_s: expected greater than or equal to 0"),
        ("street", ["noise", "talkers"], [], "asked.noise.talkers: unknown key"),
        ("babble", ["noise", "talkers"], [], "asked.noise.talkers: expected at least one"),
        ("babble", ["noise", "talkers", 0, "speaker_id"], "speaker-2", None),
        ("pink", ["noise", "colour"], "green", "asked.noise.colour: "),
        ("speech_shaped", ["noise", "talkers"], [], "asked.noise.talkers: speech-shaped noise needs talkers"),
        ("scanner", ["noise", "fundamental_hz"], 0, "asked.noise.fundamental_hz: "),
        ("scanner", ["noise", "duty"], 1.5, "asked.noise.duty: "),
        ("scanner", ["noise", "seed"], -1, "asked.noise.seed: "),
        ("office", ["room", "t60_s"], -0.3, "asked.room.t60_s: "),
        ("office", ["room", "t60_s"], None, "asked.room: expected either 't60_s' or 't60_octaves_s'"),
        ("octaves", ["room", "t60_octaves_s"], {"3": 1.0}, "asked.room.t60_octaves_s: expected octave bands"),
        ("office", ["room", "dimensions_m"], [3], "asked.room.dimensions_m"),
        ("office", ["room", "source_m", 0], 99, "asked.room.source_m: lies outside the room"),
        ("measured_far", ["room", "sha256"], ..., "asked.room.sha256: is required"),
        ("corner_office", ["noise", "room", "seed"], ..., "asked.noise.room.seed: is required"),
        ("phone", ["handset", "codecs"], ["g729"], "asked.handset.codecs.0: there is no codec 'g729'"),
        ("phone", ["handset", "microphone"], "mic.csv", "asked.handset.microphone: expected the name of a response"),
        ("phone", ["handset", "microphone"], "flut", "asked.handset.microphone: there is no microphone 'flut'"),
        ("phone", ["handset", "noise_floor_dbov"], [-60, -50], "asked.handset.noise_floor_dbov: expected one number"),
        ("speech_shaped", ["handset", "packet_loss", "rate"], [0, 0.1], "asked.handset.packet_loss.rate: expected one number"),
        ("speech_shaped", ["handset", "packet_loss", "seed"], ..., "asked.handset.packet_loss.seed: is required"),
        ("speech_shaped", ["handset", "agc", "ratio"], "high", "asked.handset.agc.ratio: "),
        ("distorted", ["transforms", 0, "seed"], 2**32, "asked.transforms.0.seed: "),
        ("street", ["echo"], 1, "asked.echo: unknown key"),
    ],
)  # fmt: skip
def test_what_cannot_be_replayed_is_told_by_its_key(condition, path, value, told):
    record = asked(condition, 1)
    assert asked_problem(record) is None
    if told is None:  # a voice of its own cannot be another's too
        value, told = record["noise"]["talkers"][1]["speaker_id"], "asked.noise.talkers: two talkers are the same speaker"
    assert told in (asked_problem(set_at(record, path, value)) or "nothing")
