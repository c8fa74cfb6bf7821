"""What docs/simulation.md shows works as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from pipelines.simulate.chain import simulate
from pipelines.simulate.draw import draw
from schemas.config import CorpusConfig
from tests.simulate.corpus import CANDIDATES, Sounds
from tests.simulate.signals import SAMPLE_RATE, speech_like

PAGE = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
BASE = {
    "name": "page",
    "sources": [{"metadata": "recordings.csv"}],
    "handsets": {"landline": {"preset": "landline"}},
    "conditions": [{"name": "clean"}],
}


def config_of(block):
    given = YAML(typ="safe").load(block)
    for kind in ("noise", "room", "handset"):
        named = {"noise": {"snr_db": 5}}.get(kind, {})
        given.setdefault("conditions", []).extend(
            {"name": f"{kind}-{name}", kind: name, **named} for name in given.get(f"{kind}s", {})
        )
    merged = BASE | given
    merged["handsets"] = BASE["handsets"] | given.get("handsets", {})
    merged["conditions"] = BASE["conditions"] + given["conditions"]
    return CorpusConfig.model_validate(merged)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block.split()[:2]))
def test_every_example_of_the_page_can_be_copied_and_heard(block):
    config = config_of(block)
    for condition in config.conditions[1:]:
        record = draw(condition, config, seed=1, quantiles={}, **CANDIDATES)
        done = simulate(speech_like(1.5), SAMPLE_RATE, record, Sounds(), stems=True)
        assert np.abs(done.audio).max() > 0.01
        assert ("noise" in done.stems) == (condition.noise is not None)
        assert ("response" in done.stems) == (condition.room is not None)


def test_the_scanner_in_six_lines_beats_as_often_and_as_low_as_it_says():
    block = next(block for block in BLOCKS if "scanner:\n" in block)
    assert len(block.splitlines()) == 6
    config = config_of(block)
    record = draw(config.conditions[1], config, seed=4, quantiles={}, **CANDIDATES)
    noise = simulate(speech_like(20), SAMPLE_RATE, record, Sounds(), stems=True).stems["noise"].astype(np.float64)
    hz = np.arange(1 << 21) * SAMPLE_RATE / (1 << 22)
    lines, beats = (np.abs(np.fft.rfft(x * np.hanning(len(x)), 1 << 22))[:-1] for x in (noise, noise**2 - np.mean(noise**2)))
    assert hz[np.argmax(lines)] == pytest.approx(128, abs=0.1)
    assert hz[np.argmax(np.where(hz < 5, beats, 0))] == pytest.approx(2.5, rel=0.005)
    level = [lines[np.abs(hz - k * 128) < 1].max() for k in (1, 2, 3)]
    assert 20 * np.log10(np.array(level) / level[0]) == pytest.approx([0, -6, -12], abs=0.5)
