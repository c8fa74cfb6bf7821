"""One speaker's split, and whatever else may stand in one split only; digests made good again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.corpus import Corpus, digest_of
from pipelines.verify import Breach
from tests.verify.whole import NOISE, RESPONSES, Row, breaches, edit_json, edit_rows, find, rows_of, sign

ASSIGNMENTS = "plan/assignments.parquet"
MANIFEST = "manifest/*.parquet"
DEV = "shards/dev/*.parquet"


def change(corpus: Corpus, pattern: str, wanted: Callable[[Row], bool], **values: Any) -> tuple[str, int]:
    file, row = find(corpus, pattern, wanted)
    edit_rows(corpus, file, lambda rows: rows[row - 1].update(values))
    sign(corpus)
    return file, row


def change_asked(corpus: Corpus, condition: str, edit: Callable[[Row], Any]) -> tuple[str, int]:
    """Change what a row of dev asks, in the shard and in the recipes alike."""
    file, row = find(corpus, DEV, lambda row: row["condition"] == condition)
    before = rows_of(corpus, file)[row - 1]
    said = json.loads(before["recipe"])
    edit(said["asked"])
    edit_rows(corpus, file, lambda rows: rows[row - 1].update(recipe=json.dumps(said)))
    change(corpus, "plan/recipes/*-dev-*", lambda each: each["id"] == before["id"], asked=json.dumps(said["asked"]))
    return file, row


def seals(corpus: Corpus) -> list[Breach]:
    found = breaches(corpus)
    assert {each.check for each in found} == {"seals"}
    return found


@pytest.mark.parametrize("signed", [False, True])
def test_split_of_a_row(corpus: Corpus, signed: bool) -> None:
    file, row = find(corpus, DEV, lambda row: row["speaker_id"] == "dev-2")
    edit_rows(corpus, file, lambda rows: rows[row - 1].update(split="train"))
    if signed:
        sign(corpus)
    found = breaches(corpus)
    assert Breach("seals", file, row, "split is 'train', but the shard is one of dev") in found


def test_split_of_a_speakers_every_row(corpus: Corpus) -> None:
    file, _ = find(corpus, DEV, lambda row: row["speaker_id"] == "dev-2")
    rows = [number for number, row in enumerate(rows_of(corpus, file), 1) if row["speaker_id"] == "dev-2"]
    edit_rows(corpus, file, lambda rows: [row.update(split="train") for row in rows if row["speaker_id"] == "dev-2"])
    sign(corpus)
    assert [each.row for each in breaches(corpus) if each.check == "seals"] == rows


def test_split_in_the_assignments(corpus: Corpus) -> None:
    _, row = change(corpus, ASSIGNMENTS, lambda row: row["key"] == "dev-2", split="test")
    (breach,) = seals(corpus)
    assert breach[:3] == ("seals", ASSIGNMENTS, row)
    assert breach.message.startswith("speaker 'dev-2' is assigned to test, but stands in dev (row ")


@pytest.mark.parametrize("values", [{"split": "validation"}, {"kind": "room"}, {"key": None}, {"key": "dev-1"}])
def test_assignment_of_nothing(corpus: Corpus, values: Row) -> None:
    _, row = change(corpus, ASSIGNMENTS, lambda row: row["key"] == "dev-2", **values)
    found = seals(corpus)
    manifest, place = find(corpus, MANIFEST, lambda row: row["speaker_id"] == "dev-2")
    assert ("seals", manifest, place) in {each[:3] for each in found}
    if values != {"key": "dev-1"}:
        assert ("seals", ASSIGNMENTS, row) in {each[:3] for each in found}
    else:
        assert any(each.file == ASSIGNMENTS and "'dev-1'" in each.message for each in found)


def test_speaker_in_two_splits(corpus: Corpus) -> None:
    file, row = change(corpus, DEV, lambda row: row["speaker_id"] == "dev-2", speaker_id="train-2")
    found = [each for each in breaches(corpus) if each.check == "seals"]
    (speaker,) = [each for each in found if each.message.startswith("speaker 'train-2' stands in dev here and in train in row ")]
    assert speaker[:3] == ("seals", file, row)


def test_row_moved_to_another_split(corpus: Corpus) -> None:
    """With its recipe: then its speaker, its recording and its audio stand in two splits."""
    file, row = find(corpus, "shards/test/*", lambda row: row["id"].startswith("test-0-0~"))
    part, place = find(corpus, "plan/recipes/*-test-*", lambda row: row["id"].startswith("test-0-0~"))
    target, target_part = "shards/dev/tiny-dev-v001-00000-of-00001.parquet", "plan/recipes/part-v001-dev-00000.parquet"
    for here, number, there in ((file, row, target), (part, place, target_part)):
        moved = rows_of(corpus, here)[number - 1] | {"split": "dev"}
        edit_rows(corpus, here, lambda rows, number=number: rows.pop(number - 1))
        edit_rows(corpus, there, lambda rows, moved=moved: rows.append(moved))
    sign(corpus)
    found = [each for each in breaches(corpus) if each.check == "seals" and each.row == len(rows_of(corpus, target))]
    assert {each.file for each in found} == {target}
    kinds = ("speaker 'test-0'", "recording 'test-0-0'", "audio with SHA-256", "audio file with SHA-256")
    assert all(any(each.message.startswith(kind) for each in found) for kind in kinds)


def test_speakers_who_share_a_file(corpus: Corpus) -> None:
    shared = rows_of(corpus, find(corpus, MANIFEST, lambda row: row["recording_id"] == "train-0-0")[0])[0]["file_sha256"]
    _, _ = change(corpus, MANIFEST, lambda row: row["recording_id"] == "dev-0-0", file_sha256=shared)
    found = [each for each in breaches(corpus) if each.check == "seals"]
    assert len(found) == 1
    assert "the same audio file" in found[0].message
    assert found[0].file.startswith("manifest/")


def test_target_among_its_talkers(corpus: Corpus) -> None:
    speaker = rows_of(corpus, find(corpus, DEV, lambda row: row["condition"] == "babble")[0])
    file, row = find(corpus, DEV, lambda row: row["condition"] == "babble")
    target = speaker[row - 1]["speaker_id"]
    change_asked(corpus, "babble", lambda asked: asked["noise"]["talkers"][0].update(speaker_id=target))
    assert seals(corpus) == [Breach("seals", file, row, f"its own speaker {target!r} is among the talkers of its babble")]


def test_talker_twice(corpus: Corpus) -> None:
    file, row = change_asked(corpus, "babble", lambda asked: asked["noise"]["talkers"].append(asked["noise"]["talkers"][0]))
    assert [each[:3] for each in seals(corpus)] == [("seals", file, row)]


def test_talker_of_another_split(corpus: Corpus) -> None:
    talker = {"speaker_id": "train-0", "recording_id": "train-0-1"}
    file, row = change_asked(corpus, "babble", lambda asked: asked["noise"]["talkers"][0].update(talker))
    found = seals(corpus)
    assert {each[:3] for each in found} == {("seals", file, row)}
    assert [each.message.partition(" stands in dev here and in train in row ")[0] for each in found] == [
        "recording 'train-0-1'",
        "speaker 'train-0'",
    ]


def test_noise_span_of_another_split(corpus: Corpus) -> None:
    file, row = change_asked(corpus, "street", lambda asked: asked["noise"].update(span_s=[1.5, 3.5]))
    found = seals(corpus)
    assert {each[:3] for each in found} == {("seals", file, row)}
    what = "noise street.wav from 1.5 to 3.5 s, used in 1 row,"
    assert any(each.message.startswith(f"{what} is not dev's") for each in found)
    assert any(each.message.startswith(f"{what} stands in dev here and in train in row ") for each in found)


def test_noise_of_no_assignment(corpus: Corpus) -> None:
    file, row = change_asked(corpus, "street", lambda asked: asked["noise"].update(sha256="f" * 64))
    (breach,) = seals(corpus)
    assert breach == Breach(
        "seals",
        file,
        row,
        f"noise street.wav from 2.0 to 4.0 s, used in 1 row, is not dev's; what {ASSIGNMENTS} gives of it: none",
    )


def test_noise_that_starts_outside_of_its_span(corpus: Corpus) -> None:
    file, row = change_asked(corpus, "street", lambda asked: asked["noise"].update(start_s=4.5))
    assert seals(corpus) == [
        Breach("seals", file, row, "start_s of noise street.wav is 4.5 s, outside of its span from 2.0 to 4.0 s")
    ]


def test_noise_spans_given_twice(corpus: Corpus) -> None:
    _, row = change(corpus, ASSIGNMENTS, lambda row: row["key"] == NOISE and row["split"] == "dev", start_s=1.9)
    (breach,) = seals(corpus)
    assert breach == Breach(
        "seals", ASSIGNMENTS, row, "noise street.wav is given to dev here and, in the same span, to train in row 1"
    )


def test_response_of_another_split(corpus: Corpus) -> None:
    file, row = change_asked(corpus, "hall", lambda asked: asked["room"].update(sha256=RESPONSES["train"], file="train.wav"))
    found = seals(corpus)
    assert any(
        each[:3] == ("seals", file, row) and each.message.startswith("response train.wav, used in 1 row, is not dev's")
        for each in found
    )
    assert any("stands in dev here and in train in row" in each.message for each in found)


def with_evaluation(corpus: Corpus, **settings: bool) -> None:
    def edit(whole: Row) -> None:
        whole["config"]["evaluation"] = settings
        whole["config_sha256"] = digest_of(whole["config"])

    edit_json(corpus, edit)


def test_sentence_in_two_splits(corpus: Corpus) -> None:
    for pattern in (MANIFEST, "plan/recipes/*.parquet", "shards/*/*.parquet"):
        for file in sorted(Path(corpus.root).glob(pattern)):
            name = file.relative_to(corpus.root).as_posix()
            edit_rows(
                corpus,
                name,
                lambda rows: (
                    [row.update(text="Both say this") for row in rows if row["text"] == "words of dev-0-0"]
                    + [row.update(text="both say this!") for row in rows if row["text"] == "words of test-0-1"]
                ),
            )
    sign(corpus)
    assert breaches(corpus) == []
    with_evaluation(corpus, seal_transcripts=True)
    found = seals(corpus)
    assert len(found) == 2  # as it was recorded and as it was simulated
    assert "sentence 'both say this' stands in " in found[0].message


def test_a_pair_without_its_id_or_its_original(corpus: Corpus) -> None:
    with_evaluation(corpus, paired=True)
    found = breaches(corpus)
    assert {each.check for each in found} == {"pairs"}
    for pattern in ("plan/recipes/*-test-*", "shards/test/*.parquet"):
        for file in sorted(Path(corpus.root).glob(pattern)):
            name = file.relative_to(corpus.root).as_posix()
            edit_rows(corpus, name, lambda rows: [row.update(pair_id=row["source_id"]) for row in rows])
    sign(corpus)
    assert breaches(corpus) == []
    file, _ = find(corpus, "shards/test/*.parquet", lambda row: row["id"] == "test-0-0")
    at = next(number for number, row in enumerate(rows_of(corpus, file)) if row["id"] == "test-0-0")
    edit_rows(corpus, file, lambda rows: rows.pop(at))
    sign(corpus)
    row = next(number for number, row in enumerate(rows_of(corpus, file), 1) if row["source_id"] == "test-0-0")
    assert Breach("pairs", file, row, "its original, recording 'test-0-0', has no row in test") in breaches(corpus)
