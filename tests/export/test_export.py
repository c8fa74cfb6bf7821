"""Exports of corpora whose ids, speakers and words are the strangest that there may be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
import pytest
import soundfile
from huggingface_hub import metadata_load

from pipelines.corpus import Corpus
from pipelines.export import run
from pipelines.export.kaldi import utterance_key
from pipelines.export.run import TARGETS, export
from pipelines.export.source import Length, Part
from pipelines.export.target import Export
from pipelines.people.withdrawn import Withdrawn, write_withdrawn
from schemas.errors import ConfigError, PanvoxError
from tests.end_to_end.output import digests, half_written, identities
from tests.export.corpora import expected, row, strange, write_whole
from tests.export.readers import READERS, read_kaldi, table


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return strange(tmp_path_factory.mktemp("strange") / "out")


@pytest.mark.parametrize("form", READERS)
def test_every_row_is_there_as_it_was(whole: Path, tmp_path: Path, form: str) -> None:
    lengths = export(str(whole), form, str(tmp_path / "to"))
    assert list(lengths) == ["train", "test"]
    for split, length in lengths.items():
        rows = expected(whole, split)
        assert READERS[form](tmp_path / "to", split) == rows
        assert length == Length(len(rows), pytest.approx(sum(samples for _, _, samples, _ in rows.values()) / 16000))
    assert not (tmp_path / "to" / "dev").exists()


def test_names_and_languages_of_the_repository_stay_text(tmp_path: Path) -> None:
    """The Hub reads YAML 1.1, in which these would be true, false and a number."""
    licences = ["CC BY 4.0", "CC-BY-4.0", "our own", "GPL-3.0-only", "CC-BY-SA-3.0-US", None]
    rows = [row(f"x{number}", language="no-NO", licence=licence) for number, licence in enumerate(licences)]
    out = write_whole(tmp_path / "out", {"train/on-train-v001-00000-of-00001.parquet": rows})
    (out / "corpus.json").write_text(json.dumps(json.loads((out / "corpus.json").read_text()) | {"name": "on"}))
    languages = ["no-NO", "en", "no", "en_GB", "en US", "x-klingon", "English"]
    (out / "croissant.json").write_text(json.dumps({"inLanguage": languages}))
    export(str(out), "huggingface", str(tmp_path / "to"))
    told = metadata_load(tmp_path / "to" / "README.md")
    assert (told["pretty_name"], told["language"]) == ("on", ["en", "no"])
    assert told["license"] == ["cc-by-4.0", "gpl-3.0", "other", "unknown"]
    assert told["configs"][0]["data_files"] == [{"split": "train", "path": "data/train-*.parquet"}]
    assert told["dataset_info"]["features"][1] == {"name": "audio", "dtype": {"audio": {"sampling_rate": 16000}}}


def test_kaldi_finds_every_row(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export(str(whole), "kaldi", str(tmp_path / "to"))
    for split in ("train", "test"):
        rows = {
            utterance_key(speaker, each): (" ".join((text or "").split()), samples)
            for each, (speaker, text, samples, _) in expected(whole, split).items()
        }
        found = {key: (text, samples) for key, _, text, samples in read_kaldi(tmp_path / "to" / split)}
        assert found == rows
    assert set(table(tmp_path / "to" / "train" / "spk2gender").values()) == {"f"}
    assert not {"spk2gender", "utt2lang"} & {file.name for file in (tmp_path / "to" / "test").iterdir()}
    told = capsys.readouterr().err
    assert "test/spk2gender is left out" in told
    assert "test/utt2lang is left out" in told


def test_kaldi_unpacks_the_very_samples(whole: Path, tmp_path: Path) -> None:
    export(str(whole), "kaldi", str(tmp_path / "to"), ["test"])
    shard = next((whole / "shards" / "test").iterdir())
    first = pq.read_table(shard, columns=["audio"])["audio"][0].as_py()["bytes"]
    (tmp_path / "x.flac").write_bytes(first)
    unpacked = soundfile.read(tmp_path / "to/test/wav/00000/t=2F1.wav", dtype="int16")[0]
    assert (soundfile.read(tmp_path / "x.flac", dtype="int16")[0] == unpacked).all()


@pytest.mark.parametrize("form", TARGETS)
def test_stopped_anywhere_it_goes_on_to_the_same_bytes(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    there = tmp_path / "to"  # Kaldi's files name their place
    export(str(whole), form, str(there))
    whole_digests = digests(there)
    there.rename(tmp_path / "uninterrupted")
    write, parts = TARGETS[form].write, 0

    def stop_at(last: int) -> Callable[[Export, Part, IO[bytes]], None]:
        def stopping(work: Export, part: Part, shard: IO[bytes]) -> None:
            nonlocal parts
            parts += 1
            if parts == last:
                (there / "train" / ".tmp-1").mkdir(parents=True)
                (there / "train" / ".tmp-1" / "half.wav").touch()
                (there / f".tmp-1-{part.index}").touch()
                raise KeyboardInterrupt
            write(work, part, shard)

        return stopping

    kept: dict[str, tuple[int, int, int]] = {}
    for last in (1, 2, 3):
        parts = 0
        monkeypatch.setitem(TARGETS, form, replace(TARGETS[form], write=stop_at(last)))
        with pytest.raises(KeyboardInterrupt):
            export(str(whole), form, str(there))
        now = identities(there)
        assert kept.items() <= {name: now[name] for name in kept}.items()
        kept = {name: identity for name, identity in now.items() if re.search(r"[._/-]\d+[./-]", name) and ".tmp-" not in name}
    monkeypatch.undo()
    export(str(whole), form, str(there))
    assert digests(there) == whole_digests
    assert half_written(there) == []
    now = identities(there)
    assert {name: now[name] for name in kept} == kept
    export(str(whole), form, str(there))
    assert digests(there) == whole_digests


def test_splits_can_follow_one_another(whole: Path, tmp_path: Path) -> None:
    for split in ("test", "train"):
        assert list(export(str(whole), "huggingface", str(tmp_path / "one"), [split])) == [split]
    export(str(whole), "huggingface", str(tmp_path / "both"))
    assert digests(tmp_path / "one") == digests(tmp_path / "both")


def test_what_cannot_be_is_refused(whole: Path, tmp_path: Path) -> None:
    there, link = tmp_path / "to", tmp_path / "link"
    link.symlink_to(whole)
    for arguments, told in (
        ((str(whole), "khaldi", str(there)), "--to khaldi: there is no such form; did you mean 'kaldi'?"),
        ((str(whole), "kaldi", str(there), ["trian"]), "--split trian: there is no such split; expected train, dev, test"),
        ((str(whole), "kaldi", str(there), ["dev"]), f"--split dev: {whole} has no rows in it"),
        ((str(whole), "kaldi", "s3://bucket/x"), "--output s3://bucket/x: kaldi names its files by their path on disk"),
        ((str(whole), "webdataset", str(whole / "wds")), "lies in the corpus itself"),
        ((str(whole), "webdataset", str(link / "wds")), "lies in the corpus itself"),
        ((str(tmp_path / "nothing"), "webdataset", str(there)), "no corpus here"),
    ):
        with pytest.raises(ConfigError) as caught:
            export(*arguments)  # type: ignore[arg-type]
        assert told in str(caught.value)
    assert not there.exists()


def test_who_is_to_be_forgotten_is_not_exported(tmp_path: Path) -> None:
    out = write_whole(tmp_path / "out", {"train/demo-train-v001-00000-of-00001.parquet": [row("x")]})
    listed = Withdrawn(key="00" * 32, speakers=("somebody",))
    write_withdrawn(Corpus(str(out)), listed)
    with pytest.raises(ConfigError, match="holds people who are to be forgotten; 'panvox run' writes the version without them"):
        export(str(out), "webdataset", str(tmp_path / "to"))
    whole = json.loads((out / "corpus.json").read_text())
    (out / "corpus.json").write_text(json.dumps(whole | {"inputs": listed.inputs()}))
    assert export(str(out), "webdataset", str(tmp_path / "to")).keys() == {"train"}


def test_what_is_there_is_never_mixed_with(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    for name in ("mine", "file"):
        with pytest.raises(ConfigError, match="something is there already that is no export of panvox"):
            export(str(whole), "webdataset", str(tmp_path / name))
    export(str(whole), "webdataset", str(tmp_path / "to"))
    with pytest.raises(ConfigError, match="holds an export of another format; choose another directory"):
        export(str(whole), "nemo-tar", str(tmp_path / "to"))
    other = write_whole(tmp_path / "other", {"train/demo-train-v001-00000-of-00001.parquet": [row("x")]})
    with pytest.raises(ConfigError, match="holds an export of another shards_sha256"):
        export(str(other), "webdataset", str(tmp_path / "to"))


def test_a_damaged_or_missing_shard_is_named_before_it_is_written(tmp_path: Path) -> None:
    names = [f"train/demo-train-v001-{index:05d}-of-00002.parquet" for index in range(2)]
    out = write_whole(tmp_path / "out", {name: [row(name)] for name in names})
    damaged = out / "shards" / names[1]
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(PanvoxError) as caught:
        export(str(out), "webdataset", str(tmp_path / "to"))
    assert str(caught.value).startswith(f"{damaged}: is damaged: its SHA-256 is not the one in corpus.json")
    damaged.unlink()
    with pytest.raises(PanvoxError) as caught:
        export(str(out), "webdataset", str(tmp_path / "to"))
    assert str(caught.value).startswith(f"{damaged}: is missing, but corpus.json lists it")
    assert sorted(identities(tmp_path / "to")) == [run.NOTE, "train/train-000000.tar"]


@pytest.mark.parametrize(
    ("words", "gender"),
    [
        (("male", "Male", None), "m"),
        (("male", "nonbinary"), None),
        (("nonbinary", "male"), None),
        (("male", "female"), None),
        ((None, None), None),
    ],
)
def test_kaldi_has_a_gender_only_where_nothing_else_was_reported(
    tmp_path: Path, words: tuple[str | None, ...], gender: str | None
) -> None:
    rows = [row(str(number), "train", "p", gender=word) for number, word in enumerate(words)]
    out = write_whole(tmp_path / "out", {"train/demo-train-v001-00000-of-00001.parquet": rows})
    export(str(out), "kaldi", str(tmp_path / "to"))
    told = tmp_path / "to" / "train" / "spk2gender"
    assert (table(told) if told.exists() else None) == (None if gender is None else {"p": gender})
