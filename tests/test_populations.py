"""Reference populations: those that come with panvox, and what is wrong in somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.populations import parse_reference
from pipelines.settings import load_settings
from schemas.errors import ConfigError
from schemas.population import shipped_populations

HEADER = "group,share,source,year,universe\n"
CONFIG = """\
name: demo
sources:
  - {metadata: r.csv}
conditions:
  - {name: clean}
population:
  margins:
    - field: accent
      reference: REFERENCE
"""


def test_the_census_adds_up_to_the_published_total() -> None:
    census = parse_reference("census", shipped_populations()["us-census-2020-regions"])
    assert sum(census.shares.values()) == 331_449_281  # resident population of the United States, 1 April 2020
    assert census.proportions["South"] == pytest.approx(126_266_107 / 331_449_281)
    assert "Census" in census.source
    assert census.year == 2020


def test_timit_is_its_630_speakers() -> None:
    timit = parse_reference("timit", shipped_populations()["timit-dialect-regions"])
    assert list(timit.shares.values()) == [49, 102, 102, 100, 98, 46, 100, 33]
    assert sum(timit.shares.values()) == 630


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "p.csv:1: the header lacks group, share, source, year, universe"),
        ("group,share,year\na,1,2\n", "p.csv:1: the header lacks source, universe"),
        (HEADER + "a,1,s,2020,u\nb,2\n", "p.csv:3: 2 cells where the header has 5"),
        (HEADER + "a,1,s,2020,u\n,2,,,\n", "p.csv:3: names no group"),
        (HEADER + "a,1,s,2020,u\n\na,2,,,\n", "p.csv:4: the group 'a' stands above too"),
        (HEADER + "a,half,s,2020,u\n", 'p.csv:2: expected a number for the share, found "half"'),
        (HEADER + "a,1,s,2020,u\nb,1,t,,\n", "p.csv:3: another source than above"),
        (HEADER + "a,1,,2020,u\nb,1,,,\n", "p.csv:2: gives no source"),
        (HEADER + "a,1,s,,u\nb,1,,,\n", 'p.csv:2: expected a year, found ""'),
        (HEADER + "a,0.5,s,2020,u\nb,0.4,,,\n", "p.csv: the shares add up to 0.9, expected 1 or 100, or whole numbers of people"),
        (HEADER + "a,1,s,2020,u\nb,0,,,\n", "p.csv: the share of 'b' is 0, expected more than 0"),
        (HEADER + "a,1,s,2020,u\n", "p.csv: expected two groups or more, found 1"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_reference("p.csv", text)
    assert told in str(caught.value)


@pytest.mark.parametrize(("numbers", "first"), [("0.25,0.75", 0.25), ("25.2,75", 25.2 / 100.2), ("1,3", 0.25)])
def test_shares_percentages_and_counts(numbers: str, first: float) -> None:
    one, other = numbers.split(",")
    reference = parse_reference("p.csv", f"{HEADER}a,{one},s,2020,u\nb,{other},,,\n")
    assert reference.proportions == pytest.approx({"a": first, "b": 1 - first})


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        (
            "us-census-2020",
            "corpus.yaml:9: population.margins[0].reference: 'us-census-2020' is neither a CSV file nor a population",
        ),
        ("gone.csv", "corpus.yaml:9: population.margins[0].reference: there is no file 'gone.csv'"),
        (
            "us-census-2020-regions\n      groups: {Nort: x}",
            "corpus.yaml:10: population.margins[0].groups.Nort: the reference has no",
        ),
        ("timit-dialect-regions\n      groups: {Northern: x, Western: [x]}", "'x' stands under 'Northern' too"),
        ("timit-dialect-regions\n      field2: x", "population.margins[0].field2: unknown key; did you mean 'field'?"),
        ("timit-dialect-regions\n  trim: 1", "corpus.yaml:10: population.trim: expected greater than 1, found 1"),
        ("{shares: {a: 1}, source: s, year: 2020, universe: u}", "expected two groups or more"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(tmp_path: Path, reference: str, told: str) -> None:
    (tmp_path / "r.csv").write_text("recording_id\n")
    (tmp_path / "corpus.yaml").write_text(CONFIG.replace("REFERENCE", reference))
    with pytest.raises(ConfigError) as caught:
        load_settings(str(tmp_path / "corpus.yaml"))
    assert told in str(caught.value)


def test_the_population_read_stands_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("recording_id\n")
    (tmp_path / "p.csv").write_text(HEADER + "a,1,s,2020,u\nb,3,,,\n")
    (tmp_path / "corpus.yaml").write_text(CONFIG.replace("REFERENCE", "p.csv\n      groups: {a: [en-US, en-CA]}"))
    population = load_settings(str(tmp_path / "corpus.yaml")).config.population
    assert population is not None
    assert population.margins[0].known.proportions == {"a": 0.25, "b": 0.75}
    assert population.margins[0].group_of == {"b": "b", "en-US": "a", "en-CA": "a"}
