"""The stage as a whole: nothing is lost, what shares an id or audio is settled as one process would, nothing is decoded twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.suite import Suite, load_suites
from pipelines.corpus import Corpus
from pipelines.ingest.duplicates import Claim, settle
from pipelines.ingest.record import Place
from pipelines.ingest.stage import run_ingest
from pipelines.settings import Settings
from pipelines.workers.runner import parse_options
from schemas.errors import ConfigError
from schemas.tables import MANIFEST, QUARANTINE
from tests.audio.files import sound
from tests.ingest.corpus import COLUMNS, GOOD, Workplace, quiet_copy

OPTIONS = ["--direct_running_mode=in_memory", "--direct_num_workers=1"]
ENTANGLED = [
    ("a", 1),
    ("b", 1),
    ("b", 2),
    ("a", 2),
    ("c", 2),
    ("c", 3),
    ("d", 3),
    ("d", 4),
    ("e", 5),
    ("e", 5),
    ("f", 5),
    ("g", 6),
]
"""Ids and audio, each shared with another record."""


def ingest(
    settings: Settings, out: Path, suites: list[Suite] | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """What the stage records, the manifest and the quarantine, both in the order of the records."""
    corpus = Corpus(str(out))
    result = run_ingest(settings, corpus, suites or [], parse_options(OPTIONS))
    manifest, quarantine = corpus.read_manifest(), corpus.read_quarantine()
    assert manifest.schema.equals(MANIFEST.schema())
    assert quarantine.schema.equals(QUARANTINE.schema())
    order = [("row_number", "ascending")]
    return result, manifest.sort_by([("source", "ascending"), *order]).to_pylist(), quarantine.sort_by(order).to_pylist()


@pytest.fixture
def settings(workplace: Workplace) -> Settings:
    for number in range(1, 7):
        (workplace.audio / f"{number}.wav").write_bytes(quiet_copy(number / 10))
    (workplace.audio / "cut.wav").write_bytes(sound("WAV", "PCM_16")[:-50])
    rows = [GOOD | {"Aufnahme": name, "Datei": f"{number}.wav"} for name, number in ENTANGLED]
    rows += [
        GOOD | {"Aufnahme": "x", "wer": ""},
        GOOD | {"Aufnahme": "y", "Datei": "cut.wav"},
        GOOD | {"Aufnahme": "z", "Lage": "outside"},
    ]
    workplace.write_csv(rows)
    with (workplace.root / "rows.csv").open("a") as file:
        file.write('w,"6.wav,nie zu Ende\n')
    return workplace.settings()


def test_every_record_is_accepted_or_quarantined(settings: Settings, tmp_path: Path) -> None:
    result, manifest, quarantine = ingest(settings, tmp_path / "out")
    assert result["records_read"] == len(ENTANGLED) + 4
    assert (result["accepted"], sum(result["quarantined"].values())) == (len(manifest), len(quarantine))
    assert sorted(row["row_number"] for row in [*manifest, *quarantine]) == list(range(1, len(ENTANGLED) + 5))
    rules = {row["row_number"]: (row["rule"], row["stage"], row["source"]) for row in quarantine}
    assert rules[13] == ("missing_speaker", "check", "rows.csv")
    assert rules[14] == ("truncated_audio", "audio", "rows.csv")
    assert rules[16] == ("malformed_row", "read", "rows.csv")
    assert json.loads(quarantine[-1]["record_json"]) == {"unparsed": 'w,"6.wav,nie zu Ende'}


def test_entangled_duplicates_are_settled_as_in_one_place(settings: Settings, tmp_path: Path) -> None:
    _, _, quarantine = ingest(settings, tmp_path / "out")
    claims = [Claim(Place(0, 0, row), name, str(audio)) for row, (name, audio) in enumerate(ENTANGLED, 1)]
    losses = {loss.place.row_number: loss for loss in settle(claims)}
    found = {row["row_number"]: row for row in quarantine if row["stage"] == "duplicate"}
    assert {number: row["rule"] for number, row in found.items()} == {number: loss.rule for number, loss in losses.items()}
    for number, loss in losses.items():
        assert found[number]["message"].startswith(
            f"row {loss.winner.place.row_number} of rows.csv ({loss.winner.recording_id!r}) has the same"
        )


def test_rows_are_filled(settings: Settings, tmp_path: Path) -> None:
    _, manifest, _ = ingest(settings, tmp_path / "out")
    row = next(row for row in manifest if row["recording_id"] == "z")
    assert {
        key: row[key]
        for key in ("audio", "duration_s", "sample_rate", "channels", "encoding", "accent", "condition", "condition_declared")
    } == {
        "audio": "audio/a.wav",
        "duration_s": 2.0,
        "sample_rate": 16_000,
        "channels": 1,
        "encoding": "WAV/PCM_16",
        "accent": "de-AT",
        "condition": "outside",
        "condition_declared": True,
    }
    assert {row["condition"] for row in manifest if not row["condition_declared"]} <= {"quiet", "unassigned"}
    assert all(len(row[digest]) == 64 for row in manifest for digest in ("file_sha256", "audio_sha256"))


def test_a_second_run_decodes_nothing_and_writes_the_same(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(settings, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("part-*.parquet")}

    def decode(*_: Any) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("pipelines.audio.decode.AudioFile.decode", decode)
    ingest(settings, tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("part-*.parquet")} == before


def test_an_unlike_name_is_written_as_it_stands_on_disk(workplace: Workplace, tmp_path: Path) -> None:
    (workplace.audio / "tag").mkdir()
    (workplace.audio / "tag" / "b.wav").write_bytes(quiet_copy(0.5))
    workplace.write_csv([GOOD | {"Datei": "tag\\b.wav"}])
    _, manifest, _ = ingest(workplace.settings(), tmp_path / "out")
    assert [row["audio"] for row in manifest] == ["audio/tag/b.wav"]


def test_expectations_send_rows_to_quarantine_and_free_their_id(workplace: Workplace, tmp_path: Path) -> None:
    suite = {
        "name": "ours",
        "expectations": [
            {
                "type": "expect_column_values_to_not_be_in_set",
                "kwargs": {"column": "text", "value_set": ["Nein"]},
                "severity": "warning",
                "meta": {"name": "no_refusals"},
            }
        ],
    }
    (tmp_path / "ours.json").write_text(json.dumps(suite))
    suites = [each for each in load_suites([str(tmp_path / "ours.json")], str(tmp_path)) if each.name == "ours"]
    workplace.write_csv([GOOD | {"gesagt": "Nein"}, GOOD])
    _, manifest, quarantine = ingest(workplace.settings(), tmp_path / "out", suites)
    assert [row["row_number"] for row in manifest] == [2]
    assert [(row["rule"], row["stage"]) for row in quarantine] == [("expectation:ours.no_refusals", "expectation")]


def test_corrected_records_come_in_as_a_further_source(workplace: Workplace, tmp_path: Path) -> None:
    workplace.write_csv([GOOD | {"Aufnahme": "1"}, GOOD | {"Aufnahme": "2", "wer": "", "ab": "0.5"}])
    first = workplace.settings()
    _, _, rejected = ingest(first, tmp_path / "out")
    assert len(rejected) == 1
    fixed = rejected[0] | {"record_json": rejected[0]["record_json"].replace('"wer":""', '"wer":"s2"')}
    pq.write_table(pa.Table.from_pylist([fixed]), workplace.root / "fixed.parquet")
    config = json.loads((workplace.root / "corpus.yaml").read_text())
    config["sources"].append({"layout": "quarantine", "metadata": "fixed.parquet", "audio_root": "audio", "columns": COLUMNS})
    (workplace.root / "corpus.yaml").write_text(json.dumps(config))
    from pipelines.settings import load_settings

    result, manifest, quarantine = ingest(load_settings(first.location), tmp_path / "again")
    assert (result["records_read"], len(manifest), len(quarantine)) == (3, 2, 1)
    assert [(row["recording_id"], row["speaker_id"], row["source"]) for row in manifest] == [("1", "s1", 0), ("2", "s2", 1)]


def test_a_bank_without_a_usable_file_is_the_configurations_fault(workplace: Workplace, tmp_path: Path) -> None:
    workplace.write_csv([GOOD])
    workplace.settings()
    (workplace.root / "noise.wav").write_bytes(b"no sound")
    config = json.loads((workplace.root / "corpus.yaml").read_text()) | {"noises": {"street": {"files": "noise.wav"}}}
    (workplace.root / "corpus.yaml").write_text(json.dumps(config))
    from pipelines.settings import load_settings

    with pytest.raises(ConfigError, match=r"noise 'street' has no usable file: noise\.wav: unreadable_audio"):
        ingest(load_settings(str(workplace.root / "corpus.yaml")), tmp_path / "out")


def test_a_metadata_file_that_breaks_off_ends_the_run(workplace: Workplace, tmp_path: Path) -> None:
    import gzip

    rows = ",".join(GOOD) + "\n" + "".join(f"r{number},a.wav,Tag {number},s,,,,\n" for number in range(50_000))
    (workplace.root / "rows.csv.gz").write_bytes(gzip.compress(rows.encode())[:-5000])
    with pytest.raises(ConfigError, match=r"rows\.csv\.gz:\d+: cannot be read"):
        ingest(workplace.settings("rows.csv.gz"), tmp_path / "out")
