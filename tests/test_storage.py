"""One file layer: the same calls do the same on a local disk and in an object store."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import storage
from schemas.errors import ConfigError

BUCKET = "panvox-test"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an object store of our own, with one bucket."""
    server = pytest.importorskip("moto.server", reason="moto, a development dependency, stands in for S3")
    import boto3

    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for key, value in (environment | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
            patch.setenv(key, value)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        storage._remote_filesystem.cache_clear()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}"
    storage._remote_filesystem.cache_clear()
    running.stop()


@pytest.fixture(params=["local", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty directory."""
    if request.param == "local":
        return str(tmp_path)
    return f"{request.getfixturevalue('s3')}/{uuid.uuid4().hex}"


def fill(root: str, *names: str) -> None:
    for name in names:
        storage.write_text(storage.join(root, name), name)


def names(root: str, found: list[str]) -> list[str]:
    return [storage.relative(location, root) for location in found]


class TestFiles:
    def test_come_back_as_they_were_written(self, root: str) -> None:
        location = storage.join(root, "a", "b", "ü.bin")
        data = os.urandom(3 << 20)
        storage.write_bytes(location, data)
        assert storage.read_bytes(location) == data
        assert storage.size(location) == len(data)
        with storage.open_input(location) as file:
            file.seek(-5, os.SEEK_END)
            assert (file.read(), file.tell()) == (data[-5:], len(data))
            file.seek(1000)
            assert file.read(10) == data[1000:1010]

    def test_are_replaced_whole(self, root: str) -> None:
        location = storage.join(root, "a.txt")
        for text in ("first", "second, longer", "3"):
            storage.write_text(location, text)
            assert storage.read_bytes(location) == text.encode()
        assert names(root, storage.list_files(root)) == ["a.txt"]

    def test_that_fail_leave_nothing(self, root: str) -> None:
        location = storage.join(root, "a.txt")
        storage.write_text(location, "old")

        with pytest.raises(ZeroDivisionError), storage.atomic_output(location) as file:
            file.write(b"half" * (1 // file.write(b"")))
        assert storage.read_bytes(location) == b"old"
        assert names(root, storage.list_files(root, recursive=True)) == ["a.txt"]

    @pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 100_000])
    def test_are_read_whole_whether_small_or_not(self, root: str, size: int) -> None:
        location = storage.join(root, "a.txt")
        data = os.urandom(size)
        storage.write_bytes(location, data)
        assert storage.read_small(location) == data

    def test_that_are_missing(self, root: str) -> None:
        missing = storage.join(root, "none")
        assert (storage.kind(missing), storage.exists(missing)) == (None, False)
        for call in (storage.read_bytes, storage.read_small, storage.size):
            with pytest.raises(FileNotFoundError):
                call(missing)
        storage.remove(missing)
        assert storage.list_files(missing) == storage.list_files(missing, recursive=True) == storage.list_names(missing) == []

    def test_are_removed(self, root: str) -> None:
        fill(root, "a", "b")
        storage.remove(storage.join(root, "a"))
        assert names(root, storage.list_files(root)) == ["b"]

    def test_kinds(self, root: str) -> None:
        fill(root, "a/b")
        assert storage.kind(storage.join(root, "a")) == "directory"
        assert storage.kind(storage.join(root, "a", "b")) == "file"
        assert storage.kind(storage.join(root, "a", "")) == "directory"

    def test_are_listed(self, root: str) -> None:
        fill(root, "b.csv", "a.csv", "c.txt", "d/e.csv")
        assert names(root, storage.list_files(root)) == ["a.csv", "b.csv", "c.txt"]
        assert names(root, storage.list_files(root, "*.csv")) == ["a.csv", "b.csv"]
        assert names(root, storage.list_files(root, "*.csv", recursive=True)) == ["a.csv", "b.csv", "d/e.csv"]
        assert [(storage.relative(file, root), size) for file, size in storage.list_sizes(root)] == [
            ("a.csv", 5),
            ("b.csv", 5),
            ("c.txt", 5),
            ("d/e.csv", 7),
        ]

    def test_directories_beside_them_are_listed(self, root: str) -> None:
        fill(root, "b/x", "A/y/z", "c.txt")
        assert names(root, storage.list_directories(root)) == ["A", "b"]
        assert storage.list_directories(storage.join(root, "none")) == []

    def test_that_are_being_written_are_not_listed(self, root: str) -> None:
        fill(root, "a.csv", storage.TEMPORARY + "1-b.csv")
        assert names(root, storage.list_files(root)) == ["a.csv"]

    def test_that_macos_writes_beside_others_are_not_listed(self, root: str) -> None:
        fill(root, "d/a.csv", "d/._a.csv")
        assert names(root, storage.list_files(root, recursive=True)) == ["d/a.csv"]
        assert [file for _, files in storage.walk(root) for file in files] == ["a.csv"]

    def test_are_walked_once_where_that_is_asked_for(self, root: str) -> None:
        def walked() -> list[str]:
            return [file for _, files in storage.walk(root) for file in files]

        fill(root, "d/a.csv")
        with storage.walking_once():
            assert walked() == ["a.csv"]
            fill(root, "d/b.csv")
            assert walked() == ["a.csv"]
        assert walked() == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.csv", ["a.csv"]),
        ("none.csv", []),
        ("*.csv", ["a.csv", "b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("[b-z].csv", ["b.csv"]),
        ("[!b].csv", ["a.csv"]),
        ("*/*.csv", ["d/a.csv", "d/e.csv"]),
        ("d/*", ["d/a.csv", "d/e.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "d/a.csv", "d/e.csv", "d/f/g.csv"]),
        ("**/a.csv", ["a.csv", "d/a.csv"]),
        ("d/**/g.csv", ["d/f/g.csv"]),
        ("x.csv", []),
    ],
)
def test_glob(root: str, pattern: str, found: list[str]) -> None:
    fill(root, "a.csv", "b.csv", "xycsv", "d/a.csv", "d/e.csv", "d/f/g.csv")
    assert names(root, storage.glob(storage.join(root, pattern))) == found


def test_links_to_directories_elsewhere_are_walked_once(tmp_path: Path) -> None:
    for name in ("top/a/1.txt", "elsewhere/b/2.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    links = {"top/c": "elsewhere", "top/d": "elsewhere/b", "top/e": "top/a"}
    links |= {"top/a/up": "top", "elsewhere/up": ".", "elsewhere/b/top": "top"}
    for link, target in links.items():
        (tmp_path / link).symlink_to(tmp_path / target)
    top = str(tmp_path / "top")
    found = [storage.relative(storage.join(base, file), top) for base, files in storage.walk(top) for file in files]
    assert found == ["a/1.txt", "c/b/2.txt"]


def test_links_to_what_is_hidden_or_above_what_was_walked_are_followed(tmp_path: Path) -> None:
    for name in ("top/.store/x/1.txt", "far/in/2.txt", "far/3.txt", "top/a/4.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for link, target in {"top/x": "top/.store/x", "top/b": "far/in", "top/c": "far"}.items():
        (tmp_path / link).symlink_to(tmp_path / target)
    (tmp_path / "top" / "self").symlink_to("self")
    top = str(tmp_path / "top")
    found = {storage.relative(storage.join(base, file), top) for base, files in storage.walk(top) for file in files}
    assert found == {"a/4.txt", "b/2.txt", "c/3.txt", "x/1.txt", "self"}
    assert storage.list_names(top) == []
    (tmp_path / "top" / "a" / "again").symlink_to(tmp_path / "top" / ".." / "far")
    (tmp_path / "top" / "z").mkdir()
    (tmp_path / "top" / "z" / "a").symlink_to(tmp_path / "top" / "a")
    part = storage.join(top, "z")
    assert [base for base, _ in storage.walk(part, top)] == [part]


@pytest.mark.parametrize("name", ["a[1]", "a*", "a?", "[!x]", "[[]]"])
def test_names_that_look_like_patterns(root: str, name: str) -> None:
    fill(root, f"{name}/b.csv", "a/b.csv", "a1/b.csv")
    assert names(root, storage.glob(storage.join(storage.escape(storage.join(root, name)), "*.csv"))) == [f"{name}/b.csv"]


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    fill(str(tmp_path), "a", "b/c", f"b/{storage.TEMPORARY}1-c")
    storage.remove_unfinished(str(tmp_path))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a", "c"]


def test_pipes_and_broken_links(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    assert storage.kind(str(tmp_path / "pipe")) == "other"
    assert storage.kind(str(tmp_path / "link")) is None
    assert storage.list_files(str(tmp_path)) == storage.glob(str(tmp_path / "*")) == []


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (("a", "b"), "a/b"),
        (("a", "/b"), "/b"),
        (("s3://x/y/", "b", "c"), "s3://x/y/b/c"),
        (("a", "gs://x/y"), "gs://x/y"),
        (("/a", "s3://x", "b"), "s3://x/b"),
    ],
)
def test_join(parts: tuple[str, ...], joined: str) -> None:
    assert storage.join(*parts) == joined


@pytest.mark.parametrize(
    ("location", "parent", "name"),
    [("a/b", "a", "b"), ("b", ".", "b"), ("/b", "/", "b"), ("s3://x/y/z", "s3://x/y", "z"), ("s3://x/y/", "s3://x", "y")],
)
def test_parent_and_name(location: str, parent: str, name: str) -> None:
    assert (storage.parent(location), storage.name(location)) == (parent, name)


@pytest.mark.parametrize(
    ("location", "base", "relative"),
    [
        ("/a/b/c", "/a", "b/c"),
        ("/a", "/a", "."),
        ("/b/c", "/a", "/b/c"),
        ("/a/..b", "/a", "..b"),
        ("/a/b/../c", "/a", "c"),
        ("/a/../c", "/a", "/a/../c"),
        ("/a//b/", "/a", "b"),
        ("/a/b/", "/a/", "b"),
        ("/ab/c", "/a", "/ab/c"),
        ("/a/b", "/", "a/b"),
        ("a/b/c", "a", "b/c"),
        ("s3://x/y/z", "s3://x/y", "z"),
        ("s3://x/yz", "s3://x/y", "s3://x/yz"),
        ("s3://x/y", "/a", "s3://x/y"),
    ],
)
def test_relative(location: str, base: str, relative: str) -> None:
    assert storage.relative(location, base) == relative


def test_other_schemes_are_refused() -> None:
    with pytest.raises(ConfigError, match="http:// locations are not supported; use a local path, s3:// or gs://"):
        storage.read_bytes("http://example.org/a")


def test_credentials_and_endpoints_are_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyarrow import fs

    made: list[dict[str, Any]] = []
    monkeypatch.setattr(fs, "GcsFileSystem", lambda **options: made.append(options))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://localhost:4443")
    storage._remote_filesystem.cache_clear()
    storage._remote_filesystem("gs")
    storage._remote_filesystem.cache_clear()
    assert made == [{"anonymous": True, "scheme": "http", "endpoint_override": "localhost:4443"}]
