"""Corpora in object stores: ``s3://`` and ``gs://`` on loopback, found as a user's commands would find the real ones."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyarrow import fs

from tests.end_to_end.command import IN_PROCESS, Done, environment, panvox_ok, side_by_side
from tests.end_to_end.output import MAY_HOLD_TIMES, digests
from tests.end_to_end.prepared import Prepared

BUCKET = "corpora"


@dataclass(frozen=True)
class Store:
    """An S3 server on loopback."""

    endpoint: str
    client: Any

    @property
    def variables(self) -> dict[str, str]:
        """By which commands find it, as they would find any other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def environment(self) -> dict[str, str]:
        return environment(**self.variables)

    def files(self, prefix: str) -> dict[str, str]:
        """SHA-256 of every file under a prefix, by the rest of its name."""
        found = {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{prefix}/"):
            for entry in page.get("Contents", ()):
                if not entry["Key"].endswith("/"):
                    body = self.client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
                    found[entry["Key"].removeprefix(f"{prefix}/")] = hashlib.sha256(body).hexdigest()
        return found

    def upload(self, directory: Path, prefix: str) -> None:
        """Copy a directory."""
        for file in directory.rglob("*"):
            if file.is_file():
                self.client.put_object(
                    Bucket=BUCKET, Key=f"{prefix}/{file.relative_to(directory).as_posix()}", Body=file.read_bytes()
                )


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    boto3 = pytest.importorskip("boto3", reason="boto3, which comes with moto, is not installed")
    server_of = pytest.importorskip("moto.server", reason="moto[server] is not installed").ThreadedMotoServer
    server = server_of(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket=BUCKET)
    yield Store(endpoint, client)
    server.stop()


def without_times(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if not name.startswith(MAY_HOLD_TIMES)}


@pytest.fixture(scope="module")
def gcs() -> Iterator[str]:
    """The address of a server of Google's API."""
    command = [sys.executable, "-m", "tests.end_to_end.fake_gcs", BUCKET]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


OUT = f"s3://{BUCKET}/from-here/out"
S3 = f"s3://{BUCKET}/there"
GS = f"gs://{BUCKET}/there"


@pytest.fixture(scope="module")
def google(gcs: str) -> fs.FileSystem:
    return fs.GcsFileSystem(anonymous=True, scheme="http", endpoint_override=gcs.removeprefix("http://"))


@pytest.fixture(scope="module")
def runs(store: Store, gcs: str, google: fs.FileSystem, small: Path, prepared: Prepared) -> list[Done]:
    """The small corpus, on this machine, run into a bucket by a worker process; and in buckets altogether."""
    store.upload(small.parent, "there/corpus")
    for file in small.parent.rglob("*"):
        if file.is_file():
            with google.open_output_stream(f"{BUCKET}/there/corpus/{file.relative_to(small.parent).as_posix()}") as stream:
                stream.write(file.read_bytes())
    return side_by_side(
        lambda: panvox_ok("run", small, "--output", OUT, "--direct_num_workers", "1", env=store.environment),
        lambda: prepared.ok("run", f"{S3}/corpus/corpus.yaml", "--output", f"{S3}/out", *IN_PROCESS, **store.variables),
        lambda: prepared.ok("run", f"{GS}/corpus/corpus.yaml", "--output", f"{GS}/out", *IN_PROCESS, STORAGE_EMULATOR_HOST=gcs),
    )


def test_output_in_a_bucket(store: Store, runs: list[Done], small_out: Path) -> None:
    assert runs[0].lines[-1] == f"{OUT}: whole; open {OUT}/report.html"
    files = store.files("from-here/out")
    assert without_times(files) == digests(small_out)
    assert "corpus.json" in files
    assert [name for name in files if ".tmp-" in name] == []


def test_whole_corpus_in_a_bucket(store: Store, runs: list[Done], small_out: Path) -> None:
    """Configuration, metadata, noises and audio as well."""
    assert runs[1].code == 0
    assert without_times(store.files("there/out")) == digests(small_out)


def test_whole_corpus_in_google_cloud_storage(
    gcs: str, google: fs.FileSystem, runs: list[Done], small_out: Path, prepared: Prepared
) -> None:
    assert runs[2].code == 0
    found = {}
    for info in google.get_file_info(fs.FileSelector(f"{BUCKET}/there/out", recursive=True)):
        if info.type == fs.FileType.File:
            with google.open_input_stream(info.path) as stream:
                found[info.path.removeprefix(f"{BUCKET}/there/out/")] = hashlib.sha256(stream.read()).hexdigest()
    assert "corpus.json" in found
    assert without_times(found) == digests(small_out)
    done = prepared("verify", f"{GS}/out", STORAGE_EMULATOR_HOST=gcs)
    assert done.code == 0, done.out + done.err


def test_commands_on_a_bucket(store: Store, runs: list[Done], small_out: Path, prepared: Prepared) -> None:
    variables = store.variables
    assert prepared("verify", OUT, **variables).code == 0
    for command in (("coverage",), ("gaps",), ("explain", "smp-0013")):
        there, here = (prepared(command[0], out, *command[1:], **variables) for out in (OUT, small_out))
        assert (there.code, there.err) == (0, "")
        assert there.out == here.out


def test_exports_to_a_bucket_and_from_one(
    store: Store, runs: list[Done], small_out: Path, tmp_path: Path, prepared: Prepared
) -> None:
    here = tmp_path / "here"
    assert prepared("export", small_out, "--to", "nemo-tar", "--output", here).code == 0
    for out, there in ((small_out, "exported/to"), (OUT, "exported/over")):
        command = ("export", out, "--to", "nemo-tar", "--output", f"s3://{BUCKET}/{there}")
        for _ in range(2):
            done = prepared(*command, **store.variables)
            assert (done.code, done.err) == (0, "")
        assert store.files(there) == digests(here)
    done = prepared("export", OUT, "--to", "kaldi", "--output", f"s3://{BUCKET}/x", **store.variables)
    assert done.code == 2
    assert "so it needs a local directory" in done.err


def test_whole_bucket_is_left_alone(store: Store, runs: list[Done], small: Path, prepared: Prepared) -> None:
    before = store.client.list_objects_v2(Bucket=BUCKET, Prefix="from-here/")["Contents"]
    assert prepared("run", small, "--output", OUT, **store.variables) == Done(0, "", f"{OUT}: whole and up to date\n")
    assert store.client.list_objects_v2(Bucket=BUCKET, Prefix="from-here/")["Contents"] == before


def test_altered_shard_in_a_bucket_is_found(store: Store, runs: list[Done], prepared: Prepared) -> None:
    key = next(name for name in store.files("from-here/out") if name.startswith("shards/train/"))
    old = store.client.get_object(Bucket=BUCKET, Key=f"from-here/out/{key}")["Body"].read()
    new = bytearray(old)
    new[len(new) // 2] ^= 1
    store.client.put_object(Bucket=BUCKET, Key=f"from-here/out/{key}", Body=bytes(new))
    done = prepared("verify", OUT, **store.variables)
    store.client.put_object(Bucket=BUCKET, Key=f"from-here/out/{key}", Body=old)
    assert done.code == 1
    assert key in done.out
    assert "Traceback" not in done.err


def test_no_such_bucket(store: Store, small: Path, prepared: Prepared) -> None:
    for code, config, out in ((2, "s3://nowhere/corpus.yaml", f"s3://{BUCKET}/x"), (1, small, "s3://nowhere/out")):
        done = prepared("ingest", config, "--output", out, **store.variables)
        assert (done.code, done.out) == (code, "")
        assert done.err.startswith("panvox: ")
        assert len(done.lines) == 1
        assert "nowhere" in done.err
