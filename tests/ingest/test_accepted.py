"""What is unusual but not wrong is accepted, and read as it was meant."""

from __future__ import annotations

import gzip
import json
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.ingest.record import Candidate
from schemas.errors import ConfigError
from tests.ingest.corpus import COLUMNS, GOOD, Workplace, outcomes, quiet_copy, records, rules


def row(workplace: Workplace, metadata: str = "rows.csv", **source: Any) -> dict[str, Any]:
    """The manifest's row of the only record."""
    (record,) = records(workplace.settings(metadata, **source))
    assert isinstance(record, Candidate), record
    return record.row


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("rows.csv", {"encoding": "utf-8-sig"}),
        ("rows.csv", {"encoding": "utf-16"}),
        ("rows.csv", {"line_end": "\n"}),
        ("rows.csv", {"line_end": "\r"}),
        ("rows.csv", {"line_end": "\r\r\n"}),
        ("rows.csv", {"line_end": "\n\n   \n"}),
        ("rows.csv", {"delimiter": ";"}),
        ("rows.csv", {"delimiter": "\t"}),
        ("rows.txt", {"delimiter": "\t"}),
        ("rows.tsv", {"delimiter": "\t"}),
        ("ROWS.TSV", {"delimiter": "\t"}),
        ("rows.tab", {"delimiter": ","}),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_text_tables(workplace: Workplace, name: str, form: dict[str, str], packed: bool) -> None:
    delimiter, end = form.get("delimiter", ","), form.get("line_end", "\r\n")
    good = GOOD | {"gesagt": "Grüße"}
    text = delimiter.join(good) + end + delimiter.join(good.values()) + end
    data = text.encode(form.get("encoding", "utf-8"))
    name = name + ".gz" if packed else name
    (workplace.root / name).write_bytes(gzip.compress(data) if packed else data)
    found = row(workplace, name)
    assert (found["recording_id"], found["text"], found["accent"], found["row_number"]) == ("r1", "Grüße", "de-AT", 1)


@pytest.mark.parametrize(("word", "split"), [("", None), ("Validation", "dev"), ("eval", "test"), ("TRAIN", "train")])
def test_words_for_splits(workplace: Workplace, word: str, split: str | None) -> None:
    workplace.write_csv([GOOD | {"Teil": word}])
    assert row(workplace, columns=COLUMNS | {"split": "Teil"})["split_declared"] == split


def test_delimiter_of_ones_own(workplace: Workplace) -> None:
    (workplace.root / "rows.csv").write_text("|".join(GOOD) + "\n" + "|".join(GOOD.values()) + "\n")
    assert row(workplace, delimiter="|")["recording_id"] == "r1"


def test_quotation_marks_as_characters(workplace: Workplace) -> None:
    (workplace.root / "rows.tsv").write_text("\t".join(GOOD) + "\n" + "\t".join((GOOD | {"gesagt": '"Nein'}).values()) + "\n")
    assert row(workplace, "rows.tsv", quoting=False)["text"] == '"Nein'


@pytest.mark.parametrize(
    ("start", "end", "offset_s", "length_s"),
    [(0.5, 1.25, 0.5, 0.75), ("", "1.5", 0.0, 1.5), (0.5, None, 0.5, 1.5), ("", "", None, 2.0)],
)
def test_a_segment_may_be_told_by_its_end(workplace: Workplace, start: Any, end: Any, offset_s: float, length_s: float) -> None:
    workplace.write_json_lines([GOOD | {"ab": start, "bis": end}])
    columns = {field: column for field, column in COLUMNS.items() if field != "duration"} | {"end": "bis"}
    ((record, measured),) = outcomes(workplace.settings("rows.jsonl", columns))
    assert (record.row["offset_s"], measured.duration_s) == (offset_s, length_s)


def test_columns_that_are_not_mapped_are_kept(workplace: Workplace) -> None:
    workplace.write_json_lines([GOOD | {"Gerät": "Telefon", "Wetter": {"Wind": 3, "Böen": float("nan")}, "1": None}])
    assert json.loads(row(workplace, "rows.jsonl")["extra"]) == {
        "Gerät": "Telefon",
        "Wetter": {"Wind": 3, "Böen": None},
        "1": None,
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"007"', "007"),
        ("7", "7"),
        ("1e5", "1e5"),
        ("100000.0", "100000.0"),
        ("-0", "0"),
        ('" r 1 "', "r 1"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_ids_are_text(workplace: Workplace, written: str, read: str) -> None:
    (workplace.root / "rows.jsonl").write_text(json.dumps(GOOD).replace('"r1"', written) + "\n")
    assert row(workplace, "rows.jsonl")["recording_id"] == read


def test_records_stand_in_quarantine_as_they_were_read(workplace: Workplace) -> None:
    line = '{"Aufnahme":  1e5, "Datei": "none.wav", "gesagt": "\\u00e4", "wer": ""}'
    (workplace.root / "rows.jsonl").write_text(line + "\n")
    (rejection,) = records(workplace.settings("rows.jsonl"))
    assert (rejection.record_json, rejection.rule) == (line, "missing_speaker")  # type: ignore[union-attr]
    (workplace.root / "rows.jsonl").write_text('{"Aufnahme": NaN, "wer": "\\ud800"}\n')
    (rejection,) = records(workplace.settings("rows.jsonl"))
    assert json.loads(rejection.record_json, parse_constant=pytest.fail) == {"Aufnahme": None, "wer": "\ud800"}


def test_a_number_that_is_missing_in_json_as_data_frames_write_it(workplace: Workplace) -> None:
    workplace.write_json_lines([GOOD | {"ab": float("nan"), "Dauer": float("nan")}])
    assert row(workplace, "rows.jsonl")["offset_s"] is None


def parquet(workplace: Workplace, table: dict[str, Any]) -> None:
    pq.write_table(pa.table(table), workplace.root / "rows.parquet", store_schema=True)


def test_parquet_types(workplace: Workplace) -> None:
    from datetime import datetime

    parquet(
        workplace,
        {
            "Aufnahme": pa.array([7], pa.int32()),
            "Datei": pa.array(["a.wav"], pa.large_string()),
            "gesagt": pa.array(["ja"]).dictionary_encode(),
            "wer": pa.array([3.0]),
            "Dialekt": pa.array([None], pa.string()),
            "ab": pa.array([0.5]),
            "Dauer": pa.array([float("nan")]),
            "Lage": pa.nulls(1),
            "am": pa.array([datetime(2024, 5, 1, 12)]),  # noqa: DTZ001
            "Bild": pa.array([b"\xff"]),
        },
    )
    found = row(workplace, "rows.parquet")
    assert (found["recording_id"], found["speaker_id"], found["offset_s"]) == ("7", "3", 0.5)
    assert (found["accent"], found["accent_raw"]) == ("undeclared", None)
    assert json.loads(found["extra"]) == {"am": "2024-05-01 12:00:00", "Bild": "\\xff"}


def test_parquet_rows_that_python_cannot_hold(workplace: Workplace) -> None:
    text = pa.array([b"ja", b"\xff\xfe", b"ja"]).view(pa.string())
    days = pa.array([1, 1, 1 << 60], pa.int64()).view(pa.timestamp("us"))
    good = {column: pa.array([value] * 3) for column, value in GOOD.items()} | {"gesagt": text, "am": days}
    parquet(workplace, good | {"Aufnahme": pa.array(["r1", "r2", "r3"])})
    assert rules(workplace.settings("rows.parquet")) == ["", "bad_encoding", "bad_encoding"]


@pytest.mark.parametrize(
    ("declared", "accent", "codes"),
    [
        ("WIENERISCH", "de-AT", ["de-AT"]),
        ("  wiener isch", "unmapped", []),
        ("de-ch", "de-CH", ["de-CH"]),
        (unicodedata.normalize("NFD", "Züritüütsch"), "de-CH", ["de-CH"]),
        ("Züritüütsch|Wienerisch", "de-CH", ["de-CH", "de-AT"]),
        ("Österreichisch, Wienerisch", "de-AT", ["de-AT"]),
        ("Bayrisch; Wienerisch", "de-AT", ["de-AT"]),
        ("Bayrisch", "unmapped", []),
        ("", "undeclared", []),
    ],
)
def test_accents(workplace: Workplace, declared: str, accent: str, codes: list[str]) -> None:
    workplace.write_csv([GOOD | {"Dialekt": declared}])
    found = row(workplace)
    assert (found["accent"], found["accent_all"]) == (accent, codes)
    assert found["accent_raw"] == (declared.strip() or None)


@pytest.mark.parametrize(
    ("declared", "raw", "codes"),
    [
        (["Züritüütsch", "Wienerisch"], "Züritüütsch|Wienerisch", ["de-CH", "de-AT"]),
        (["Bayrisch", None, " Wienerisch "], "Bayrisch|Wienerisch", ["de-AT"]),
        ([], None, []),
        ([None], None, []),
    ],
)
def test_accents_as_a_list(workplace: Workplace, declared: list[str | None], raw: str | None, codes: list[str]) -> None:
    workplace.write_json_lines([GOOD | {"Dialekt": declared}])
    parquet(
        workplace, {column: [value] for column, value in GOOD.items()} | {"Dialekt": pa.array([declared], pa.list_(pa.string()))}
    )
    for name in ("rows.jsonl", "rows.parquet"):
        found = row(workplace, name)
        assert (found["accent_raw"], found["accent_all"]) == (raw, codes)


def test_defaults_and_prefix(workplace: Workplace) -> None:
    columns = {key: value for key, value in COLUMNS.items() if key != "condition"}
    workplace.write_csv([GOOD | {"gesagt": ""}])
    defaults = {"text": "Ja", "condition": "outside", "language": "de", "duration": "1.5"}
    found = row(workplace, columns=columns, defaults=defaults, id_prefix="feld-")
    assert (found["recording_id"], found["text"], found["condition"], found["language"]) == ("feld-r1", "Ja", "outside", "de")
    assert found["condition_declared"] is True
    assert found["offset_s"] == 0.0


def test_speakers_of_a_source_are_told_from_those_of_others(workplace: Workplace) -> None:
    workplace.write_csv([GOOD, GOOD | {"wer": ""}])
    found = records(workplace.settings(speaker_prefix="feld-", defaults={"speaker_id": "niemand"}))
    assert [each.row["speaker_id"] for each in found if isinstance(each, Candidate)] == ["feld-s1", "feld-niemand"]


def test_no_mapping_means_our_own_names(workplace: Workplace) -> None:
    workplace.write_csv(
        [{"audio": "a.wav", "text": "ja", "speaker_id": "s"}, {"audio": "b.wav", "text": "ja", "speaker_id": "s"}]
    )
    first, second = records(workplace.settings(columns={}))
    assert isinstance(first, Candidate)
    assert isinstance(second, Candidate)
    assert (first.row["recording_id"], second.row["recording_id"], first.row["extra"]) == ("a.wav", "b.wav", "{}")


def test_a_mapping_without_an_id_names_recordings_by_their_file(workplace: Workplace) -> None:
    columns = {key: value for key, value in COLUMNS.items() if key != "recording_id"}
    workplace.write_csv([GOOD | {"recording_id": ""}, GOOD | {"ab": "0.5", "Dauer": " ", "recording_id": ""}])
    found = records(workplace.settings(columns=columns, defaults={"duration": "1.5"}))
    assert [record.row["recording_id"] for record in found] == ["a.wav@0", "a.wav@0.5"]  # type: ignore[union-attr]
    assert [record.span.duration_s for record in found] == [1.5, 1.5]  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_unicode_names(workplace: Workplace, form: str, other: str) -> None:
    name = "Zoë spricht Übung 한국어.wav"
    (workplace.audio / unicodedata.normalize(form, name)).write_bytes(quiet_copy(0.5))
    workplace.write_csv([GOOD | {"Datei": unicodedata.normalize(other, name)}])
    assert rules(workplace.settings()) == [""]


def test_windows_paths_capitals_and_spaces(workplace: Workplace) -> None:
    names = {
        "tag\\b.wav": "tag/b.wav",
        "tag/C.WAV": "tag/C.WAV",
        " d e .wav ": "d e .wav",
        "./e.wav": "e.wav",
        "x..y.wav": "x..y.wav",
    }
    (workplace.audio / "tag").mkdir()
    for index, name in enumerate(names.values()):
        (workplace.audio / name).write_bytes(quiet_copy(0.9 - index / 10))
    workplace.write_csv([GOOD | {"Aufnahme": name, "Datei": name} for name in [*names, str(workplace.audio / "a.wav")]])
    assert rules(workplace.settings()) == [""] * 6


def test_audio_root_that_is_a_link(workplace: Workplace) -> None:
    (workplace.root / "link").symlink_to(workplace.audio)
    workplace.write_csv([GOOD])
    settings = workplace.settings(audio_root="link")
    assert rules(settings) == [""]
    assert row(workplace, audio_root="link")["audio"] == "link/a.wav"


def test_audio_root_elsewhere(workplace: Workplace, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.wav").write_bytes(quiet_copy(0.5))
    workplace.write_csv([GOOD | {"Datei": "b.wav"}, GOOD | {"Datei": "../corpus/audio/a.wav"}])
    settings = workplace.settings(audio_root="../elsewhere")
    assert rules(settings) == ["", "path_leaves_root"]


def test_segments_of_one_file(workplace: Workplace) -> None:
    spans = [("0", "0.5"), ("0.5", "0.5"), (".5e0", "1.5"), ("1", ""), ("", "0.75")]
    workplace.write_csv([GOOD | {"Aufnahme": str(index), "ab": ab, "Dauer": dauer} for index, (ab, dauer) in enumerate(spans)])
    found = {candidate.row["recording_id"]: outcome for candidate, outcome in outcomes(workplace.settings())}
    assert [found[str(index)].duration_s for index in range(5)] == [0.5, 0.5, 1.5, 1.0, 0.75]
    assert len({measured.audio_sha256 for measured in found.values()}) == 5
    assert len({measured.file_sha256 for measured in found.values()}) == 1


def test_several_files_by_glob(workplace: Workplace) -> None:
    for index in (1, 2, 10):
        (workplace.audio / f"{index}.wav").write_bytes(quiet_copy(1 - index / 20))
        workplace.write_csv([GOOD | {"Aufnahme": f"r{index}", "Datei": f"{index}.wav"}], f"rows-{index}.csv")
    settings = workplace.settings("rows-*.csv")
    assert rules(settings) == ["", "", ""]
    assert [(record.place.file, record.row["source_file"]) for record in records(settings)] == [  # type: ignore[union-attr]
        (0, "rows-1.csv"),
        (1, "rows-10.csv"),
        (2, "rows-2.csv"),
    ]


UNREADABLE: list[tuple[str, str, bytes, str]] = [
    ("empty", "rows.csv", b"", "rows.csv:1: the file is empty; expected a header"),
    ("blank", "rows.csv", b"\n \n", "rows.csv:1: the file is empty"),
    ("no such column", "rows.csv", b"id,file\n1,2\n", "has no column 'Aufnahme' for 'recording_id'; its columns: id, file"),
    ("two columns of one name", "rows.csv", b"a,b,a\n", "rows.csv:1: two columns are named 'a'"),
    ("header with an open quote", "rows.csv", b'a,"b\n', "rows.csv:1: the header cannot be read: a quotation mark is not closed"),
    ("binary", "rows.csv", b"\x89PNG\r\n\x1a\n\0\0", "rows.csv:1: the header is no UTF-8 text; is it a table?"),
    ("JSON array", "rows.json", b'[{"a": 1},\n{"a": 2}]', "rows.json:1: holds one JSON array; expected JSON Lines"),
    ("no Parquet", "rows.parquet", b"PAR1 but not really", "rows.parquet: cannot be read as Parquet"),
    ("broken gzip", "rows.csv.gz", gzip.compress(HEAD := b"Aufnahme\n" * 9999)[:50], "rows.csv.gz:"),
    ("odd UTF-16", "rows.csv", "Aufnahme,Datei\n1,2".encode("utf-16")[:-1], "rows.csv:"),
]


@pytest.mark.parametrize(("name", "data", "message"), [pytest.param(*case[1:], id=case[0]) for case in UNREADABLE])
def test_a_file_that_cannot_be_read_ends_the_run(workplace: Workplace, name: str, data: bytes, message: str) -> None:
    (workplace.root / name).write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        records(workplace.settings(name))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_quarantined_records_come_back_corrected(workplace: Workplace) -> None:
    workplace.write_csv([GOOD | {"wer": ""}, GOOD | {"Aufnahme": "1e5", "ab": "soon"}])
    rejected = [record.as_row() for record in records(workplace.settings())]  # type: ignore[union-attr]
    rejected[0]["record_json"] = rejected[0]["record_json"].replace('"wer":""', '"wer":"s1"')
    rejected[1]["record_json"] = rejected[1]["record_json"].replace('"1e5"', "1e5").replace('"soon"', "0.5")
    broken = [rejected[0] | {"record_json": text} for text in ("[1]", "{", None)]
    pq.write_table(pa.Table.from_pylist([*rejected, *broken]), workplace.root / "corrected.parquet")
    found = records(workplace.settings("corrected.parquet", layout="quarantine"))
    assert [record.row["recording_id"] for record in found[:2]] == ["r1", "1e5"]  # type: ignore[union-attr]
    assert [record.rule for record in found[2:]] == ["malformed_row"] * 3  # type: ignore[union-attr]


def test_a_table_that_is_no_quarantine(workplace: Workplace) -> None:
    workplace.write_csv([GOOD])
    with pytest.raises(ConfigError, match="has no column 'record_json'"):
        records(workplace.settings(layout="quarantine"))
