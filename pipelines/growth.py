"""What may change when a corpus grows: everything that leaves the rows it already holds true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.combinations import NONE
from schemas.errors import ConfigError
from schemas.tables import SHARD

FIXED = ("name", "seed", "audio", "splits")
"""Settings that every version of a corpus shares."""

KEPT = ("paired", "seal_transcripts")
"""What every version promises of an evaluation set; who is pinned may change, as far as nobody changes splits."""

_FREE = ("name", "match", "donor_bandwidth_hz", "factors", "strength", "cover", "exclude")
_PARTS = (("noise", "noises"), ("handset", "handsets"), ("room", "rooms"))


def check_growth(before: Mapping[str, Any], now: Mapping[str, Any], root: str) -> None:
    """Raise ConfigError where rows of a new version would not stand beside those of the earlier ones.

    Args:
        before: the configuration of the version that is there, as JSON.
        now: the configuration that it is to grow by, as JSON.
        root: the output directory, for the message.
    """
    changed = [key for key in FIXED if before.get(key) != now.get(key)]
    if changed:
        raise ConfigError(f"{root}: a corpus cannot grow with another {' or '.join(changed)}; choose another --output")
    kept = [f"evaluation.{key}" for key in KEPT if before["evaluation"][key] != now["evaluation"][key]]
    if kept:
        raise ConfigError(
            f"{root}: earlier shards were made with another {' and '.join(kept)}: leave it as it was, or choose another --output"
        )
    earlier = _simulations(before)
    redefined = [
        name
        for name, made in _simulations(now).items()
        if any(earlier[name][key] != made[key] for key in made.keys() & earlier.get(name, {}).keys())
    ]
    if redefined:
        names = ", ".join(redefined)
        raise ConfigError(
            f"{root}: rows of {names} were made otherwise before; give what has changed a new name, or choose another --output"
        )


def check_columns(columns: Sequence[str], root: str) -> None:
    """Raise ConfigError where shards that are there have other columns than those to come: readers want them alike.

    Args:
        columns: of a shard of an earlier version.
        root: the output directory, for the message.
    """
    other = sorted(set(columns) ^ set(SHARD.names))
    if other:
        raise ConfigError(
            f"{root}: was written by a panvox whose shards have other columns ({', '.join(other)}): grow it with that one, or "
            "choose another --output"
        )


def _simulations(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """How each condition is simulated, with what its parts mean; which recordings match it or serve it may change.

    So may its factors: each row says which of their values it has, so only what those mean must not change.
    """
    found = {}
    for condition in config["conditions"]:
        made = {key: value for key, value in condition.items() if key not in _FREE}
        for part, section in _PARTS:
            if condition.get(part) is not None:
                made[part] = config[section][condition[part]]
            for name in (condition.get("factors") or {}).get(part) or ():
                if name != NONE:
                    made[f"{part} {name}"] = config[section][name]
        found[condition["name"]] = made
    return found
