"""One row: what only holding the files against each other catches, digests made good again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.corpus import Corpus, write_table
from pipelines.verify import Breach
from tests.verify.whole import Row, breaches, count, edit_json, edit_rows, find, rows_of, sign

SHARDS = "shards/*/*.parquet"
RECIPES = "plan/recipes/*.parquet"
MANIFEST = "manifest/*.parquet"
ASSIGNMENTS = "plan/assignments.parquet"


def is_recorded(row: Row) -> bool:
    return row["origin"] == "recorded"


def is_in(condition: str) -> Callable[[Row], bool]:
    return lambda row: row["condition"] == condition


def change(corpus: Corpus, pattern: str, wanted: Callable[[Row], bool], **values: Any) -> tuple[str, int]:
    """Change the first row that is wanted, sign, and say where it is."""
    file, row = find(corpus, pattern, wanted)
    edit_rows(corpus, file, lambda rows: rows[row - 1].update(values))
    sign(corpus)
    return file, row


def places(corpus: Corpus) -> set[tuple[str, str, int | None]]:
    return {each[:3] for each in breaches(corpus)}


@pytest.mark.parametrize(
    ("check", "values"),
    [
        ("ledger", {"text": "other words"}),
        ("ledger", {"text": None}),
        ("ledger", {"language": "fr"}),
        ("ledger", {"licence": "CC0-1.0"}),
        ("ledger", {"weight": 2.0}),
        ("ledger", {"source_id": "train-9-9"}),
        ("people", {"gender": "male"}),
        ("people", {"age_band": "twenties"}),
        ("people", {"accent_raw": "Scots"}),
        ("people", {"accent_all": ["en-GB", "en-IN"]}),
    ],
)
def test_value_of_a_shard(corpus: Corpus, check: str, values: Row) -> None:
    file, row = change(corpus, SHARDS, lambda row: not is_recorded(row), **values)
    found = breaches(corpus)
    assert (check, file, row) in {each[:3] for each in found}
    assert {each.file for each in found} == {file}
    (column,) = values
    assert any(each.message.startswith(f"{column} is {values[column]!r}; it is ") for each in found)


@pytest.mark.parametrize("pattern", [MANIFEST, RECIPES])
@pytest.mark.parametrize("signed", [False, True])
def test_the_one_that_is_alone_is_wrong(corpus: Corpus, pattern: str, signed: bool) -> None:
    """Text stands in manifest, recipe and row: of the three the odd one is named."""
    file, row = find(corpus, pattern, lambda row: row["text"] == "words of train-2-0")
    edit_rows(corpus, file, lambda rows: rows[row - 1].update(text="other words"))
    if signed:
        sign(corpus)
    found = [each for each in breaches(corpus) if each.check != "files"]
    assert [each[:3] for each in found] == [("ledger", file, row)]


def test_the_changed_one_is_wrong(corpus: Corpus) -> None:
    """Of a recipe's parameter only the row has a copy; then the file whose digest is another is named."""
    file, row = find(corpus, RECIPES, is_in("street"))
    edit_rows(corpus, file, lambda rows: rows[row - 1].update(snr_db=3.0, asked=rows[row - 1]["asked"].replace("10.0", "3.0")))
    found = [each for each in breaches(corpus) if each.check != "files"]
    assert [each[:3] for each in found] == [("ledger", file, row)] * 2


def test_accent_guessed(corpus: Corpus) -> None:
    """A declared accent for somebody who gave none, in every file that has it."""
    speaker = "dev-1"
    for pattern in (MANIFEST, RECIPES, SHARDS):
        for path in Path(corpus.root).glob(pattern):
            file = path.relative_to(corpus.root).as_posix()
            edit_rows(corpus, file, lambda rows: [row.update(accent="en-GB") for row in rows if row["speaker_id"] == speaker])
    count(corpus)
    sign(corpus)
    file, row = find(corpus, MANIFEST, lambda row: row["speaker_id"] == speaker)
    assert ("people", file, row) in places(corpus)


def test_simulation_that_raises_a_count_of_speakers(corpus: Corpus) -> None:
    file, row = change(corpus, SHARDS, lambda row: not is_recorded(row) and row["split"] == "test", speaker_id="somebody new")
    found = places(corpus)
    assert {("people", file, row), ("seals", file, row)} <= found
    assert ("coverage", "coverage/coverage.parquet") in {each[:2] for each in found}


@pytest.mark.parametrize("signed", [False, True])
def test_row_removed(corpus: Corpus, signed: bool) -> None:
    file, row = find(corpus, SHARDS, is_in("hall"))
    gone = rows_of(corpus, file)[row - 1]["id"]
    edit_rows(corpus, file, lambda rows: rows.pop(row - 1))
    if signed:
        count(corpus)
        sign(corpus)
    found = [each for each in breaches(corpus) if each.check in ("ledger", "files")]
    part, planned = find(corpus, RECIPES, lambda row: row["id"] == gone)
    missing = Breach("ledger", file, None, f"{gone!r}, row {planned} of {part}, is missing")
    total = Breach("ledger", "corpus.json", None, "40 rows written, but the shards of version 1 hold 39")
    assert [each for each in found if each.check == "ledger"] == [total, missing]
    assert [each.file for each in found if each.check == "files"] == ([] if signed else [file])


def test_row_twice(corpus: Corpus) -> None:
    file, row = find(corpus, SHARDS, is_in("street"))
    edit_rows(corpus, file, lambda rows: rows.append(rows[row - 1]))
    sign(corpus)
    last = len(rows_of(corpus, file))
    assert Breach("ledger", file, last, f"id {rows_of(corpus, file)[-1]['id']!r} stands in row {row} too") in breaches(corpus)


def test_row_in_two_shards(corpus: Corpus) -> None:
    first, second = "shards/train/tiny-train-v001-00000-of-00002.parquet", "shards/train/tiny-train-v001-00001-of-00002.parquet"
    extra = rows_of(corpus, first)[2]
    edit_rows(corpus, second, lambda rows: rows.append(extra))
    sign(corpus)
    last = len(rows_of(corpus, second))
    messages = [each.message for each in breaches(corpus) if each[:3] == ("ledger", second, last)]
    assert f"id {extra['id']!r} stands in row 3 of {first} too" in messages
    assert f"id {extra['id']!r} was not planned for this shard in plan/recipes/part-v001-train-00001.parquet" in messages


def test_id_changed(corpus: Corpus) -> None:
    file, row = change(corpus, SHARDS, lambda row: not is_recorded(row), id="another")
    found = breaches(corpus)
    assert ("ledger", file, row) in {each[:3] for each in found}
    assert any(each.file == file and each.row is None and each.message.endswith("is missing") for each in found)


def test_recorded_row_said_to_be_simulated(corpus: Corpus) -> None:
    file, row = change(corpus, SHARDS, is_recorded, origin="simulated")
    assert ("ledger", file, row) in places(corpus)


@pytest.mark.parametrize("recipe", ["{", "[]", '{"asked": 3, "measured": {}}', '{"asked": {}, "measured": {}}', None])
def test_recipe_that_is_none(corpus: Corpus, recipe: str | None) -> None:
    file, row = change(corpus, SHARDS, is_in("babble"), recipe=recipe)
    assert ("ledger", file, row) in places(corpus)


def test_manifest_row_dropped(corpus: Corpus) -> None:
    file, row = find(corpus, MANIFEST, lambda row: row["recording_id"] == "test-2-1")
    edit_rows(corpus, file, lambda rows: rows.pop(row - 1))
    sign(corpus)
    found = breaches(corpus)
    assert Breach("ledger", "corpus.json", None, "20 records accepted, but the manifest holds 19") in found
    shard, place = find(corpus, "shards/test/*", lambda row: row["id"] == "test-2-1")
    assert Breach("ledger", shard, place, "its source 'test-2-1' is not in the manifest") in found


def test_manifest_row_twice(corpus: Corpus) -> None:
    file, row = find(corpus, MANIFEST, lambda row: row["recording_id"] == "test-2-1")
    edit_rows(corpus, "manifest/part-00000.parquet", lambda rows: rows.append(rows_of(corpus, file)[row - 1]))
    sign(corpus)
    added = ("manifest/part-00000.parquet", len(rows_of(corpus, "manifest/part-00000.parquet")))
    (last,) = {added, (file, row)} - {min(added, (file, row))}
    messages = [each.message for each in breaches(corpus) if each[:3] == ("ledger", *last)]
    assert [message.partition(" '")[0] for message in messages] == ["audio_sha256", "recording_id"]


def test_accepted_recording_never_written(corpus: Corpus) -> None:
    for pattern in (RECIPES, SHARDS):
        file, row = find(corpus, pattern, lambda row: row["id"] == "dev-0-0")
        edit_rows(corpus, file, lambda rows, row=row: rows.pop(row - 1))
    edit_json(corpus, lambda whole: whole["ledger"].update(recipes_planned=39, rows_written=39))
    count(corpus)
    sign(corpus)
    file, row = find(corpus, MANIFEST, lambda row: row["recording_id"] == "dev-0-0")
    assert breaches(corpus) == [Breach("ledger", file, row, "recording 'dev-0-0' has no recorded row in any shard")]


def test_quarantine_row_dropped(corpus: Corpus) -> None:
    edit_rows(corpus, "quarantine/part-00000.parquet", lambda rows: rows.pop(1))
    sign(corpus)
    assert breaches(corpus) == [
        Breach("ledger", "corpus.json", None, "1 records quarantined for silence, but the quarantine holds 0"),
        Breach("ledger", "corpus.json", None, "row 5 of recordings.csv: neither in the manifest nor in the quarantine"),
    ]


@pytest.mark.parametrize("key", ["records_read", "accepted", "recipes_planned", "rows_written"])
def test_ledger_altered(corpus: Corpus, key: str) -> None:
    edit_json(corpus, lambda whole: whole["ledger"].update({key: whole["ledger"][key] + 1}))
    found = breaches(corpus)
    assert found
    assert {each[:3] for each in found} == {("ledger", "corpus.json", None)}


def test_duration_and_rate_are_the_audios(corpus: Corpus) -> None:
    file, row = change(corpus, SHARDS, is_recorded, duration=0.102)
    assert ("audio", file, row) in places(corpus)
    file, row = change(corpus, "shards/dev/*", is_recorded, sampling_rate=16000)
    assert ("audio", file, row) in places(corpus)


def test_audio_that_is_no_flac(corpus: Corpus) -> None:
    audio = b"RIFF" + bytes(100)
    file, row = find(corpus, SHARDS, is_recorded)
    values = {"audio": {"bytes": audio, "path": "a.flac"}, "audio_sha256": hashlib.sha256(audio).hexdigest()}
    change(corpus, SHARDS, is_recorded, **values)
    assert Breach("audio", file, row, "the audio is no FLAC file") in breaches(corpus)


def test_balance(corpus: Corpus) -> None:
    """Two rows of a cell put into the other shard, recipes and all."""
    first, second = (f"shards/train/tiny-train-v001-0000{shard}-of-00002.parquet" for shard in (0, 1))
    parts = [f"plan/recipes/part-v001-train-0000{shard}.parquet" for shard in (0, 1)]
    moved = [row["id"] for row in rows_of(corpus, first) if row["condition"] == "clean"][:2]
    for here, there in ((first, second), (parts[0], parts[1])):
        taken = [row for row in rows_of(corpus, here) if row["id"] in moved]
        edit_rows(corpus, here, lambda rows: rows.__setitem__(slice(None), [row for row in rows if row["id"] not in moved]))
        edit_rows(
            corpus, there, lambda rows, taken=taken: rows.extend({**row, "shard": 1} if "shard" in row else row for row in taken)
        )
    sign(corpus)
    found = breaches(corpus)
    assert {each.check for each in found} == {"balance"}
    assert {each.file for each in found} == {first, second}
    rows = len(rows_of(corpus, first))
    assert Breach("balance", first, None, f"holds {rows} rows in all; an even deal of 16 over 2 shards gives 8") in found


@pytest.mark.parametrize(("measure", "factor"), [("utterances", 2), ("hours", 1.00001), ("speakers", 0)])
def test_coverage_altered(corpus: Corpus, measure: str, factor: float) -> None:
    file, row = find(corpus, "coverage/coverage.parquet", lambda row: row["split"] == "dev" and row["accent"] == "en-GB")
    values = rows_of(corpus, file)[row - 1]
    change(corpus, file, lambda each: each == values, **{measure: type(values[measure])(values[measure] * factor)})
    (breach,) = breaches(corpus)
    assert breach[:3] == ("coverage", file, row)
    assert breach.message.startswith(f"{measure} of dev × en-GB × ")


def test_coverage_row_dropped(corpus: Corpus) -> None:
    file, row = find(corpus, "coverage/coverage.parquet", lambda row: row["split"] == "dev")
    edit_rows(corpus, file, lambda rows: rows.pop(row - 1))
    sign(corpus)
    assert [each[:3] for each in breaches(corpus)] == [("coverage", file, None)]


@pytest.mark.parametrize("measure", ["utterances", "hours", "speakers"])
def test_coverage_csv_altered(corpus: Corpus, measure: str) -> None:
    path = Path(corpus.path("coverage", f"{measure}.csv"))
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[1] = "7"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:-1]]))
    sign(corpus)
    found = breaches(corpus)
    assert [each[:3] for each in found] == [
        ("coverage", f"coverage/{measure}.csv", None),
        ("coverage", f"coverage/{measure}.csv", 1),
    ]
    assert found[1].message.startswith("en-GB × clean is '7'; the shards hold ")


def test_earlier_versions_keep_what_an_earlier_manifest_said(corpus: Corpus) -> None:
    """The corpus has grown, and its second manifest words a text otherwise: the first version's rows stay as they are."""
    change(corpus, MANIFEST, lambda row: row["recording_id"] == "train-0-0", text="the words, corrected")
    edit_json(corpus, lambda whole: (whole.update(version=2), whole["ledger"].update(recipes_planned=0, rows_written=0)))
    assert breaches(corpus) == []
    other = Path(corpus.path("shards/dev/tiny-dev-v001-00000-of-00001.parquet"))
    shutil.move(other, other.with_name("tiny-dev-v003-00000-of-00001.parquet"))
    sign(corpus)
    assert any(each.message.startswith("was not planned") for each in breaches(corpus))


def test_order_of_breaches_is_always_the_same(corpus: Corpus) -> None:
    for pattern in (SHARDS, RECIPES):
        for path in Path(corpus.root).glob(pattern):
            file = path.relative_to(corpus.root).as_posix()
            edit_rows(corpus, file, lambda rows: [row.update(text=json.dumps(row["id"])) for row in rows])
    found = breaches(corpus)
    assert len(found) > 40
    assert found == breaches(corpus)


def test_a_further_table(corpus: Corpus) -> None:
    file = "coverage/by-split-room-snr_band.parquet"
    table = pq.ParquetFile(corpus.path(file)).read()
    place = table["snr_band"].to_pylist().index("12 dB and over")
    rows = table.to_pylist()
    rows[place]["speakers"] += 1
    gone = rows.pop()
    write_table(corpus.path(file), pa.Table.from_pylist(rows, schema=table.schema))
    sign(corpus)
    found = breaches(corpus)
    assert {(each.check, each.file, each.row) for each in found} == {("coverage", file, place + 1), ("coverage", file, None)}
    assert any(each.message.startswith("speakers of") for each in found)
    assert any(f"{gone['utterances']} rows" in each.message for each in found)
