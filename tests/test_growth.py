"""What a corpus may grow by, and what it may not."""

import copy
from typing import Any

import pytest

from pipelines.growth import check_columns, check_growth
from schemas.config import CorpusConfig
from schemas.errors import ConfigError
from schemas.tables import SHARD

CONFIG = CorpusConfig.model_validate(
    {
        "name": "demo",
        "sources": [{"metadata": "a.csv"}],
        "noises": {"street": {"files": "street/*"}},
        "conditions": [{"name": "clean"}, {"name": "street", "noise": "street", "snr_db": (5.0, 15.0)}],
    }
).model_dump(mode="json")


def changed(**settings: Any) -> dict[str, Any]:
    return copy.deepcopy(CONFIG) | settings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "other"),
        ("seed", 8),
        ("audio", {"sample_rate": 8000, "encoding": "flac"}),
        ("splits", {"train": 0.5, "test": 0.5}),
        ("evaluation", CONFIG["evaluation"] | {"paired": True}),
        ("evaluation", CONFIG["evaluation"] | {"seal_transcripts": True}),
    ],
)
def test_what_all_versions_share_may_not_change(key: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=key):
        check_growth(CONFIG, changed(**{key: value}), "out")


def test_a_condition_keeps_its_meaning() -> None:
    with pytest.raises(ConfigError, match="street"):
        check_growth(CONFIG, changed(noises={"street": {"files": ["other/*"], "talkers": None}}), "out")
    louder = changed()
    louder["conditions"][1]["snr_db"] = [0.0, 5.0]
    with pytest.raises(ConfigError, match="street"):
        check_growth(CONFIG, louder, "out")


def test_conditions_sources_matches_and_targets_may_be_added() -> None:
    grown = changed(sources=[*CONFIG["sources"], {"metadata": ["b.csv"]}], targets={"per_cell": {"utterances": 9}})
    grown["conditions"].append({"name": "new", "noise": "street", "snr_db": [0.0, 5.0], "match": None})
    grown["conditions"][0]["match"] = {"snr_db": {"min": 20.0, "max": None}}
    check_growth(CONFIG, grown, "out")


def test_the_factors_of_a_condition_may_change_but_not_what_they_mean() -> None:
    factors = {"noise": ["street", "none"], "snr_db": [[5, 15]], "handset": None, "room": None}
    before = changed()
    before["conditions"].append({"name": "grid", "noise": None, "factors": factors, "strength": 2, "exclude": []})
    now = copy.deepcopy(before) | {"noises": CONFIG["noises"] | {"crowd": {"files": ["crowd/*"]}}}
    now["conditions"][-1] |= {
        "factors": factors | {"noise": ["street", "crowd"]},
        "strength": 3,
        "exclude": [{"noise": ["crowd"]}],
    }
    check_growth(before, now, "out")
    now["noises"] = {"street": {"files": ["other/*"]}, "crowd": {"files": ["crowd/*"]}}
    now["conditions"] = [now["conditions"][0], now["conditions"][-1]]
    with pytest.raises(ConfigError, match="rows of grid"):
        check_growth(before, now, "out")


def test_shards_of_all_versions_have_the_same_columns() -> None:
    check_columns(SHARD.names, "out")
    with pytest.raises(ConfigError, match=r"other columns \(pair_id, shoe_size\)"):
        check_columns([*(name for name in SHARD.names if name != "pair_id"), "shoe_size"], "out")
