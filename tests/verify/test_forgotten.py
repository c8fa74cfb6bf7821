"""What is left of somebody who was forgotten, and what is listed as left out."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from pipelines.corpus import Corpus, read_table, write_json, write_table
from pipelines.people.withdrawn import INPUT, NOBODY, write_withdrawn
from pipelines.verify import Breach
from schemas.tables import LEFT_OUT
from tests.verify.whole import breaches, edit_json, edit_rows, find, sign

WHO = "dev-2"


def forgotten(corpus: Corpus) -> list[Breach]:
    write_withdrawn(corpus, NOBODY.with_people([WHO], [f"{WHO}-0"], ["e" * 64]))
    found = breaches(corpus)
    assert {each.check for each in found} <= {"forgotten"}
    assert not any(WHO in each.message for each in found)  # a breach names no one
    return found


def test_every_place_is_named(corpus: Corpus) -> None:
    found = forgotten(corpus)
    assert {each.file.split("/")[0] for each in found} == {"manifest", "plan", "shards"}
    assert {each.file for each in found if each.file.startswith("plan/")} >= {"plan/assignments.parquet"}
    file, row = find(corpus, "shards/dev/*.parquet", lambda row: row["speaker_id"] != WHO and WHO in row["recipe"])
    assert Breach("forgotten", file, row, "has a noise made of somebody who was forgotten") in found
    file, row = find(corpus, "manifest/*.parquet", lambda row: row["speaker_id"] == WHO)
    assert Breach("forgotten", file, row, "is of somebody who was forgotten") in found


def test_a_record_in_quarantine(corpus: Corpus) -> None:
    file = "quarantine/part-00000.parquet"
    edit_rows(corpus, file, lambda rows: rows[0].update(record_json=json.dumps({"who": WHO})))
    edit_rows(corpus, file, lambda rows: rows[1].update(record_json=json.dumps({"unparsed": f'x,{WHO},"y'})))
    sign(corpus)
    told = "keeps a record of somebody who was forgotten"
    assert [each for each in forgotten(corpus) if each.file == file] == [Breach("forgotten", file, row, told) for row in (1, 2)]


def test_kept_figures(corpus: Corpus) -> None:
    before = set(forgotten(corpus))
    write_json(corpus.path(".work", "measured", "v1-000.json"), {"f:None:None": {"audio_sha256": "e" * 64}, "g": ["silence", ""]})
    (breach,) = set(breaches(corpus)) - before
    assert breach[:3] == ("forgotten", ".work/measured/v1-000.json", None)


def test_recipes_that_were_carried_over(corpus: Corpus) -> None:
    before = set(forgotten(corpus))
    recipes = read_table(corpus.recipe_files()[0])
    row = recipes.slice(0, 1).to_pylist()[0] | {"speaker_id": "someone", "audio_sha256": "e" * 64}
    write_table(corpus.path(".work", "carried-v001", "part-v001-dev-00000.parquet"), pa.Table.from_pylist([row], recipes.schema))
    (breach,) = set(breaches(corpus)) - before
    assert breach[:3] == ("forgotten", ".work/carried-v001/part-v001-dev-00000.parquet", None)


def test_a_lost_list(corpus: Corpus) -> None:
    edit_json(corpus, lambda whole: whole.update(inputs={INPUT: "x"}))
    (breach,) = breaches(corpus)
    assert breach[:3] == ("forgotten", "corpus.json", None)


@pytest.mark.parametrize(
    ("recording", "reason", "told"),
    [
        ("dev-0-0", "surplus", "recording 'dev-0-0' is listed as left out, but has a row"),
        ("nobody", "surplus", "recording 'nobody' is not in the manifest"),
    ],
)
def test_what_is_listed_as_left_out(corpus: Corpus, recording: str, reason: str, told: str) -> None:
    file = "plan/left-out/part-00000.parquet"
    row = {"recording_id": recording, "split": "dev", "reason": reason}
    write_table(corpus.path(file), pa.Table.from_pylist([row], schema=LEFT_OUT.schema()))
    sign(corpus)
    edit_json(corpus, lambda whole: whole["ledger"].update(left_out={reason: 1}))
    assert breaches(corpus) == [Breach("ledger", file, 1, told)]
    edit_json(corpus, lambda whole: whole["ledger"].update(left_out={}))
    assert "recordings left out, but plan/left-out lists" in breaches(corpus)[0].message
