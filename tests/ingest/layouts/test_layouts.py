"""Every layout reads its corpus in that corpus's true form, traps included, and loses nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.audio.problem import AudioProblem
from pipelines.ingest.layouts import layouts
from pipelines.ingest.record import Candidate
from pipelines.settings import Settings, load_settings
from schemas.config import RECORD_FIELDS
from schemas.errors import ConfigError
from tests.ingest.corpus import outcomes, records
from tests.ingest.layouts.forms import FORMS
from tests.ingest.layouts.speech import put_audio, put_text

DOCS = Path(__file__).parents[3] / "docs" / "layouts"
GENERIC = ("table", "quarantine")
"""These know no names of fields, so the configuration has to map them."""

AAL = "African American Language"
EXPECTED: dict[str, list[tuple[str, ...]]] = {
    "common_voice": [
        ("common_voice_en_1.mp3", "c1", 'He said "no', "England English"),
        ("common_voice_en_2", "c1", '"Yes" and then', "England English"),
        ("common_voice_en_3.mp3", "c2", "Tab\u2019s end", ""),
        ("missing_file",),
        ("common_voice_en_5.MP3", "c3", 'Five"', "Scottish English|Irish"),
    ],
    "vctk": [
        ("p225_001_mic1", "p225", "Please call Stella.", "English"),
        ("p225_001_mic2", "p225", "Please call Stella.", "English"),
        ("p225_002_mic1", "p225", "Ask her.", "English"),
        ("missing_file",),
        ("p280_001_mic1", "p280", "Please call Stella.", ""),
        ("missing_text",),
        ("missing_text",),
    ],
    "l2_arctic": [
        ("ABA-arctic_a0001", "ABA", "Author of the danger tra", "Arabic"),
        ("missing_text",),
        ("missing_file",),
        ("TLV-arctic_a0001", "TLV", "Author of the danger tra", "Vietnamese"),
        ("TLV-arctic_b0007", "TLV", "Another one", "Vietnamese"),
        ("suitcase_corpus-ABA", "ABA", "There was a suitcase", "Arabic"),
    ],
    "speech_accent_archive": [
        ("afrikaans1", "1", "Please call Stella. Ask ", "afrikaans"),
        ("english2", "2", "Please call Stella. Ask ", "english (uk)"),
        ("missing_file",),
    ],
    "edacc": [
        ("EDACC-C06-A-0000000-0000090", "EDACC-C06-A", "C ELEVEN DASH P ONE", "Southern British"),
        ("EDACC-C06-B-0000090-0000170", "EDACC-C06-B", "YES", "Catalan, a bit"),
        ("missing_text",),
        ("impossible_segment",),
        ("malformed_row",),
    ],
    "coraal": [
        ("ATL_se0_ag1_f_01_1-1", "ATL_int_01", "So [what\u2019s up?]", ""),
        ("ATL_se0_ag1_f_01_1-3", "ATL_se0_ag1_f_01", '[He said "Nah.]', AAL),
        ("wrong_type",),
    ],
    "afrispeech_200": [
        ("a1", "u1", "A patient, said\nso", "yoruba"),
        ("a2", "u2", "General", "swahili"),
        ("missing_file",),
    ],
    "librispeech": [
        ("84-121123-0000", "84", "GO DO YOU HEAR", ""),
        ("84-121123-0001", "84", "BUT IN LESS", ""),
        ("missing_file",),
        ("missing_text",),
    ],
    "timit": [
        ("FCJF0_SA1", "FCJF0", "She had your dark suit.", "New England"),
        ("FCJF0_SI648", "FCJF0", "A sailboat may have.", "New England"),
        ("missing_file",),
        ("MABC1_SX1", "MABC1", "Small letters.", "Western US"),
    ],
    "globe": [
        ("data/test-00000-of-00001.parquet!/000000/000000/audio.bytes", "S_000001", "one", "England English"),
        ("data/test-00000-of-00001.parquet!/000000/000001/audio.bytes", "S_000001", "two", "England English"),
        ("data/test-00000-of-00001.parquet!/000000/000002/audio.bytes", "S_000002", "three", ""),
    ],
    "openslr_83": [
        ("irm_03397_00479840606", "irm_03397", 'Quoted, with "marks"', "Irish English"),
        ("wef_02484_00388340153", "wef_02484", "It is thirteen degrees, ", "Welsh English"),
        ("missing_file",),
        ("malformed_row",),
    ],
    "fair_speech": [
        ("0a1b", "people-1", "hey facebook answer the ", "English"),
        ("0c2d", "people-1", "play music", "English"),
        ("0e3f", "people-2", "call mom", "Spanish"),
        ("missing_file",),
    ],
    "kaldi": [
        ("s3-r1-0", "s3", "ONE", ""),
        ("s3-r1-1", "s3", "TWO", ""),
        ("impossible_segment",),
        ("missing_audio_path",),
        ("s1-a", "s1", "HELLO", ""),
        ("unsupported_source",),
        ("unsupported_source",),
        ("s2-b", "s2", "THERE YOU", ""),
        ("missing_audio_path",),
    ],
    "lhotse": [
        ("u1", "spk-r1", "words of u1", "Scottish"),
        ("u0", "spk-r0", "words of u0", ""),
        ("missing_audio_path",),
        ("unsupported_source",),
        ("unsupported_source",),
        ("v1", "spk-r3", "words of v1", ""),
        ("unsupported_source",),
    ],
    "nemo": [
        ("audio/0.wav", "s0", "zero", ""),
        ("audio/1.wav@0.2", "s1", "one", ""),
        ("missing_file",),
        ("missing_speaker",),
        ("malformed_row",),
    ],
    "hf_parquet": [
        ("data/beside.wav", "s4", "outside", ""),
        ("data/train-00000-of-00001.parquet!/000000/000000/audio.bytes", "s1", "sentence 0", "Welsh"),
        ("data/train-00000-of-00001.parquet!/000000/000001/audio.bytes", "s1", "sentence 1", ""),
        ("data/train-00000-of-00001.parquet!/000001/000000/audio.bytes", "s2", "sentence 2", "Welsh"),
        ("data/train-00000-of-00001.parquet!/000001/000001/audio.bytes", "s2", "sentence 3", ""),
        ("missing_file",),
    ],
    "webdataset": [
        ("a/000", "s0", "zero", "Welsh"),
        ("a/001", "s0", "one", ""),
        ("malformed_row",),
        ("missing_audio_path",),
    ],
}


def settings_for(root: Path, layout: str, **source: Any) -> Settings:
    """The settings of one source under ``root / 'corpus'``."""
    entry = {"layout": layout, "audio_root": "corpus", **source}
    config = {"name": "x", "sources": [entry], "conditions": [{"name": "any"}]}
    (root / "corpus.yaml").write_text(json.dumps(config))
    return load_settings(str(root / "corpus.yaml"))


def told(settings: Settings) -> list[tuple[str, ...]]:
    """Of each record its id, speaker, the beginning of its text and its accent; or the rule it breaks."""
    measured = {candidate.place: outcome for candidate, outcome in outcomes(settings)}
    people: dict[str, str] = {}

    def one(record: Any) -> tuple[str, ...]:
        if not isinstance(record, Candidate):
            return (record.rule,)
        outcome = measured[record.place]
        if isinstance(outcome, AudioProblem):
            return (outcome.rule,)
        row = record.row
        speaker = row["speaker_id"]
        if speaker.startswith("people-"):
            speaker = people.setdefault(speaker, f"people-{len(people) + 1}")
        return (row["recording_id"], speaker, row["text"][:24], row["accent_raw"] or "")

    return [one(record) for record in records(settings)]


@pytest.mark.parametrize("layout", EXPECTED)
def test_a_corpus_in_its_true_form(tmp_path: Path, layout: str) -> None:
    FORMS[layout](tmp_path / "corpus")
    assert told(settings_for(tmp_path, layout)) == EXPECTED[layout]


@pytest.mark.parametrize("layout", EXPECTED)
def test_row_numbers_have_no_gap(tmp_path: Path, layout: str) -> None:
    FORMS[layout](tmp_path / "corpus")
    numbers: dict[int, list[int]] = {}
    for record in records(settings_for(tmp_path, layout)):
        numbers.setdefault(record.place.file, []).append(record.place.row_number)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_every_layout_is_tried() -> None:
    assert {*EXPECTED, *GENERIC} == {*layouts()}


@pytest.mark.parametrize("name", layouts())
def test_every_layout_has_a_page_with_its_mapping(name: str) -> None:
    page = (DOCS / f"{name}.md").read_text()
    layout = layouts()[name]
    assert f"layout: {name}" in page
    for field, columns in layout.fields.items():
        assert field in RECORD_FIELDS
        row = next((line for line in page.splitlines() if line.startswith(f"| `{field}` |")), "")
        assert all(f"`{column}`" in row for column in columns), f"{name}.md: {field} from {columns}"
    for field, value in layout.defaults.items():
        assert field == "text" or f"`{value}`" in page, f"{name}.md: default {field}: {value}"
    told = next((line for line in page.splitlines() if line.startswith("Provenance: ")), "").removeprefix("Provenance: ")
    for known, provenance in layout.provenance.items():
        is_told = any(part.startswith(f"`{provenance}` for ") and f"`{known}`" in part for part in told.split("; "))
        assert is_told, f"{name}.md: {known} is {provenance}"
    assert f"({name}.md)" in (DOCS / "README.md").read_text()


@pytest.mark.parametrize("name", [name for name, layout in layouts().items() if layout.find is not None])
def test_a_directory_without_the_corpus_is_a_mistake_that_says_what_was_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(ConfigError, match=f"layout '{name}' finds nothing in 'corpus'; expected") as caught:
        settings_for(tmp_path, name)
    assert layouts()[name].expects in str(caught.value)


def test_the_users_columns_and_defaults_come_before_the_layouts(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "corpus")
    settings = settings_for(
        tmp_path, "common_voice", columns={"accent": "variant"}, defaults={"accent": "none", "licence": "mine"}
    )
    rows = [record.row for record in records(settings) if isinstance(record, Candidate)]
    assert {(row["accent_raw"], row["licence"], row["speaker_type"]) for row in rows} == {("none", "mine", "volunteer")}


@pytest.mark.parametrize(("column", "accent"), [("accent", "England English"), ("accents", "England English"), ("variant", None)])
def test_common_voice_of_every_release(tmp_path: Path, column: str, accent: str | None) -> None:
    header = f"client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\t{column}"
    put_text(tmp_path / "corpus" / "train.tsv", f"{header}\nc1\ta\tHi\t2\t0\t\t\tEngland English\n")
    put_audio(tmp_path / "corpus" / "clips" / "a.mp3", 1)
    (found,) = [record for record, _ in outcomes(settings_for(tmp_path, "common_voice", defaults={"language": "cy"}))]
    assert (found.row["accent_raw"], found.row["language"], found.row["audio"]) == (accent, "cy", "corpus/clips/a.mp3")


def test_common_voice_with_clips_as_the_root(tmp_path: Path) -> None:
    FORMS["common_voice"](tmp_path / "corpus")
    settings = settings_for(tmp_path, "common_voice", metadata="corpus/en/validated.tsv", audio_root="corpus/en/clips")
    assert told(settings) == EXPECTED["common_voice"]


def test_one_of_two_microphones(tmp_path: Path) -> None:
    FORMS["vctk"](tmp_path / "corpus")
    ids = [found[0] for found in told(settings_for(tmp_path, "vctk", files="*_mic2.*"))]
    assert ids == ["p225_001_mic2", "missing_text"]


def test_a_directory_of_commands_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    put_text(tmp_path / "corpus" / "wav.scp", "a sph2pipe -f wav a.sph |\nb sph2pipe -f wav b.sph |\n")
    with pytest.raises(ConfigError, match=r"wav.scp:1: the audio is made by a command \(sph2pipe -f wav a.sph \|\)"):
        records(settings_for(tmp_path, "kaldi"))


def test_a_compressed_tar_file_is_refused(tmp_path: Path) -> None:
    put_text(tmp_path / "corpus" / "a.tar.gz", "x")
    with pytest.raises(ConfigError, match=r"a.tar.gz: is compressed.*decompress it to a .tar file"):
        records(settings_for(tmp_path, "webdataset", metadata="corpus/a.tar.gz"))


def test_a_tar_file_that_breaks_off_costs_what_was_in_the_rest_only(tmp_path: Path) -> None:
    FORMS["webdataset"](tmp_path / "corpus")
    location = tmp_path / "corpus" / "shard-000000.tar"
    whole = location.read_bytes()
    second = whole.index(b"./a/001.WAV")
    location.write_bytes(whole[: second + 700])
    assert told(settings_for(tmp_path, "webdataset"))[0] == EXPECTED["webdataset"][0]


def test_layouts_that_walk_directories_take_no_metadata(tmp_path: Path) -> None:
    FORMS["timit"](tmp_path / "corpus")
    with pytest.raises(ConfigError, match="layout 'timit' finds its own files; leave 'metadata' out and give 'audio_root'"):
        settings_for(tmp_path, "timit", metadata="corpus/*")
    with pytest.raises(ConfigError, match="layout 'kaldi' walks no directories"):
        settings_for(tmp_path, "kaldi", files="*.wav")
