"""Audio inside tar and Parquet files is found at its place, and nothing else is read for it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.audio import packed
from pipelines.audio.decode import open_audio
from pipelines.audio.packed import Packed, cell_name, member_name, read_together, split_packed
from pipelines.audio.problem import AudioProblem
from pipelines.ingest.audio_root import AudioRoot, find_audio
from tests.audio.files import sound, tone

FILES = [sound("FLAC", "PCM_16", tone(16_000, 0.5) * (number + 1) / 9) for number in range(9)]


def digest(location: str) -> str:
    with open_audio(location) as file:
        return file.decode().sha256()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("plain")
    for number, data in enumerate(FILES):
        (root / f"{number}.flac").write_bytes(data)
    return [digest(str(root / f"{number}.flac")) for number in range(len(FILES))]


def test_members_of_a_tar_file(tmp_path: Path, expected: list[str]) -> None:
    location = str(tmp_path / "a.tar")
    with tarfile.open(location, "w") as tar:
        for number, data in enumerate(FILES):
            member = tarfile.TarInfo(f"../x/{number}.flac")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with tarfile.open(location) as tar:
        names = [member_name(location, member.offset_data, member.size, member.name) for member in tar]
    assert names[0] == f"{location}!/000000000512/{len(FILES[0])}/0.flac"
    assert [digest(name) for name in reversed(names)] == expected[::-1]


@pytest.mark.parametrize("compression", ["none", "snappy"])
@pytest.mark.parametrize("column", ["audio.bytes", "audio"])
def test_cells_of_a_parquet_file_in_any_order(tmp_path: Path, expected: list[str], compression: str, column: str) -> None:
    location = str(tmp_path / "a.parquet")
    cells = FILES if column == "audio" else [{"bytes": data, "path": None} for data in FILES]
    pq.write_table(pa.table({"audio": cells, "text": ["x"] * len(FILES)}), location, row_group_size=4, compression=compression)
    names = [cell_name(location, number // 4, number % 4, column) for number in range(len(FILES))]
    for order in (range(9), reversed(range(9)), (3, 1, 8, 1, 2, 2, 7)):
        assert all(digest(names[number]) == expected[number] for number in order)


def _begun(monkeypatch: pytest.MonkeyPatch, large_bytes: int, left: int = 1 << 30) -> list[int]:
    """Counts how often a row group is read from its start, where one of more than so many bytes counts as large."""
    begun = []
    begin = packed._Cells._begin

    def counted(cells: packed._Cells) -> None:
        begun.append(1)
        begin(cells)

    monkeypatch.setattr(packed, "LARGE_BYTES", large_bytes)
    monkeypatch.setattr(packed, "_open", packed._Open())
    monkeypatch.setattr(packed._open, "left", left)
    monkeypatch.setattr(packed._Cells, "_begin", counted)
    return begun


def _two_groups(location: str) -> list[str]:
    cells = [{"bytes": data, "path": None} for data in FILES[:8]]
    pq.write_table(pa.table({"audio": [*cells[:7], {"bytes": None, "path": None}]}), location, row_group_size=4)
    return [cell_name(location, number // 4, number % 4, "audio.bytes") for number in range(8)]


def test_a_large_row_group_is_read_through_twice_at_the_most(
    tmp_path: Path, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = _two_groups(str(tmp_path / "a.parquet"))
    begun = _begun(monkeypatch, 0)
    for number in (3, 5, 1, 6, 0, 4, 2, 3, 5):
        assert digest(names[number]) == expected[number]
    assert len(begun) <= 2 * 3
    before = len(begun)
    for number in (6, 0, 4, 2):
        assert digest(names[number]) == expected[number]
    with pytest.raises(AudioProblem, match="row 3 of row group 1 holds no bytes"):
        digest(names[7])
    assert len(begun) == before


@pytest.mark.parametrize(
    ("large_bytes", "left", "order"), [(1 << 30, 1 << 30, (1, 0, 1, 0)), (0, 0, (1, 0, 1, 0)), (0, 1 << 30, range(7))]
)
def test_what_is_small_or_too_much_or_read_in_order_is_not_unpacked(
    tmp_path: Path, expected: list[str], monkeypatch: pytest.MonkeyPatch, large_bytes: int, left: int, order: Iterable[int]
) -> None:
    names = _two_groups(str(tmp_path / "a.parquet"))
    _begun(monkeypatch, large_bytes, left)
    assert all(digest(names[number]) == expected[number] for number in order)
    assert not packed._open.unpacked


def test_a_full_disk_costs_speed_only(tmp_path: Path, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: packed._Cells) -> None:
        raise OSError(28, "No space left on device")

    names = _two_groups(str(tmp_path / "a.parquet"))
    _begun(monkeypatch, 0)
    monkeypatch.setattr(packed, "_Unpacked", full)
    assert all(digest(names[number]) == expected[number] for number in (3, 1, 2, 0))


def test_a_file_written_anew_is_read_anew(tmp_path: Path, expected: list[str]) -> None:
    location = str(tmp_path / "a.parquet")
    for number in (1, 5):
        pq.write_table(pa.table({"audio": [FILES[number]], "pad": ["x" * number]}), location)
        assert digest(cell_name(location, 0, 0, "audio")) == expected[number]


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("a.tar!/999999999/10/x", "empty_file"),
        ("a.tar!/0/10/x", "unreadable_audio"),
        ("a.tar!/x.flac", "unreadable_audio"),
        ("b.tar!/0/10/x", "missing_file"),
        ("a.parquet!/0/5/audio", "unreadable_audio"),
        ("a.parquet!/3/0/audio", "unreadable_audio"),
        ("a.parquet!/0/0/other", "unreadable_audio"),
        ("a.parquet!/0/1/audio", "unreadable_audio"),
        ("a.parquet!/audio", "unreadable_audio"),
        ("no.parquet!/0/0/audio", "unreadable_audio"),
    ],
)
def test_a_place_that_is_none(tmp_path: Path, place: str, rule: str) -> None:
    (tmp_path / "a.tar").write_bytes(b"x" * 2048)
    (tmp_path / "no.parquet").write_bytes(b"PAR1 no table PAR1")
    pq.write_table(pa.table({"audio": [FILES[0], None]}), tmp_path / "a.parquet")
    with pytest.raises(AudioProblem) as caught, open_audio(str(tmp_path / place)) as file:
        file.decode()
    assert caught.value.rule == rule


def test_names() -> None:
    assert split_packed("dir/a.tar!/1/2/b") == Packed("dir/a.tar", "1/2/b")
    assert split_packed("dir/wow!/a.tar") is None
    assert split_packed("dir/a.tar") is None
    assert member_name("a.tar", 512, 9, "x/..") == "a.tar!/000000000512/9/audio"
    assert read_together("a.parquet!/000001/000002/audio") == read_together("a.parquet!/000001/000003/audio")
    assert len({read_together(name) for name in ("a.tar!/1/2/b", "a.tar!/3/2/c", "a.parquet!/1/1/x", "a.parquet!/2/1/x")}) == 4


def test_a_packed_file_stays_inside_its_root(tmp_path: Path) -> None:
    root = AudioRoot(str(tmp_path / "root"), str(tmp_path))
    assert root.name("x/a.tar!/0/1/y.wav") == "root/x/a.tar!/0/1/y.wav"
    for outside in ("../a.tar!/0/1/y", "/etc/a.tar!/0/1/y", "x/a.tar!/../../../../b"):
        with pytest.raises(AudioProblem, match="leads out"):
            root.name(outside)
    (tmp_path / "root").mkdir()
    (tmp_path / "a.tar").write_bytes(b"x")
    (tmp_path / "root" / "link.tar").symlink_to(tmp_path / "a.tar")
    with pytest.raises(AudioProblem, match="symbolic link"):
        find_audio(str(tmp_path / "root" / "link.tar!/0/1/y"), str(tmp_path / "root"))


def test_an_extension_in_capitals_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.WAV").write_bytes(b"x")
    assert find_audio(str(tmp_path / "a.wav"), str(tmp_path)) == str(tmp_path / "a.WAV")
