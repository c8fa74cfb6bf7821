"""Whether this machine can do what a configuration asks of it, found out before anything is started."""

from __future__ import annotations

from pipelines.simulate.codecs.registry import missing
from pipelines.simulate.transforms import transform_problem
from schemas.config import CorpusConfig
from schemas.config_file import YamlFile


def check_abilities(file: YamlFile, config: CorpusConfig) -> None:
    """Raise ConfigError for a codec that cannot run here, saying what to install, and for a transform that cannot be applied."""
    for name, handset in config.handsets.items():
        for index, codec in enumerate(handset.codecs):
            if (lacking := missing(codec)) is not None:
                raise file.error(["handsets", name, "codecs", index], f"{codec!r} {lacking}")
    for number, condition in enumerate(config.conditions):
        for index, transform in enumerate(condition.transforms):
            if (problem := transform_problem(transform.name, transform.parameters)) is not None:
                raise file.error(["conditions", number, "transforms", index], problem)
