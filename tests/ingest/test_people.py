"""Where what is said of speakers comes from, and whose records the policy lets in."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pyarrow as pa
import pytest

from pipelines.commands.forget import with_listed
from pipelines.corpus import Corpus, write_table
from pipelines.ingest.read import check_sources, metadata_files, read_file
from pipelines.ingest.record import Candidate, Rejection
from pipelines.ingest.stage import run_ingest
from pipelines.people.pseudonyms import Pseudonyms
from pipelines.people.withdrawn import NOBODY, Withdrawn, write_withdrawn
from pipelines.workers.runner import parse_options
from schemas.errors import ConfigError
from schemas.tables import MANIFEST
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


def test_what_reads_as_a_hidden_speaker_does_and_says_something_else_stays(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}}
    workplace.write_json_lines([GOOD | {"wer": "7", "gesagt": "7", "ab": 7, "Notiz": [7, {"7": "7"}]}])
    (found,) = records(workplace.settings("rows.jsonl", columns=COLUMNS | {"offset": "ab"}))
    assert isinstance(found, Candidate)
    assert (found.row["text"], found.span.offset_s) == ("7", 7.0)
    pseudonym = found.row["speaker_id"]
    assert pseudonym.startswith("spk-")
    assert json.loads(found.row["extra"])["Notiz"] == [pseudonym, {pseudonym: pseudonym}]


def test_of_a_record_whose_speaker_is_no_text_nothing_is_kept(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}}
    workplace.write_json_lines([GOOD | {"wer": ["zed"], "Notiz": "zed"}])
    (found,) = records(workplace.settings("rows.jsonl"))
    assert isinstance(found, Rejection)
    assert (found.rule, found.record_json) == ("wrong_type", "{}")


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        ({"wer": "gone"}, "gone"),
        ({"wer": "gone", "Aufnahme": ["r1"]}, "gone"),
        ({"wer": ["gone"]}, "gone"),
        ({"wer": "gone", "gesagt": ""}, "gone"),
        ({"Aufnahme": "r7", "gesagt": ""}, "r7"),
        ({"Aufnahme": "r7", "gesagt": ""}, "field-r7"),
        ({"Aufnahme": "r7", "Datei": {}}, "r7"),
    ],
)
@pytest.mark.parametrize("hidden", [False, True])
def test_who_withdrew_is_known_whatever_else_is_wrong(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], listed: str, hidden: bool
) -> None:
    entries = {listed}
    if hidden:
        monkeypatch.setenv("PANVOX_KEY", "k" * 32)
        workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}}
        entries.add(Pseudonyms(b"k" * 32).of(listed))
    workplace.write_json_lines([GOOD | given, GOOD])
    found = records(workplace.settings("rows.jsonl", id_prefix="field-"), Withdrawn().with_people([], [], [], entries))
    # A speaker who is no text cannot be hidden, so nothing says whose record it is; and nothing of the speaker is kept.
    assert found[0].record_json == "{}" or (hidden and listed not in found[0].record_json)
    assert isinstance(found[0], Rejection)
    assert isinstance(found[1], Candidate)


@pytest.mark.parametrize("listed", ["a.wav@0.5", "field-a.wav@0.5"])
def test_a_recording_without_an_id_is_withdrawn_by_the_one_it_would_have(workplace: Workplace, listed: str) -> None:
    columns = {field: column for field, column in COLUMNS.items() if field != "recording_id"}
    cut = GOOD | {"ab": 0.5, "Dauer": 1, "gesagt": ""}
    workplace.write_json_lines([cut, cut | {"ab": 0.25}])
    settings = workplace.settings("rows.jsonl", columns, id_prefix="field-")
    found = records(settings, Withdrawn().with_people([], [], [], [listed]))
    assert [record.rule for record in found if isinstance(record, Rejection)] == ["withdrawn", "missing_text"]


@pytest.mark.parametrize("listed", ["r7", "field-r7"])
def test_a_recording_that_is_there_already_is_found_with_its_prefix_and_without(workplace: Workplace, listed: str) -> None:
    corpus = Corpus(str(workplace.root / "out"))
    row = {"recording_id": "field-r7", "speaker_id": "s1", "audio_sha256": "ab" * 32}
    write_table(corpus.path("manifest", "part-00000.parquet"), pa.Table.from_pylist([row], schema=MANIFEST.schema()))
    (workplace.root / "gone.txt").write_text(f"{listed}\n")
    workplace.policy = {"withdrawn": "gone.txt"}
    workplace.write_json_lines([GOOD])
    found = with_listed(corpus, workplace.settings("rows.jsonl", id_prefix="field-"))
    assert found.has_recording("field-r7")
    assert found.has_audio("ab" * 32)


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


def test_a_withdrawn_recording_that_cannot_be_read_is_known_by_its_sources_prefix(workplace: Workplace) -> None:
    workplace.write_csv([GOOD])
    with (workplace.root / "rows.csv").open("a") as file:
        file.write('r2,"s1\n')
    found = records(workplace.settings(id_prefix="f-"), NOBODY.with_people([], [], [], ["f-r2"]))
    assert [record.rule for record in found if isinstance(record, Rejection)] == ["withdrawn"]


def test_a_column_without_a_name_is_no_field_of_ours(workplace: Workplace) -> None:
    columns = {field: column for field, column in COLUMNS.items() if field not in ("speaker_id", "offset")}
    workplace.write_json_lines([{"": "0.25"} | {column: GOOD[column] for column in columns.values()}])
    settings = workplace.settings("rows.jsonl", columns, defaults={"speaker_id": "anna"})
    (first,) = records(settings)
    assert isinstance(first, Candidate)
    assert first.row["offset_s"] is None
    (second,) = records(settings, NOBODY.with_people(["anna"], [], []))
    assert isinstance(second, Rejection)


def test_a_column_that_is_speaker_and_audio_cannot_be_hidden(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.write_csv([GOOD])
    columns = COLUMNS | {"speaker_id": "Datei"}
    check_sources(workplace.settings(columns=columns))
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}}
    with pytest.raises(ConfigError, match=r"'Datei' is speaker and audio file, and 'pseudonyms' can hide one only"):
        check_sources(workplace.settings(columns=columns))


def test_who_withdrew_is_known_by_the_sources_prefix(workplace: Workplace) -> None:
    withdrawn = NOBODY.with_people(["feld-s1"], [], [])
    workplace.write_csv([GOOD, GOOD | {"wer": "s2"}])
    with (workplace.root / "rows.csv").open("a") as file:
        file.write('x,"s1\n')
    for prefix, expected in (("feld-", ["withdrawn", "", "withdrawn"]), ("", ["", "", "malformed_row"])):
        settings = workplace.settings(speaker_prefix=prefix)
        found = [record for unit in metadata_files(settings) for record in read_file(*unit, settings, withdrawn)]
        assert [record.rule if isinstance(record, Rejection) else "" for record in found] == expected


@pytest.mark.parametrize("hidden", [False, True])
def test_lines_of_a_list_that_no_record_fits_are_told(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}} if hidden else {}
    workplace.policy = {"withdrawn": ["gone.txt", "recordings.txt"]}
    (workplace.root / "gone.txt").write_text("feld-s1\n\ns2\nfeld-s3\n")
    (workplace.root / "recordings.txt").write_text("r4\nr5\n")
    people = [("r1", "s1"), ("r2", "s2"), ("r3", "s3"), ("r4", "s4"), ("r6", "")]
    workplace.write_csv([GOOD | {"Aufnahme": recording, "wer": speaker} for recording, speaker in people])
    corpus, settings = Corpus(str(workplace.root / "out")), workplace.settings(speaker_prefix="feld-")
    write_withdrawn(corpus, with_listed(corpus, settings))
    result = run_ingest(settings, corpus, [], parse_options(["--direct_running_mode=in_memory", "--direct_num_workers=1"]))
    assert result["quarantined"] == {"withdrawn": 3, "missing_speaker": 1}
    told = [line for line in capsys.readouterr().err.splitlines() if "policy.withdrawn" in line]
    lines = "ingest: 2 of the 5 ids in policy.withdrawn stand in no record: gone.txt:3, recordings.txt:2"
    assert told == [f"{lines}; a speaker's id is listed with the speaker_prefix of its source"]


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(("listed", "given"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_letter_of_two_characters_withdraws_one_of_one(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, hidden: bool, listed: Any, given: Any
) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}} if hidden else {}
    workplace.policy = {"withdrawn": "gone.txt"}
    (workplace.root / "gone.txt").write_text(unicodedata.normalize(listed, "José\n"))
    workplace.write_csv([GOOD | {"wer": unicodedata.normalize(given, "José")}])
    settings = workplace.settings()
    (record,) = records(settings, with_listed(Corpus(str(workplace.root / "out")), settings))
    assert isinstance(record, Rejection)
    assert record.rule == "withdrawn"


@pytest.mark.parametrize("hidden", [False, True])
def test_a_name_is_one_speaker_however_its_letters_are_made(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    monkeypatch.setenv("PANVOX_KEY", "k" * 32)
    workplace.more = {"pseudonyms": {"key_env": "PANVOX_KEY"}} if hidden else {}
    forms: tuple[Any, Any] = ("NFC", "NFD")
    rows = [
        GOOD | {"Aufnahme": form, "wer": unicodedata.normalize(form, "José"), "Zeuge": unicodedata.normalize(other, "José")}
        for form, other in (forms, forms[::-1])
    ]
    workplace.write_json_lines(rows)
    found = records(workplace.settings("rows.jsonl"))
    assert len({record.row["speaker_id"] for record in found if isinstance(record, Candidate)}) == 1
    assert not hidden or all("Jos" not in f"{record.record_json}{vars_of(record)}" for record in found)


def vars_of(record: Candidate | Rejection) -> Any:
    """What else of a record is written."""
    return record.row if isinstance(record, Candidate) else record.as_row()
