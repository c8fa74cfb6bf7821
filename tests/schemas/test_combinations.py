"""Factors and excluded combinations: what is read, and how mistakes in them are told."""

from __future__ import annotations

import pytest

from schemas.combinations import ASSIGNABLE, values_of
from schemas.config import CorpusConfig
from schemas.config_file import parse_config, read_yaml
from schemas.errors import ConfigError

BASE = """\
name: demo
sources: [{metadata: r.csv}]
noises: {street: {files: street/*}, babble: {talkers: 3}}
handsets: {landline: {codecs: [g711_ulaw]}}
rooms: {office: {t60_s: 0.4, distance_m: 1, dimensions_m: [5, 4, 3]}}
conditions:
  - {name: clean}
"""


def read(condition: str, more: str = "") -> CorpusConfig:
    text = f"{BASE}  - {{name: grid, {condition}}}\n{more}"
    return parse_config(read_yaml("corpus.yaml", lambda location: text.encode()))


def test_values_of_factors() -> None:
    factors = (
        "factors: {noise: [street, none], snr_db: [[0, 5], 10]}, handset: landline, exclude: [{accent: en-GB, snr_db: [0, 5]}]"
    )
    grid = read(factors).condition("grid")
    assert {factor: values_of(grid, factor) for factor in ASSIGNABLE} == {
        "noise": ("street", "none"),
        "snr_db": ((0.0, 5.0), (10.0, 10.0), "none"),
        "handset": ("landline",),
        "room": ("none",),
    }
    assert grid.exclude == [{"accent": ["en-GB"], "snr_db": [(0.0, 5.0)]}]
    assert grid.is_simulated


MISTAKES = [
    (
        "factors: {noise: [stret], snr_db: [5]}",
        "conditions[1].factors.noise[0]: there is no 'stret' under 'noises'; did you mean 'street'?",
    ),
    ("factors: {noise: [street, none]}", "conditions[1]: 'noise' and 'snr_db' belong together"),
    ("factors: {snr_db: [5]}", "conditions[1]: 'noise' and 'snr_db' belong together"),
    ("factors: {noise: [street], snr_db: [[0, 5], [3, 6]]}", "conditions[1].factors.snr_db: the bands [0, 5] and [3, 6] overlap"),
    ("factors: {room: [office, office]}", "conditions[1].factors.room[1]: names 'office' twice"),
    ("factors: {rooms: [office]}", "conditions[1].factors.rooms: unknown key; did you mean 'room'?"),
    ("factors: {}", "conditions[1].factors: give the values of at least one of noise, snr_db, handset, room"),
    ("factors: {room: [office]}, room: office", "conditions[1].factors.room: stands under 'factors' and beside it"),
    ("factors: {room: [office]}, strength: 4", "conditions[1].strength: expected 2 or 3, found 4"),
    ("room: office, cover: split", "conditions[1].cover: belongs to a condition with 'factors'"),
    ("factors: {room: [office]}, exclude: [{rom: office}]", "conditions[1].exclude[0].rom: is no factor; did you mean 'room'?"),
    (
        "factors: {room: [office]}, exclude: [{room: none}]",
        "conditions[1].exclude[0].room: no condition combines 'none'; known: office",
    ),
    ("factors: {room: [office]}, exclude: [{snr_db: low}]", "conditions[1].exclude[0]: expected a band [low, high]"),
    ("factors: {room: [office]}, exclude: [{language: en}]", "exclude[0].language: is not among 'observed' of 'combinations'"),
    ("factors: {room: [none]}", "conditions[1].factors: nothing is left to combine: each row is excluded, or has"),
    ("factors: {room: [office]}, exclude: [{room: office}]", "conditions[1].factors: nothing is left to combine"),
    (
        "factors: {noise: [street], snr_db: [[0, 5], [5, 9]], room: [office]}, exclude: [{noise: street, snr_db: [[5, 9]]}]",
        "conditions[1].factors.snr_db[1]: every row with '5 to 9 dB' is excluded",
    ),
    (
        "factors: {noise: [street], snr_db: [5], room: [office, none]}, exclude: [{room: office, noise: street}]",
        "conditions[1].factors.room[0]: every row with 'office' is excluded",
    ),
    ("factors: {room: [office]}, exclude: [office]", "conditions[1].exclude[0]: expected factors with their values"),
]


@pytest.mark.parametrize(("condition", "expected"), MISTAKES)
def test_mistakes_are_told_with_their_line(condition: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(condition)
    assert str(caught.value).startswith("corpus.yaml:8: ")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("combinations: {observed: [gender]}", "corpus.yaml:9: combinations.observed: 'accent' has to be among them"),
        ("combinations: {strength: 5}", "corpus.yaml:9: combinations.strength: expected 2 or 3, found 5"),
        (
            "combinations: {exclude: [{room: office, handset: x}]}",
            "corpus.yaml:9: combinations.exclude[0].handset: no condition combines 'x'",
        ),
        ("combinations: {observed: [accent, age]}", "corpus.yaml:9: combinations.observed[1]: expected"),
    ],
)
def test_mistakes_in_what_is_counted(more: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read("room: office", more)
    assert expected in str(caught.value)


def test_bands_of_several_conditions_must_fit_together() -> None:
    grid = "factors: {noise: [street], snr_db: [[0, 5], [5, 15]]}"
    read(f"{grid}}}\n  - {{name: second, {grid}")
    with pytest.raises(
        ConfigError, match=r"corpus\.yaml:9: conditions\[2\].*overlap; the bands of all conditions are counted together"
    ):
        read(f"{grid}}}\n  - {{name: second, factors: {{noise: [street], snr_db: [[0, 10]]}}")


def test_none_is_no_name() -> None:
    with pytest.raises(ConfigError, match=r"corpus\.yaml:5: .*the name 'none' is reserved"):
        parse_config(read_yaml("corpus.yaml", lambda location: f"{BASE.replace('office:', 'none:')}".encode() + b"\n"))
