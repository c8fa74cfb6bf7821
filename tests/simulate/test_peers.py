"""Why panvox makes its own ratios and rooms: what other libraries give for the same request, measured the same way."""

import math

import numpy as np
import pytest

from pipelines.simulate.chain import simulate
from pipelines.simulate.draw import draw
from pipelines.simulate.generated_room import room_impulse
from pipelines.simulate.snr import active_snr_db
from tests.simulate.corpus import CANDIDATES, CONFIG, Sounds
from tests.simulate.signals import SAMPLE_RATE, speech_like
from tests.simulate.test_generated_room import positions, schroeder_t30

pytestmark = pytest.mark.peers


@pytest.mark.parametrize("activity", [0.4, 0.6, 0.8])
def test_audiomentations_counts_the_pauses_as_speech(activity):
    audiomentations = pytest.importorskip("audiomentations")
    speech = speech_like(10, activity)
    noisy = audiomentations.AddGaussianSNR(min_snr_db=10.0, max_snr_db=10.0, p=1.0)(speech.copy(), SAMPLE_RATE)
    theirs = active_snr_db(speech, noisy - speech, SAMPLE_RATE)
    record = draw(CONFIG.condition("street"), CONFIG, seed=0, quantiles={}, **CANDIDATES) | {"snr_db": 10.0}
    done = simulate(speech, SAMPLE_RATE, record, Sounds(), stems=True)
    ours = active_snr_db(done.stems["speech"], done.stems["noise"], SAMPLE_RATE)
    assert ours == pytest.approx(10, abs=0.1)
    assert theirs == pytest.approx(10 + 10 * math.log10(1 / done.measured["activity"]), abs=0.3)
    assert theirs - 10 > 0.5


def test_pyroomacoustics_image_sources_with_inverse_sabine_miss_the_reverberation_time():
    pyroomacoustics = pytest.importorskip("pyroomacoustics")

    def theirs(t60_s, dimensions, source, receiver):
        absorption, order = pyroomacoustics.inverse_sabine(t60_s, dimensions)
        material = pyroomacoustics.Material(absorption)
        room = pyroomacoustics.ShoeBox(dimensions, fs=SAMPLE_RATE, materials=material, max_order=min(order, 30))
        room.add_source(list(source))
        room.add_microphone(list(receiver))
        room.compute_rir()
        response = np.asarray(room.rir[0][0])
        return response[int(np.argmax(np.abs(response) >= 0.1 * np.abs(response).max())) :]

    errors = {"ours": [], "theirs": []}
    for dimensions in ((10.0, 3.0, 2.5), (6.0, 4.0, 3.0)):
        for t60_s in (0.3, 0.6):
            source, receiver = positions(dimensions, 1.5, 2)
            made = {
                "ours": room_impulse(t60_s, dimensions, source, receiver, 1, SAMPLE_RATE),
                "theirs": theirs(t60_s, dimensions, source, receiver),
            }
            for whose, response in made.items():
                errors[whose].append(abs(schroeder_t30(response, SAMPLE_RATE) / t60_s - 1))
    assert max(errors["ours"]) <= 0.05
    assert max(errors["theirs"]) > 0.05
