"""What is given on where ``publish`` asks for a least number of people."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.corpus import Corpus
from pipelines.report.pages.facts import FacetRow, Facts
from pipelines.report.pages.published import write_published, write_published_matrices


@pytest.fixture
def own(corpus: Corpus, tmp_path: Path) -> Corpus:
    """A copy to write to."""
    return Corpus(str(shutil.copytree(corpus.root, tmp_path / "out")))


def published(corpus: Corpus, facts: Facts, least: int) -> tuple[str, str, dict[str, Any]]:
    write_published_matrices(corpus, least)
    write_published(corpus, facts, least)
    report, card, description = (Path(corpus.path(name)).read_text() for name in ("report.html", "card.md", "croissant.json"))
    return report, card, json.loads(description)


def test_of_a_corpus_of_few_people_no_number_is_shown(own: Corpus, facts: Facts) -> None:
    report, card, document = published(own, facts, 10)
    assert facts.coverage.value("speakers") == 9
    assert set(re.findall(r"<td>([^<]*)</td>", report)) == {"x"}
    shown = [cell.strip() for line in card.splitlines() if line.startswith("| `") for cell in re.split(r"(?<!\\)\|", line)[2:-1]]
    assert set(shown) == {"x"}
    assert "speakers," not in document["description"]
    for measure in ("utterances", "hours", "speakers"):
        lines = Path(own.path("coverage", f"{measure}.csv")).read_text().splitlines()
        assert {cell for line in lines[1:] for cell in line.split(",")[1:]} == {"x"}


def test_the_description_counts_no_records_and_no_groups(own: Corpus, facts: Facts) -> None:
    _, _, document = published(own, facts, 2)
    assert "9 speakers, 17 utterances" in document["description"]
    told = json.dumps({key: value for key, value in document.items() if key.startswith("rai:")})
    assert not re.search(r"\d+ (records|rows|checked|utterances)", told)


@pytest.mark.parametrize(("policy", "told"), [({"imputed": "mark"}, "They count here"), ({}, "They count as not given")])
def test_imputed_values_are_told_of(own: Corpus, facts: Facts, policy: dict[str, str], told: str) -> None:
    facets = {**facts.facets, "gender_provenance": (FacetRow("imputed", 1, 0, 0.1, 1), FacetRow(None, 16, 0, 1.0, 8))}
    imputed = dataclasses.replace(facts, facets=facets, config={**facts.config, "policy": policy})
    report, card, _ = published(own, imputed, 2)
    assert "some values of gender" in report
    assert f"some values of gender. {told}" in card
