import random
import threading

import numpy as np
import pytest

from pipelines.simulate.chain import simulate
from pipelines.simulate.draw import draw
from pipelines.simulate.transforms import REFUSED, apply_transforms, transform_problem
from tests.simulate.corpus import CANDIDATES, CONFIG, Sounds
from tests.simulate.signals import SAMPLE_RATE, speech_like


def asked(name, seed=1, **parameters):
    return {"name": name, "parameters": {"p": 1.0} | parameters, "seed": seed}


TRANSFORMS = [
    asked("TanhDistortion"),
    asked("TimeMask", max_band_part=0.2),
    asked("AddGaussianNoise"),
    asked("BandPassFilter"),
    asked("TimeStretch", leave_length_unchanged=False),
    asked("Shift"),
]


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda transform: transform["name"])
def test_a_seed_fixes_what_is_drawn_and_the_length_stays(transform):
    x = speech_like(2)
    kept = x.copy()
    once, drawn = apply_transforms(x, SAMPLE_RATE, [transform])
    random.random()
    again, drawn_again = apply_transforms(x, SAMPLE_RATE, [transform])
    other, _ = apply_transforms(x, SAMPLE_RATE, [transform | {"seed": 2}])
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(x, kept)
    assert drawn == drawn_again
    assert drawn[0]["name"] == transform["name"]
    assert drawn[0]["parameters"]["should_apply"] is True
    assert once.shape == x.shape
    assert once.dtype == np.float32
    assert np.abs(once - x).max() > 0
    assert np.abs(once - other).max() > 0


def test_generators_that_others_share_are_left_as_they_were():
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    expected = random.random(), np.random.random()  # noqa: NPY002
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    apply_transforms(speech_like(1), SAMPLE_RATE, TRANSFORMS)
    assert (random.random(), np.random.random()) == expected  # noqa: NPY002


def test_threads_do_not_disturb_each_other():
    x = speech_like(1)
    expected = [apply_transforms(x, SAMPLE_RATE, [asked("AddGaussianNoise", seed)])[0] for seed in range(6)]
    found: dict[int, np.ndarray] = {}

    def work(seed: int) -> None:
        for _ in range(5):
            found[seed] = apply_transforms(x, SAMPLE_RATE, [asked("AddGaussianNoise", seed)])[0]

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(6):
        np.testing.assert_array_equal(found[seed], expected[seed])


def test_a_condition_names_them_and_the_record_holds_what_they_drew():
    record = draw(CONFIG.condition("distorted"), CONFIG, seed=3, quantiles={}, **CANDIDATES)
    assert [each["name"] for each in record["transforms"]] == ["TanhDistortion", "TimeMask"]
    assert record["transforms"][1]["parameters"] == {"p": 1.0, "max_band_part": 0.1}
    done = simulate(speech_like(3), SAMPLE_RATE, record, Sounds())
    assert 0.01 <= done.measured["transforms"][0]["parameters"]["distortion_amount"] <= 0.7
    assert np.abs(done.audio).max() <= 1


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("TanhDistortoin", {}, "has no transform"),
        ("Compose", {}, "has no transform"),
        ("TanhDistortion", {"loudness": 3}, "does not take these parameters"),
        ("TimeMask", {"min_band_part": 2.0}, "does not take these parameters"),
    ],
)
def test_a_mistake_is_told(name, parameters, told):
    assert told in transform_problem(name, parameters)
    assert transform_problem("TanhDistortion", {"min_distortion": 0.1}) is None


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_a_place_of_its_own_is_refused(name):
    assert REFUSED[name] in transform_problem(name, {})
