"""One variant of a condition, for a single file."""

from __future__ import annotations

import pytest

from pipelines.combinations.bands import band_of
from pipelines.combinations.choose import chosen_variant
from schemas.errors import ConfigError
from tests.plan.corpus import config_of

GRID = {
    "name": "grid",
    "factors": {
        "noise": ["street", "none"],
        "snr_db": [[0, 5], [5, 15]],
        "handset": ["landline", "none"],
        "room": ["office", "none"],
    },
    "exclude": [{"room": "office", "handset": "landline"}],
}
CONFIG = config_of(conditions=[{"name": "clean"}, GRID, {"name": "phone", "handset": "landline"}])


def parts(seed: int, *wanted: str) -> tuple[str | None, tuple[float, float] | None, str | None, str | None]:
    made = chosen_variant(CONFIG.condition("grid"), CONFIG, seed, wanted)
    assert made.name == "grid"
    return made.noise, made.snr_db, made.handset, made.room


def test_every_variant_is_drawn_by_some_seed() -> None:
    drawn = {parts(seed) for seed in range(200)}
    assert len(drawn) == 2 * 3 + 2  # two bands and three of handset × room with noise, and without noise two of these
    assert all((noise is None) == (snr_db is None) for noise, snr_db, _, _ in drawn)
    assert ("landline", "office") not in {each[2:] for each in drawn}
    assert (None, None, None, None) not in drawn


def test_values_may_be_asked_for() -> None:
    noise, snr_db, handset, room = parts(3, "noise=street", "snr_db=5", "handset=landline")
    assert (noise, handset, room) == ("street", "landline", None)
    assert snr_db is not None
    assert snr_db == pytest.approx((5, 15), abs=1e-5)
    assert snr_db[1] < 15
    assert parts(3, "noise=none", "room=none")[2] == "landline"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("street", "expected NAME=VALUE, found 'street'"),
        ("nois=street", "did you mean 'noise'"),
        ("noise=stret", "'grid' has no noise 'stret'; did you mean 'street'"),
        ("snr_db=20", "'grid' has no snr_db '20'"),
        ("snr_db=low", "'grid' has no snr_db 'low'"),
    ],
)
def test_mistakes_are_told(wanted: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parts(1, wanted)
    assert expected in str(caught.value)


def test_what_cannot_be_combined_is_refused() -> None:
    with pytest.raises(ConfigError, match="no variant of 'grid' has room=office and handset=landline"):
        parts(1, "room=office", "handset=landline")
    with pytest.raises(ConfigError, match="'phone' has no factors"):
        chosen_variant(CONFIG.condition("phone"), CONFIG, 1, ["noise=street"])


def test_bands_hold_their_lower_end() -> None:
    bands = [(0.0, 5.0), (5.0, 15.0), (20.0, 20.0), "none"]
    found = [band_of(snr_db, bands) for snr_db in (0.0, 4.999, 5.0, 15.0, 20.0, None, -0.1, 17.0)]
    assert found == [(0.0, 5.0), (0.0, 5.0), (5.0, 15.0), (5.0, 15.0), (20.0, 20.0), "none", None, None]
    assert band_of(None, bands[:-1]) is None
