"""Pseudonyms, and lists of who withdrew: no id and no key in any file, and the same people known by either name."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from pipelines.people.pseudonyms import Pseudonyms
from tests.end_to_end.command import IN_PROCESS, message_of
from tests.end_to_end.corpora import SPEAKERS, write_rows
from tests.end_to_end.output import read_all, read_json
from tests.end_to_end.prepared import Prepared
from tests.end_to_end.test_forget import traces

KEY = "correct horse battery staple, and thirty-two more"
HIDDEN = Pseudonyms(KEY.encode())


def changed(config: Path, **settings: object) -> Path:
    """The configuration with other settings."""
    yaml = YAML(typ="safe", pure=True)
    known = yaml.load(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(known | settings), encoding="utf-8")
    return config


def name_no_one(corpus: Path) -> None:
    """Give the audio files names without their speakers', which stand in the column of the speakers alone then."""
    with (corpus / "recordings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        audio = corpus / "audio" / row["file"]
        row["file"], row["source"] = f"{row['id']}{audio.suffix}", row["speaker"]
        if audio.exists():
            audio.rename(audio.with_name(row["file"]))
    write_rows(corpus / "recordings.csv", rows)


@pytest.fixture(scope="module")
def hidden(small: Path, tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> tuple[Path, Path]:
    directory = tmp_path_factory.mktemp("hidden")
    config = Path(shutil.copytree(small.parent, directory / "corpus"), "corpus.yaml")
    (config.parent / "pinned.txt").write_text(f"af_heart\n{HIDDEN.of('bm_george')}\n")
    (config.parent / "gone.txt").write_text("am_michael\nsmp-0001\n")
    name_no_one(config.parent)
    with (config.parent / "recordings.csv").open("ab") as file:
        file.write(b'x,"af_heart\r\n')
    changed(
        config,
        pseudonyms={"key_env": "PANVOX_KEY"},
        evaluation={"pinned": {"test": "pinned.txt"}},
        policy={"withdrawn": "gone.txt"},
    )
    prepared.ok("run", config, "--output", directory / "out", *IN_PROCESS, PANVOX_KEY=KEY)
    return config, directory / "out"


def test_no_id_and_no_key_is_written(hidden: tuple[Path, Path]) -> None:
    _, out = hidden
    assert traces(out, {KEY, *SPEAKERS}) == []
    speakers = {row["speaker_id"] for row in read_all(out / "manifest")}
    assert speakers == {HIDDEN.of(each) for each in SPEAKERS if each != "am_michael"}
    assert HIDDEN.of("am_michael") not in repr(read_all(out / "quarantine"))
    assert read_json(out / "corpus.json")["ledger"]["named"] == 0


def test_pins_are_known_by_either_name(hidden: tuple[Path, Path]) -> None:
    rows = pq.read_table(hidden[1] / "plan" / "assignments.parquet").to_pylist()
    split = {row["key"]: row["split"] for row in rows if row["kind"] == "speaker"}
    assert split[HIDDEN.of("af_heart")] == split[HIDDEN.of("bm_george")] == "test"


def test_the_withdrawn_are_counted_and_nothing_of_them_is_kept(hidden: tuple[Path, Path], prepared: Prepared) -> None:
    _, out = hidden
    whole = read_json(out / "corpus.json")
    refused = [row for row in read_all(out / "quarantine") if row["rule"] == "withdrawn"]
    assert len(refused) == whole["ledger"]["quarantined"]["withdrawn"] > 1
    assert {(row["record_json"], row["stage"]) for row in refused} == {("{}", "policy")}
    assert "smp-0001" not in {row["recording_id"] for row in read_all(out / "manifest")}
    assert prepared("verify", out).code == 0


def test_another_key_or_none_is_refused(hidden: tuple[Path, Path], prepared: Prepared) -> None:
    config, out = hidden
    told = message_of(prepared("run", config, "--output", out, PANVOX_KEY=KEY[::-1]), 2)
    assert "speakers' ids were hidden under another key" in told
    told = message_of(prepared("run", config, "--output", out, PANVOX_KEY=None), 2)
    assert told.startswith(f"{config}:1: pseudonyms.key_env: the environment variable PANVOX_KEY is not set")


def test_who_withdraws_later_is_struck(hidden: tuple[Path, Path], tmp_path: Path, prepared: Prepared) -> None:
    config = Path(shutil.copytree(hidden[0].parent, tmp_path / "corpus"), "corpus.yaml")
    out = shutil.copytree(hidden[1], tmp_path / "out")
    assert prepared("forget", out, "--speaker", "bf_emma", PANVOX_KEY=KEY).code == 0
    recording = next(row["recording_id"] for row in read_all(out / "manifest") if row["speaker_id"] == HIDDEN.of("bm_daniel"))
    with (config.parent / "gone.txt").open("a") as file:
        file.write(f"{HIDDEN.of('af_bella')}\n{recording}\n")
    prepared.ok("run", config, "--output", out, *IN_PROCESS, PANVOX_KEY=KEY)
    assert read_json(out / "corpus.json")["version"] == 2
    gone = {HIDDEN.of(each) for each in ("bf_emma", "af_bella", "am_michael")} | {recording}
    assert traces(out, gone | {KEY, *SPEAKERS}) == []
    assert prepared("verify", out).code == 0


def test_published_files_give_away_no_number_of_few_people(
    small_out: Path, small: Path, tmp_path: Path, prepared: Prepared
) -> None:
    config = Path(shutil.copytree(small.parent, tmp_path / "corpus"), "corpus.yaml")
    out = tmp_path / "out"
    prepared.ok("run", changed(config, publish={"min_speakers": 3}), "--output", out, *IN_PROCESS)
    known = pq.read_table(out / "coverage" / "coverage.parquet").to_pylist()
    cells = {(row["accent"], row["condition"]): row for row in known if row["split"] == row["origin"] == "*"}
    few = {place for place, row in cells.items() if 0 < row["speakers"] < 3 and "*" not in place}
    assert few
    for measure in ("utterances", "hours", "speakers"):
        with (out / "coverage" / f"{measure}.csv").open(newline="") as file:
            head, *rows = csv.reader(file)
        shown = {(row[0], condition): value for row in rows for condition, value in zip(head[1:], row[1:], strict=True)}
        assert {shown[place] for place in few} == {"x"}
        assert {shown[place] for place, row in cells.items() if "*" not in place and not row["utterances"]} <= {
            "0",
            "0.000000",
            "x",
        }
    report, card = ((out / name).read_text(encoding="utf-8") for name in ("report.html", "card.md"))
    for told in (report, card):
        assert "fewer than 3 speakers" in told
        assert "smp-0" not in told
    assert "data:audio" not in report
    described = read_json(out / "croissant.json")
    assert described["rai:dataLimitations"][0].startswith("Numbers of fewer than 3 speakers are withheld")
    for told in (card, json.dumps(described)):
        assert "A voice can identify its speaker." in told
        assert "refused (" not in told  # how many records of somebody were
    assert not list((out / "coverage").glob("*.png"))
    assert prepared("verify", out).code == 0
    rows = read_all(out / "manifest")
    for command in (("coverage",), ("coverage", "--by", "accent,gender"), ("gaps",), ("combinations",)):
        assert "internal: nothing is withheld here" in prepared(command[0], out, *command[1:]).out
    assert "internal: nothing is withheld here" in prepared("explain", out, rows[0]["recording_id"]).out
    shutil.rmtree(out / ".work")  # which is no part of a corpus that is given on
    for command in ("coverage", "gaps", "combinations"):
        assert "internal: nothing is withheld here" in prepared(command, out).out
    # Records refused by one rule are often one person's: no table counts them.
    assert "records refused" not in (out / "croissant.json").read_text(encoding="utf-8")
