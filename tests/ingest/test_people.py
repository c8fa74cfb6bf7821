"""Where what is said of speakers comes from, and whose records the policy lets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.ingest.read import metadata_files, read_file
from pipelines.ingest.record import Candidate, Rejection
from pipelines.people.withdrawn import NOBODY
from schemas.errors import ConfigError
from tests.ingest.corpus import COLUMNS, GOOD, Workplace, records

PEOPLE = COLUMNS | {"gender": "Geschlecht", "gender_provenance": "Woher", "age_band": "Alter"}
ROW = GOOD | {"Geschlecht": "divers", "Alter": "20-29"}


def row(workplace: Workplace, given: dict[str, Any], **source: Any) -> dict[str, Any]:
    workplace.write_json_lines([given])
    (record,) = records(workplace.settings("rows.jsonl", PEOPLE, **source))
    assert isinstance(record, Candidate), record
    return record.row


def test_a_value_comes_from_where_the_row_says_else_the_source_else_nobody_knows(workplace: Workplace) -> None:
    found = row(workplace, ROW | {"Woher": "Self-Reported"}, provenance={"gender": "observed", "age_band": "observed"})
    assert (found["gender"], found["gender_provenance"]) == ("divers", "self_reported")
    assert (found["age_band"], found["age_band_provenance"]) == ("20-29", "observed")
    assert (found["accent"], found["accent_provenance"]) == ("de-AT", "unknown")
    assert (found["first_language"], found["first_language_provenance"]) == (None, None)


def test_imputed_values_count_as_not_given_and_are_not_lost(workplace: Workplace) -> None:
    found = row(workplace, ROW | {"Woher": "imputed"}, provenance={"accent": "imputed"})
    assert (found["gender"], found["gender_provenance"]) == (None, "imputed")
    assert json.loads(found["extra"]) == {"Geschlecht": "divers"}
    assert (found["accent"], found["accent_raw"], found["accent_all"]) == ("undeclared", "Wienerisch", [])
    assert (found["accent_rule"], found["accent_provenance"]) == (None, "imputed")


def test_imputed_values_count_where_the_policy_says_so(workplace: Workplace) -> None:
    workplace.policy = {"imputed": "mark"}
    found = row(workplace, ROW | {"Woher": "imputed"}, provenance={"accent": "imputed"})
    assert (found["gender"], found["gender_provenance"]) == ("divers", "imputed")
    assert (found["accent"], found["accent_provenance"]) == ("de-AT", "imputed")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            {"provenance": {"gender": "guessed"}},
            "provenance.gender: expected 'self_reported', 'observed', 'imputed' or 'unknown'",
        ),
        ({"defaults": {"gender_provenance": "observed"}}, "say it under 'provenance': gender"),
    ],
)
def test_a_source_that_says_it_wrongly(workplace: Workplace, source: dict[str, Any], told: str) -> None:
    workplace.write_json_lines([ROW])
    with pytest.raises(ConfigError) as refused:
        workplace.settings("rows.jsonl", PEOPLE, **source)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("policy", "given", "excluded"),
    [
        ({"allow": ["CC BY 4.0", "CC0"]}, "cc-by-4.0", False),
        ({"allow": ["CC BY 4.0", "CC0"]}, "CC-BY-SA-4.0", True),
        ({"allow": ["CC BY 4.0"]}, "", True),
        ({"deny": ["*-NC-*"]}, "", False),
        ({"allow": ["CC-BY-*"], "deny": ["CC-BY-ND-*"]}, "CC BY-ND 4.0", True),
    ],
)
def test_licences(workplace: Workplace, policy: dict[str, Any], given: str, excluded: bool) -> None:
    workplace.policy = {"licences": policy}
    workplace.write_json_lines([GOOD | {"Lizenz": given}])
    (record,) = records(workplace.settings("rows.jsonl", COLUMNS | {"licence": "Lizenz"}))
    assert isinstance(record, Rejection) is excluded
    if isinstance(record, Rejection):
        assert (record.rule, record.as_row()["stage"]) == ("licence_excluded", "policy")


def test_records_that_name_a_hidden_speaker_are_told(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}}
    named = [("s1", "s1-r1", True), ("s1", "ss12", False), ("anna", "r-hans", False), ("anna", "johanna9", True)]
    rows = [GOOD | {"Aufnahme": recording, "wer": speaker, "Notiz": [speaker, 7]} for speaker, recording, _ in named]
    workplace.write_json_lines([*rows, GOOD | {"wer": ["s1"]}, GOOD | {"wer": 7, "gesagt": ""}])
    found = records(workplace.settings("rows.jsonl"))
    assert [record.is_named for record in found] == [*(is_named for *_, is_named in named), False, False]
    assert all(f'"{speaker}"' not in record.record_json for record, (speaker, *_) in zip(found, named, strict=False))
    assert '"s1"' not in repr(found[4:])
    assert json.loads(found[5].record_json)["wer"].startswith("spk-")


@pytest.mark.parametrize("prefix", ["", "feld-"])
def test_a_corrected_record_keeps_its_pseudonym(workplace: Workplace, monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}}
    workplace.write_json_lines([GOOD])
    (first,) = records(workplace.settings("rows.jsonl", speaker_prefix=prefix))
    workplace.write_json_lines([json.loads(first.record_json)])
    (again,) = records(workplace.settings("rows.jsonl", speaker_prefix=prefix))
    assert first == again
    assert isinstance(first, Candidate)
    workplace.write_json_lines([GOOD | {"wer": f"{prefix}s1"}])
    (other,) = records(workplace.settings("rows.jsonl"))
    assert isinstance(other, Candidate)
    assert first.row["speaker_id"] == other.row["speaker_id"]


def test_who_withdrew_is_known_by_the_sources_prefix(workplace: Workplace) -> None:
    withdrawn = NOBODY.with_people(["feld-s1"], [], [])
    workplace.write_csv([GOOD, GOOD | {"wer": "s2"}])
    with (workplace.root / "rows.csv").open("a") as file:
        file.write('x,"s1\n')
    for prefix, expected in (("feld-", ["withdrawn", "", "withdrawn"]), ("", ["", "", "malformed_row"])):
        settings = workplace.settings(speaker_prefix=prefix)
        found = [record for unit in metadata_files(settings) for record in read_file(*unit, settings, withdrawn)]
        assert [record.rule if isinstance(record, Rejection) else "" for record in found] == expected
