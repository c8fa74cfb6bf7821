"""What panvox exports, read by the libraries it is for: the same rows, lengths and transcripts, and the same samples."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipelines.export.kaldi import utterance_key
from pipelines.export.run import TARGETS, export
from tests.export.corpora import expected, strange

pytestmark = pytest.mark.peers
REASON = "run by make test-peers"
SPLITS = ("train", "test")


@pytest.fixture(scope="module", params=["small", "strange"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus, and one of ids that neither files nor keys can hold."""
    if request.param == "small":
        return Path(request.getfixturevalue("small_out"))
    return strange(tmp_path_factory.mktemp("strange") / "out")


@pytest.fixture(scope="module")
def exports(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("exports")
    for form in TARGETS:
        export(str(whole), form, str(directory / form))
    return directory


def rows(whole: Path, split: str) -> dict[str, tuple[Any, ...]]:
    """Speaker, transcript and samples by id."""
    return {each: row[:3] for each, row in expected(whole, split).items()}


@pytest.mark.parametrize("split", SPLITS)
def test_lhotse_shar(whole: Path, exports: Path, split: str) -> None:
    lhotse = pytest.importorskip("lhotse", reason=REASON)
    found = {}
    for cut in lhotse.CutSet.from_shar(in_dir=exports / "lhotse-shar" / split):
        (said,) = cut.supervisions
        assert said.duration == cut.duration
        found[cut.custom["id"]] = (said.speaker, said.text, cut.load_audio().shape[1])
    assert found == rows(whole, split)


@pytest.mark.parametrize("split", SPLITS)
def test_lhotse_reads_the_kaldi_directory(whole: Path, exports: Path, split: str) -> None:
    kaldi = pytest.importorskip("lhotse.kaldi", reason=REASON)
    recordings, supervisions, _ = kaldi.load_kaldi_data_dir(exports / "kaldi" / split, sampling_rate=16000)
    assert all(recording.load_audio().shape[1] == recording.num_samples for recording in recordings)
    lengths = {recording.id: recording.num_samples for recording in recordings}
    found = Counter((each.id, each.text, lengths[each.recording_id], round(each.duration * 16000)) for each in supervisions)
    wanted = rows(whole, split).items()
    assert found == Counter(
        (utterance_key(speaker, each), " ".join((text or "").split()), samples, samples)
        for each, (speaker, text, samples) in wanted
    )


@pytest.mark.parametrize("split", SPLITS)
def test_webdataset(whole: Path, exports: Path, split: str) -> None:
    webdataset = pytest.importorskip("webdataset", reason=REASON)
    found = {}
    shards = sorted(map(str, (exports / "webdataset" / split).glob("*.tar")))
    for sample in webdataset.WebDataset(shards, shardshuffle=False).to_tuple("flac", "txt", "json"):
        audio, text, told = sample
        row = json.loads(told)
        assert text.decode() == (row["text"] or "")
        found[row["id"]] = (row["speaker_id"], row["text"], soundfile.info(io.BytesIO(audio)).frames)
    assert found == rows(whole, split)


@pytest.mark.parametrize("split", SPLITS)
def test_webdataset_reads_nemo_s_tar_files(whole: Path, exports: Path, split: str) -> None:
    """As NeMo does: the key before the ending is looked up in the manifest, in which no name may look like a segment's."""
    webdataset = pytest.importorskip("webdataset", reason=REASON)
    directory = exports / "nemo-tar" / split
    manifest = [json.loads(line) for line in (directory / "tarred_audio_manifest.json").read_bytes().splitlines()]
    lines = {line["audio_filepath"].removesuffix(".flac"): line for line in manifest}
    found = {}
    for sample in webdataset.WebDataset(sorted(map(str, directory.glob("*.tar"))), shardshuffle=False):
        line = lines[sample["__key__"]]
        assert sample["__url__"].endswith(f"/audio_{line['shard_id']}.tar")
        frames = soundfile.info(io.BytesIO(sample["flac"])).frames
        assert round(line["duration"] * 16000) == frames
        found[line["id"]] = (line["speaker_id"], line.get("text"), frames)
    assert found == rows(whole, split)


def test_datasets(whole: Path, exports: Path, tmp_path: Path) -> None:
    """The repository as it is: its card names the splits and the features."""
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    corpus = datasets.load_dataset(str(exports / "huggingface"), cache_dir=str(tmp_path))
    for split in corpus:
        assert corpus[split].features["audio"] == datasets.Audio(sampling_rate=16000)
        found = {}
        for row in corpus[split].cast_column("audio", datasets.Audio(decode=False)):
            digest = hashlib.sha256(row["audio"]["bytes"]).hexdigest()
            found[row["id"]] = (row["speaker_id"], row["text"], round(row["duration"] * 16000), digest)
        assert found == expected(whole, split)
    assert set(corpus) >= set(SPLITS)


def test_mlcroissant(small_out: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason=REASON)
    command = [sys.executable, "-m", "mlcroissant.scripts.validate", "--jsonld", small_out / "croissant.json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    corpus = mlcroissant.Dataset(jsonld=str(small_out / "croissant.json"))
    assert not corpus.metadata.ctx.issues.errors
    warnings = corpus.metadata.ctx.issues.warnings
    # How it is cited and when it was published only people know; and the small corpus names no licence.
    assert {warning.partition('Property "')[2].partition('"')[0].rpartition("/")[2] for warning in warnings} == {
        "citeAs",
        "datePublished",
        "license",
    }
    for split in ("train", "dev", "test"):
        found = {}
        for row in corpus.records("utterances", filters={"utterances/split": split}):
            audio = row["utterances/audio"]
            said = (row["utterances/speaker_id"].decode(), row["utterances/text"].decode())
            frames = soundfile.info(io.BytesIO(audio)).frames
            found[row["utterances/id"].decode()] = (*said, frames, hashlib.sha256(audio).hexdigest())
        assert found == expected(small_out, split)
        corpus = mlcroissant.Dataset(jsonld=str(small_out / "croissant.json"))  # a filter stays with it
