"""The corpus as Croissant describes it: whole, loadable from the shards, and with nothing made up."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.corpus import Corpus
from pipelines.report.counts.coverage import Coverage
from pipelines.report.pages.croissant import croissant, write_croissant
from pipelines.report.pages.facts import FacetRow, Facts
from pipelines.report.pages.responsible import responsible
from schemas.tables import COVERAGE, SHARD
from tests.report import outdir
from tests.report.conftest import HOSTILE, HOSTILE_MARKDOWN

ASKED_OF_US = {
    *("dataCollection", "dataImputationProtocol", "dataManipulationProtocol", "dataPreprocessingProtocol", "dataBiases"),
    *("dataLimitations", "personalSensitiveInformation", "dataUseCases", "dataReleaseMaintenancePlan"),
}
MANY = {
    *("dataCollectionType", "dataPreprocessingProtocol", "dataAnnotationAnalysis", "machineAnnotationTools", "dataBiases"),
    *("dataLimitations", "personalSensitiveInformation", "dataUseCases"),
}
"""Properties that the vocabulary lets have several values."""

ONLY_PEOPLE_KNOW = {
    *("creator", "publisher", "datePublished", "citeAs", "url", "maintainer"),
    *("rai:dataCollectionTimeframe", "rai:dataAnnotationPlatform", "rai:annotatorDemographics"),
}


@pytest.fixture(scope="module")
def document(facts: Facts) -> dict[str, Any]:
    return croissant(facts)


def test_every_column_can_be_loaded(document: dict[str, Any], corpus: Corpus) -> None:
    (files,) = document["distribution"]
    found = {str(file) for file in Path(corpus.root).glob(files["includes"])}
    assert found == set(corpus.shard_files())
    rows = document["recordSet"][1]
    assert [field["name"] for field in rows["field"]] == SHARD.names
    types = {field["name"]: field["dataType"] for field in rows["field"]}
    assert {name: types[name] for name in ("id", "audio", "duration", "sampling_rate", "weight")} == {
        "id": "sc:Text",
        "audio": "sc:AudioObject",
        "duration": "sc:Float",
        "sampling_rate": "sc:Integer",
        "weight": "sc:Float",
    }
    assert [field["name"] for field in rows["field"] if "repeated" in field] == ["accent_all"]
    for field in rows["field"]:
        assert field["@id"] == f"utterances/{field['name']}"
        assert field["source"]["fileSet"] == {"@id": files["@id"]}
        assert field["source"]["extract"] == {"column": field["name"]} or field["name"] == "split"


def test_splits_are_those_of_the_file_names(document: dict[str, Any], corpus: Corpus) -> None:
    splits, rows = document["recordSet"]
    (field,) = [field for field in rows["field"] if field["name"] == "split"]
    expression = field["source"]["transform"]["regex"]
    found = {re.search(expression, file)[1] for file in corpus.shard_files()}  # type: ignore[index]
    assert found == {row["splits/name"] for row in splits["data"]} == {"train", "dev", "test"}


def test_what_is_asked_is_answered_from_the_run(document: dict[str, Any]) -> None:
    answers = {name.removeprefix("rai:"): value for name, value in document.items() if name.startswith("rai:")}
    assert answers.keys() >= ASKED_OF_US
    for name, answer in answers.items():
        assert isinstance(answer, list if name in MANY else str), name
    assert "16 records handed in: 9 accepted and 7 put in quarantine" in answers["dataCollection"]
    assert "6 rows simulated" in answers["dataManipulationProtocol"]
    assert "'street_10db', 'mobile_call'." in answers["dataManipulationProtocol"]
    assert "gender: 4 of 11" in answers["dataCollectionMissingData"]
    assert "consent: 11 of 11" in answers["dataCollectionMissingData"]
    assert "accent: 1 of 11" in answers["dataCollectionMissingData"]
    assert "Accents of the taxonomy without a row: en-x-l1-cmn." in answers["dataBiases"]
    assert "test: 2 utterances of 2 speakers, none of whom is in another split." in answers["dataUseCases"]
    assert any(line.startswith("2 cells of accent and condition miss their target") for line in answers["dataLimitations"])
    assert answers["machineAnnotationTools"] == ["panvox 0.1.0"]
    assert "1 record refused (silence): " in " ".join(answers["dataPreprocessingProtocol"])
    assert any(line.startswith("Synthetic voices, as declared: 1 of 9 speakers") for line in answers["dataLimitations"])


def test_what_is_empty_is_not_claimed(document: dict[str, Any]) -> None:
    """The taxonomy's accents that nobody has, and rows without an accent or a condition, are not counted as ones."""
    assert (
        "Speech of 9 speakers in 3 declared accents and 3 acoustic conditions: 11 recorded utterances" in document["description"]
    )


def test_conditions_of_crossed_factors_are_named_as_well(facts: Facts) -> None:
    crossed = {**outdir.CONFIG, "conditions": [{"name": "mobile_call", "factors": {"handset": ["mobile"]}}]}
    told = responsible(dataclasses.replace(facts, config=crossed))["dataManipulationProtocol"]
    assert "'street_10db', 'mobile_call'." in told


def test_accents_are_codes_of_a_table_only_where_there_is_one(facts: Facts) -> None:
    (told,) = responsible(facts)["dataAnnotationAnalysis"]
    assert told.startswith("The words declared for an accent are its code as they stand")
    assert "table" not in responsible(facts)["dataImputationProtocol"]
    mapped = responsible(dataclasses.replace(facts, config={**outdir.CONFIG, "accents": "accents.yaml"}))
    assert mapped["dataAnnotationAnalysis"][-1] == "Recorded rows whose words are not in the table: 0 of 10."
    assert "'unmapped' where the words are not in the table" in mapped["dataImputationProtocol"]


def test_self_reporting_is_said_where_the_sources_say_it(facts: Facts) -> None:
    assert "dataCollectionType" not in responsible(facts)
    told = {**facts.facets, "gender_provenance": (FacetRow("self_reported", 3, 0, 0.1, 2),)}
    assert responsible(dataclasses.replace(facts, facets=told))["dataCollectionType"] == ["Self-reporting"]


def test_where_nothing_may_be_counted_no_answer_does(facts: Facts) -> None:
    counted, told = responsible(facts), responsible(facts, counted=False)
    assert counted.keys() - told.keys() == {"dataLimitations"}
    text = json.dumps(told)
    for other in ("Version 1", "panvox 0.1.0", "16 bits", "16000 Hz", "SHA-256"):
        text = text.replace(other, "")
    assert re.findall(r"\d+", text) == []


def test_nothing_is_made_up(document: dict[str, Any]) -> None:
    assert not document.keys() & ONLY_PEOPLE_KNOW
    assert document["version"] == "1.0.0"
    assert document["license"] == sorted(["CC-BY-SA-3.0", HOSTILE_MARKDOWN, "CC BY-SA 4.0", "CC0-1.0"])
    assert document["inLanguage"] == ["en"]


def test_terms_are_those_of_the_context(document: dict[str, Any]) -> None:
    """A key that the context does not know would mean a term of schema.org."""
    schema_org = {"name", "description", "version", "inLanguage", "license", "distribution", "encodingFormat"}

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {*value, *(key for name, each in value.items() if name != "data" for key in keys(each))}
        return {key for each in value for key in keys(each)} if isinstance(value, list) else set()

    context = document["@context"]
    used = {key for key in keys({name: value for name, value in document.items() if name != "@context"}) if key[0] != "@"}
    assert {key for key in used if ":" not in key} <= context.keys() | schema_org
    assert {key.split(":")[0] for key in used if ":" in key} <= context.keys()


def test_a_corpus_without_rows_is_described_as_well(facts: Facts) -> None:
    empty = dataclasses.replace(
        facts, coverage=Coverage(COVERAGE.schema().empty_table()), facets={}, quarantine=(), validation=()
    )
    assert croissant(empty)["recordSet"][0]["data"] == []


def test_it_is_written_as_text_that_anything_may_stand_in(corpus: Corpus, facts: Facts, document: dict[str, Any]) -> None:
    write_croissant(corpus, dataclasses.replace(facts, name=HOSTILE))
    written = json.loads(Path(corpus.path("croissant.json")).read_text(encoding="utf-8"))
    assert written == document | {"name": HOSTILE}
