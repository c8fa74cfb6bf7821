"""One byte, one file: what digests catch, and how near verify comes to the row."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.corpus import Corpus
from pipelines.verify import Breach, Checked, verify
from pipelines.verify.breach import SHOWN, Findings
from tests.verify.whole import breaches, edit_json, edit_rows, find, rows_of, sign

SHARD = "shards/train/tiny-train-v001-00000-of-00002.parquet"


def flip(path: Path, position: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(data)


def test_whole(corpus: Corpus) -> None:
    checked = Checked()
    assert list(verify(corpus, checked)) == []
    assert checked == Checked(files=18, records=22, shards=4, rows=40)
    assert str(checked) == "18 files, 22 records, 40 rows in 4 shards"


def test_printed() -> None:
    assert str(Breach("ledger", "a/b", 7, "is wrong")) == "ledger: a/b:row 7: is wrong"
    assert str(Breach("files", "a/b", None, "is wrong")) == "files: a/b: is wrong"


@pytest.mark.parametrize("row", [1, 4, 8])
@pytest.mark.parametrize("signed", [False, True])
def test_byte_of_audio(corpus: Corpus, row: int, signed: bool) -> None:
    path = Path(corpus.path(SHARD))
    audio = rows_of(corpus, SHARD)[row - 1]["audio"]["bytes"]
    flip(path, path.read_bytes().index(audio) + len(audio) // 2)
    if signed:
        sign(corpus)
    found = breaches(corpus)
    assert [(each.check, each.file, each.row) for each in found if each.check != "files"] == [("audio", SHARD, row)]
    assert [(each.file, each.row) for each in found if each.check == "files"] == ([] if signed else [(SHARD, None)])


DEV = "shards/dev/*.parquet"
ANY = (DEV, "manifest/part-00000.parquet", "plan/*/part-v001-test-*", "plan/*.parquet")


@pytest.mark.parametrize("pattern", ANY)
def test_byte_anywhere(corpus: Corpus, pattern: str) -> None:
    """Whatever the byte, verify ends, names the file, and leaves the files beside it alone as far as it can be told."""
    (path,) = Path(corpus.root).glob(pattern)
    whole, draw = path.read_bytes(), random.Random(7)
    for _ in range(25):
        flip(path, draw.randrange(len(whole)), draw.randrange(8))
        found = breaches(corpus)
        path.write_bytes(whole)
        assert Breach("files", path.relative_to(corpus.root).as_posix(), None, found[0].message) in found
        assert not any(each.check == "audio" and each.file not in str(path) for each in found)


@pytest.mark.parametrize("keep", [0, 3, 1000, -1])
def test_truncated(corpus: Corpus, keep: int) -> None:
    path = Path(corpus.path(SHARD))
    path.write_bytes(path.read_bytes()[:keep])
    # The rest is checked all the same.
    other, row = find(corpus, "shards/dev/*.parquet", lambda row: row["origin"] == "recorded")
    edit_rows(corpus, other, lambda rows: rows[row - 1].update(text="other words"))
    found = breaches(corpus)
    assert {each.file for each in found} == {SHARD, other}
    assert any("cannot be opened as Parquet" in each.message for each in found if each.file == SHARD)
    assert ("ledger", other, row) in {each[:3] for each in found}


def test_unreadable_column_is_named_with_its_rows(corpus: Corpus) -> None:
    path = Path(corpus.path(SHARD))
    metadata = pq.ParquetFile(path).metadata
    chunks = (metadata.row_group(0).column(index) for index in range(metadata.num_columns))
    (chunk,) = (each for each in chunks if each.path_in_schema == "text")
    flip(path, chunk.data_page_offset)
    messages = [each.message for each in breaches(corpus) if each.file == SHARD]
    assert any(message.startswith(f"column 'text' cannot be read in rows 1 to {metadata.num_rows}") for message in messages)


def test_text_that_is_not_utf8(corpus: Corpus) -> None:
    path = Path(corpus.path(SHARD))
    row = next(number for number, row in enumerate(rows_of(corpus, SHARD), 1) if row["origin"] == "recorded")
    edit_rows(corpus, SHARD, lambda rows: rows[row - 1].update(recipe=rows[row - 1]["recipe"] + " " * 4000 + "0123456789abcdef"))
    table = pq.read_table(path)
    pq.write_table(table, path, compression="NONE", use_dictionary=False)
    flip(path, path.read_bytes().rindex(b"0123456789abcdef"), 7)
    sign(corpus)
    assert ("files", SHARD, row) in {each[:3] for each in breaches(corpus)}


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("file", [SHARD, "manifest/part-00001.parquet", "plan/recipes/part-v001-dev-00000.parquet"])
def test_deleted(corpus: Corpus, file: str, signed: bool) -> None:
    Path(corpus.path(file)).unlink()
    if not signed:
        assert breaches(corpus) == [Breach("files", file, None, "is missing, but corpus.json lists it")]
        return
    sign(corpus)
    named = {"manifest/part-00001.parquet": "corpus.json", SHARD: "plan/recipes/part-v001-train-00000.parquet"}
    named["plan/recipes/part-v001-dev-00000.parquet"] = "shards/dev/tiny-dev-v001-00000-of-00001.parquet"
    assert ("ledger", named[file]) in {each[:2] for each in breaches(corpus)}


@pytest.mark.parametrize("file", ["notes.txt", "shards/train/tiny-train-v001-00002-of-00003.parquet", "shards/other/x.parquet"])
def test_added(corpus: Corpus, file: str) -> None:
    path = Path(corpus.path(file))
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(corpus.path(SHARD), path)
    assert breaches(corpus) == [Breach("files", file, None, "is not listed in corpus.json, so it is no part of the corpus")]


def test_work_files_are_nobodys_business(corpus: Corpus) -> None:
    path = Path(corpus.path(".work", "measured", "v1-000.json"))
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert breaches(corpus) == []


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"files": []}', "\x00", '{"name": 1e999}'])
def test_corpus_json_that_says_nothing(corpus: Corpus, text: str | None) -> None:
    path = Path(corpus.corpus_json)
    path.unlink() if text is None else path.write_text(text)
    found = breaches(corpus)
    assert found
    assert {each[:3] for each in found} == {("files", "corpus.json", None)}


def test_corpus_json_altered(corpus: Corpus) -> None:
    edit_json(corpus, lambda whole: whole["config"]["targets"].update(surplus="drop"))
    (breach,) = breaches(corpus)
    assert breach[:3] == ("files", "corpus.json", None)
    assert breach.message.startswith("config_sha256 is ")


def test_column_missing(corpus: Corpus) -> None:
    path = Path(corpus.path(SHARD))
    pq.write_table(pq.read_table(path).drop_columns(["text"]), path)
    sign(corpus)
    assert Breach("files", SHARD, None, "has no column 'text'") in breaches(corpus)


def test_repeats_are_counted(corpus: Corpus) -> None:
    findings = Findings()
    for row in range(1, SHOWN + 4):
        findings.add("ledger", "a", row, "is wrong")
    findings.add("audio", "a", 1, "is wrong")
    found = findings.take()
    assert [each.row for each in found] == [1, *range(1, SHOWN + 1), None]
    assert found[-1].message == "3 more breaches of this check in this file"
    assert findings.take() == []
