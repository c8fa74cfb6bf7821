"""Every rule is broken by a real row or file, lands under its name, and leaves the rows around it alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.rules import RULES
from tests.audio.files import encoded, patched, sound, tone, with_flac_frames, with_wav_sizes
from tests.ingest.corpus import COLUMNS, GOOD, Workplace, quiet_copy, rules

ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("missing_id", "no id", {"Aufnahme": ""}),
    ("missing_id", "a blank id", {"Aufnahme": "  "}),
    ("missing_id", "a null id", {"Aufnahme": None}),
    ("bad_id", "a bell in the id", {"Aufnahme": "r\a2"}),
    ("bad_id", "a line end in the id", {"Aufnahme": "r\n2"}),
    ("bad_id", "a null character in the id", {"Aufnahme": "r\0002"}),
    ("bad_id", "a line separator in the id", {"Aufnahme": "r\u20282"}),
    ("bad_id", "an id of 300 characters", {"Aufnahme": "r" * 300}),
    ("missing_speaker", "no speaker", {"wer": ""}),
    ("missing_speaker", "a null speaker", {"wer": None}),
    ("missing_speaker", "NaN for a speaker", {"wer": float("nan")}),
    ("missing_text", "no transcript", {"gesagt": " "}),
    ("missing_audio_path", "no audio", {"Datei": ""}),
    ("wrong_type", "a list for a speaker", {"wer": ["s1"]}),
    ("wrong_type", "an object for a transcript", {"gesagt": {"de": "ja"}}),
    ("wrong_type", "true for an id", {"Aufnahme": True}),
    ("wrong_type", "infinity for an id", {"Aufnahme": float("inf")}),
    ("wrong_type", "words for an offset", {"ab": "soon"}),
    ("wrong_type", "a decimal comma", {"ab": "0,5"}),
    ("wrong_type", "digits in groups", {"ab": "1_0"}),
    ("wrong_type", "digits of another script", {"ab": "\u0661\u0662"}),
    ("wrong_type", "a list for a duration", {"Dauer": [1]}),
    ("wrong_type", "false for an offset", {"ab": False}),
    ("wrong_type", "a list in the list of accents", {"Dialekt": ["Wienerisch", ["Bayrisch"]]}),
    ("wrong_type", "an object for an accent", {"Dialekt": {"Wienerisch": 1}}),
    ("unknown_provenance", "a provenance of no such name", {"Geschlecht": "divers", "Woher": "guessed"}),
    ("licence_excluded", "a licence that is denied, written otherwise", {"Lizenz": "CC BY-NC 4.0"}),
    ("consent_excluded", "consent to something else", {"Einwilligung": "research; teaching"}),
    ("unknown_condition", "a condition of no such name", {"Lage": "indoors"}),
    ("unknown_condition", "a condition in other case", {"Lage": "Quiet"}),
    ("unknown_split", "a split of no such name", {"Teil": "train-clean-100"}),
    ("impossible_segment", "a negative offset", {"ab": -1, "Dauer": 1}),
    ("impossible_segment", "no length", {"ab": 0.5, "Dauer": 0}),
    ("impossible_segment", "a negative length", {"ab": "0.5", "Dauer": "-0.5"}),
    ("impossible_segment", "an offset that is no number", {"ab": "nan"}),
    ("impossible_segment", "an infinite length", {"Dauer": float("inf")}),
    ("impossible_segment", "a length of 400 digits", {"Dauer": int("9" * 400)}),
    ("impossible_segment", "an end behind the file's", {"ab": 1.0, "Dauer": 1.5}),
    ("impossible_segment", "a start behind the file's end", {"ab": 7.0}),
    ("impossible_segment", "less than a sample", {"ab": 0.5, "Dauer": 1e-9}),
    ("path_leaves_root", "a step up", {"Datei": "../secret.wav"}),
    ("path_leaves_root", "a hidden step up", {"Datei": "x/../../secret.wav"}),
    ("path_leaves_root", "an absolute path", {"Datei": "/etc/passwd"}),
    ("path_leaves_root", "an address", {"Datei": "https://example.org/a.wav"}),
    ("path_leaves_root", "an object store", {"Datei": "s3://bucket/a.wav"}),
    ("missing_file", "no such file", {"Datei": "none.wav"}),
    ("missing_file", "a name that is too long", {"Datei": "a" * 300}),
    ("unreadable_audio", "a directory", {"Datei": "."}),
    ("bad_encoding", "half a surrogate pair", {"gesagt": "ja \ud83d"}),
    ("bad_encoding", "half a surrogate pair in the id", {"Aufnahme": "r\ud83d"}),
    ("bad_encoding", "a null character", {"gesagt": "ja\0nein"}),
    ("bad_encoding", "a null character in the path", {"Datei": "a.wav\0"}),
    ("bad_encoding", "a null character in a column that is not mapped", {"Notiz": "\0"}),
    ("too_short", "a short segment", {"ab": 0.1, "Dauer": 0.1}),
    ("duplicate_id", "the same id", {"Aufnahme": "before", "Datei": "other.wav"}),
    ("duplicate_audio", "the same audio", {"Datei": "before.wav"}),
    ("duplicate_audio", "the same audio in another container", {"Datei": "before.flac"}),
]


@pytest.mark.parametrize(("rule", "change"), [pytest.param(rule, change, id=name) for rule, name, change in ROWS])
def test_row(workplace: Workplace, rule: str, change: dict[str, Any]) -> None:
    before, after = (np.rint(tone() * scale).astype(np.int16) for scale in (30_000, 25_000))
    (workplace.audio / "before.wav").write_bytes(sound("WAV", "PCM_16", before))
    (workplace.audio / "before.flac").write_bytes(sound("FLAC", "PCM_16", before))
    (workplace.audio / "after.wav").write_bytes(sound("WAV", "PCM_16", after))
    (workplace.audio / "other.wav").write_bytes(quiet_copy(0.7))
    (workplace.root / "secret.wav").write_bytes(quiet_copy(0.6))
    neighbours = [GOOD | {"Aufnahme": name, "Datei": f"{name}.wav"} for name in ("before", "after")]
    workplace.write_json_lines([neighbours[0], GOOD | change, neighbours[1]])
    more = {"split": "Teil", "gender": "Geschlecht", "gender_provenance": "Woher", "licence": "Lizenz", "consent": "Einwilligung"}
    workplace.policy = {"licences": {"deny": ["CC-BY-NC-*"]}, "consent": {"require": ["Research", "publication"]}}
    defaults = {"consent": "publication | research"}
    assert rules(workplace.settings("rows.jsonl", COLUMNS | more, defaults=defaults)) == ["", rule, ""]


LINES = [
    ("malformed_row", "too many cells", b"r1,a.wav,Guten Tag,s1,,,,,1\r\n"),
    ("malformed_row", "too few cells", b"r1,a.wav,Guten Tag\r\n"),
    ("malformed_row", "an unclosed quote", b'r1,a.wav,"Guten Tag,s1,,,,\r\n'),
    ("malformed_row", "an unclosed quote in the first cell", b'"r1,a.wav,Guten Tag,s1,,,,\r\n'),
    ("malformed_row", "an unclosed quote in the last cell", b'r1,a.wav,Guten Tag,s1,,,,"\r\n'),
    ("malformed_row", "a quote within a quoted cell", b'r1,a.wav,"Guten "Tag",s1,,,,\r\n'),
    ("malformed_row", "null characters", bytes(50) + b"\r\n"),
    ("bad_encoding", "Latin-1", "r1,a.wav,Grüße,s1,,,,\r\n".encode("latin-1")),
    ("bad_encoding", "a cut UTF-8 sequence", b"r1,a.wav,Gr\xc3,s1,,,,\r\n"),
    ("bad_encoding", "a null character", b"r1,a.wav,Gu\0ten,s1,,,,\r\n"),
    ("bad_encoding", "a null character in a quoted cell", b'r1,a.wav,"Gu\0ten",s1,,,,\r\n'),
    ("missing_audio_path", "delimiters alone", b",,,,,,,\r\n"),
]
HEADER = b"Aufnahme,Datei,gesagt,wer,Dialekt,ab,Dauer,Lage\r\n"


@pytest.mark.parametrize(("rule", "line"), [pytest.param(rule, line, id=name) for rule, name, line in LINES])
@pytest.mark.parametrize("quoted", [False, True])
def test_line(workplace: Workplace, rule: str, line: bytes, quoted: bool) -> None:
    for name in ("b", "c", "d"):
        (workplace.audio / f"{name}.wav").write_bytes(quiet_copy(1 - ord(name) / 500))
    form = b'"%s","%s.wav","Sie sagte: ""Guten\r\nTag""","s1","","","",""\r\n' if quoted else b"%s,%s.wav,Guten Tag,s1,,,,\r\n"
    good = [form % (name, name) for name in (b"b", b"c", b"d")]
    (workplace.root / "rows.csv").write_bytes(HEADER + good[0] + line + good[1] + good[2])
    assert rules(workplace.settings()) == ["", rule, "", ""]


JSON_LINES = [
    ("malformed_row", "no JSON", b'{"Aufnahme": "r1", "Datei": \n'),
    ("malformed_row", "a list", b'["r1", "a.wav"]\n'),
    ("malformed_row", "a number", b"7\n"),
    ("malformed_row", "nested too deep", b"[" * 100_000 + b"\n"),
    ("malformed_row", "a control character", b'{"Aufnahme": "r\x011"}\n'),
    ("bad_encoding", "Latin-1", '{"Aufnahme": "Grüße"}\n'.encode("latin-1")),
]


@pytest.mark.parametrize(("rule", "line"), [pytest.param(rule, line, id=name) for rule, name, line in JSON_LINES])
def test_json_line(workplace: Workplace, rule: str, line: bytes) -> None:
    workplace.write_json_lines([GOOD])
    with (workplace.root / "rows.jsonl").open("ab") as file:
        file.write(line)
    assert rules(workplace.settings("rows.jsonl")) == ["", rule]


Make = Callable[[Path], bytes]
FILES: list[tuple[str, str, Make]] = [
    ("empty_file", "no bytes", lambda path: b""),
    ("empty_file", "no samples", lambda path: sound("WAV", "PCM_16", tone(16_000, 0.0))),
    ("unreadable_audio", "text", lambda path: b"Upload failed\n" * 99),
    ("unreadable_audio", "zeros", lambda path: bytes(9999)),
    ("truncated_audio", "a cut WAV", lambda path: sound("WAV", "PCM_16")[:-999]),
    ("truncated_audio", "a cut FLAC", lambda path: sound("FLAC", "PCM_16")[:-999]),
    ("truncated_audio", "a cut OGG", lambda path: sound("OGG", "VORBIS")[:-99]),
    ("truncated_audio", "a cut MP3", lambda path: encoded(path, "mp3", "libmp3lame")[:-99]),
    ("truncated_audio", "a cut M4A", lambda path: encoded(path, "ipod", "aac")[:-99]),
    ("corrupt_audio", "a wrong digest", lambda path: patched(sound("FLAC", "PCM_16"), 26, b"0123456789abcdef")),
    ("corrupt_audio", "a damaged page", lambda path: patched(sound("OGG", "VORBIS"), 6000, b"damaged")),
    ("corrupt_audio", "float samples of any bits", lambda path: sound("WAV", "FLOAT", tone() * 1e30)),
    ("absurd_size", "a WAV of 4 GB", lambda path: with_wav_sizes(sound("WAV", "PCM_16"), 36, 0xFFFFFFF0)),
    ("absurd_size", "a FLAC of 2^36 - 1 samples", lambda path: with_flac_frames(sound("FLAC", "PCM_16"), (1 << 36) - 1)),
    ("absurd_size", "a rate of 1 MHz", lambda path: sound("WAV", "PCM_16", sample_rate=1_000_000)),
    ("unsupported_rate", "6 kHz", lambda path: sound("WAV", "PCM_16", sample_rate=6_000)),
    ("non_finite", "NaN", lambda path: sound("WAV", "FLOAT", np.where(np.arange(32_000)[:, None] == 777, np.nan, tone()))),
    ("non_finite", "infinity", lambda path: sound("WAV", "DOUBLE", np.where(np.arange(32_000)[:, None] == 777, -np.inf, tone()))),
    ("silence", "digital silence", lambda path: sound("FLAC", "PCM_16", tone() * 0)),
    ("silence", "one value all along", lambda path: sound("WAV", "PCM_16", tone() * 0 + 0.5)),
    ("silence", "the last bit", lambda path: sound("WAV", "PCM_16", np.sign(tone()) * 2**-15)),
    ("too_short", "0.1 s", lambda path: sound("WAV", "PCM_16", tone(16_000, 0.1))),
    ("too_long", "6 s", lambda path: sound("WAV", "PCM_16", tone(16_000, 6.0))),
    (
        "too_long",
        "6 s of MP3",
        lambda path: encoded(path, "mp3", "libmp3lame", samples=tone(16_000, 6.0), options={"write_xing": "0"}),
    ),
]


@pytest.mark.parametrize(("rule", "make"), [pytest.param(rule, make, id=name) for rule, name, make in FILES])
def test_file(workplace: Workplace, tmp_path: Path, rule: str, make: Make) -> None:
    (workplace.audio / "bad.wav").write_bytes(make(tmp_path / "made"))
    workplace.write_csv([GOOD, GOOD | {"Aufnahme": "r2", "Datei": "bad.wav"}])
    assert rules(workplace.settings()) == ["", rule]


def test_links_and_pipes(workplace: Workplace) -> None:
    (workplace.root / "secret.wav").write_bytes(quiet_copy(0.5))
    (workplace.audio / "out.wav").symlink_to(workplace.root / "secret.wav")
    (workplace.audio / "in.wav").symlink_to(workplace.audio / "b.wav")
    (workplace.audio / "b.wav").write_bytes(quiet_copy(0.4))
    (workplace.audio / "nowhere.wav").symlink_to(workplace.audio / "gone.wav")
    (workplace.audio / "up").symlink_to(workplace.root)
    os.mkfifo(workplace.audio / "pipe.wav")
    names = ["out.wav", "in.wav", "nowhere.wav", "up/secret.wav", "pipe.wav"]
    workplace.write_csv([GOOD | {"Aufnahme": name, "Datei": name} for name in names])
    assert rules(workplace.settings()) == ["path_leaves_root", "", "missing_file", "path_leaves_root", "unreadable_audio"]


def test_no_rule_is_left_untested() -> None:
    elsewhere = {"withdrawn", "unsupported_source"}  # see test_forget and tests/ingest/layouts
    assert {rule for rule, *_ in [*ROWS, *LINES, *JSON_LINES, *FILES]} == set(RULES) - elsewhere


@pytest.mark.parametrize(
    ("start", "end", "rule"), [(1.5, 0.5, "impossible_segment"), (1.5, 2.5, "impossible_segment"), (0, "later", "wrong_type")]
)
def test_segments_whose_end_is_impossible(workplace: Workplace, start: float, end: Any, rule: str) -> None:
    workplace.write_json_lines([GOOD | {"ab": start, "bis": end}])
    columns = {field: column for field, column in COLUMNS.items() if field != "duration"} | {"end": "bis"}
    assert rules(workplace.settings("rows.jsonl", columns)) == [rule]
