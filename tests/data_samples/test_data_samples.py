"""The sample corpus is what its SOURCES.md says; ``faults.csv`` names the rule under which each fault belongs in quarantine."""

from __future__ import annotations

import csv
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ruamel.yaml import YAML

from schemas.config import CorpusConfig
from schemas.rules import RULES

SAMPLES = Path(__file__).parents[2] / "data_samples"
AUDIO = SAMPLES / "audio"
FAULTS = list(csv.DictReader((Path(__file__).parent / "faults.csv").open(encoding="utf-8")))
MAX_BYTES = 10_000_000
ACCEPTED = 150


@pytest.fixture(scope="module")
def config() -> CorpusConfig:
    return CorpusConfig.model_validate(YAML(typ="safe").load(SAMPLES / "corpus.yaml"))


@pytest.fixture(scope="module")
def sources() -> str:
    return (SAMPLES / "SOURCES.md").read_text(encoding="utf-8")


def table_lines() -> list[str]:
    return (SAMPLES / "recordings.csv").read_text(encoding="utf-8").splitlines()


def sessions() -> list[dict[str, object]]:
    return [json.loads(line) for line in (SAMPLES / "sessions.jsonl").read_text(encoding="utf-8").splitlines()]


def audio_bytes(name: str) -> bytes:
    return (AUDIO / name).read_bytes()


def ogg_pages(data: bytes) -> list[tuple[int, bool]]:
    """Where each complete page starts, and whether it is the last of its stream (RFC 3533)."""
    pages, start = [], 0
    while start + 27 <= len(data):
        assert data[start : start + 4] == b"OggS"
        segments = data[start + 26]
        end = start + 27 + segments + sum(data[start + 27 : start + 27 + segments])
        if end > len(data):
            break
        pages.append((start, bool(data[start + 5] & 4)))
        start = end
    return pages


def test_conditions_cross_noise_handset_and_room(config: CorpusConfig) -> None:
    simulated = [condition for condition in config.conditions if condition.is_simulated]
    assert len(simulated) >= 8
    used = {kind: {getattr(condition, kind) for condition in simulated} - {None} for kind in ("noise", "handset", "room")}
    assert used == {"noise": set(config.noises), "handset": set(config.handsets), "room": set(config.rooms)}


def test_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < MAX_BYTES


def test_every_audio_file_has_a_record() -> None:
    lines = "\n".join(table_lines())
    assert [path.name for path in AUDIO.iterdir() if f",{path.name}," not in lines] == []
    assert {str(row["tape"]) for row in sessions()} == {path.name for path in (SAMPLES / "sessions").iterdir()}


def test_every_record_is_good_or_a_listed_fault() -> None:
    continued = sum(not line.startswith(("smp-", ",")) for line in table_lines()[1:])
    rows = len(table_lines()) - 1 - continued + len(sessions())
    assert continued == 1, "one cell holds a line break"
    assert rows == ACCEPTED + len(FAULTS)


def test_faults_are_of_many_kinds_and_documented(sources: str) -> None:
    assert {fault["rule"] for fault in FAULTS} <= set(RULES)
    assert len({fault["rule"] for fault in FAULTS}) >= 18
    for fault in FAULTS:
        assert f"{fault['audio']}`" in sources


def test_faults_stand_at_the_rows_listed() -> None:
    rows = [line for line in table_lines()[1:] if line.startswith(("smp-", ","))]
    for fault in FAULTS:
        number = int(fault["row_number"])
        held = rows[number - 1].split(",")[1] if fault["metadata"] == "recordings.csv" else sessions()[number - 1]["tape"]
        assert held == fault["audio"]


def test_noises_and_speakers_are_credited(config: CorpusConfig, sources: str) -> None:
    for path in sorted((SAMPLES / "noise").rglob("*.flac")):
        assert f"`{path.relative_to(SAMPLES).as_posix()}`" in sources
    assert "CC-BY-SA-3.0" in sources


def test_segments_lie_in_silence(config: CorpusConfig) -> None:
    """A take begins and ends where its speech does: right before and after it the tape is digital silence."""
    faulty = {int(fault["row_number"]) for fault in FAULTS if fault["metadata"] == "sessions.jsonl"}
    for number, row in enumerate(sessions(), 1):
        if number in faulty:
            continue
        samples, rate = soundfile.read(SAMPLES / "sessions" / str(row["tape"]), dtype="int16")
        start = round(float(str(row["start_s"])) * rate)
        stop = start + round(float(str(row["length_s"])) * rate)
        assert samples[start:stop].any()
        assert not samples[start - rate // 2 : start].any()
        assert not samples[stop : stop + rate // 2].any()


class TestFaults:
    def test_truncated_flac(self) -> None:
        whole, cut = audio_bytes("af_heart_2.flac"), audio_bytes("af_heart_6.flac")
        assert whole.startswith(cut)
        assert len(cut) == len(whole) * 6 // 10

    def test_truncated_opus_has_no_last_page(self) -> None:
        pages = ogg_pages(audio_bytes("bf_emma_5.opus"))
        assert pages
        assert not any(last for _, last in pages)
        assert ogg_pages(audio_bytes("bf_emma_2.opus"))[-1][1]

    def test_truncated_vorbis_ends_within_a_page(self) -> None:
        data = audio_bytes("bm_george_5.ogg")
        assert audio_bytes("bm_george_3.ogg").startswith(data)
        assert not any(last for _, last in ogg_pages(data))

    @pytest.mark.parametrize(
        ("name", "declared", "held"), [("am_fenrir_5.wav", 35_200, 24_640), ("hm_psi_5.wav", 2_147_483_392, 1024)]
    )
    def test_wav_declares_more_than_it_holds(self, name: str, declared: int, held: int) -> None:
        data = audio_bytes(name)
        at = data.index(b"data")
        assert struct.unpack_from("<I", data, at + 4) == (declared,)
        assert len(data) - at - 8 == held

    def test_no_samples_no_bytes_no_audio(self) -> None:
        assert soundfile.info(AUDIO / "af_bella_5.wav").frames == 0
        assert audio_bytes("if_sara_5.flac") == b""
        assert audio_bytes("im_nicola_5.wav").decode("ascii").startswith("Upload failed")

    def test_silence(self) -> None:
        samples, rate = soundfile.read(AUDIO / "zf_xiaobei_5.flac")
        assert len(samples) == 2.5 * rate
        assert not samples.any()

    def test_nan(self) -> None:
        samples, _ = soundfile.read(AUDIO / "jm_kumo_5.wav")
        assert np.count_nonzero(np.isnan(samples)) == 100

    def test_too_short_and_too_slow(self) -> None:
        assert soundfile.info(AUDIO / "ef_dora_5.flac").duration == pytest.approx(0.03)
        assert soundfile.info(AUDIO / "am_eric_5.wav").samplerate == 6000

    def test_same_audio_in_another_container(self) -> None:
        flac, wav = (soundfile.read(AUDIO / name, dtype="int16")[0] for name in ("jf_alpha_3.flac", "jf_alpha_3.wav"))
        np.testing.assert_array_equal(flac, wav)

    @pytest.mark.parametrize("name", ["em_alex_5.flac", "../../secret.wav"])
    def test_there_is_no_such_file(self, name: str) -> None:
        assert not (AUDIO / name).exists()

    @pytest.mark.parametrize(
        ("original", "quieter"),
        [
            ("am_fenrir_2", "am_fenrir_6"),
            ("bf_isabella_3", "bf_isabella_5"),
            ("bm_fable_3", "bm_fable_5"),
            ("em_alex_3", "em_alex_6"),
            ("hf_beta_3", "hf_beta_5"),
            ("zf_xiaoxiao_1", "zf_xiaoxiao_5"),
            ("zm_yunjian_2", "zm_yunjian_5"),
        ],
    )
    def test_quieter_copies_are_sound_audio(self, original: str, quieter: str) -> None:
        one, half = (soundfile.read(AUDIO / f"{name}.flac", dtype="int16")[0] for name in (original, quieter))
        np.testing.assert_array_equal(half, one // 2)
