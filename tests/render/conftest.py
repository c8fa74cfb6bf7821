from __future__ import annotations

import pytest

from pipelines.render.sounds import SoundLibrary
from pipelines.settings import Settings, load_settings
from tests.render.corpus import SAMPLES


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings(str(SAMPLES / "corpus.yaml"))


@pytest.fixture
def sounds(settings: Settings) -> SoundLibrary:
    return SoundLibrary(settings)
