"""Corpora in object stores: ``s3://`` against a server on loopback. Only panvox's own file layer reaches it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import IN_PROCESS, environment, panvox, panvox_ok, refused
from tests.end_to_end.output import MAY_HOLD_TIMES, digests

BUCKET = "corpora"


@dataclass(frozen=True)
class Store:
    """An S3 server on loopback."""

    endpoint: str
    client: Any

    @property
    def environment(self) -> dict[str, str]:
        """For a command that is to find it as it would find any other."""
        return environment(
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_PROFILE=None,
        )

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
def store(monkeypatch_module: pytest.MonkeyPatch) -> Iterator[Store]:
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


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_PROFILE", raising=False)
        yield patch


def without_times(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if not name.startswith(MAY_HOLD_TIMES)}


@pytest.fixture(scope="module")
def written(store: Store, small: Path) -> str:
    """The small corpus, on this machine, run into a bucket by two worker processes."""
    out = f"s3://{BUCKET}/from-here/out"
    done = panvox_ok("run", small, "--output", out, "--direct_num_workers", "2", env=store.environment)
    assert done.lines[-1] == f"{out}: whole; open {out}/report.html"
    return out


def test_output_in_a_bucket(store: Store, written: str, small_out: Path) -> None:
    files = store.files("from-here/out")
    assert without_times(files) == digests(small_out)
    assert "corpus.json" in files
    assert [name for name in files if ".tmp-" in name] == []


def test_commands_on_a_bucket(store: Store, written: str, small_out: Path) -> None:
    env = store.environment
    panvox_ok("verify", written, env=env)
    assert panvox_ok("coverage", written, env=env).out == panvox_ok("coverage", small_out).out
    assert panvox_ok("gaps", written, env=env).out == panvox_ok("gaps", small_out).out
    assert panvox_ok("explain", written, "smp-0013", env=env).out == panvox_ok("explain", small_out, "smp-0013").out


def test_whole_bucket_is_left_alone(store: Store, written: str, small: Path) -> None:
    before = store.client.list_objects_v2(Bucket=BUCKET, Prefix="from-here/")["Contents"]
    done = panvox_ok("run", small, "--output", written, env=store.environment)
    assert done.err == f"{written}: whole and up to date\n"
    assert store.client.list_objects_v2(Bucket=BUCKET, Prefix="from-here/")["Contents"] == before


def test_altered_shard_in_a_bucket_is_found(store: Store, written: str) -> None:
    key = next(name for name in store.files("from-here/out") if name.startswith("shards/train/"))
    old = store.client.get_object(Bucket=BUCKET, Key=f"from-here/out/{key}")["Body"].read()
    new = bytearray(old)
    new[len(new) // 2] ^= 1
    store.client.put_object(Bucket=BUCKET, Key=f"from-here/out/{key}", Body=bytes(new))
    done = panvox("verify", written, env=store.environment)
    store.client.put_object(Bucket=BUCKET, Key=f"from-here/out/{key}", Body=old)
    assert done.code == 1
    assert key in done.out
    assert "Traceback" not in done.err


def test_whole_corpus_in_a_bucket(store: Store, small: Path, small_out: Path) -> None:
    """Configuration, metadata, noises and audio as well."""
    store.upload(small.parent, "there/corpus")
    config, out = f"s3://{BUCKET}/there/corpus/corpus.yaml", f"s3://{BUCKET}/there/out"
    panvox_ok("run", config, "--output", out, *IN_PROCESS, env=store.environment)
    assert without_times(store.files("there/out")) == digests(small_out)


def test_no_such_bucket(store: Store, small: Path) -> None:
    env = store.environment
    assert "nowhere" in refused(2, "run", "s3://nowhere/corpus.yaml", "--output", f"s3://{BUCKET}/x", env=env)
    assert "nowhere" in refused(1, "ingest", small, "--output", "s3://nowhere/out", env=env)
